//! Processes and sockets come and go during a visit, and signals arrive: sockets that stay are
//! seen in each visit, once, with their owners.

use std::{
    collections::BTreeSet,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use procnet::{Kinds, Query, Scanner, Source, owners::OwnerSource, visit::Answer};
use procnet_corpus::live::{
    Entry, Faults, HelperProcess, LoadGenerator, SteadySockets, Workload, differences, note,
    private,
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

/// Processes, descriptors and sockets of all kinds come and go, and a process executes programs with the
/// sockets it holds. `benches/src/bin/churn.rs` does the same with more of everything.
#[test]
fn steady_sockets_are_neither_missed_nor_doubled_nor_misattributed_by_any_source() {
    private(|_| {
        let steady = SteadySockets::start(10, 100);
        let ways = [
            (Source::Auto, OwnerSource::Walk),
            (Source::Auto, OwnerSource::Bpf),
            (Source::Bpf, OwnerSource::Bpf),
        ];
        for (source, owners) in ways {
            let query = Query::new().source(source).owner_source(owners);
            let mut scanner = Scanner::new().unwrap();
            let (mut faults, mut others) = (Faults::default(), 0);
            let (begin, mut passes) = (Instant::now(), 0);
            // Fewer on a slow machine.
            while passes < 30 && begin.elapsed() < Duration::from_secs(5) {
                let answer = match scanner.collect(&query) {
                    Ok(answer) => answer,
                    Err(error) => common::skip_without_bpf(&error),
                };
                faults += steady.faults(&answer.sockets);
                others += answer.sockets.len() - steady.count();
                passes += 1;
            }
            assert_eq!(faults, Faults::default(), "{source}, owners by {owners}: {faults}");
            assert!(others > 0);
            note(&format!("{source}, owners by {owners}: {passes} passes, {others} other sockets"));
        }
    });
}

#[test]
fn faults_are_counted() {
    private(|_| {
        let steady = SteadySockets::start(2, 20);
        let sockets = Scanner::new().unwrap().collect(&Query::new()).unwrap().sockets;
        assert_eq!(steady.faults(&sockets), Faults::default());
        assert_eq!(steady.faults(&[]).missed, steady.count() as u64);
        let twice = steady.faults(&[&sockets[..], &sockets[..]].concat());
        assert_eq!(twice, Faults { twice: steady.count() as u64, ..Faults::default() });
        // Each with the owners of another.
        let mut others = sockets.clone();
        let inodes = sockets.iter().cycle().skip(1).map(|socket| socket.inode);
        others.iter_mut().zip(inodes).for_each(|(socket, inode)| socket.inode = inode);
        let wrong = steady.faults(&others);
        assert_eq!((wrong.missed, wrong.twice), (steady.count() as u64, 0));
        // Of one process, other descriptors are expected.
        assert!(wrong.wrong_owner >= (steady.count() - 21) as u64, "{wrong}");
    });
}
