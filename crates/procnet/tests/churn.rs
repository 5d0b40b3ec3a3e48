//! Processes and sockets come and go during a visit, and signals arrive: sockets that stay are
//! seen in each visit, once, with their owners.

use std::{
    collections::BTreeSet,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::Duration,
};

use procnet::{Kinds, Query, Scanner, visit::Answer};
use procnet_corpus::live::{
    Entry, HelperProcess, LoadGenerator, Workload, differences, private,
    raw::{Effect, on_user_signal},
};
use rustix::process::{Signal, kill_process};

mod common;

/// Asserts that all known sockets are in the answer, once, with their known owners.
fn all_there(answer: &Answer, known: &[Entry], when: &str) {
    let inodes: BTreeSet<_> = known.iter().map(|entry| entry.inode).collect();
    let holds = |entry: &Entry| entry.owners.iter().map(|owner| owner.pid).collect::<Vec<_>>();
    let holders: BTreeSet<u32> = known.iter().flat_map(holds).collect();
    let mut seen = common::without_numbers(common::entries(&answer.sockets));
    seen.retain_mut(|entry| {
        // Between fork and exec, a new process has the descriptors of its parent.
        entry.owners.retain(|owner| holders.contains(&owner.pid));
        entry.inode.is_some() && inodes.contains(&entry.inode)
    });
    let text = differences(("the library", &seen), ("what is known", known));
    assert!(text.is_empty(), "{when}:\n{text}");
}

/// Does `work` while another thread repeats `beside`.
fn beside(mut beside: impl FnMut() + Send, work: impl FnOnce()) {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                beside();
            }
        });
        // Also if it panics, so that the other thread ends.
        struct Ends<'a>(&'a AtomicBool);
        impl Drop for Ends<'_> {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let _ends = Ends(&done);
        work();
    });
}

#[test]
fn steady_sockets_are_found_while_processes_come_and_go() {
    private(|_| {
        let load =
            LoadGenerator::default().spawn(Workload::Tcp, 4, 101).spawn(Workload::Unix, 4, 50);
        let known = load.entries();
        let ended = AtomicU64::new(0);
        let come_and_go = || {
            // Some are reaped immediately, some are zombies for a while.
            let spawn = || Command::new("true").stdin(Stdio::null()).spawn().expect("a process");
            let mut zombies: Vec<_> = (0..4).map(|_| spawn()).collect();
            spawn().wait().expect("its end");
            zombies.iter_mut().for_each(|zombie| drop(zombie.wait()));
            ended.fetch_add(5, Ordering::Relaxed);
        };
        beside(come_and_go, || {
            let mut scanner = Scanner::new().unwrap();
            let mut vanished = 0;
            for refresh in 0..40 {
                let answer = scanner.collect(&Query::new()).unwrap();
                all_there(&answer, &known, &format!("refresh {refresh}"));
                let walk = answer.coverage.processes.as_ref().unwrap();
                assert_eq!(walk.unreadable(), 0, "{}", answer.coverage);
                vanished += walk.vanished;
            }
            // A process that ends during the walk is neither an error nor incomplete coverage.
            println!("{vanished} vanished of {}", ended.load(Ordering::Relaxed));
        });
        assert!(ended.into_inner() > 0);
    });
}

#[test]
fn steady_sockets_are_found_while_owners_come_and_go() {
    private(|_| {
        let load = LoadGenerator::default().spawn(Workload::Tcp, 2, 101);
        let known = load.entries();
        // Processes with sockets of their own.
        beside(
            || drop(LoadGenerator::default().spawn(Workload::Unix, 2, 20)),
            || {
                let mut scanner = Scanner::new().unwrap();
                for refresh in 0..20 {
                    let answer = scanner.collect(&Query::new()).unwrap();
                    all_there(&answer, &known, &format!("refresh {refresh}"));
                    common::assert_complete_beside_churn(&answer.coverage);
                    // By pid: the process exists, or the error is that it does not.
                    for pid in scanner.pids().unwrap() {
                        match scanner.collect(&Query::new().pid(pid)) {
                            Ok(answer) => assert!(answer.coverage.unreadable.is_empty()),
                            Err(error) => {
                                assert_eq!(
                                    error.kind(),
                                    procnet::ErrorKind::NoSuchProcess,
                                    "{error}"
                                );
                            }
                        }
                    }
                }
            },
        );
    });
}

/// A signal about every hundred microseconds, whose handler interrupts system calls.
#[test]
fn steady_sockets_are_found_while_signals_arrive() {
    private(|_| {
        let load =
            LoadGenerator::default().spawn(Workload::Tcp, 4, 801).spawn(Workload::Unix, 4, 200);
        let known = load.entries();
        on_user_signal(Effect::Interrupt).unwrap();
        // To this thread: a signal sent to a thread's ID goes to that thread rather than to
        // another one of its process (kernel/signal.c `complete_signal`).
        let this = rustix::thread::gettid();
        let mut sent = 0_u64;
        let signal = || {
            kill_process(this, Signal::USR1).expect("this thread");
            sent += 1;
            thread::sleep(Duration::from_micros(50));
        };
        beside(signal, || {
            let mut scanner = Scanner::new().unwrap();
            for refresh in 0..20 {
                let answer = scanner.collect(&Query::new()).unwrap();
                all_there(&answer, &known, &format!("refresh {refresh}"));
                assert_eq!(common::missing_inside(&answer.coverage), "");
                assert!(scanner.io_counters().is_ok() && scanner.protocol_counters(&[]).is_ok());
            }
        });
        assert!(sent > 20);
    });
}

/// Other sockets are created and closed as fast as the machine can.
#[test]
fn steady_sockets_are_found_while_others_come_and_go() {
    private(|_| {
        let load = LoadGenerator::default().spawn(Workload::Tcp, 2, 1001);
        let known = load.entries();
        let busy = HelperProcess::start(b"busy");
        busy.churn("tcp");
        let mut scanner = Scanner::new().unwrap();
        let (mut repeated, mut others) = (0, 0);
        for refresh in 0..30 {
            let answer = scanner.collect(&Query::new().kinds(Kinds::TCP | Kinds::UNIX)).unwrap();
            let steady: Vec<Entry> =
                known.iter().filter(|entry| entry.kind == "tcp").cloned().collect();
            all_there(&answer, &steady, &format!("refresh {refresh}"));
            repeated += answer.coverage.repeated;
            others += answer.sockets.len() - known.len();
        }
        println!("{repeated} rows repeated, {others} other sockets seen");
    });
}
