//! Filters: each source reports those of all sockets that meet the definition.

use std::{
    collections::BTreeSet,
    net::{SocketAddr, TcpListener},
    thread,
    time::Duration,
};

use procnet::{
    ErrorKind, Filter, Kinds, OwnedSocket, Query, Scanner, Source, State, owners::Budget,
    summary::Summary,
};
use procnet_corpus::live::{Sandbox, Scene, differences, private, skip, skip_part};

#[path = "filters/beside_ss.rs"]
mod beside_ss;
mod common;

const SOURCES: [Source; 2] = [Source::Procfs, Source::Netlink];

/// A condition that sockets with addresses meet.
const INET: &str = "( src inet:* or src inet6:* )";

/// Selects the expected part of all sockets.
type Picks<'p> = &'p dyn Fn(&OwnedSocket) -> bool;

/// Asserts that `same` becomes empty soon: sockets that were just closed still change state.
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

/// Asserts that the answer to `query` is the part of everything that `wanted` selects, and
/// returns its length.
fn is_part(scanner: &mut Scanner, query: &Query, everything: &Query, wanted: Picks<'_>) -> usize {
    let mut count = 0;
    soon(|| {
        let all = scanner.collect(everything).unwrap().sockets;
        let answer = scanner.collect(query).unwrap();
        let part: Vec<OwnedSocket> = all.iter().filter(|it| wanted(it)).cloned().collect();
        let (seen, part) = (common::entries(&answer.sockets), common::entries(&part));
        let (seen, part) = (common::without_numbers(seen), common::without_numbers(part));
        // The scene is in a container, and who holds a socket in flight may be outside.
        let by_owner = query.clone().owners(false).needs_owners();
        let in_flight = all.iter().filter(|it| by_owner && !has_known_owners(it)).count() as u64;
        assert!(answer.coverage.undecided <= in_flight, "{query:?}");
        count = answer.sockets.len();
        let text = differences(("the answer", &seen), ("the part", &part));
        if text.is_empty() { text } else { format!("{query:?}:\n{text}") }
    });
    count
}

fn has_known_owners(socket: &OwnedSocket) -> bool {
    socket.inode.is_none() || !socket.owners.is_empty()
}

fn filter(text: &str) -> Filter {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_source_selects_what_a_filter_defines() {
    private(|_| Scene::with(pick));
}

fn pick(_scene: &Scene) {
    for source in [Source::Procfs, Source::Netlink, Source::Bpf] {
        let everything = Query::new().source(source);
        if let Err(error) = Scanner::new().unwrap().visit(&everything, |_| ()) {
            assert_eq!(error.kind(), ErrorKind::NoBpf, "{error}");
            skip_part("bpf", &error.to_string());
            continue;
        }
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
            (format!("dport = :{at} or sport <= :{at} and {INET}"), &|it| {
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
            ("src unix:*".to_owned(), &|it| !inet(it)),
            ("src unix:?*".to_owned(), &|it| name(it).is_some()),
            ("src unix:".to_owned(), &|it| !inet(it) && name(it).is_none()),
            ("src *".to_owned(), &|_| true),
            ("src @*".to_owned(), &|it| name(it).is_some_and(|name| name.starts_with(b"@"))),
            (format!("pid = {pid}"), &has_pid),
            (format!("not pid = {pid} and {INET}"), &|it| {
                inet(it) && has_known_owners(it) && !has_pid(it)
            }),
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
            // A pass sees no socket without an inode.
            let none =
                text.contains("dport = :0 and") || (source == Source::Bpf && text == "inode = 0");
            assert!(some != none, "{text} of {source}");
            let refresh = query.clone().incremental(Budget::unlimited());
            is_part(&mut scanner, &refresh, &everything, wanted);
            for kinds in [Kinds::TCP6, Kinds::UDP, Kinds::UNIX] {
                let (some, all) = (query.clone().kinds(kinds), everything.clone().kinds(kinds));
                is_part(&mut scanner, &some, &all, wanted);
            }
            // Conditions on owners apply even if owners are not reported.
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

/// Sockets whose attribute a source does not report are counted; neither the condition nor its
/// negation holds.
#[test]
fn what_is_unknown_is_counted() {
    private(|_| Scene::with(count_unknown));
}

fn count_unknown(_scene: &Scene) {
    let mut scanner = Scanner::new().unwrap();
    // The expression, the source, and the sockets for which it is unknown.
    let cases: [(&str, Source, Picks<'_>); 7] = [
        ("uid >= 0", Source::Procfs, &|it| it.uid.is_none()),
        ("uid >= 0", Source::Netlink, &|it| it.uid.is_none()),
        ("not uid >= 0", Source::Netlink, &|it| it.uid.is_none()),
        // procfs has no interface.
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
            // Unix sockets are not bound to an interface.
            let unix = all.iter().filter(|it| it.local.is_none()).count() as u64;
            let expected = match text {
                "not uid >= 0" => (0, unknown),
                "dev = 0" => (known - unix, unknown),
                _ => (known, unknown),
            };
            let line = "sockets left out: it is unknown whether they meet the filter\n";
            assert_eq!(coverage.to_string().contains(line), coverage.undecided > 1);
            assert!(coverage.undecided == 0 || !coverage.is_complete());
            if counts == expected {
                return String::new();
            }
            format!("{text}, {source}: {counts:?}, not {expected:?}")
        });
    }
}

/// Whatever a kernel takes for the mark or the control group of what is left of a connection: if it
/// does not report it, neither a condition on it nor its negation holds.
#[test]
fn what_the_kernel_does_not_report_is_counted() {
    private(|_| Scene::with(count_unreported));
}

fn count_unreported(_scene: &Scene) {
    let inet = Query::new().source(Source::Netlink).kinds(Kinds::INET).owners(false);
    let mut scanner = Scanner::new().unwrap();
    for text in ["mark = 0/0xff", "mark = 5", "mark = 5/0xff", "cgroup = 1", "cgroup = 0"] {
        soon(|| {
            let all = scanner.collect(&inet).unwrap().sockets;
            let left = all.iter().filter(|it| it.inode.is_none()).count() as u64;
            let all = all.len() as u64;
            let [is, is_not] = [text.to_owned(), format!("not {text}")].map(|text| {
                let query = inet.clone().filter(filter(&text));
                let coverage = scanner.visit(&query, |_| ()).unwrap();
                (coverage.sockets, coverage.undecided)
            });
            let is_known = |undecided: u64| match text {
                // Before Linux 5.14, those of `TIME_WAIT` sockets are unknown.
                text if text.starts_with("mark") => undecided <= left,
                // Before Linux 5.8, all are. An orphan has no inode, but is in one.
                _ => (1..=left).contains(&undecided) || undecided == all,
            };
            let same = is.1 == is_not.1 && is.0 + is_not.0 + is.1 == all && is_known(is.1);
            if same {
                String::new()
            } else {
                format!("{text}: {is:?}, {is_not:?} of {left}, {all}")
            }
        });
    }
}

/// There is one message per matching socket if the kernel can decide the whole filter.
#[test]
fn the_kernel_sends_only_matching_sockets() {
    private(|_| Scene::with(pushed));
}

fn pushed(_scene: &Scene) {
    let everything = Query::new().source(Source::Netlink).owners(false);
    let mut scanner = Scanner::new().unwrap();
    let all = scanner.collect(&everything.clone().kinds(Kinds::INET)).unwrap();
    let listens = |it: &&OwnedSocket| it.state == State::LISTEN;
    let port = all.sockets.iter().find(listens).unwrap().local.unwrap().port();
    let most = all.coverage.rows;
    let ports = (1..20).map(|port| format!("dport != :{port}")).collect::<Vec<_>>().join(" and ");
    for text in [
        format!("sport = :{port}"),
        format!("sport = :{port} or dport = :{port}"),
        format!("not sport = :{port} and {INET}"),
        format!("( src 127.0.0.0/8 or src [::1] ) and not dport <= :1024 and sport != :{port}"),
        format!("not ( src 127.0.0.0/8 or not ( dst [::1] and dport >= :{port} ) )"),
        "dst inet6:* state established".to_owned(),
        format!("state connected and {INET}"),
        "state listening src 0.0.0.0/0".to_owned(),
        "src *:0".to_owned(),
        format!("dev = 0 and {INET}"),
        format!("not dev = lo and not dev = no-such-one and {INET}"),
        "kind = tcp6 or src inet:* and dport = :0".to_owned(),
        format!("autobound and {INET}"),
        format!("not autobound and {INET}"),
        "src unix:* and sport = :1".to_owned(),
        format!("{INET} and {ports}"),
    ] {
        let query = everything.clone().filter(filter(&text));
        soon(|| {
            let coverage = scanner.visit(&query, |_| ()).unwrap();
            assert!(coverage.is_complete(), "{text}: {coverage}");
            assert!(coverage.sockets < most || text.contains(INET), "{text}");
            let (rows, sockets) = (coverage.rows, coverage.sockets);
            if rows == sockets { String::new() } else { format!("{text}: {rows}, not {sockets}") }
        });
    }
    // A filter that is too long for the kernel is decided by the library.
    let ports: Vec<String> = (1..200).map(|port| format!("dport != :{port}")).collect();
    let long =
        everything.clone().filter(filter(&format!("sport = :{port} and {}", ports.join(" and "))));
    let (all, wanted) = (everything, |it: &OwnedSocket| {
        it.local.is_some_and(|end| end.port() == port)
            && it.remote.is_some_and(|end| !(1..200).contains(&end.port()))
    });
    assert!(is_part(&mut scanner, &long, &all, &wanted) > 0);
    assert!(scanner.visit(&long, |_| ()).unwrap().rows < most);
}

/// Marks require `CAP_NET_ADMIN`, also in filters; other conditions do not.
#[test]
fn without_privilege_conditions_on_marks_are_undecided() {
    fn reader(_: &str) {
        let mut scanner = Scanner::new().unwrap();
        let query = Query::new().source(Source::Netlink).kinds(Kinds::TCP).owners(false);
        let all = scanner.visit(&query, |_| ()).unwrap().sockets;
        assert!(all > 0);
        for _refresh in 0..2 {
            let marked = query.clone().filter(filter("mark = 0"));
            let coverage = scanner.visit(&marked, |_| ()).unwrap();
            assert_eq!((coverage.sockets, coverage.undecided), (0, all));
            let either = query.clone().filter(filter("mark = 1 or dev = 0"));
            assert_eq!(scanner.visit(&either, |_| ()).unwrap().sockets, all);
        }
    }
    Sandbox::default().role("reader", reader).run(|sandbox| {
        let _listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        if !sandbox.run_role("reader", &nobody, "") {
            skip("setpriv is not there");
        }
    });
}

/// The examples in the documentation of filters are valid.
#[test]
fn examples_in_the_documentation_parse() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/filters.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, rest) = page.split_once("```filter\n").unwrap();
    let (examples, _) = rest.split_once("```").unwrap();
    assert!(examples.lines().count() > 5);
    for example in examples.lines() {
        let parsed = filter(example);
        assert_eq!(filter(&parsed.to_string()), parsed, "{example}");
    }
}
