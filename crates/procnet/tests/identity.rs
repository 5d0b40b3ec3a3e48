//! Each socket once: sockets that share an inode, sockets that share their addresses, and rows of
//! which it is unknown whether they are two sockets or one.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fs,
    net::SocketAddr,
    time::{Duration, Instant},
};

use procnet::{
    ErrorKind, Kinds, Netns, OwnedSocket, ProcRoot, Query, Scanner, Source, State,
    owners::Budget,
    snapshot::{Aspects, Change, Snapshot},
    summary::Summary,
};
use procnet_corpus::live::{
    Mptcp, SameAddresses, Scene, Uncommon, differences, private, skip, skip_part, ss,
};

mod common;

/// The queries in which every source takes part, and every way to find owners.
fn queries() -> impl Iterator<Item = Query> {
    common::SOURCES.into_iter().flat_map(|source| {
        let query = Query::new().kinds(Kinds::TCP4).source(source);
        [query.clone(), query.incremental(Budget::unlimited())]
    })
}

/// The sockets without an inode, by state and addresses: the number of each.
fn without_inode(sockets: &[OwnedSocket]) -> BTreeMap<(String, SocketAddr, SocketAddr), usize> {
    let mut all = BTreeMap::new();
    for socket in sockets.iter().filter(|socket| socket.inode.is_none()) {
        let ends = (socket.local.unwrap(), socket.remote.unwrap());
        *all.entry((socket.state.to_string(), ends.0, ends.1)).or_default() += 1;
    }
    all
}

fn mptcp() -> Mptcp {
    Mptcp::new().unwrap_or_else(|reason| skip(&reason))
}

fn same_addresses() -> SameAddresses {
    SameAddresses::new().unwrap_or_else(|reason| skip(&reason))
}

#[test]
fn an_owned_copy_has_the_identity_of_its_socket() {
    private(|_| {
        let _scene = Scene::new();
        let _uncommon = Uncommon::new();
        let _mptcp = Mptcp::new().map_err(|reason| skip_part("mptcp", &reason));
        let everywhere = |source| Query::new().kinds(Kinds::ALL).netns(Netns::All).source(source);
        for source in [Source::Procfs, Source::Netlink, Source::Bpf] {
            for query in [Query::new().kinds(Kinds::ALL).source(source), everywhere(source)] {
                let mut ids = Vec::new();
                let visited = Scanner::new().unwrap().visit(&query, |socket| {
                    assert_eq!(socket.id(), socket.to_owned().id(), "{source}: {socket:?}");
                    ids.push(socket.id());
                });
                match visited {
                    Err(error) if error.kind() == ErrorKind::NoBpf => {
                        skip_part("bpf", &error.to_string());
                        continue;
                    }
                    visited => visited.unwrap(),
                };
                // They are not the same only because nothing is in them.
                let distinct = ids.iter().collect::<HashSet<_>>().len();
                assert!(distinct > 20 && distinct + 3 >= ids.len(), "{source}: {distinct}");
            }
        }
    });
}

#[test]
fn each_subflow_of_mptcp_is_a_socket_of_its_owner() {
    private(|_| {
        let mptcp = mptcp();
        let known = [(1, State::LISTEN), (Mptcp::SUBFLOWS, State::ESTABLISHED)];
        let known = [known[0], known[1], known[1]];
        for query in queries() {
            let mut scanner = Scanner::new().unwrap();
            for _refresh in 0..2 {
                let answer = scanner.collect(&query).unwrap();
                assert!(answer.coverage.is_complete(), "{}", answer.coverage);
                assert_eq!((answer.coverage.repeated, answer.coverage.ownerless), (0, 0));
                assert_eq!(answer.sockets.len(), 1 + 2 * Mptcp::SUBFLOWS);
                for (at, (count, state)) in known.into_iter().enumerate() {
                    let is_it = |socket: &&OwnedSocket| {
                        socket.inode.is_some_and(|inode| inode.get() == mptcp.inodes[at])
                    };
                    let of_inode: Vec<_> = answer.sockets.iter().filter(is_it).collect();
                    assert_eq!(of_inode.len(), count);
                    for socket in &of_inode {
                        assert_eq!(socket.state, state);
                        let pids: Vec<u32> = socket.owners.iter().map(|owner| owner.pid).collect();
                        // This process has given them away.
                        assert_eq!(pids, [mptcp.holders[at].pid()]);
                    }
                    let ends = of_inode.iter().map(|socket| (socket.local, socket.remote));
                    assert_eq!(ends.collect::<BTreeSet<_>>().len(), count);
                }
            }
            let of_client = query.clone().owners(true).pid(mptcp.holders[1].pid());
            if query != query.clone().incremental(Budget::unlimited()) {
                let sockets = scanner.collect(&of_client).unwrap().sockets;
                assert_eq!(sockets.len(), Mptcp::SUBFLOWS);
            }
            let served = query.clone().local_port(mptcp.server.port());
            let served = scanner.collect(&served.states([State::ESTABLISHED])).unwrap().sockets;
            assert_eq!(served.len(), Mptcp::SUBFLOWS);
            let filter = format!("sport = :{} and comm = mptcp-server", mptcp.server.port());
            let filtered = query.clone().filter(filter.parse().unwrap());
            assert_eq!(scanner.collect(&filtered).unwrap().sockets.len(), Mptcp::SUBFLOWS);
            let mut summary = Summary::default();
            scanner.summarize(&query, &mut summary).unwrap();
            let established = summary.states().find(|(_, state, _)| *state == State::ESTABLISHED);
            assert_eq!(established.unwrap().2, 2 * Mptcp::SUBFLOWS as u64);
        }
    });
}

#[test]
fn snapshots_distinguish_subflows() {
    private(|_| {
        let mptcp = mptcp();
        let inode = procnet::Inode::new(mptcp.inodes[1]).unwrap();
        let mut all: Vec<_> = queries()
            .map(|query| (query, Scanner::new().unwrap(), [(); 3].map(|()| Snapshot::default())))
            .collect();
        for (query, scanner, [first, second, _]) in &mut all {
            scanner.snapshot(query, first).unwrap();
            scanner.snapshot(query, second).unwrap();
            assert_eq!(first.with_inode(inode).count(), Mptcp::SUBFLOWS);
            let changes: Vec<_> = first.diff_in(second, Aspects::ALL).collect();
            assert!(changes.is_empty(), "nothing happened: {changes:?}");
        }
        mptcp.remove_subflow().unwrap();
        for (query, scanner, [_, before, after]) in &mut all {
            scanner.snapshot(query, after).unwrap();
            assert_eq!(after.with_inode(inode).count(), Mptcp::SUBFLOWS - 1);
            let established = |snapshot: &Snapshot| -> BTreeSet<_> {
                let all = snapshot.iter().filter(|socket| socket.state == State::ESTABLISHED);
                all.map(|socket| (socket.local(), socket.remote())).collect()
            };
            let gone = &established(before) - &established(after);
            assert_eq!(gone.len(), 2, "one at each side");
            for change in before.diff(after) {
                // What is left of it is still the same socket to sock_diag.
                let socket = change.socket();
                let is_gone = gone.contains(&(socket.local(), socket.remote()));
                let is_left = matches!(change, Change::Appeared(new) if new.inode.is_none());
                assert!(is_gone || is_left, "{change:?}");
            }
        }
    });
}

/// Connections without an inode, with the same addresses on two interfaces.
#[test]
fn equal_addresses_on_two_interfaces_are_two_sockets() {
    private(|_| {
        let _scene = same_addresses();
        each_is_a_socket();
    });
}

/// A VRF has routes of its own, and so may have the addresses of another one.
#[test]
fn equal_addresses_in_two_vrfs_are_two_sockets() {
    private(|_| {
        let _scene = SameAddresses::in_vrfs().unwrap_or_else(|reason| skip(&reason));
        each_is_a_socket();
    });
}

/// Every query has each connection of [`SameAddresses`] once for each interface.
fn each_is_a_socket() {
    for query in queries() {
        let mut scanner = Scanner::new().unwrap();
        let (mut before, mut after) = (Snapshot::default(), Snapshot::default());
        scanner.snapshot(&query, &mut before).unwrap();
        let answer = scanner.collect(&query).unwrap();
        scanner.snapshot(&query, &mut after).unwrap();
        assert!(answer.coverage.is_complete(), "{}", answer.coverage);
        assert_eq!(answer.coverage.repeated, 0);
        let counts = without_inode(&answer.sockets);
        let states: BTreeSet<&str> = counts.keys().map(|(state, ..)| &**state).collect();
        assert_eq!(states, BTreeSet::from(["ESTABLISHED", "SYN_RECV", "TIME_WAIT"]));
        assert_eq!(counts.len(), SameAddresses::CONNECTIONS);
        assert!(counts.values().all(|count| *count == 2), "{counts:?}");
        assert_eq!(before.diff(&after).count(), 0);
        let ids: BTreeSet<String> =
            before.iter().map(|socket| format!("{:?}", socket.id())).collect();
        assert_eq!(ids.len(), before.len());
        if query.clone().source(Source::Netlink) == query {
            let interfaces = answer.sockets.iter().filter(|socket| socket.inode.is_none());
            let interfaces: BTreeSet<_> = interfaces.map(|socket| socket.interface).collect();
            assert!(interfaces.len() == 2 && !interfaces.contains(&None), "{interfaces:?}");
        }
    }
}

/// With `kernel.kptr_restrict` 2, nothing in the text distinguishes such rows.
#[test]
fn without_pointers_equal_rows_are_reported_and_counted() {
    private(|_| {
        let _scene = same_addresses();
        let table = fs::read_to_string("/proc/net/tcp").unwrap();
        let is_hexadecimal = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
        // The twelfth column, as long as an address of this machine.
        let hide = |row: &str| match row.split_whitespace().nth(11).filter(|it| is_hexadecimal(it))
        {
            Some(pointer) => {
                row.replace(&format!(" {pointer}"), &format!(" {:0>1$}", 0, pointer.len()))
            }
            None => row.to_owned(),
        };
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("net")).unwrap();
        let hidden: String = table.lines().map(|row| hide(row) + "\n").collect();
        assert_ne!(hidden, table);
        fs::write(root.path().join("net/tcp"), hidden).unwrap();
        let mut scanner = Scanner::with_root(ProcRoot::at(root.path()).unwrap());
        let query = Query::new().kinds(Kinds::TCP4).owners(false);
        let answer = scanner.collect(&query).unwrap();
        let counts = without_inode(&answer.sockets);
        assert!(
            counts.len() == SameAddresses::CONNECTIONS && counts.values().all(|count| *count == 2)
        );
        let coverage = &answer.coverage;
        assert_eq!((coverage.repeated, coverage.maybe_repeated.count), (0, 3));
        assert!(!coverage.is_complete());
        let said = coverage.to_string();
        let start =
            "3 sockets may have been reported twice, as pointers are hidden: tcp 10.77.0.1:";
        assert!(said.starts_with(start), "{said}");
        // One of the states.
        let waiting = query.states([State::TIME_WAIT]);
        let one = scanner.collect(&waiting).unwrap().coverage;
        assert_eq!((one.sockets, one.maybe_repeated.count), (2, 1));
        assert_eq!(
            one.to_string(),
            "1 socket may have been reported twice, as pointers are hidden: tcp 10.77.0.1:7001 \
             10.77.0.2:8001\n"
        );
    });
}

/// Nothing happens in these namespaces: every way to list the sockets has the same rows, and the
/// kernel counts as many.
#[test]
fn rows_equal_those_of_ss_and_the_counts_of_the_kernel() {
    private(|_| {
        let _mptcp =
            Mptcp::new().map_err(|reason| procnet_corpus::live::skip_part("MPTCP", &reason));
        let _same_addresses =
            SameAddresses::new().map_err(|reason| procnet_corpus::live::skip_part("veth", &reason));
        procnet_corpus::live::Scene::with(|_| {
            let _uncommon = procnet_corpus::live::Uncommon::new();
            counts_agree();
            all_that_are_used_have_rows();
        });
    });
}

fn counts_agree() {
    let ss = match ss::sockets() {
        Ok(sockets) => sockets,
        Err(reason) => skip(&reason),
    };
    let kinds = Kinds::ALL;
    for source in [Source::Procfs, Source::Auto] {
        let query = Query::new().kinds(kinds).source(source);
        let answer = Scanner::new().unwrap().collect(&query).unwrap();
        let is_common = |socket: &&OwnedSocket| {
            let is_waiting = socket.kind == procnet::Kind::Unix && socket.inode.is_none();
            Kinds::DEFAULT.contains(socket.kind) && !is_waiting
        };
        let common: Vec<OwnedSocket> = answer.sockets.iter().filter(is_common).cloned().collect();
        let plain = |mut entries: Vec<procnet_corpus::live::Entry>| {
            for entry in &mut entries {
                entry.owners.clear();
                entry.numbers = None;
                if let Some(name) = &mut entry.name {
                    // As a table prints it.
                    name.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b'@');
                    name.truncate(
                        name.iter().position(|byte| *byte == b'\n').unwrap_or(name.len()),
                    );
                }
            }
            entries
        };
        let ours = plain(common::entries(&common));
        let text = differences(("the library", &ours), ("ss", &plain(ss.clone())));
        assert!(text.is_empty(), "{source}:\n{text}");
        let counts = kernel_counts();
        // A request sock is in no count; what is left of a connection is in `tw`, with whatever
        // state it has (include/net/inet_timewait_sock.h `tw_substate`).
        let rows = |kinds: Kinds| {
            let counted = answer
                .sockets
                .iter()
                .filter(|socket| kinds.contains(socket.kind) && socket.state != State::SYN_RECV);
            counted.count() as u64
        };
        let waiting = counts["tw"];
        assert_eq!(rows(Kinds::TCP), counts["TCP"] + counts["TCP6"] + waiting, "{source}");
        for (kind, name) in [
            (Kinds::UDP4, "UDP"),
            (Kinds::UDP6, "UDP6"),
            (procnet::Kind::UdpLite.into(), "UDPLITE"),
            (procnet::Kind::UdpLite6.into(), "UDPLITE6"),
            (procnet::Kind::Raw.into(), "RAW"),
            (procnet::Kind::Raw6.into(), "RAW6"),
        ] {
            // A kernel without UDP-Lite has no line of it.
            let count = counts.get(name).copied().unwrap_or(0);
            assert_eq!(rows(kind), count, "{source}: {name}");
        }
    }
}

/// The rows of all kinds are as many as the sockets that user space has created (net/core/sock.c
/// `sock_inuse_add`). What is left of a connection and a request sock are not such sockets, nor are the
/// kernel's netlink sockets.
fn all_that_are_used_have_rows() {
    let is_request = |socket: &OwnedSocket| socket.state == State::SYN_RECV;
    let is_kernels = |socket: &OwnedSocket| socket.netlink.as_ref().is_some_and(|it| it.port == 0);
    let queries = [
        // Only the table has the connections that are not accepted yet.
        Query::new().kinds(Kinds::UNIX).source(Source::Procfs),
        // Each namespace has a TIPC socket of the kernel (net/tipc/topsrv.c `tipc_topsrv_start`).
        Query::new().kinds(Kinds::ALL - Kinds::UNIX - procnet::Kind::Tipc.into()),
    ];
    // A scene's socket that is only bound.
    let without_row = 1;
    let mut scanner = Scanner::new().unwrap();
    let begin = Instant::now();
    loop {
        let answers = queries.each_ref().map(|query| scanner.collect(query).unwrap());
        let sockets = answers.iter().flat_map(|answer| &answer.sockets);
        let created = sockets.filter(|it| !is_request(it) && !is_kernels(it)).count() as u64;
        let counts = kernel_counts();
        if created + without_row == counts["used"] + counts["tw"] {
            return;
        }
        // Those of scanners and of `ss` are freed a while after they are closed
        // (net/netlink/af_netlink.c `netlink_release`), and this scanner opens its own when it is used.
        let said = format!("{created} sockets with rows, {counts:?}");
        assert!(begin.elapsed() < Duration::from_secs(10), "{said}");
    }
}

/// `inuse` of each line of `sockstat` and `sockstat6`, and `tw` and `used`.
fn kernel_counts() -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for file in ["sockstat", "sockstat6"] {
        let text = fs::read_to_string(format!("/proc/net/{file}")).unwrap();
        for line in text.lines() {
            let (prefix, values) = line.split_once(": ").unwrap();
            let values: Vec<&str> = values.split(' ').collect();
            for pair in values.chunks_exact(2) {
                let name = if pair[0] == "inuse" { prefix } else { pair[0] };
                counts.insert(name.to_owned(), pair[1].parse().unwrap());
            }
        }
    }
    counts
}
