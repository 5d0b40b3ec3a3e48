//! Each example, run briefly on a host with known sockets, and its output.

use std::{
    env,
    fs::{self, File},
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{Shutdown, TcpListener, TcpStream},
    path::PathBuf,
    process::{Command, Output, Stdio, id},
    thread,
    time::Duration,
};

use procnet_corpus::live::{private, skip};

/// Where cargo has put an example of the same build.
fn path(example: &str) -> PathBuf {
    let test = env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join("examples").join(example);
    if !path.exists() {
        skip("the examples are not built: a test run of this file alone does not");
    }
    path
}

fn run(example: &str, arguments: &[&str]) -> Output {
    let output = Command::new(path(example)).args(arguments).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!errors.contains("panicked"), "{example}: {errors}");
    output
}

fn said(example: &str, arguments: &[&str]) -> String {
    let output = run(example, arguments);
    assert!(output.status.success(), "{example}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn examples_report_the_known_sockets() {
    path("first_list");
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let local = format!("127.0.0.1:{port}");
        let client = TcpStream::connect(&local).unwrap();
        let (server, _) = listener.accept().unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut byte = [0];
        assert_eq!((&server).read(&mut byte).unwrap(), 0);
        // Until the peer has acknowledged that.
        let is_acknowledged = || fs::read_to_string("/proc/self/net/tcp").unwrap().contains(" 05 ");
        while !is_acknowledged() {
            thread::sleep(Duration::from_millis(5));
        }

        let list = said("first_list", &[]);
        let here = format!("({})/", id());
        let held = |line: &&str| line.contains("tcp LISTEN") && line.contains(&here);
        assert_eq!(list.lines().filter(held).count(), 1, "{list}");
        assert!(list.contains("tcp CLOSE_WAIT") && list.contains("tcp FIN_WAIT2"), "{list}");

        let owner = said("port_owner", &[&port.to_string()]);
        assert!(
            owner.starts_with(&format!("tcp {local}: ")) && owner.contains(&format!("({})", id()))
        );
        assert_eq!(owner.lines().count(), 1, "the connection is no listener: {owner}");
        assert_eq!(run("port_owner", &["1"]).status.code(), Some(1), "nobody has port 1");
        assert_eq!(run("port_owner", &[]).status.code(), Some(2));

        let leaks = said("leaks", &["2", "10"]);
        assert_eq!(leaks.matches("1 sockets in CLOSE_WAIT").count(), 2, "{leaks}");
        assert!(leaks.contains(&format!("({}): 1, the oldest", id())), "{leaks}");

        let units = said("units", &[]);
        assert_eq!(units.matches(&format!("  tcp {local} ")).count(), 1, "{units}");

        let counted = Command::new(path("without_std"))
            .stdin(File::open("/proc/self/net/tcp").unwrap())
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8_lossy(&counted.stdout),
            "FIN_WAIT2 1\nCLOSE_WAIT 1\nLISTEN 1\n"
        );

        let changes = said("agents_loop", &["2", "10"]);
        assert!(changes.starts_with("3 sockets at the start\n3 sockets, seen in "), "{changes}");

        let rounds = said("budgets", &["10000"]);
        assert!(rounds.ends_with("left out: 0 sockets, 0 processes\n"), "{rounds}");

        let namespaces = said("namespaces", &[]);
        assert!(namespaces.contains(&format!(": 3 sockets; listening: {local}")), "{namespaces}");

        let rates = said("rates", &["2", "10"]);
        assert!(rates.contains("lo: 0 rx_bytes/s, 0 tx_bytes/s\n"), "{rates}");
        assert!(rates.contains("Tcp connections: 1\n"), "{rates}");
    });
}

#[test]
fn the_exporter_serves_metrics() {
    path("exporter");
    private(|_| {
        let mut exporter = Command::new(path("exporter"))
            .args(["127.0.0.1:0", "1"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut url = String::new();
        BufReader::new(exporter.stdout.take().unwrap()).read_line(&mut url).unwrap();
        let address = url.trim().strip_prefix("http://").unwrap().strip_suffix("/metrics").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(exporter.wait().unwrap().success());
        let (head, text) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
        assert!(head.contains(&format!("Content-Length: {}", text.len())));
        // Its own listener, and both ends of the connection of the request.
        assert!(text.contains("procnet_sockets{kind=\"tcp\",state=\"LISTEN\"} 1\n"), "{text}");
        assert!(text.contains("procnet_sockets{kind=\"tcp\",state=\"ESTABLISHED\"} 2\n"), "{text}");
        assert!(text.contains("procnet_bytes_total{interface=\"lo\",direction=\"receive\"}"));
        // Each line is a comment, or consists of a name, labels and a number.
        for line in text.lines().filter(|line| !line.starts_with("# ")) {
            let (name, value) = line.rsplit_once(' ').unwrap();
            assert!(name.starts_with("procnet_") && value.parse::<f64>().is_ok(), "{line}");
        }
    });
}
