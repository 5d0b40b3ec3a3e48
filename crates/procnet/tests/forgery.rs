//! An unprivileged process forges rows by the names of its sockets: the rows of other processes
//! are unaffected, and the forged ones are marked as suspect.

use std::os::{
    fd::AsFd as _,
    linux::net::SocketAddrExt as _,
    unix::net::{SocketAddr, UnixStream},
};

use procnet::{OwnedSocket, Scanner, owners::Budget, visit::Answer};
use procnet_corpus::live::{
    Entry, HelperProcess, LoadGenerator, Sandbox, Scene, Workload, differences, inode_of, private,
    run, skip_part,
};
use rustix::net::{AddressFamily, SocketType, socket};

mod common;

/// The forging process: of an unprivileged user, if this test can change its user.
fn forger() -> HelperProcess {
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    match run(&[&nobody[..], &["true"]].concat()) {
        Ok(()) => HelperProcess::start_via(b"forger", &nobody),
        Err(reason) => {
            skip_part("another user for the forger", &reason);
            HelperProcess::start(b"forger")
        }
    }
}

/// A row as the kernel prints it, with this pointer and inode.
fn row(pointer: &str, inode: u64, name: &str) -> String {
    format!("{pointer}: 00000002 00000000 00010000 0001 01 {inode:5} {name}")
}

/// A pointer in the format of the table, but of no socket.
const FITTING: &str = "0000000012ab34cd";

fn ask() -> Answer {
    Scanner::new().unwrap().collect(&common::tables()).unwrap()
}

fn named<'a>(answer: &'a Answer, name: &[u8]) -> Option<&'a OwnedSocket> {
    let is_it = |socket: &&OwnedSocket| {
        socket.unix.as_ref().is_some_and(|unix| unix.name.as_deref() == Some(name))
    };
    answer.sockets.iter().find(is_it)
}

/// Asserts that all known sockets are complete, with their owners.
fn unharmed(answer: &Answer, known: &[Entry]) {
    let seen = common::without_numbers(common::entries(&answer.sockets));
    let seen: Vec<Entry> = seen.into_iter().filter(|entry| known.contains(entry)).collect();
    let text = differences(("the library", &seen), ("what is known", known));
    assert!(text.is_empty(), "{text}");
}

/// Creates sockets of other processes and one of a forger, and checks the answer.
fn with_forger(name: impl Fn(&LoadGenerator) -> String, check: impl Fn(&Answer, &LoadGenerator)) {
    let load = LoadGenerator::default().spawn(Workload::Unix, 2, 50).spawn(Workload::Tcp, 1, 51);
    let known = load.entries();
    let before = ask();
    assert!(before.coverage.is_complete(), "{}", before.coverage);
    let forger = forger();
    let (inode, owner) = forger.bind_abstract(name(&load).as_bytes());
    let answer = ask();
    unharmed(&answer, &known);
    let is_own = |socket: &&OwnedSocket| socket.inode.is_some_and(|other| other.get() == inode);
    let own = answer.sockets.iter().find(is_own).expect("the forger's own socket");
    assert_eq!(own.owners[0].pid, owner.pid);
    check(&answer, &load);
    // The forged row vanishes with the forger.
    drop(forger);
    assert!(ask().coverage.is_complete());
}

#[test]
fn a_row_without_a_socket_is_suspect() {
    private(|_| {
        // Each column is well-formed; the last pointer is one that the kernel does not print
        // together with others.
        for pointer in [FITTING, "0000000000000001", "0000000000000000"] {
            let name = |_: &LoadGenerator| format!("abs\n{}", row(pointer, 777_777, "/tmp/FAKE"));
            with_forger(name, |answer, _| {
                let forged = named(answer, b"/tmp/FAKE").expect("the forged row");
                assert!(forged.suspect, "{pointer}: believed");
                assert!(forged.owners.is_empty());
                assert_eq!(answer.coverage.suspect.count, 1, "{pointer}");
                assert!(!answer.coverage.is_complete());
                let said = common::missing_inside(&answer.coverage);
                let says = "table unix: 1 row may be forged by a socket's name: inode 777777\n";
                assert_eq!(said, says);
                // The name before it is truncated at the newline.
                assert!(!named(answer, b"@abs").expect("the forger's row").suspect);
            });
        }
    });
}

/// With the inode of another process's socket, a forged row gets its owners.
#[test]
fn a_row_with_the_inode_of_another_process_is_suspect() {
    private(|_| {
        let victim = |load: &LoadGenerator| {
            let pid = load.processes()[1].pid();
            let of_victim = |entry: &&Entry| entry.owners.iter().any(|owner| owner.pid == pid);
            let is_unix = |entry: &&Entry| entry.kind == "unix" && entry.name.is_some();
            let entries = load.entries();
            entries.iter().filter(is_unix).find(of_victim).expect("a victim").clone()
        };
        let name = |load: &LoadGenerator| {
            let inode = victim(load).inode.expect("an inode");
            format!("a\n{}", row(FITTING, inode, "/run/evil"))
        };
        with_forger(name, |answer, load| {
            let victim = victim(load);
            let forged = named(answer, b"/run/evil").expect("the forged row");
            let true_one = named(answer, victim.name.as_deref().unwrap()).expect("the victim");
            assert_eq!(forged.owners, true_one.owners);
            assert!(forged.suspect, "believed");
            // The text does not show which of the two is forged, but sock_diag does.
            assert!(!true_one.suspect, "confirmed");
            assert_eq!(answer.coverage.suspect.count, 1);
            // The same in a query for the victim's sockets.
            let pid = load.processes()[1].pid();
            let its = Scanner::new().unwrap().collect(&common::tables().pid(pid)).unwrap();
            assert!(named(&its, b"/run/evil").expect("the forged row").suspect);
            assert_eq!(its.coverage.suspect.count, 1);
        });
    });
}

/// Where sock_diag is forbidden, only the text decides, and sock_diag is tried once.
#[test]
fn without_sock_diag_both_rows_are_suspect() {
    fn reader(known: &str) {
        let (victim, forged) = known.split_once(' ').expect("two names");
        let mut scanner = Scanner::new().unwrap();
        for _refresh in 0..3 {
            let answer = scanner.collect(&common::tables()).unwrap();
            for name in [victim, forged] {
                assert!(named(&answer, name.as_bytes()).expect("a row").suspect, "{name}");
            }
            assert_eq!(answer.coverage.suspect.count, 2);
        }
    }
    Sandbox::default().role("reader", reader).run(|sandbox| {
        let (victim, forger) = (HelperProcess::start(b"victim"), forger());
        let (inode, _) = victim.bind_abstract(b"victim");
        let long = "x".repeat(30);
        forger.bind_abstract(format!("a\n{}", row(FITTING, inode, &long)).as_bytes());
        let log = tempfile::NamedTempFile::new().unwrap();
        let path = log.path().to_str().unwrap();
        let refuse = ["-e", "trace=socket", "-e", "inject=socket:error=EPERM"];
        let strace = [&["strace", "-f", "-o", path], &refuse[..]].concat();
        if sandbox.run_role("reader", &strace, &format!("@victim {long}")) {
            let calls = std::fs::read_to_string(path).unwrap();
            assert_eq!(calls.matches("NETLINK_SOCK_DIAG").count(), 1, "{calls}");
        }
    });
}

/// No rule about the text applies: the kernel counts one socket more than it lists, or owners are
/// not requested.
#[test]
fn a_row_that_looks_genuine_is_suspect() {
    private(|_| {
        let load = LoadGenerator::default().spawn(Workload::Unix, 2, 50);
        let known = load.entries();
        let forger = forger();
        let name = format!("abs\n{}", row(FITTING, 777_777, "/tmp/FAKE"));
        forger.bind_abstract(name.as_bytes());
        forger.bind_abstract(b"x");
        let address = SocketAddr::from_abstract_name(b"x").unwrap();
        drop(UnixStream::connect_addr(&address).unwrap());
        let incremental = common::tables().incremental(Budget::unlimited());
        let queries = [common::tables(), common::tables().owners(false), incremental];
        let mut scanner = Scanner::new().unwrap();
        for query in queries.iter().chain(&queries) {
            let answer = scanner.collect(query).unwrap();
            assert!(named(&answer, b"/tmp/FAKE").expect("the forged row").suspect, "{query:?}");
            assert_eq!(answer.coverage.suspect.count, 1, "{query:?}: {}", answer.coverage);
            if *query == common::tables() {
                unharmed(&answer, &known);
            }
        }
    });
}

/// With the inode of a socket that is in none of the tables, a forged row has an owner.
#[test]
fn a_row_with_the_inode_of_a_netlink_socket_is_suspect() {
    private(|_| {
        let victim = HelperProcess::start(b"victim");
        let socket = socket(AddressFamily::NETLINK, SocketType::RAW, None).unwrap();
        let owner = &victim.hold(&[socket.as_fd()])[0];
        let name = format!("a\n{}", row(FITTING, inode_of(&socket), "/run/door"));
        drop(socket);
        let forger = forger();
        forger.bind_abstract(name.as_bytes());
        let answer = ask();
        let forged = named(&answer, b"/run/door").expect("the forged row");
        assert_eq!(forged.owners[0].pid, owner.pid);
        assert!(forged.suspect, "believed");
        assert_eq!(answer.coverage.suspect.count, 1);
    });
}

/// Very many doubtful rows are verified by a dump.
#[test]
fn many_genuine_rows_are_verified() {
    private(|_| {
        let forger = forger();
        for number in 0..300 {
            forger.bind_abstract(format!("{number}").as_bytes());
        }
        forger.bind_abstract(b"two\nlines");
        for query in [common::tables(), common::tables().owners(false)] {
            let answer = Scanner::new().unwrap().collect(&query).unwrap();
            assert!(named(&answer, b"@two").expect("a name that is cut").suspect);
            assert_eq!(answer.coverage.suspect.count, 1, "{}", answer.coverage);
        }
    });
}

/// With the inode of a TCP listener, a forged row looks like a socket of its owner.
#[test]
fn a_row_with_the_inode_of_a_tcp_socket_is_suspect() {
    private(|_| {
        let listener = |load: &LoadGenerator| {
            let is_it = |entry: &&Entry| entry.kind == "tcp" && entry.state == "LISTEN";
            load.entries().iter().find(is_it).expect("a listener").clone()
        };
        let name = |load: &LoadGenerator| {
            let inode = listener(load).inode.expect("an inode");
            format!("a\n{}", row(FITTING, inode, "/run/door"))
        };
        with_forger(name, |answer, load| {
            let forged = named(answer, b"/run/door").expect("the forged row");
            assert_eq!(forged.owners[0].pid, listener(load).owners.first().unwrap().pid);
            assert!(forged.suspect, "believed");
            assert_eq!(answer.coverage.suspect.count, 1);
        });
    });
}

#[test]
fn lines_that_are_no_rows_are_undecodable() {
    private(|_| {
        let name = |_: &LoadGenerator| "two\nlines".to_owned();
        with_forger(name, |answer, _| {
            assert!(named(answer, b"@two").expect("a name that is cut").suspect);
            assert_eq!(answer.coverage.undecodable.count, 1);
            assert!(named(answer, b"lines").is_none());
        });
        let name = |_: &LoadGenerator| format!("a\n{}\nx", row(FITTING, 777_777, "/F"));
        with_forger(name, |answer, _| {
            assert!(named(answer, b"/F").expect("the forged row").suspect);
            assert_eq!(answer.coverage.undecodable.count, 1);
        });
        // A heading, and as many newlines as fit in a name.
        for name in
            ["a\nNum       RefCount Protocol Flags    Type St Inode Path", &"\n".repeat(107)]
        {
            with_forger(
                |_| name.to_owned(),
                |answer, _| {
                    let bytes = name.bytes().filter(|byte| *byte == b'\n').count();
                    assert_eq!(answer.coverage.undecodable.count, bytes as u64);
                },
            );
        }
    });
}

#[test]
fn rows_of_many_forgers_are_suspect() {
    private(|_| {
        let load = LoadGenerator::default().spawn(Workload::Unix, 2, 50);
        let known = load.entries();
        let forgers: Vec<HelperProcess> = (0..10).map(|_| forger()).collect();
        for (number, forger) in forgers.iter().enumerate() {
            for name in 0..5 {
                let forged = format!("/F{number}{name}");
                let inode = 5_000_000 + 10 * number as u64 + name;
                let bytes = format!("{number}{name}\n{}", row(FITTING, inode, &forged));
                forger.bind_abstract(bytes.as_bytes());
            }
        }
        let answer = ask();
        unharmed(&answer, &known);
        let forged = answer.sockets.iter().filter(|socket| {
            socket.inode.is_some_and(|inode| (5_000_000..5_000_100).contains(&inode.get()))
        });
        let believed = forged.clone().filter(|socket| !socket.suspect).count();
        assert_eq!((forged.count(), believed), (50, 0));
    });
}

/// No name contains a newline: sockets that come and go, connections that wait or were aborted,
/// and short names, which leave room for a long rest.
#[test]
fn no_row_is_suspect_without_a_forger() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Unix, 3, 100);
        let listener = HelperProcess::start(b"listener");
        for name in [&b""[..], b" ", b"a", b"@"] {
            listener.bind_abstract(&[b"x", name].concat());
        }
        let address = SocketAddr::from_abstract_name(b"x").unwrap();
        let waiting = [(); 2].map(|()| UnixStream::connect_addr(&address).unwrap());
        drop(UnixStream::connect_addr(&address).unwrap());
        let busy = [HelperProcess::start(b"busy"), HelperProcess::start(b"busy")];
        busy.iter().for_each(|helper| helper.churn("unix"));
        let mut scanner = Scanner::new().unwrap();
        for _refresh in 0..100 {
            let answer = scanner.collect(&common::tables()).unwrap();
            common::assert_complete_beside_churn(&answer.coverage);
        }
        drop(waiting);
    });
}

/// One name with a newline among sockets that come and go: only its own row is marked, as its name
/// continues.
#[test]
fn only_the_row_with_a_newline_is_suspect() {
    private(|_| {
        let _scene = Scene::new();
        let busy = HelperProcess::start(b"busy");
        busy.churn("unix");
        let mut scanner = Scanner::new().unwrap();
        for _refresh in 0..40 {
            let answer = scanner.collect(&common::tables()).unwrap();
            assert!(named(&answer, b"@two").expect("a name that is cut").suspect);
            // In each visit, another row may follow it, which is verified.
            assert_eq!(answer.coverage.suspect.count, 1, "{}", answer.coverage);
        }
    });
}
