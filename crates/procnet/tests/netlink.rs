//! sock_diag reports the same sockets with the same owners as procfs, except for known
//! differences, and the coverage names the source of each table.

use std::{net::UdpSocket, os::fd::AsFd as _, thread};

use procnet::{
    ErrorKind, Kind, Kinds, Netns, OwnedSocket, ProcRoot, Query, Scanner, Source, State,
    coverage::Fallback, visit::Answer,
};
use procnet_corpus::live::{
    Entry, HelperProcess, LoadGenerator, Sandbox, Scene, Uncommon, Workload, differences, private,
    run, skip,
};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

mod common;
#[path = "netlink/known.rs"]
mod known;

fn netlink() -> Query {
    Query::new().source(Source::Netlink)
}

fn ask(scanner: &mut Scanner, query: &Query) -> Answer {
    scanner.collect(query).unwrap()
}

fn plain(answer: &Answer) -> Vec<Entry> {
    common::without_numbers(common::entries(&answer.sockets))
}

#[test]
fn both_sources_report_the_same_sockets() {
    private(|_| Scene::with(both));
}

fn both(_scene: &Scene) {
    // Two more namespaces: one with sockets of three kinds, one with only a helper.
    let lone = HelperProcess::start_via(b"lone", &["unshare", "--net"]);
    let in_other_netns = ["unshare", "--net", "sh", "-c", r#"ip link set lo up; exec "$0" "$@""#];
    let load = LoadGenerator::default().spawn_via(&in_other_netns, Workload::Tcp, 1, 20);
    let enter = format!("--net=/proc/{}/ns/net", load.processes()[0].pid());
    let load = load.spawn_via(&["nsenter", &enter], Workload::Udp6, 1, 10);
    let _load = load.spawn_via(&["nsenter", &enter], Workload::Unix, 1, 10);
    let (mut tables, mut diagnostics) = (Scanner::new().unwrap(), Scanner::new().unwrap());
    let tables_of = common::tables();
    let of_all = tables_of.clone().netns(Netns::All);
    let kept = |query: &Query| query.clone().incremental(procnet::owners::Budget::unlimited());
    for query in [kept(&tables_of), kept(&of_all), tables_of, of_all] {
        let mut found = String::new();
        // Sockets that were just closed still change state.
        for _attempt in 0..100 {
            let before = ask(&mut tables, &query);
            let answer = ask(&mut diagnostics, &query.clone().source(Source::Netlink));
            let visited = before.coverage.namespaces.visited;
            assert_eq!(answer.coverage.namespaces.visited, visited);
            assert!(visited == 1 || visited == 3, "{visited}");
            assert_eq!(answer.coverage.from(Source::Netlink), Kinds::DEFAULT);
            assert_eq!(common::missing_inside(&answer.coverage), "");
            found = known::compare(before.sockets, answer.sockets);
            if found.is_empty() {
                break;
            }
            thread::sleep(std::time::Duration::from_millis(50));
        }
        assert!(found.is_empty(), "{query:?}:\n{found}");
    }
    drop(lone);
}

/// There is one message per matching socket.
#[test]
fn the_kernel_sends_only_requested_states_and_ports() {
    private(|_| Scene::with(parts));
}

fn parts(_scene: &Scene) {
    let mut scanner = Scanner::new().unwrap();
    let all = ask(&mut scanner, &netlink());
    let is_part = |scanner: &mut Scanner, query: &Query, wanted: &dyn Fn(&OwnedSocket) -> bool| {
        let answer = ask(scanner, query);
        let part: Vec<OwnedSocket> = all.sockets.iter().filter(|it| wanted(it)).cloned().collect();
        let (seen, part) = (common::entries(&answer.sockets), common::entries(&part));
        let (seen, part) = (common::without_numbers(seen), common::without_numbers(part));
        let text = differences(("the answer", &seen), ("the part", &part));
        assert!(text.is_empty(), "{query:?}:\n{text}");
        answer.coverage
    };
    for state in (1..=12).map(State) {
        let query = netlink().states([state]);
        let coverage = is_part(&mut scanner, &query, &|socket| socket.state == state);
        assert_eq!(coverage.rows, coverage.sockets, "{state}");
    }
    let coverage = is_part(&mut scanner, &netlink().listening(), &|socket| {
        socket.state == State::LISTEN || (socket.state == State::CLOSE && !socket.kind.is_tcp())
    });
    assert!(coverage.sockets > 0);
    assert_eq!(coverage.rows, coverage.sockets);
    for kinds in [Kinds::INET, Kinds::TCP4, Kinds::TCP6] {
        for socket in all.sockets.iter().filter(|socket| kinds.contains(socket.kind)) {
            let port = socket.local.unwrap().port();
            let query = netlink().kinds(kinds).local_port(port);
            let coverage = is_part(&mut scanner, &query, &|other| {
                kinds.contains(other.kind) && other.local.unwrap().port() == port
            });
            assert_eq!(coverage.rows, coverage.sockets, "port {port}");
        }
    }
}

/// Kinds that only some kernels report by sock_diag fall back to procfs, which is reported; no
/// kernel reports icmp.
#[test]
fn kinds_without_sock_diag_fall_back_to_proc() {
    private(|_| {
        let uncommon = Uncommon::new();
        let mut scanner = Scanner::new().unwrap();
        let query = Query::new().kinds(Kinds::UDPLITE | Kinds::RAW | Kinds::ICMP);
        for _refresh in 0..2 {
            let answer = ask(&mut scanner, &query.clone().source(Source::Auto));
            let text = differences(("both", &plain(&answer)), ("the scene", uncommon.entries()));
            assert!(text.is_empty(), "{text}");
            assert!(answer.coverage.fallbacks.contains(&(Fallback::Unsupported, Kinds::ICMP)));
            let fallen = answer.coverage.fallbacks.iter().flat_map(|(_, kinds)| kinds.iter());
            assert!(
                fallen
                    .into_iter()
                    .all(|kind| !answer.coverage.from(Source::Netlink).contains(kind))
            );
            assert!(answer.coverage.is_complete());
        }
        let icmp = netlink().kinds(Kind::Icmp);
        assert_eq!(scanner.collect(&icmp).unwrap_err().kind(), ErrorKind::NoNetlink);
        let some = netlink().kinds(Kinds::TCP | Kind::Icmp.into());
        let coverage = ask(&mut scanner, &some).coverage;
        assert_eq!(
            (coverage.from(Source::Netlink), coverage.unreadable[0].0),
            (Kinds::TCP, Kind::Icmp)
        );
        assert!(!coverage.is_complete());
    });
}

/// Where sock_diag is forbidden, procfs is used, and the coverage has the reason.
#[test]
fn proc_is_used_where_sock_diag_is_forbidden() {
    fn reader(_: &str) {
        let mut scanner = Scanner::new().unwrap();
        let tables = ask(&mut scanner, &common::tables());
        assert!(tables.sockets.iter().any(|socket| socket.kind == Kind::Udp));
        for _refresh in 0..2 {
            let answer = ask(&mut scanner, &Query::new().source(Source::Auto));
            assert_eq!(plain(&answer), plain(&tables));
            let [(Fallback::Refused(failure), Kinds::DEFAULT)] = answer.coverage.fallbacks[..]
            else {
                panic!("{:?}", answer.coverage);
            };
            assert!(failure.is_permission());
            assert_eq!(answer.coverage.from(Source::Netlink), Kinds::NONE);
        }
        let error = scanner.collect(&netlink()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoNetlink);
    }
    Sandbox::default().role("reader", reader).run(|sandbox| {
        let _socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let log = tempfile::NamedTempFile::new().unwrap();
        let path = log.path().to_str().unwrap();
        let refuse = ["-e", "trace=socket", "-e", "inject=socket:error=EPERM"];
        if sandbox.run_role("reader", &[&["strace", "-f", "-o", path], &refuse[..]].concat(), "") {
            // A refusal is remembered: one attempt in three answers of five tables.
            let calls = std::fs::read_to_string(path).unwrap();
            assert_eq!(calls.matches("NETLINK_SOCK_DIAG").count(), 1, "{calls}");
        }
    });
}

/// In addition to its own namespace, a reader in a container can use sock_diag of the host whose
/// /proc is mounted.
#[test]
fn another_root_shows_the_sockets_of_its_host() {
    fn reader(mounted: &str) {
        let mut scanner = Scanner::with_root(ProcRoot::at(mounted).unwrap());
        for source in [Source::Auto, Source::Netlink] {
            let answer = ask(&mut scanner, &Query::new().source(source));
            assert_eq!(
                (answer.coverage.from(Source::Netlink), answer.coverage.fallbacks.len()),
                (Kinds::DEFAULT, 0)
            );
            assert_eq!(plain(&answer), plain(&ask(&mut scanner, &common::tables())));
            let udp = answer.sockets.iter().filter(|socket| socket.kind == Kind::Udp);
            assert_eq!(udp.count(), 1, "the host's");
        }
        assert!(ask(&mut Scanner::new().unwrap(), &netlink()).sockets.is_empty(), "the own");
    }
    Sandbox::default().role("reader", reader).run(|sandbox| {
        let _socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_str().unwrap();
        if let Err(reason) = run(&["mount", "--bind", "/proc", path]) {
            skip(&reason);
        }
        sandbox.run_role("reader", &["unshare", "--net"], path);
        run(&["umount", path]).unwrap();
    });
}

#[test]
fn a_process_is_visited_in_its_own_namespace() {
    private(|_| {
        let other = HelperProcess::start_via(b"other", &["unshare", "--net"]);
        other.bind_abstract(b"there");
        let own = HelperProcess::start(b"own");
        own.bind_abstract(b"here");
        let names = |answer: &Answer| -> Vec<Vec<u8>> {
            let unix = answer.sockets.iter().filter_map(|socket| socket.unix.as_ref());
            unix.filter_map(|unix| unix.name.clone()).collect()
        };
        let mut scanner = Scanner::new().unwrap();
        let auto = Query::new().source(Source::Auto);
        let there = ask(&mut scanner, &auto.clone().pid(other.pid()));
        assert_eq!(names(&there), [b"@there"]);
        assert_eq!(
            (there.coverage.from(Source::Netlink), there.coverage.fallbacks.len()),
            (Kinds::DEFAULT, 0)
        );
        let here = ask(&mut scanner, &auto.clone().pid(own.pid()));
        assert_eq!(names(&here), [b"@here"]);
        assert_eq!(
            (here.coverage.from(Source::Netlink), here.coverage.fallbacks.len()),
            (Kinds::DEFAULT, 0)
        );
        assert_eq!(names(&ask(&mut scanner, &netlink())), [b"@here"]);

        // The same scanner, in a thread that has entered that namespace.
        let namespace = std::fs::File::open(format!("/proc/{}/ns/net", other.pid())).unwrap();
        let moved = thread::spawn(move || {
            let to = Some(LinkNameSpaceType::Network);
            move_into_link_name_space(namespace.as_fd(), to).unwrap();
            ask(&mut scanner, &netlink())
        });
        assert_eq!(names(&moved.join().unwrap()), [b"@there"]);
    });
}

/// A name that looks like rows is one name, and no socket is suspect.
#[test]
fn names_cannot_forge_sockets() {
    private(|_| {
        let forger = HelperProcess::start(b"forger");
        let row = "0000000012ab34cd: 00000002 00000000 00010000 0001 01 777777 /tmp/FAKE";
        let name = format!("abs\n{row}\nx\0");
        let (inode, owner) = forger.bind_abstract(name.as_bytes());
        let mut scanner = Scanner::new().unwrap();
        assert!(!ask(&mut scanner, &common::tables()).coverage.is_complete(), "tables are forged");
        let answer = ask(&mut scanner, &netlink());
        assert!(answer.coverage.is_complete(), "{}", answer.coverage);
        assert_eq!(answer.coverage.undecodable.count, 0);
        let named =
            |socket: &&OwnedSocket| socket.unix.as_ref().is_some_and(|it| it.name.is_some());
        let [socket] = &answer.sockets.iter().filter(named).collect::<Vec<_>>()[..] else {
            panic!("one name: {:?}", answer.sockets);
        };
        let whole = [b"@", name.as_bytes()].concat();
        assert_eq!(socket.unix.as_ref().unwrap().name.as_deref(), Some(&whole[..]));
        assert_eq!((socket.inode.unwrap().get(), socket.owners[0].pid), (inode, owner.pid));
        assert!(!socket.suspect);
        // Its peer is known by inode.
        let mut peers = 0;
        let coverage = scanner.visit(&netlink().kinds(Kinds::UNIX), |socket| {
            peers += usize::from(socket.peer().is_some_and(|peer| Some(peer) != socket.inode));
        });
        coverage.unwrap();
        assert_eq!(peers, 2, "both ends of the channel to the forger");
    });
}

/// A new socket waits until its owners are found, and is then reported unchanged.
#[test]
fn incremental_visits_find_new_sockets() {
    private(|_| {
        let helper = HelperProcess::start(b"helper");
        let mut scanner = Scanner::new().unwrap();
        let query = netlink().incremental(procnet::owners::Budget::unlimited());
        let before = ask(&mut scanner, &query).sockets.len();
        helper.bind_abstract(b"a\0b");
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        helper.hold(&[udp.as_fd()]);
        drop(udp);
        let known = ask(&mut Scanner::new().unwrap(), &netlink());
        let seen = ask(&mut scanner, &query);
        assert_eq!(seen.sockets.len(), before + 2);
        let sorted = |answer: Answer| {
            let mut sockets = answer.sockets;
            sockets.sort_by_key(|socket| socket.inode);
            sockets
        };
        assert_eq!(sorted(seen), sorted(known));
    });
}

#[test]
fn many_sockets_are_each_listed_once() {
    private(|_| {
        let load = LoadGenerator::default()
            .spawn(Workload::Tcp, 4, 1000)
            .spawn(Workload::Tcp6, 3, 1000)
            .spawn(Workload::Udp, 3, 1000)
            .spawn(Workload::Udp6, 1, 1000)
            .spawn(Workload::Unix, 3, 1000);
        let known = load.entries();
        let mut scanner = Scanner::new().unwrap();
        let incremental = netlink().incremental(procnet::owners::Budget::unlimited());
        // A dump that was not read completely does not disturb the next.
        let few = ask(&mut scanner, &netlink().limit(3));
        assert!(few.coverage.truncated && few.sockets.len() == 3);
        for query in [netlink(), netlink(), incremental.clone(), incremental] {
            let answer = ask(&mut scanner, &query);
            let mut text =
                differences(("netlink", &plain(&answer)), ("the generated load", &known));
            text.truncate(4000);
            assert!(text.is_empty(), "{query:?}:\n{text}");
            let coverage = answer.coverage;
            assert_eq!((coverage.rows, coverage.repeated), (known.len() as u64, 0));
            assert_eq!((coverage.ownerless, coverage.recovered), (0, 0));
        }
    });
}
