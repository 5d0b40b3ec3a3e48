//! The sockets of one process: in its own network namespace, and only if it is readable.

use std::{
    net::UdpSocket,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use procnet::{ErrorKind, Query, Scanner};
use procnet_corpus::live::{
    Entry, HelperProcess, LoadGenerator, Sandbox, Scene, Workload, differences, private, state_of,
};

mod common;

fn of(scanner: &mut Scanner, pid: u32) -> Vec<Entry> {
    let answer = scanner.collect(&common::tables().pid(pid)).unwrap();
    let processes = answer.coverage.processes.as_ref().unwrap();
    assert_eq!((processes.seen, processes.unreadable()), (1, 0));
    common::without_numbers(common::entries(&answer.sockets))
}

/// The part of `known` that a process holds, with itself as the only owner.
fn part(known: &[Entry], pid: u32) -> Vec<Entry> {
    let its = |mut entry: Entry| {
        entry.owners.retain(|owner| owner.pid == pid);
        // In the procfs table, a newline ends a name.
        if let Some(name) = &mut entry.name {
            let end = name.iter().position(|byte| *byte == b'\n').unwrap_or(name.len());
            name.truncate(end);
        }
        (!entry.owners.is_empty()).then_some(entry)
    };
    known.iter().cloned().filter_map(its).collect()
}

#[test]
fn only_sockets_of_the_process_are_listed() {
    private(|_| {
        let scene = Scene::new();
        let mut scanner = Scanner::new().unwrap();
        // A process whose first thread has ended still has sockets.
        for helper in [scene.client(), scene.leaderless()] {
            let known = part(scene.entries(), helper.pid());
            assert!(known.len() > 3);
            let text =
                differences(("the answer", &of(&mut scanner, helper.pid())), ("known", &known));
            assert!(text.is_empty(), "{text}");
        }
        assert_eq!(state_of(scene.leaderless().pid()), Some('Z'));
    });
}

#[test]
fn a_process_is_visited_in_its_own_namespace() {
    private(|_| {
        let far = LoadGenerator::default().spawn_via(&["unshare", "--net"], Workload::Unix, 1, 50);
        let here = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut scanner = Scanner::new().unwrap();
        let pid = far.processes()[0].pid();
        let channel = far.processes()[0].entries();
        let known: Vec<Entry> =
            far.entries().into_iter().filter(|entry| !channel.contains(entry)).collect();
        assert_eq!(known.len(), 50);
        let text = differences(("the answer", &of(&mut scanner, pid)), ("known", &known));
        assert!(text.is_empty(), "{text}");
        let own = of(&mut scanner, std::process::id());
        assert!(own.iter().any(|entry| entry.local == here.local_addr().ok()));
        let host = scanner.collect(&Query::new()).unwrap();
        let host = common::without_numbers(common::entries(&host.sockets));
        assert!(known.iter().all(|entry| !host.contains(entry)), "sockets of elsewhere");
    });
}

#[test]
fn a_missing_process_is_an_error() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        let helper = HelperProcess::start(b"short-lived");
        let pid = helper.pid();
        assert_eq!(of(&mut scanner, pid).len(), 1);
        drop(helper);
        // Larger than PID_MAX_LIMIT, zero, and one that has ended.
        for pid in [5_000_000, u32::MAX, 0, pid] {
            let error = scanner.collect(&Query::new().pid(pid)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NoSuchProcess, "{pid}: {error}");
            assert!(error.path().starts_with(format!("/proc/{pid}")), "{error}");
            let error = scanner.process_uids(pid).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NoSuchProcess, "{pid}: {error}");
        }
    });
}

/// A process that has ended, but was not reaped, owns no sockets.
#[test]
fn a_zombie_does_not_exist() {
    private(|_| {
        let mut zombie = Command::new("true").stdin(Stdio::null()).spawn().unwrap();
        while state_of(zombie.id()) != Some('Z') {
            thread::sleep(Duration::from_millis(1));
        }
        let mut scanner = Scanner::new().unwrap();
        let error = scanner.collect(&Query::new().pid(zombie.id())).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoSuchProcess, "{error}");
        let all = scanner.collect(&Query::new()).unwrap();
        assert!(all.coverage.is_complete(), "{}", all.coverage);
        zombie.wait().unwrap();
    });
}

#[test]
fn a_process_of_another_user_is_permission_denied() {
    fn nobody(roots: &str) {
        let mut scanner = Scanner::new().unwrap();
        let pid = roots.parse().unwrap();
        let error = scanner.collect(&Query::new().pid(pid)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
        assert_eq!(error.path().to_str().unwrap(), format!("/proc/{pid}/fd"));
        // Its users are readable.
        assert_eq!(scanner.process_uids(pid).unwrap().real, 0);
        let own = UdpSocket::bind("127.0.0.1:0").unwrap();
        let its = of(&mut scanner, std::process::id());
        assert!(its.iter().any(|entry| entry.local == own.local_addr().ok()));
    }
    Sandbox::default().role("nobody", nobody).run(|sandbox| {
        let helper = HelperProcess::start(b"of-root");
        let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        sandbox.run_role("nobody", &user, &helper.pid().to_string());
    });
}
