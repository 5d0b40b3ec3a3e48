//! Processes and sockets that come and go while they are looked at, and signals meanwhile:
//! what stays is seen each time, once, with its owner.

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

/// Asserts that all that is `known` is in the answer, once, with the owners that are known.
fn all_there(answer: &Answer, known: &[Entry], when: &str) {
    let inodes: BTreeSet<_> = known.iter().map(|entry| entry.inode).collect();
    let holds = |entry: &Entry| entry.owners.iter().map(|owner| owner.pid).collect::<Vec<_>>();
    let holders: BTreeSet<u32> = known.iter().flat_map(holds).collect();
    let mut seen = common::without_numbers(common::entries(&answer.sockets));
    seen.retain_mut(|entry| {
        // Between its fork and its execution, a new process holds what its parent does.
        entry.owners.retain(|owner| holders.contains(&owner.pid));
        entry.inode.is_some() && inodes.contains(&entry.inode)
    });
    let text = differences(("the library", &seen), ("what is known", known));
    assert!(text.is_empty(), "{when}:\n{text}");
}

/// Does `work` while another thread does `beside` again and again.
fn beside(mut beside: impl FnMut() + Send, work: impl FnOnce()) {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                beside();
            }
        });
        // Also if it panics, so that the other thread comes to its end.
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
            // Some are waited for at once, some are zombies for a while.
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
            // One that ends while it is looked at is neither an error nor a gap.
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
                    assert!(answer.coverage.is_complete(), "{}", answer.coverage);
                    // By pid: the process is there, or it is an error that says that it is not.
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

/// A signal every hundred microseconds or so, whose handler interrupts calls.
#[test]
fn steady_sockets_are_found_while_signals_arrive() {
    private(|_| {
        let load =
            LoadGenerator::default().spawn(Workload::Tcp, 4, 801).spawn(Workload::Unix, 4, 200);
        let known = load.entries();
        on_user_signal(Effect::Interrupt).unwrap();
        // To this very thread: a signal to a thread's own number goes to it rather than to
        // another of its process (kernel/signal.c `complete_signal`).
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
                assert!(answer.coverage.is_complete(), "{}", answer.coverage);
                assert!(scanner.io_counters().is_ok() && scanner.protocol_counters(&[]).is_ok());
            }
        });
        assert!(sent > 20);
    });
}

/// Sockets beside the steady ones are made and closed as fast as the machine gives.
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
