//! Where an empty answer might have been meant to look.

use procnet_corpus::live::{HelperProcess, LoadGenerator, Workload, private, skip};

use rustix::net::{AddressFamily, SocketType, socket};

use crate::{
    run::{procnet, run},
    terminal::pane::{Pane, is_missing},
    tree::Tree,
};

#[test]
fn an_empty_answer_hints_where_it_would_not_be_empty() {
    let tree = Tree::small();
    let ask = |args: &[&str]| {
        let ran = run([args, &["--format", "ndjson"], &tree.root()[..]].concat());
        assert_eq!((ran.code, &*ran.out), (0, ""), "{args:?}: {}", ran.err);
        ran.err
    };
    let hint = "procnet: no such socket of a process with this name, but of one whose name begins \
                with it: --process 'NAME*'\n";
    assert_eq!(ask(&["--process", "we"]), hint);
    assert_eq!(ask(&["--process", "we", "-t", "--sort", "port"]), hint);
    // Nothing would match, or nothing is named.
    assert_eq!(ask(&["--process", "nobody"]), "");
    assert_eq!(ask(&["--process", "w*x"]), "");
    assert_eq!(ask(&["--port", "9"]), "");
    assert_eq!(ask(&["--state", "closing"]), "");
}

#[test]
fn an_empty_answer_hints_at_another_network_namespace() {
    private(|_| {
        let here = HelperProcess::start_via(b"here", &[]);
        let there = ["unshare", "--net", "sh", "-c", r#"ip link set lo up; exec "$0" "$@""#];
        let load = LoadGenerator::default();
        let load = load.spawn_via(&there, Workload::Tcp, 1, 3);
        let pid = load.processes()[0].pid().to_string();
        let ports = run(["--netns", &pid, "-tl", "--format", "csv", "-H"]).records();
        let port = &ports[0][3];
        let ran = run(["--port", port]);
        assert_eq!((ran.code, ran.out.lines().count()), (0, 1), "{}", ran.out);
        let hint = "procnet: no such socket in this network namespace, but in another one: \
                    --netns all\n";
        assert_eq!(ran.err, hint);
        assert_eq!(run(["sport", "=", &format!(":{port}")]).err, hint);
        assert_eq!(run(["top", "--port", port]).err, hint);
        assert_eq!(run(["summary", "--port", port]).err, hint);
        assert_eq!(run(["--port", port, "--netns", "own"]).err, "");
        assert_eq!(run(["--port", "1"]).err, "");
        // A process that holds a packet socket only.
        let packet = rustix::net::socket(
            rustix::net::AddressFamily::PACKET,
            rustix::net::SocketType::DGRAM,
            None,
        );
        let own = std::process::id().to_string();
        let ran = run(["--pid", &own, "-tux"]);
        assert_eq!((&*ran.err, ran.code), ("", 0));
        let ran = run(["--pid", &own, "state", "listening"]);
        assert_eq!((&*ran.err, ran.code), ("", 0));
        let ran = run(["--pid", &own, "state", "unconnected"]);
        let other = "procnet: no such socket of this process, but of another kind: --kind every\n";
        assert_eq!(ran.err, other, "{}", ran.out);
        drop((here, packet));
    });
}

#[test]
fn a_plain_list_on_a_terminal_names_the_kinds_that_it_leaves_out() {
    private(|_| {
        if is_missing() {
            return;
        }
        let shows = |args: &str| {
            let program = procnet();
            let command = format!("{} {args}", program.get_program().display());
            Pane::run(80, 24, &command).ended()
        };
        let hint = "procnet: also here: 1 packet, 2 netlink (--kind every)";
        assert!(!shows("").contains("also here"), "there are none");
        let route = || socket(AddressFamily::NETLINK, SocketType::DGRAM, None);
        let sockets = (route(), route(), socket(AddressFamily::PACKET, SocketType::DGRAM, None));
        if sockets.2.is_err() {
            skip("this test may not create packet sockets");
        }
        // Its own netlink sockets do not count.
        for args in ["", "--sort port", "--no-owners", "-e --netns own"] {
            let shown = shows(args);
            assert!(shown.lines().any(|line| line == hint), "{args}: {shown}");
        }
        for args in ["-q", "-t", "--kind every", "-l", "sport = :1", "--format csv", "| cat"] {
            let shown = shows(args);
            assert!(!shown.contains("also here"), "{args}: {shown}");
        }
        drop(sockets);
    });
}
