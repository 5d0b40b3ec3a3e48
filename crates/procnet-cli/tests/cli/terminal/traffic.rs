//! Rates, ages and ends in a watch of sockets that transfer data, come and go.

use std::{
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    thread,
    time::Duration,
};

use procnet_corpus::live::{HelperProcess, private, skip};
use unicode_width::UnicodeWidthStr as _;

use super::pane::{Pane, is_missing};
use crate::run::{procnet, skipped};

const PROCNET: &str = env!("CARGO_BIN_EXE_procnet");

/// A connection over which some hundred kilobytes a second are sent, until the test ends.
fn traffic() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("an address");
    let mut sender = TcpStream::connect(address).expect("a connection");
    let (mut receiver, _) = listener.accept().expect("a connection");
    thread::spawn(move || {
        let _listener = listener;
        while sender.write_all(&[7; 10_000]).is_ok() {
            thread::sleep(Duration::from_millis(20));
        }
    });
    thread::spawn(move || {
        let mut data = vec![0; 1 << 16];
        while receiver.read(&mut data).is_ok_and(|length| length > 0) {}
    });
    address.port()
}

/// Whether sock_diag, which counts bytes, is missing; that is reported.
fn counts_nothing(port: u16) -> bool {
    let mut command = procnet();
    command.args(["-ti", "--format", "json", "--no-owners", "--port", &port.to_string()]);
    let ran = crate::run::Ran::from(command.output().expect("it runs"));
    let counts =
        |socket: &serde_json::Value| !socket["details"]["tcp_info"]["bytes_acked"].is_null();
    let is_counted = ran.array().iter().any(counts);
    if !is_counted {
        skipped("sock_diag reports no tcp_info here: there are no rates");
    }
    !is_counted
}

/// The rates in a line of a screen: those with a prefix of thousands.
fn rates(line: &str) -> Vec<&str> {
    let is_rate = |word: &&str| {
        let number = word.strip_suffix('k').or_else(|| word.strip_suffix('M'));
        number.is_some_and(|number| number.parse::<f64>().is_ok_and(|rate| rate > 0.0))
    };
    line.split_whitespace().filter(is_rate).collect()
}

#[test]
fn who_has_traffic_shows_at_every_size() {
    if is_missing() {
        return;
    }
    private(|_| {
        let port = traffic();
        if counts_nothing(port) {
            return;
        }
        for (width, height) in [(80, 24), (120, 40), (50, 20)] {
            let filter = format!("( sport = :{port} or dport = :{port} )");
            let list = format!("{PROCNET} -t '{filter}' --watch 0.5 --sort rate");
            let pane = Pane::run(width, height, &list);
            let is_connection = |line: &&str| line.contains("ESTAB") && !rates(line).is_empty();
            let shown =
                pane.until("rates", |shown| shown.lines().filter(is_connection).count() > 0);
            let lines: Vec<&str> = shown.lines().map(str::trim_end).collect();
            assert!(lines[2].contains("Tx B/s"), "{shown}");
            assert!(lines.iter().all(|line| line.width() <= width), "{shown}");
            // The connection before the listener, which has no rate.
            let at = |state: &str| lines.iter().position(|line| line.contains(state));
            assert!(at("ESTAB") < at("LISTEN"), "{shown}");
            pane.press("q");

            let top = format!("{PROCNET} top -t --by rate --watch 0.5");
            let pane = Pane::run(width, height, &top);
            let shown =
                pane.until("rates", |shown| shown.lines().any(|line| rates(line).len() == 2));
            assert!(shown.contains("sort: rate"), "{shown}");
            assert!(shown.lines().all(|line| line.trim_end().width() <= width), "{shown}");
            pane.press("q");
        }
    });
}

/// In a pipe: a table after each look.
#[test]
fn a_rate_is_unknown_in_the_first_look_and_ages_begin_there() {
    private(|_| {
        let port = traffic();
        if counts_nothing(port) {
            return;
        }
        let mut command = procnet();
        command.args(["-t", "--watch", "0.5", "--times", "2", "dport", "=", &format!(":{port}")]);
        let ran = crate::run::Ran::from(command.output().expect("it runs"));
        let rows: Vec<Vec<&str>> = ran
            .out
            .lines()
            .filter(|line| line.contains("ESTABLISHED"))
            .map(|line| line.split_whitespace().collect())
            .collect();
        assert_eq!(rows.len(), 2, "{}", ran.out);
        let begin = |row: &[&str]| row.iter().position(|word| word.starts_with('≥'));
        let at = begin(&rows[0]).expect("an age");
        assert_eq!(rows[0][at..at + 3], ["≥0s", "?", "?"], "{}", ran.out);
        // The time between the looks may be longer than asked for.
        assert_eq!(begin(&rows[1]), Some(at), "{}", ran.out);
        assert_eq!((rates(rows[1][at + 1]).len(), rows[1][at + 2]), (1, "0"), "{}", ran.out);
    });
}

/// A connection whose both ends are reset, so that nothing remains in `TIME_WAIT`.
fn short(listener: &TcpListener) {
    let address = listener.local_addr().expect("an address");
    let client = TcpStream::connect(address).expect("a connection");
    let (server, _) = listener.accept().expect("a connection");
    let linger = Some(Duration::ZERO);
    rustix::net::sockopt::set_socket_linger(&client, linger).expect("an option");
    drop(client);
    drop(server);
}

/// How many sockets ended, and whether some of them are unseen.
fn counts(shown: &str) -> Option<(u64, bool)> {
    let title = shown.lines().next()?;
    let (before, after) = title.split_once(" ended, ")?;
    let ended = before.rsplit(' ').next()?.parse().ok()?;
    Some((ended, !after.starts_with("0 ")))
}

#[test]
fn sockets_that_live_only_between_two_looks_are_counted() {
    if is_missing() {
        return;
    }
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let address = listener.local_addr().expect("an address");
        if counts_nothing(address.port()) {
            return;
        }
        let lists = [(80, 24), (120, 40), (50, 20)].map(|size| (size, "-t"));
        let groups = ["top -t --by port", "sockets -t --group-by comm"].map(|by| ((80, 24), by));
        for ((width, height), args) in lists.into_iter().chain(groups) {
            let watch = format!("{PROCNET} {args} --watch 1");
            let pane = Pane::run(width, height, &watch);
            pane.until("two looks", |shown| shown.contains("0 ended, 0 unseen"));
            // A look in the middle of one sees it, so several tries.
            let shown = pane.until("ends", |shown| {
                short(&listener);
                counts(shown).is_some_and(|(ended, is_unseen)| ended >= 2 && is_unseen)
            });
            assert!(shown.lines().all(|line| line.trim_end().width() <= width), "{shown}");
            let is_group = shown.lines().next().is_some_and(|title| title.contains(" group"));
            assert_eq!(is_group, args != "-t", "{shown}");
            let first = shown.lines().nth(3);
            assert!(is_group || first.is_some_and(|line| line.contains("LISTEN")), "{shown}");
            pane.press("q");
        }
    });
}

/// Whose a socket was that no look saw is known by BPF.
#[test]
fn sockets_of_one_owner_that_live_only_between_two_looks_are_counted_by_bpf() {
    if is_missing() {
        return;
    }
    private(|_| {
        let by_bpf = ["life", "--event-source", "bpf", "--for", "0.05"];
        let ran = procnet().args(by_bpf).output().expect("it runs");
        if ran.status.code() == Some(2) {
            skip(&String::from_utf8_lossy(&ran.stderr));
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let watch = |pid: u32| {
            let pane = format!("{PROCNET} -t 'pid = {pid}' --watch 1");
            let pane = Pane::run(120, 40, &pane);
            pane.until("two looks", |shown| shown.contains("0 ended, 0 unseen"));
            pane
        };
        // The owner of one that its peer resets would be unknown.
        let address = listener.local_addr().expect("an address");
        let short = || {
            let client = TcpStream::connect(address).expect("a connection");
            let (mut server, _) = listener.accept().expect("a connection");
            drop(client);
            assert_eq!(server.read(&mut [0]).expect("an end"), 0);
        };
        let helper = HelperProcess::start(b"other");
        let (own, of_other) = (watch(std::process::id()), watch(helper.pid()));
        // A look in the middle of one sees it, so several tries.
        own.until("ends", |shown| {
            short();
            counts(shown).is_some_and(|(ended, is_unseen)| ended >= 2 && is_unseen)
        });
        // It is known that those are not of the other process.
        for _look in 0..20 {
            let shown = of_other.shown();
            assert!(shown.contains("0 ended, 0 unseen"), "{shown}");
            thread::sleep(Duration::from_millis(100));
        }
        own.press("q");
        of_other.press("q");
    });
}
