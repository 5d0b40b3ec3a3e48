//! procnet, psutil and gopsutil report the same sockets, owners, counters and processes of the same
//! host, except for the differences that the table of each peer lists with their reasons. Nothing
//! else may differ, and all of those must.
//!
//! A peer that is not installed is skipped, which is reported. psutil is that of `python3`, or of
//! the interpreter that `PROCNET_PYTHON` names; gopsutil is Debian's package of its source.

#[path = "../common/mod.rs"]
mod common;
mod counters;
mod gopsutil;
mod psutil;
mod row;

use std::{
    net::TcpListener,
    os::{fd::AsFd as _, unix::net::UnixDatagram},
    thread,
    time::Duration,
};

use procnet::{Kinds, Scanner};
use procnet_corpus::live::{HelperProcess, Scene, private, run, skip_part};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketFlags, SocketType, bind, socket_with};
use serde_json::Value;

use self::row::{Difference, Row};

/// A peer.
struct Peer {
    name: &'static str,
    /// Runs it, and returns all of its output as JSON.
    ask: fn() -> Value,
    differences: &'static [Difference],
}

/// The sockets of each named kind, in the kernel's order.
fn ours() -> Vec<(&'static str, Vec<Row>)> {
    let mut scanner = Scanner::new().unwrap();
    let mut of = |kinds: Kinds| {
        let answer = scanner.collect(&common::tables().kinds(kinds)).unwrap();
        common::entries(&answer.sockets).into_iter().map(Row::from_entry).collect()
    };
    Kinds::PSUTIL.map(|(name, kinds)| (name, of(kinds))).into()
}

/// Sockets with two descriptors in one process, and none in others.
fn held_twice() -> HelperProcess {
    let helper = HelperProcess::start(b"twice");
    let (tcp, unix) = (TcpListener::bind("127.0.0.1:0"), UnixDatagram::unbound());
    let (tcp, unix) = (tcp.unwrap(), unix.unwrap());
    helper.hold(&[tcp.as_fd(), tcp.as_fd(), unix.as_fd(), unix.as_fd()]);
    helper
}

/// A message if a peer's socket has other users of its process than ours; psutil has none.
fn other_users(socket: &Value) -> Option<String> {
    let theirs = socket.get("uids")?;
    let pid = u32::try_from(socket["pid"].as_u64()?).ok().filter(|pid| *pid > 0)?;
    let uids = Scanner::new().ok()?.process_uids(pid).ok()?;
    let ours = serde_json::json!([uids.real, uids.effective, uids.saved, uids.filesystem]);
    (*theirs != ours).then(|| format!("process {pid} has users {ours}, not {theirs}\n"))
}

impl Peer {
    /// Compares until sockets that were just closed do not change any more.
    fn assert_agrees(&self) {
        let mut found = String::new();
        for _attempt in 0..50 {
            let before = ours();
            let said = (self.ask)();
            found = match ours() == before {
                true => self.compare(&before, &said["sockets"]),
                false => "sockets changed meanwhile".to_owned(),
            };
            if found.is_empty() {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("{found}");
    }

    fn compare(&self, ours: &[(&str, Vec<Row>)], said: &Value) -> String {
        let mut found = String::new();
        for (kind, rows) in ours {
            let Some(theirs) = said[*kind].as_array() else {
                return format!("{} failed for {kind}: {}", self.name, said[*kind]);
            };
            found.extend(theirs.iter().filter_map(other_users));
            let theirs = theirs.iter().map(Row::from_json).collect();
            let mut rows = rows.clone();
            for Difference { reason, apply } in self.differences {
                let before = rows.clone();
                apply(&mut rows);
                // Other kinds have only some of the sockets.
                if *kind == "all" && rows == before {
                    found += &format!("no such difference any more: {reason}\n");
                }
            }
            found += &row::differences(kind, rows, (self.name, theirs));
        }
        found
    }

    /// A socket name with a newline, which any user can create, fails the peer's whole call; here
    /// it leaves one malformed row, which is counted.
    fn assert_newline_fails(&self) {
        let name = SocketAddrUnix::new_abstract_name(b"newline\nand seven words as a row has")
            .expect("a name");
        let flags = SocketFlags::CLOEXEC;
        let socket = socket_with(AddressFamily::UNIX, SocketType::DGRAM, flags, None).unwrap();
        let bad_rows = || {
            let answer = common::everything();
            (answer.sockets.len(), answer.coverage.undecodable.count)
        };
        let (sockets, bad) = bad_rows();
        bind(&socket, &name).unwrap();
        assert_eq!(bad_rows(), (sockets, bad + 1));
        let said = (self.ask)();
        for (kind, kinds) in Kinds::PSUTIL {
            let fails = said["sockets"][kind].is_string();
            let has_unix = kinds.contains(procnet::Kind::Unix);
            assert_eq!(fails, has_unix, "{} of kind {kind}", self.name);
        }
    }

    /// The same processes, with the same users.
    fn assert_same_processes(&self) {
        let other_user = ["setpriv", "--reuid=65534", "--clear-groups"];
        let _helper = match run(&[&other_user[..], &["true"]].concat()) {
            Ok(()) => Some(HelperProcess::start_via(b"other-user", &other_user)),
            Err(reason) => {
                skip_part("a process of another user", &reason);
                None
            }
        };
        let mut scanner = Scanner::new().unwrap();
        let pids = scanner.pids().unwrap();
        let said = (self.ask)();
        let theirs = said["uids"].as_object().unwrap();
        let mut of_theirs: Vec<u32> = theirs.keys().map(|pid| pid.parse().unwrap()).collect();
        of_theirs.retain(|pid| Some(u64::from(*pid)) != said["own_pid"].as_u64());
        of_theirs.sort_unstable();
        assert_eq!(of_theirs, pids);
        for pid in pids {
            let uids = scanner.process_uids(pid).unwrap();
            let all = [uids.real, uids.effective, uids.saved, uids.filesystem];
            let theirs = theirs[&pid.to_string()].as_array().unwrap();
            assert!(theirs.len() >= 3, "{theirs:?}");
            let theirs: Vec<u64> = theirs.iter().map(|uid| uid.as_u64().unwrap()).collect();
            assert_eq!(all.map(u64::from)[..theirs.len()], theirs, "{} of {pid}", self.name);
        }
    }
}

#[test]
fn sockets_match_psutil() {
    private(|_| {
        psutil::require();
        let _scene = Scene::new();
        let _twice = held_twice();
        psutil::PEER.assert_agrees();
        psutil::PEER.assert_newline_fails();
    });
}

#[test]
fn counters_and_processes_match_psutil() {
    private(|_| {
        psutil::require();
        counters::traffic();
        counters::agree(|| (psutil::PEER.ask)(), psutil::compare_counters);
        psutil::PEER.assert_same_processes();
    });
}

#[test]
fn sockets_match_gopsutil() {
    private(|_| {
        gopsutil::require();
        let _scene = Scene::new();
        let _twice = held_twice();
        gopsutil::PEER.assert_agrees();
        gopsutil::PEER.assert_newline_fails();
    });
}

#[test]
fn counters_and_processes_match_gopsutil() {
    private(|_| {
        gopsutil::require();
        counters::traffic();
        counters::agree(|| (gopsutil::PEER.ask)(), gopsutil::compare_counters);
        gopsutil::PEER.assert_same_processes();
    });
}
