//! The output for programs is valid by `docs/schema`.

mod validator;

use std::net::{TcpListener, TcpStream, UdpSocket};

use serde_json::Value;

use self::validator::faults;
use crate::{run::run, tree::Tree};

#[track_caller]
pub(crate) fn valid(schema: &str, rows: &[Value]) {
    assert!(!rows.is_empty(), "nothing to validate by {schema}");
    for row in rows {
        let faults = faults(schema, row);
        assert!(faults.is_empty(), "{schema}: {}\n{row}", faults.join("\n"));
    }
}

#[test]
fn sockets_of_this_host_with_all_columns() {
    let listener = TcpListener::bind("[::1]:0").or_else(|_| TcpListener::bind("127.0.0.1:0"));
    let listener = listener.expect("a listener");
    let client = TcpStream::connect(listener.local_addr().expect("an address"));
    let held = (client.expect("a connection"), UdpSocket::bind("127.0.0.1:0").expect("a socket"));
    let (one, other) = std::os::unix::net::UnixStream::pair().expect("a pair");
    for source in ["procfs", "auto"] {
        for args in [
            &[][..],
            &["-eimo", "-pp", "-a", "--netns", "own"],
            &["-w0"],
            &["-0eb", "--allow-partial"],
            &["-tz", "--bpf-maps", "--allow-partial"],
            &["-A", "netlink", "-e"],
            &["-B", "-t"],
            &["-tii", "--tos", "--inet-sockopt", "--cgroup-path", "-T", "--allow-partial"],
        ] {
            let args = [args, &["--source", source, "--format", "ndjson"]].concat();
            let rows = run(&args).lines();
            if !rows.is_empty() {
                valid("socket.json", &rows);
            }
        }
    }
    drop((held, one, other, listener));
}

#[test]
fn sockets_of_a_tree() {
    let tree = Tree::small();
    let ask = |args: &[&str]| run([args, &tree.root()[..], &["--format", "json"]].concat()).array();
    for args in [&["sockets"][..], &["sockets", "-eimo", "-pp"]] {
        valid("socket.json", &ask(args));
    }
    for by in ["process", "comm,state", "kind,local,port", "remote,remote-port", "uid,netns"] {
        valid("group.json", &ask(&["top", "--by", by]));
    }
    valid("group.json", &ask(&["sockets", "--group-by", "unit,container,cgroup,pod"]));
    valid("count.json", &ask(&["summary", "--all-ports"]));
    valid("finding.json", &ask(&["explain"]));
}

#[test]
fn counters_and_their_rates() {
    let ask = |args: &[&str]| run([args, &["--format", "ndjson"]].concat()).lines();
    valid("finding.json", &ask(&["explain"]));
    valid("interface.json", &ask(&["dev"]));
    valid("counter.json", &ask(&["snmp"]));
    valid("counter.json", &ask(&["netstat"]));
    for command in ["dev", "snmp", "netstat"] {
        valid("rate.json", &ask(&[command, "--watch", "0.1", "--times", "1"]));
    }
}

#[test]
fn events() {
    let tree = Tree::small();
    let mut command = crate::run::procnet();
    command.args(["-E", "-pp", "-o", "--watch", "0.2"]).args(tree.root());
    let mut child = command.stdout(std::process::Stdio::piped()).spawn().expect("it runs");
    let mut out = std::io::BufReader::new(child.stdout.take().expect("a pipe"));
    let mut rows = Vec::new();
    // Back and forth, until each kind of event was observed.
    let tables = [Tree::small_udp("07", 504), Tree::small_udp("01", 504), Tree::small_udp("07", 9)];
    std::thread::scope(|scope| {
        let (done, wait) = std::sync::mpsc::channel::<()>();
        let tree = &tree;
        scope.spawn(move || {
            let pause = std::time::Duration::from_millis(400);
            for table in tables.iter().cycle() {
                tree.file("1/net/udp", table);
                if wait.recv_timeout(pause) != Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                    return;
                }
            }
        });
        let has = |rows: &[Value], event: &str| rows.iter().any(|row| row["event"] == event);
        while !["appeared", "changed", "vanished"].iter().all(|event| has(&rows, event)) {
            let mut line = String::new();
            std::io::BufRead::read_line(&mut out, &mut line).expect("a line");
            rows.push(serde_json::from_str(&line).expect("an object"));
        }
        drop(done);
    });
    drop(out);
    child.wait().expect("it ends");
    valid("event.json", &rows);
}
