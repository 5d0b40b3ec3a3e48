//! Owners of events have the PIDs of the reader's PID namespace.

mod common;

use std::{
    net::{TcpListener, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use common::expect;
use procnet_bpf::{Direction, EventOptions, EventOwner, Events, Evidence};
use procnet_corpus::live::{private, raw, run, skip};

/// The owners of connections that are made while it waits for one.
fn connecting(events: &mut Events, mut wanted: impl FnMut(&EventOwner) -> bool) -> bool {
    let begin = Instant::now();
    let mut found = false;
    while !found && begin.elapsed() < Duration::from_secs(20) {
        let each = events.read(|event| {
            let is_connecting = event.direction == Some(Direction::Connect);
            found |= is_connecting && event.owner.as_ref().is_some_and(&mut wanted);
        });
        if each.is_err() {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    found
}

fn connect(listener: &TcpListener) {
    drop(TcpStream::connect(listener.local_addr().expect("an address")));
    drop(listener.accept());
}

/// The reader is in a PID namespace below that of the processes that connect, and in one of them.
#[test]
fn a_process_outside_of_the_reader_s_pid_namespace_has_no_pid() {
    private(|_| {
        drop(expect(Events::load(&EventOptions::new())));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let done = AtomicBool::new(false);
        let child = thread::scope(|scope| {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    connect(&listener);
                    thread::sleep(Duration::from_millis(1));
                }
            });
            let child = raw::in_child_of_new_pid_namespace(|| {
                let Ok(mut events) = Events::load(&EventOptions::new().births(false)) else {
                    return false;
                };
                let mut has_comm = true;
                let outside = connecting(&mut events, |owner| {
                    has_comm &= !owner.comm().is_empty();
                    // One that connected before programs were attached is known by its close alone.
                    owner.pid.is_none() && owner.evidence == Evidence::Connect
                });
                let Ok(own) = TcpListener::bind("127.0.0.1:0") else { return false };
                connect(&own);
                let pid = Some(std::process::id());
                outside && has_comm && connecting(&mut events, |owner| owner.pid == pid)
            });
            done.store(true, Ordering::Relaxed);
            child
        });
        match child {
            Ok(held) => assert!(held),
            Err(error) => skip(&format!("a PID namespace: {error}")),
        }
    });
}

/// No file shows the number of the PID namespace then; a program is asked for it.
#[test]
fn owners_have_pids_where_proc_is_hidden() {
    private(|_| {
        drop(expect(Events::load(&EventOptions::new())));
        if let Err(reason) = run(&["mount", "-t", "tmpfs", "none", "/proc"]) {
            skip(&reason);
        }
        let mut events = expect(Events::load(&EventOptions::new()));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        connect(&listener);
        let pid = Some(std::process::id());
        assert!(connecting(&mut events, |owner| owner.pid == pid));
    });
}
