//! Filters: what each source hands over is what the definition picks of everything.

use std::{collections::BTreeSet, net::SocketAddr, thread, time::Duration};

use procnet::{Budget, Filter, Kinds, OwnedSocket, Query, Scanner, Source, State, Summary};
use procnet_corpus::live::{Scene, differences, private};

mod common;

const SOURCES: [Source; 2] = [Source::Procfs, Source::Netlink];

/// Which part of everything the answer has to be.
type Picks<'p> = &'p dyn Fn(&OwnedSocket) -> bool;

/// Asserts that `same` is empty, soon: what was closed last needs a moment until it rests.
fn soon(mut same: impl FnMut() -> String) {
    let mut text = String::new();
    for _attempt in 0..100 {
        text = same();
        if text.is_empty() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("{text}");
}

/// Asserts that the answer to `query` is the part of everything that `wanted` picks, and
/// returns how many they are.
fn is_part(scanner: &mut Scanner, query: &Query, everything: &Query, wanted: Picks<'_>) -> usize {
    let mut count = 0;
    soon(|| {
        let all = scanner.collect(everything).unwrap().sockets;
        let answer = scanner.collect(query).unwrap();
        let part: Vec<OwnedSocket> = all.iter().filter(|it| wanted(it)).cloned().collect();
        let (seen, part) = (common::entries(&answer.sockets), common::entries(&part));
        let (seen, part) = (common::without_numbers(seen), common::without_numbers(part));
        assert_eq!(answer.coverage.undecided, 0, "{query:?}");
        count = answer.sockets.len();
        let text = differences(("the answer", &seen), ("the part", &part));
        if text.is_empty() { text } else { format!("{query:?}:\n{text}") }
    });
    count
}

fn filter(text: &str) -> Filter {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn both_sources_pick_what_is_asked() {
    private(|_| Scene::with(pick));
}

fn pick(_scene: &Scene) {
    for source in SOURCES {
        let everything = Query::new().source(source);
        let all = Scanner::new().unwrap().collect(&everything).unwrap().sockets;
        let inet = |socket: &OwnedSocket| socket.local.is_some();
        let port = |end: Option<SocketAddr>| end.map(|end| end.port());
        let listener = all.iter().filter(|it| it.state == State::LISTEN && inet(it));
        let listener = listener.min_by_key(|it| port(it.local)).unwrap();
        let at = listener.local.unwrap().port();
        let owner = all.iter().find_map(|it| it.owners.first()).unwrap();
        let (pid, comm) = (owner.pid, owner.comm.to_string());
        let has_pid = |it: &OwnedSocket| it.owners.iter().any(|owner| owner.pid == pid);
        let has_comm = |it: &OwnedSocket| it.owners.iter().any(|it| it.comm.to_string() == comm);
        let loopback = |end: Option<SocketAddr>| {
            end.is_some_and(|end| end.ip().to_canonical().to_string().starts_with("127."))
        };
        let name = |it: &OwnedSocket| it.unix.clone().and_then(|unix| unix.name);
        let cases: &[(String, Picks<'_>)] = &[
            (String::new(), &|_| true),
            (format!("sport = :{at}"), &|it| port(it.local) == Some(at)),
            (format!("sport != :{at}"), &|it| port(it.local) != Some(at)),
            (format!("sport > :{at}"), &|it| port(it.local) > Some(at)),
            (format!("dport = :{at} or sport <= :{at} and src *"), &|it| {
                inet(it) && (port(it.remote) == Some(at) || port(it.local) <= Some(at))
            }),
            ("src 127.0.0.0/8".to_owned(), &|it| loopback(it.local)),
            ("not dst 127.0.0.0/8".to_owned(), &|it| !loopback(it.remote)),
            (format!("src [::]/0 and ( sport :{at} or state established )"), &|it| {
                it.local.is_some_and(|end| end.is_ipv6())
                    && (port(it.local) == Some(at) || it.state == State::ESTABLISHED)
            }),
            ("state listening".to_owned(), &|it| it.state == State::LISTEN),
            ("exclude listening exclude time-wait dport > :0".to_owned(), &|it| {
                it.state != State::LISTEN
                    && it.state != State::TIME_WAIT
                    && port(it.remote) > Some(0)
            }),
            ("src unix:*".to_owned(), &|it| name(it).is_some()),
            ("src @*".to_owned(), &|it| name(it).is_some_and(|name| name.starts_with(b"@"))),
            (format!("pid = {pid}"), &has_pid),
            (format!("not pid = {pid} and src *"), &|it| inet(it) && !has_pid(it)),
            (format!("comm = \"{comm}\" and state connected"), &|it| {
                has_comm(it) && it.state != State::LISTEN && it.state != State::CLOSE
            }),
            (format!("inode = {}", listener.inode.unwrap()), &|it| it.inode == listener.inode),
            ("inode = 0".to_owned(), &|it| it.inode.is_none()),
            ("dport = :0 and src unix:*".to_owned(), &|_| false),
        ];
        let mut scanner = Scanner::new().unwrap();
        for (text, wanted) in cases {
            let query = everything.clone().filter(filter(text));
            let some = is_part(&mut scanner, &query, &everything, wanted) > 0;
            assert!(some || text.contains("dport = :0 and"), "{text} picks nothing");
            let refresh = query.clone().incremental(Budget::unlimited());
            is_part(&mut scanner, &refresh, &everything, wanted);
            for kinds in [Kinds::TCP6, Kinds::UDP, Kinds::UNIX] {
                let (some, all) = (query.clone().kinds(kinds), everything.clone().kinds(kinds));
                is_part(&mut scanner, &some, &all, wanted);
            }
            // Owners decide also where they are not handed over.
            let bare = |it: &OwnedSocket| (it.kind, it.inode, it.local, it.remote, it.state);
            soon(|| {
                let all = scanner.collect(&everything).unwrap().sockets;
                let plain = scanner.collect(&query.clone().owners(false)).unwrap().sockets;
                assert!(plain.iter().all(|it| it.owners.is_empty()));
                let plain: BTreeSet<_> = plain.iter().map(bare).collect();
                let part = all.iter().filter(|it| wanted(it)).map(bare).collect::<BTreeSet<_>>();
                if plain == part { String::new() } else { format!("{text}: {plain:?} {part:?}") }
            });
            let mut summary = Summary::default();
            soon(|| {
                let all = scanner.collect(&everything).unwrap().sockets;
                scanner.summarize(&query, &mut summary).unwrap();
                let part = all.iter().filter(|it| wanted(it)).count() as u64;
                let same = summary.sockets() == part;
                if same { String::new() } else { format!("{text}: {} {part}", summary.sockets()) }
            });
        }
    }
}

/// What a source does not tell is counted, and neither the condition nor its negation holds.
#[test]
fn what_is_not_told_is_counted() {
    private(|_| Scene::with(untold));
}

fn untold(_scene: &Scene) {
    let mut scanner = Scanner::new().unwrap();
    // The words, the source, and of whom what they ask is not told.
    let cases: [(&str, Source, Picks<'_>); 7] = [
        ("uid >= 0", Source::Procfs, &|it| it.uid.is_none()),
        ("uid >= 0", Source::Netlink, &|it| it.uid.is_none()),
        ("not uid >= 0", Source::Netlink, &|it| it.uid.is_none()),
        // No table tells the interface.
        ("dev != no-such-one", Source::Procfs, &|it| it.local.is_some()),
        ("dev != no-such-one", Source::Netlink, &|_| false),
        ("dev = 0", Source::Netlink, &|_| false),
        ("not cgroup = 1", Source::Procfs, &|_| true),
    ];
    for (text, source, is_unknown) in cases {
        let everything = Query::new().source(source);
        let query = everything.clone().filter(filter(text));
        soon(|| {
            let all = scanner.collect(&everything).unwrap().sockets;
            let coverage = scanner.collect(&query).unwrap().coverage;
            let unknown = all.iter().filter(|it| is_unknown(it)).count() as u64;
            let known = all.len() as u64 - unknown;
            let counts = (coverage.sockets, coverage.undecided);
            // Unix sockets are bound to no interface.
            let unix = all.iter().filter(|it| it.local.is_none()).count() as u64;
            let expected = match text {
                "not uid >= 0" => (0, unknown),
                "dev = 0" => (known - unix, unknown),
                _ => (known, unknown),
            };
            let line = "sockets left out: what the filter asks is not told of them\n";
            assert_eq!(coverage.to_string().contains(line), coverage.undecided > 1);
            assert!(coverage.undecided == 0 || !coverage.is_complete());
            if counts == expected {
                return String::new();
            }
            format!("{text}, {source}: {counts:?}, not {expected:?}")
        });
    }
}
