//! `--kill` closes what it has listed, and only after it was confirmed.

use std::{
    net::{TcpListener, TcpStream},
    process::{Command, Stdio},
};

use procnet_corpus::live::{LoadGenerator, Workload, private, skip};
use serde_json::Value;

use crate::{
    run::{Ran, procnet, run},
    schema::valid,
    terminal::pane::{Pane, is_missing},
};

/// A listener, with connections to it from clients, and their accepted ends.
struct Connections {
    listener: TcpListener,
    clients: Vec<TcpStream>,
    _accepted: Vec<TcpStream>,
}

impl Connections {
    fn new(count: usize) -> Connections {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = listener.local_addr().expect("an address");
        let mut pairs = Vec::new();
        for _ in 0..count {
            let client = TcpStream::connect(address).expect("a connection");
            pairs.push((client, listener.accept().expect("its other end").0));
        }
        let (clients, accepted) = pairs.into_iter().unzip();
        Connections { listener, clients, _accepted: accepted }
    }

    fn port(&self) -> String {
        self.listener.local_addr().expect("an address").port().to_string()
    }

    fn open(&self) -> usize {
        self.clients.iter().filter(|client| client.peer_addr().is_ok()).count()
    }
}

/// Runs with `--kill`; ends the test if this kernel cannot close sockets.
fn kill(args: &[&str]) -> Ran {
    let ran = run([&["--kill", "--format", "ndjson"], args].concat());
    if ran.out.contains("\"result\":\"unsupported\"") {
        skip("this kernel cannot close sockets (CONFIG_INET_DIAG_DESTROY)");
    }
    ran
}

fn results(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["result"].as_str().expect("a result")).collect()
}

#[test]
fn connections_are_closed_and_printed_with_their_owners_and_results() {
    private(|_| {
        let there = Connections::new(2);
        let ran = kill(&["dport", "=", &format!(":{}", there.port()), "--confirm", "2"]);
        let rows = ran.lines();
        assert_eq!((ran.code, &*ran.err, results(&rows)), (0, "", vec!["closed"; 2]));
        valid("socket.json", &rows);
        let own = std::process::id();
        assert!(rows.iter().all(|row| row["owners"][0]["pid"] == own), "{rows:?}");
        assert_eq!(there.open(), 0);
        // Nothing matches any more, which is what was asked for.
        let ran = kill(&["dport", "=", &format!(":{}", there.port()), "--yes"]).complete();
        assert_eq!(ran.out, "");
    });
}

#[test]
fn listeners_are_closed_only_on_request() {
    private(|_| {
        let there = Connections::new(1);
        let port = there.port();
        let states = |ran: Ran| -> Vec<String> {
            ran.lines().iter().map(|row| row["state"].as_str().unwrap().to_owned()).collect()
        };
        let dry = |args: &[&str]| states(kill(&[&["--port", &port, "--dry-run"], args].concat()));
        assert_eq!(dry(&[]), ["ESTABLISHED"]);
        assert_eq!(dry(&["-l"]), ["LISTEN"]);
        assert_eq!(dry(&["-a"]), ["LISTEN", "ESTABLISHED"]);
        assert_eq!(dry(&["--state", "listen"]), ["LISTEN"]);
        assert_eq!(dry(&["state", "listening"]), ["LISTEN"]);
        assert_eq!(there.open(), 1, "nothing was closed");
        kill(&["--port", &port, "-l", "--yes"]).complete();
        assert!(there.listener.accept().is_err());
        assert_eq!(there.open(), 1);
    });
}

#[test]
fn a_dry_run_closes_nothing_and_says_what_cannot_be_closed() {
    private(|_| {
        let there = Connections::new(1);
        let _unix = std::os::unix::net::UnixDatagram::unbound().expect("a socket");
        let pid = std::process::id().to_string();
        let ran = kill(&["--pid", &pid, "-A", "tcp,u_dgr", "-a", "--dry-run"]);
        let rows = ran.lines();
        valid("socket.json", &rows);
        assert_eq!(there.open(), 1);
        for row in &rows {
            let expected = match row["kind"].as_str() {
                Some("unix") => {
                    ("unsupported_kind", Some("the kernel closes only TCP and UDP sockets"))
                }
                _ => ("would_close", None),
            };
            assert_eq!((row["result"].as_str().unwrap(), row["reason"].as_str()), expected);
        }
        assert_eq!(ran.code, 1, "{}", ran.err);
        let reason = "procnet: 1 socket not closed: the kernel closes only TCP and UDP sockets: end \
                      its process, or have that close it\n";
        assert_eq!(ran.err, reason);
        let csv =
            run(["-K", "-t", "--pid", &pid, "--dry-run", "--format", "csv"]).complete().records();
        assert_eq!(csv[0][csv[0].len() - 2..], ["result", "reason"]);
        assert_eq!(csv[1][csv[1].len() - 2..], ["would_close", ""]);
    });
}

#[test]
fn nothing_is_closed_without_a_condition_or_a_confirmation() {
    private(|_| {
        let there = Connections::new(2);
        let (port, root) = (there.port(), crate::tree::Tree::small());
        let refused = |args: &[&str]| {
            let ran = run([&["-K"], args].concat());
            assert_eq!((ran.code, &*ran.out, there.open()), (2, "", 2), "{args:?}: {}", ran.err);
            ran.err
        };
        let condition = "procnet: --kill needs a condition: a filter, states, --pid, --port or the \
                         like, as in `procnet -K dst 192.0.2.7`\n";
        assert_eq!(refused(&[]), condition);
        assert_eq!(refused(&["-t", "-4", "--netns", "all", "--yes"]), condition);
        let unconfirmed = "procnet: 2 sockets would be closed, and there is no terminal to ask on: \
                           use --dry-run to see them, --confirm 2 or --yes to close them\n";
        assert_eq!(refused(&["--remote-port", &port]), unconfirmed);
        let count =
            "procnet: 2 sockets would be closed, but --confirm says 3: nothing was closed\n";
        assert_eq!(refused(&["--remote-port", &port, "--confirm", "3"]), count);
        let cookies = "procnet: --kill needs the cookies of sockets, by which no other socket is \
                       closed: use --source netlink, or none\n";
        assert_eq!(refused(&["--remote-port", &port, "--source", "procfs", "--yes"]), cookies);
        let args = [&["--remote-port", &port, "--yes"], &root.root()[..]].concat();
        assert!(refused(&args).contains("not available from sock_diag"));
        for args in [&["--max", "1"][..], &["--events"], &["--watch", "1"], &["--group-by", "uid"]]
        {
            let args = [&["--remote-port", &port, "--yes"], args].concat();
            assert!(refused(&args).contains("cannot be used with"));
        }
        // Only with --kill.
        let ran = run(["--yes", "--remote-port", &port]);
        assert!(ran.code == 2 && ran.err.contains("--kill"), "{}", ran.err);
    });
}

#[test]
fn sockets_of_all_network_namespaces_are_closed() {
    private(|_| {
        let there = ["unshare", "--net", "sh", "-c", r#"ip link set lo up; exec "$0" "$@""#];
        let load = LoadGenerator::default().spawn_via(&there, Workload::Udp, 2, 3);
        let ran = kill(&["-u", "-a", "sport >= :1", "--netns", "all", "--yes"]);
        let rows = ran.lines();
        assert_eq!((ran.code, results(&rows)), (0, vec!["closed"; 6]), "{}", ran.err);
        valid("socket.json", &rows);
        let pids: std::collections::BTreeSet<u64> =
            rows.iter().map(|row| row["owners"][0]["pid"].as_u64().unwrap()).collect();
        let expected = load.processes().iter().map(|process| u64::from(process.pid())).collect();
        assert_eq!(pids, expected);
    });
}

#[test]
fn what_may_not_be_closed_is_named_with_what_would_help() {
    private(|_| {
        let there = Connections::new(1);
        let mut command = Command::new("setpriv");
        command.args(["--inh-caps=-all", "--bounding-set=-all"]).arg(env!("CARGO_BIN_EXE_procnet"));
        command.args(["-K", "--format", "ndjson", "--yes", "--allow-partial"]);
        command.args(["--remote-port", &there.port()]);
        let ran = match command.stdin(Stdio::null()).output() {
            Ok(output) => Ran::from(output),
            Err(error) => skip(&format!("setpriv: {error}")),
        };
        assert_eq!((ran.code, there.open()), (1, 1), "{}", ran.err);
        let rows = ran.lines();
        assert_eq!(results(&rows), ["not_permitted"]);
        let help = "procnet: 1 socket not closed: permission denied: run as root, or with \
                    CAP_NET_ADMIN, of the user namespace that owns the network namespace\n";
        assert!(ran.err.ends_with(help), "{}", ran.err);
    });
}

#[test]
fn its_own_standard_input_is_left_alone() {
    private(|_| {
        let there = Connections::new(1);
        let input = there.clients[0].try_clone().expect("another descriptor");
        let mut command = procnet();
        command.args(["-K", "--no-owners", "--format", "ndjson", "--yes"]);
        command.args(["--remote-port", &there.port()]);
        let ran = command.stdin(std::os::fd::OwnedFd::from(input)).output().expect("it runs");
        let ran = Ran::from(ran);
        assert_eq!((ran.code, results(&ran.lines()), there.open()), (1, vec!["own"], 1));
        assert!(
            ran.err.contains("1 socket not closed: it is held by procnet itself"),
            "{}",
            ran.err
        );
    });
}

#[test]
fn on_a_terminal_the_number_of_sockets_is_asked_for() {
    if is_missing() {
        return;
    }
    private(|_| {
        let there = Connections::new(2);
        let kill = format!("{} -K dport = :{}", env!("CARGO_BIN_EXE_procnet"), there.port());
        let pane = Pane::run(80, 24, &format!("{kill}; echo code $?"));
        let question = "close these 2 sockets? Type 2 to close them:";
        let shown = pane.until("the question", |shown| shown.contains(question));
        let lines: Vec<&str> =
            shown.lines().filter(|line| line.starts_with("would close")).collect();
        assert_eq!(lines.len(), 2, "{shown}");
        // As much of the owner as there is room for.
        assert!(lines.iter().all(|line| line.contains(" cli-")), "{shown}");
        pane.press("y");
        pane.press("Enter");
        let shown = pane.ended();
        assert!(shown.ends_with("procnet: not confirmed: nothing was closed\ncode 1"), "{shown}");
        assert_eq!(there.open(), 2);
        let pane = Pane::run(80, 24, &format!("{kill}; echo code $?"));
        pane.until("the question", |shown| shown.contains(question));
        pane.press("2");
        pane.press("Enter");
        let shown = pane.ended();
        if shown.contains("unsupported") {
            skip("this kernel cannot close sockets (CONFIG_INET_DIAG_DESTROY)");
        }
        let closed = shown.lines().filter(|line| line.starts_with("closed")).count();
        assert!(closed == 2 && shown.ends_with("code 0"), "{shown}");
        assert_eq!(there.open(), 0);
    });
}
