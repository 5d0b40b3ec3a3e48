//! Tracked connections and their statistics from ctnetlink, in a network namespace of the test's
//! own: the same as from /proc, and also without it.

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, TcpListener, TcpStream, UdpSocket},
    ops::ControlFlow,
    process,
};

use procnet::{
    ErrorKind, Netns, ProcRoot, Scanner, Source,
    conntrack::ConntrackQuery,
    counters::ConntrackStats,
    coverage::Fallback,
    decode::network::nf_conntrack::{Direction, Row},
    network::TableCoverage,
};
use procnet_corpus::live::{
    Sandbox, run, skip, skip_part,
    tracking::{track, track_packets},
};

const CLIENT: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const SERVER: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

fn of(source: Source) -> ConntrackQuery {
    ConntrackQuery::new().source(source)
}

/// What is the same from both sources, and does not change by itself.
type Connection = (u16, Direction, Direction, Option<String>, [bool; 2], [Option<u64>; 3]);

fn connection(row: &Row<'_>) -> Connection {
    let state = row.state.map(|state| String::from_utf8_lossy(state).into_owned());
    let numbers = [row.mark.map(u64::from), row.zone.map(u64::from), row.offload.map(|_| 1)];
    let protocol = row.transport.number;
    (protocol, row.original, row.reply, state, [row.unreplied, row.assured], numbers)
}

/// By protocol and ports: each connection, its timeout and its packets.
type Connections = BTreeMap<(u16, u16, u16), (Connection, i64, Option<u64>)>;

/// The connections in a namespace by their ports, with timeout and age.
fn connections(query: &ConntrackQuery) -> (Connections, TableCoverage) {
    let mut found = BTreeMap::new();
    let coverage = Scanner::new().unwrap().tracked_of(query, |row| {
        let ports = (row.original.source_port, row.original.destination_port);
        let key = (row.transport.number, ports.0.unwrap_or(0), ports.1.unwrap_or(0));
        assert!(row.uses > 0);
        let value = (connection(row), row.timeout.expect("seconds"), row.delta_time);
        assert!(found.insert(key, value).is_none(), "twice: {row:?}");
    });
    let coverage = coverage.unwrap_or_else(|error| panic!("{query:?}: {error}"));
    assert!(coverage.is_complete(), "{coverage}");
    assert_eq!(coverage.rows, found.len() as u64);
    (found, coverage)
}

/// Skips the test if this kernel has no ctnetlink.
fn require_ctnetlink() {
    if let Err(error) = Scanner::new().unwrap().tracked_of(&of(Source::Netlink), |_| ()) {
        skip(&format!("no ctnetlink: {error}: {:?}", error.refusal()));
    }
}

fn has_file() -> bool {
    let is_there = fs::exists("/proc/thread-self/net/nf_conntrack").unwrap_or(false);
    if !is_there {
        skip_part("the comparison with /proc", "this kernel has no file of tracked connections");
    }
    is_there
}

#[test]
fn both_sources_report_the_same_connections() {
    Sandbox::default().run(|_| {
        require_ctnetlink();
        for name in ["acct", "timestamp"] {
            let set = fs::write(format!("/proc/sys/net/netfilter/nf_conntrack_{name}"), "1");
            if let Err(error) = set {
                skip_part(name, &error.to_string());
            }
        }
        track_packets();
        // Through the rule: an established connection, and a datagram without a reply.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = listener.local_addr().unwrap();
        let client = TcpStream::connect(server).unwrap();
        let _accepted = listener.accept().unwrap();
        let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
        datagrams.send_to(b"x", ("127.0.0.1", 9)).unwrap();
        // More than fit a datagram of the kernel.
        (1..=300).for_each(|port| track((CLIENT, port), (SERVER, 53)));
        let (sent, coverage) = connections(&of(Source::Netlink));
        assert_eq!((coverage.source, coverage.fallback), (Some(Source::Netlink), None));
        assert_eq!((coverage.interrupted, coverage.foreign), (false, 0));
        assert_eq!(sent.len(), 302);
        let tcp = &sent[&(6, client.local_addr().unwrap().port(), server.port())].0;
        assert_eq!(tcp.3.as_deref(), Some("ESTABLISHED"));
        assert_eq!(tcp.4, [false, true], "replied and assured");
        assert_eq!(tcp.1.source, Some(Ipv4Addr::LOCALHOST.into()));
        let udp = &sent[&(17, datagrams.local_addr().unwrap().port(), 9)].0;
        assert_eq!((udp.3.as_deref(), udp.4), (None, [true, false]));
        // It is what is asked first.
        let (auto, coverage) = connections(&ConntrackQuery::new());
        assert_eq!((auto.len(), coverage.source), (302, Some(Source::Netlink)));
        if !has_file() {
            return;
        }
        let (printed, coverage) = connections(&of(Source::Procfs));
        assert_eq!((coverage.source, coverage.fallback), (Some(Source::Procfs), None));
        assert_eq!(sent.keys().collect::<Vec<_>>(), printed.keys().collect::<Vec<_>>());
        for (key, (connection, timeout, age)) in &sent {
            let (printed, seconds, printed_age) = &printed[key];
            assert_eq!(connection, printed);
            assert!((timeout - seconds).abs() <= 5, "{key:?}: {timeout} and {seconds}");
            assert_eq!(age.is_some(), printed_age.is_some(), "{key:?}");
            assert!(age.unwrap_or(0).abs_diff(printed_age.unwrap_or(0)) <= 5, "{key:?}");
        }
    });
}

#[test]
fn a_visitor_may_stop_and_the_next_request_works() {
    Sandbox::default().run(|_| {
        require_ctnetlink();
        (1..=2000).for_each(|port| track((CLIENT, port), (SERVER, 53)));
        let mut scanner = Scanner::new().unwrap();
        for _again in 0..3 {
            let mut count = 0;
            let (coverage, stopped) = scanner
                .tracked(|_| {
                    count += 1;
                    if count < 7 { ControlFlow::Continue(()) } else { ControlFlow::Break(count) }
                })
                .unwrap();
            assert_eq!((stopped, coverage.rows), (Some(7), 7));
            assert_eq!(scanner.conntrack_counts().unwrap().count, 2000);
        }
        let coverage = scanner.tracked(|_| ()).unwrap();
        assert_eq!((coverage.rows, coverage.is_complete()), (2000, true));
    });
}

/// The counters by name, summed over the CPUs.
fn sums(stats: &ConntrackStats) -> BTreeMap<&str, u64> {
    stats.summary().collect()
}

#[test]
fn both_sources_report_the_same_statistics() {
    Sandbox::default().run(|_| {
        require_ctnetlink();
        (1..=9).for_each(|port| track((CLIENT, port), (SERVER, 53)));
        let mut scanner = Scanner::new().unwrap();
        let counts = scanner.conntrack_counts_of(&of(Source::Netlink)).unwrap();
        assert_eq!(counts.count, 9);
        assert_eq!(scanner.conntrack_counts_of(&of(Source::Procfs)).unwrap(), counts);
        let sent = scanner.conntrack_stats_of(&of(Source::Netlink)).unwrap();
        assert_eq!((sums(&sent)["entries"], sums(&sent)["insert"]), (9, 9));
        assert_eq!(sent.names[0], "entries");
        assert!(sent.cpus.iter().all(|cpu| cpu.len() == sent.names.len() && cpu[0] == 9));
        assert_eq!(scanner.conntrack_stats().unwrap().names, sent.names);
        if !has_file() {
            return;
        }
        let printed = scanner.conntrack_stats_of(&of(Source::Procfs)).unwrap();
        assert_eq!(printed.cpus.len(), sent.cpus.len());
        let (sent, printed) = (sums(&sent), sums(&printed));
        for (name, value) in &printed {
            // What the kernel does not count any more, it prints as 0 and does not send.
            assert_eq!(sent.get(name).copied().unwrap_or(0), *value, "{name}");
        }
        assert!(sent.keys().all(|name| printed.contains_key(name)), "{sent:?} {printed:?}");
    });
}

/// The namespace of the process whose pid is the input has 30 connections, the own none.
fn in_another(input: &str) {
    let there = Netns::Pid(input.parse().unwrap());
    for source in [Source::Auto, Source::Netlink, Source::Procfs] {
        if source == Source::Procfs && !has_file() {
            continue;
        }
        let (own, _) = connections(&of(source));
        assert_eq!(own.len(), 0, "{source}");
        let query = of(source).netns(there.clone());
        let (found, coverage) = connections(&query);
        assert_eq!(found.len(), 30, "{source}");
        let expected = if source == Source::Auto { Source::Netlink } else { source };
        assert_eq!(coverage.source, Some(expected));
        let mut scanner = Scanner::new().unwrap();
        for (query, count) in [(&query, 30), (&of(source), 0), (&query, 30)] {
            assert_eq!(scanner.conntrack_counts_of(query).unwrap().count, count, "{source}");
            assert_eq!(sums(&scanner.conntrack_stats_of(query).unwrap())["entries"], count);
        }
    }
    let path = Netns::Path(format!("/proc/{input}/ns/net").into());
    assert_eq!(connections(&ConntrackQuery::new().netns(path)).0.len(), 30);
    let error = Scanner::new().unwrap().tracked_of(&of(Source::Auto).netns(Netns::All), |_| ());
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidQuery);
}

#[test]
fn another_network_namespace_can_be_asked_about() {
    Sandbox::default().role("in another", in_another).run(|sandbox| {
        require_ctnetlink();
        (1..=30).for_each(|port| track((CLIENT, port), (SERVER, 53)));
        sandbox.run_role("in another", &["unshare", "--net"], &process::id().to_string());
    });
}

/// Where a kernel is built without `CONFIG_NF_CONNTRACK_PROCFS`: an empty directory hides the files.
fn without_files(_: &str) {
    let thread = fs::read_link("/proc/thread-self").unwrap();
    let net = format!("/proc/{}/net", thread.to_str().unwrap());
    if let Err(reason) = run(&["mount", "-t", "tmpfs", "none", &net]) {
        skip(&format!("the files cannot be hidden: {reason}"));
    }
    let mut scanner = Scanner::new().unwrap();
    for error in [
        scanner.tracked_of(&of(Source::Procfs), |_| ()).unwrap_err(),
        scanner.conntrack_stats_of(&of(Source::Procfs)).unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.refusal()), (ErrorKind::Absent, None), "{error}");
    }
    assert_eq!(connections(&ConntrackQuery::new()).0.len(), 12);
    assert_eq!(sums(&scanner.conntrack_stats().unwrap())["entries"], 12);
}

/// Without the files, and without the privilege for ctnetlink.
fn without_files_and_privilege(_: &str) {
    let error = Scanner::new().unwrap().tracked(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert_eq!(error.refusal(), Some(Fallback::NeedsNetAdmin));
    let error = Scanner::new().unwrap().conntrack_stats_of(&of(Source::Netlink)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    let cause = std::error::Error::source(&error).unwrap().to_string();
    assert!(cause.contains("CAP_NET_ADMIN"), "{cause}");
}

#[test]
fn connections_are_found_where_the_kernel_has_no_files_of_them() {
    Sandbox::default()
        .role("without files", without_files)
        .role("without files and privilege", without_files_and_privilege)
        .run(|sandbox| {
            require_ctnetlink();
            (1..=12).for_each(|port| track((CLIENT, port), (SERVER, 53)));
            sandbox.run_role("without files", &["unshare", "--mount"], "");
            let hide = "mount -t tmpfs none /proc/$$/task/$$/net && exec setpriv --reuid=65534 \
                        --regid=65534 --clear-groups \"$0\" \"$@\"";
            let prefix = ["unshare", "--mount", "sh", "-c", hide];
            sandbox.run_role("without files and privilege", &prefix, "");
        });
}

/// With the files, and without the privilege for either: the counts have another source.
fn nobody(_: &str) {
    let mut scanner = Scanner::new().unwrap();
    let error = scanner.tracked_of(&of(Source::Netlink), |_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert_eq!(error.refusal(), Some(Fallback::NeedsNetAdmin));
    let error = scanner.tracked(|_| ()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    assert_eq!(error.refusal(), Some(Fallback::NeedsNetAdmin));
    assert_eq!(scanner.conntrack_counts().unwrap().count, 5);
    assert_eq!(sums(&scanner.conntrack_stats().unwrap())["entries"], 5);
}

#[test]
fn a_refusal_has_a_name() {
    Sandbox::default().role("nobody", nobody).run(|sandbox| {
        require_ctnetlink();
        (1..=5).for_each(|port| track((CLIENT, port), (SERVER, 53)));
        let setpriv = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        if has_file() {
            sandbox.run_role("nobody", &setpriv, "");
        }
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("net")).unwrap();
        let mut captures = Scanner::with_root(ProcRoot::at(directory.path()).unwrap());
        let error = captures.tracked_of(&of(Source::Netlink), |_| ()).unwrap_err();
        assert_eq!(error.refusal(), Some(Fallback::OtherRoot));
        assert_eq!(error.kind(), ErrorKind::NoNetlink);
        assert_eq!(captures.tracked(|_| ()).unwrap_err().kind(), ErrorKind::NotCaptured);
    });
}
