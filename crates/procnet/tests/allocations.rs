//! Only the first visits allocate, as their tables grow.

use std::{fs::File, io::Read as _};

use procnet::{
    Filter, Kinds, Netns, Query, Scanner, Source, State,
    decode::{
        ByteOrder, Step, Window,
        table::{Table, inet, unix},
    },
    details::Details,
    events::DestroyedList,
    owners::Budget,
    snapshot::{Aspects, Snapshot},
};
use procnet_corpus::{
    allocations::CountingAllocator,
    live::{LoadGenerator, Scene, Workload, private, skip_part},
};

#[global_allocator]
static ALLOCATOR: CountingAllocator = CountingAllocator::new();

/// The number of allocations by all threads of this process during some work. The thread of the
/// test harness only waits.
fn allocations<T>(work: impl FnOnce() -> T) -> (u64, T) {
    let before = ALLOCATOR.count();
    let result = work();
    (ALLOCATOR.count() - before, result)
}

#[test]
fn allocations_are_counted() {
    let (count, kept) = allocations(|| vec![1_u8; 10]);
    assert!(count >= 1 && kept.len() == 10);
}

/// Decodes every column of every row of a live table, and returns the number of rows.
fn decode<T: Table>(path: &str, table: &T, mut row: impl FnMut(T::Row<'_>)) -> u64 {
    let mut file = File::open(path).unwrap();
    let mut buffer = [0; 16 << 10];
    let mut window = Window::new(&mut buffer);
    let (mut number, mut rows) = (0, 0);
    loop {
        match window.step() {
            Step::Lines(lines) => {
                for line in lines {
                    number += 1;
                    // A malformed row must not allocate either.
                    if let Some(decoded) = table.row(line, number) {
                        rows += 1;
                        if let Ok(decoded) = decoded {
                            row(decoded);
                        }
                    }
                }
            }
            Step::TooLong(_) | Step::Cut(_) => panic!("a line of 16 KiB, or without an end"),
            Step::End => return rows,
            Step::More => match file.read(window.space()).unwrap() {
                0 => window.finish(),
                count => window.fill(count),
            },
        }
    }
}

#[test]
fn decoding_rows_does_not_allocate() {
    private(|_| {
        let _load =
            LoadGenerator::default().spawn(Workload::Tcp, 2, 1000).spawn(Workload::Unix, 1, 1000);
        let _scene = Scene::new();
        let tcp = inet::Table::tcp4(ByteOrder::NATIVE);
        let mut listening = 0;
        let (count, rows) = allocations(|| {
            decode("/proc/net/tcp", &tcp, |row| {
                listening += u32::from(row.record().unwrap().state == State::LISTEN);
            })
        });
        assert!(rows > 2000 && listening > 2);
        assert_eq!(count, 0, "decoding tcp");
        let (count, rows) = allocations(|| decode("/proc/net/unix", &unix::Table, |_| ()));
        assert!(rows > 1000);
        assert_eq!(count, 0, "decoding unix");

        // The first visit allocates what it keeps, a few times for all rows together: the map of
        // sockets that were seen, and its index, double as they grow.
        let mut scanner = Scanner::new().unwrap();
        let all = Query::new().owners(false);
        let (count, coverage) = allocations(|| scanner.visit(&all, |_| ()).unwrap());
        assert!(coverage.sockets > 3000);
        assert!(count < 128, "{count} allocations for {} sockets", coverage.sockets);
    });
}

#[test]
fn repeated_visits_do_not_allocate() {
    private(|_| {
        // Enough descriptors for worker threads to share the walk.
        let in_other_netns =
            ["unshare", "--net", "sh", "-c", r#"ip link set lo up; exec "$0" "$@""#];
        let load =
            LoadGenerator::default().spawn(Workload::Tcp, 3, 1000).spawn(Workload::Unix, 3, 100);
        // Tables of tcp that are longer than a page, too.
        let load = load.spawn_via(&in_other_netns, Workload::Udp, 4, 10);
        let load = load.spawn_via(&in_other_netns, Workload::Tcp, 2, 50);
        let scene = Scene::new();
        let pid = load.processes()[3].pid();
        let leaderless = scene.leaderless().pid();
        let details: Details = Details::NAMED.into_iter().map(|(_, details)| details).collect();
        let row = "state established and ( dst 127.0.0.0/8 or not dev = lo or cgroup = / )";
        let row: Filter = row.parse().unwrap();
        let owners: Filter = "comm = * and not pid = 1 and not autobound".parse().unwrap();
        let queries = [
            ("all", Query::new()),
            ("users of processes", Query::new().process_uids(true)),
            ("no owners", Query::new().owners(false)),
            ("listeners", Query::new().kinds(Kinds::TCP).listening()),
            ("one state", Query::new().states([State::ESTABLISHED])),
            ("a few", Query::new().limit(5)),
            ("one process", Query::new().pid(pid)),
            ("one without leader", Query::new().pid(leaderless)),
            ("what is new", Query::new().incremental(Budget::unlimited())),
            ("diagnostics", Query::new().source(Source::Netlink)),
            ("few of diagnostics", Query::new().source(Source::Netlink).limit(5)),
            ("one state of diagnostics", {
                Query::new().source(Source::Netlink).states([State::ESTABLISHED])
            }),
            ("what is new of diagnostics", {
                Query::new().source(Source::Netlink).incremental(Budget::unlimited())
            }),
            ("a filter", Query::new().filter(row.clone())),
            ("a filter of diagnostics", Query::new().source(Source::Netlink).filter(row)),
            ("a filter by owners", Query::new().owners(false).filter(owners.clone())),
            ("a filter of what is new", {
                Query::new().filter(owners).incremental(Budget::unlimited())
            }),
            ("all namespaces", Query::new().netns(Netns::All)),
            ("all namespaces, of diagnostics", {
                Query::new().source(Source::Netlink).netns(Netns::All)
            }),
            ("all namespaces, of /proc", { Query::new().source(Source::Procfs).netns(Netns::All) }),
            ("all namespaces, what is new", {
                let query = Query::new().source(Source::Auto).netns(Netns::All);
                query.incremental(Budget::unlimited())
            }),
            ("details", Query::new().source(Source::Netlink).details(details).bound(true)),
            ("details of what is new", {
                let query = Query::new().source(Source::Netlink).details(details);
                query.incremental(Budget::unlimited())
            }),
        ];
        // At last with nothing read ahead, and all that is much received in another thread.
        for (threads, read_ahead) in [(1, 16 << 20), (2, 16 << 20), (8, 16 << 20), (2, 0)] {
            let scanner = Scanner::new().unwrap().threads(threads).read_ahead(read_ahead);
            let mut scanner = scanner.receive_in_thread(read_ahead == 0);
            let passes = [
                ("sockets by BPF", Query::new().source(Source::Bpf)),
                ("all namespaces, by BPF", Query::new().source(Source::Bpf).netns(Netns::All)),
            ];
            let mut queries = queries.to_vec();
            match scanner.visit(&passes[0].1, |_| ()) {
                Ok(_) => queries.extend(passes),
                Err(error) => skip_part("bpf", &error.to_string()),
            }
            // The largest query first, so that buffers are large enough for all.
            for (_, query) in &queries {
                scanner.visit(query, |_| ()).unwrap();
            }
            for (name, query) in &queries {
                // Other processes of this machine start and end, and may enlarge buffers. A visit
                // that always allocates does so every time.
                let mut counts = Vec::with_capacity(5);
                // Netlink sockets in other namespaces are kept between visits.
                scanner.visit(query, |_| ()).unwrap();
                while counts.last() != Some(&0) && counts.len() < 5 {
                    let (count, coverage) = allocations(|| scanner.visit(query, |_| ()));
                    assert!(coverage.unwrap().sockets > 0, "{name}");
                    counts.push(count);
                }
                assert_eq!(
                    counts.last(),
                    Some(&0),
                    "{name}, {threads} threads, {read_ahead} B ahead: {counts:?}"
                );
            }
        }
    });
}

#[test]
fn repeated_snapshots_and_their_diffs_do_not_allocate() {
    private(|_| {
        let _load =
            LoadGenerator::default().spawn(Workload::Tcp, 3, 100).spawn(Workload::Unix, 3, 100);
        let _scene = Scene::new();
        let mut scanner = Scanner::new().unwrap().threads(1);
        for query in [Query::new(), Query::new().incremental(Budget::unlimited())] {
            let (mut before, mut after) = (Snapshot::default(), Snapshot::default());
            let mut counts = Vec::with_capacity(8);
            while counts.last() != Some(&0) && counts.len() < 8 {
                let (count, changes) = allocations(|| {
                    scanner.snapshot(&query, &mut after).unwrap();
                    let changes = before.diff_in(&after, Aspects::ALL).count();
                    std::mem::swap(&mut before, &mut after);
                    changes
                });
                assert!(before.len() > 600 && (counts.is_empty() || changes < 10));
                counts.push(count);
            }
            assert_eq!(counts.last(), Some(&0), "{counts:?}");
        }
    });
}

#[test]
fn reading_notifications_does_not_allocate() {
    private(|_| {
        let query = Query::new().kinds(Kinds::INET);
        let mut events = Scanner::new().unwrap().destroy_events(&query).unwrap();
        let mut list = DestroyedList::default();
        let mut counts = Vec::with_capacity(8);
        while counts.last() != Some(&0) && counts.len() < 8 {
            for _socket in 0..200 {
                drop(std::net::TcpListener::bind("127.0.0.1:0").unwrap());
            }
            // The kernel notifies from a worker.
            std::thread::sleep(std::time::Duration::from_millis(200));
            let (count, received) = allocations(|| {
                list.clear();
                events.read(|destroyed| list.push(destroyed)).unwrap()
            });
            assert!(received.destroyed > 0 && received.is_complete());
            counts.push(count);
        }
        assert_eq!(counts.last(), Some(&0), "{counts:?}");
    });
}
