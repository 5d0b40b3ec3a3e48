//! A watch of this host.

use std::{
    net::{SocketAddr, TcpStream},
    os::unix::net::UnixStream,
    time::Duration,
};

use rustix::net::{AddressFamily, SocketType, bind, getsockname, listen, socket};

use super::pane::{Pane, is_missing};
use crate::run::{run, skipped};

const PROCNET: &str = env!("CARGO_BIN_EXE_procnet");

/// The sockets with which it waits for signals are its own.
#[test]
fn sockets_of_procnet_itself_are_left_out_unless_asked_for() {
    if is_missing() {
        return;
    }
    let pane = |(width, height), args: &str| Pane::run(width, height, &format!("{PROCNET} {args}"));
    for command in ["-x", "top -x --by comm"] {
        let command = format!("{command} --process procnet --watch 60");
        for size in [(180, 24), (80, 24), (50, 20)] {
            let without = pane(size, &command);
            let shown = without.until("what is left out", |shown| shown.contains("(--own)"));
            assert!(shown.contains("own sockets left out (--own)"), "{shown}");
            without.press("q");
        }
        let with = pane((180, 24), &format!("{command} --own"));
        let shown = with.until("rows", |shown| shown.contains("procnet"));
        assert!(!shown.contains("own sockets left out"), "{shown}");
        with.press("q");
    }
}

#[test]
fn the_owner_of_a_peer_is_named_as_in_one_look() {
    if is_missing() {
        return;
    }
    let (_one, _other) = UnixStream::pair().expect("sockets");
    let pid = std::process::id();
    let owner = format!("({pid})/");
    let is_named = |text: &str| text.lines().any(|line| line.matches(&owner).count() == 2);
    let look = run(["-x", "--pid", &pid.to_string()]);
    if !is_named(&look.out) {
        skipped("sock_diag reports no peers of unix sockets here");
        return;
    }
    let sorted = run(["-x", "--sort", "inode", "--pid", &pid.to_string()]);
    assert!(is_named(&sorted.out), "{}", sorted.out);
    let pane = Pane::run(200, 24, &format!("{PROCNET} -x --pid {pid} --watch 0.2"));
    pane.until("the names of both", is_named);
    // Also in later looks.
    std::thread::sleep(Duration::from_millis(600));
    assert!(is_named(&pane.shown()), "{}", pane.shown());
    pane.press("q");
}

#[test]
fn a_listener_that_accepts_no_more_has_a_word() {
    if is_missing() {
        return;
    }
    let listener = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    bind(&listener, &SocketAddr::from(([127, 0, 0, 1], 0))).expect("an address");
    // One connection is let in (net/ipv4/tcp_ipv4.c `tcp_v4_syn_recv_sock`).
    listen(&listener, 0).expect("a listener");
    let address: SocketAddr =
        getsockname(&listener).expect("an address").try_into().expect("an IPv4 address");
    let args = ["-lt", "--port", &address.port().to_string(), "--no-owners", "--format", "json"];
    if run(args).array()[0]["backlog"].is_null() {
        skipped("sock_diag is not available: the backlog is unknown");
        return;
    }
    let watch = format!("{PROCNET} -lt --port {} --watch 0.2", address.port());
    let pane = Pane::run(44, 20, &watch);
    let shown = pane.until("the listener", |shown| shown.contains("LISTEN"));
    assert!(!shown.contains("full"), "{shown}");
    let _waiting = TcpStream::connect(address).expect("a connection");
    pane.until("the warning", |shown| shown.contains("full "));
    pane.press("q");
}
