//! A reader with few privileges sees every socket and the owners that it may see; the coverage
//! states which it may not.

use std::{collections::BTreeMap, fs};

use procnet::{ErrorKind, Netns, Query, Scanner, Source, conntrack::ConntrackQuery, visit::Answer};
use procnet_corpus::live::{
    Entry, HelperProcess, LoadGenerator, Sandbox, Workload, differences, private, run, skip,
    skip_part,
};

mod common;

const NOBODY: [&str; 4] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

/// The number of sockets by kind, which readers with fewer privileges have to see too.
type Known = BTreeMap<String, usize>;

fn count(entries: &[Entry]) -> Known {
    let mut known = Known::new();
    for entry in entries {
        *known.entry(entry.kind.clone()).or_default() += 1;
    }
    known
}

fn write(known: &Known) -> String {
    let words: Vec<String> = known.iter().map(|(kind, count)| format!("{kind} {count}")).collect();
    words.join(" ")
}

/// Asserts that the sockets are the known ones, regardless of their owners.
fn ask(known: &str) -> Answer {
    let answer = Scanner::new().unwrap().collect(&Query::new()).unwrap();
    assert_eq!(write(&count(&common::entries(&answer.sockets))), known);
    let coverage = &answer.coverage;
    assert_eq!((coverage.undecodable.count, coverage.suspect.count), (0, 0));
    assert!(coverage.unreadable.is_empty() && coverage.absent.is_empty());
    answer
}

/// A generated load, and what is known of it.
fn load() -> (LoadGenerator, String) {
    let load = LoadGenerator::default()
        .spawn(Workload::Tcp, 3, 101)
        .spawn(Workload::Udp, 3, 20)
        .spawn(Workload::Unix, 3, 50);
    let known = write(&count(&load.entries()));
    (load, known)
}

/// Only the reader itself is readable, which is reported.
fn sees_no_owners(known: &str) {
    let answer = ask(known);
    let coverage = &answer.coverage;
    let walk = coverage.processes.as_ref().unwrap();
    assert!(answer.sockets.iter().all(|socket| socket.owners.is_empty()));
    assert_eq!(coverage.ownerless, coverage.sockets);
    // The test's own process, and nine of the generated load: all but the reader itself.
    assert_eq!((walk.seen, walk.unreadable(), walk.vanished), (11, 10, 0));
    let [hidden] = &walk.hidden[..] else { panic!("one reason: {walk:?}") };
    assert!(hidden.failure.is_permission());
    assert_eq!(hidden.examples[0], 1);
    assert!(!coverage.is_complete());
    let said = coverage.to_string();
    let says = "10 processes: descriptors could not be read (permission denied): pid 1, ";
    assert!(said.starts_with(says), "{said}");
}

#[test]
fn an_unprivileged_user_sees_only_its_own_processes() {
    fn nobody(known: &str) {
        sees_no_owners(known);
        // Its own sockets are complete.
        let own = LoadGenerator::default().spawn(Workload::Tcp, 1, 11).spawn(Workload::Unix, 1, 10);
        let answer = common::everything();
        let seen = common::without_numbers(common::entries(&answer.sockets));
        let is_own = |entry: &Entry| !entry.owners.is_empty();
        let seen: Vec<Entry> = seen.into_iter().filter(is_own).collect();
        let text = differences(("the library", &seen), ("its own", &own.entries()));
        assert!(text.is_empty(), "{text}");
    }
    Sandbox::default().role("nobody", nobody).run(|sandbox| {
        let (_load, known) = load();
        sandbox.run_role("nobody", &NOBODY, &known);
    });
}

/// Root can list every descriptor, but not resolve those of a process with more capabilities; a BPF
/// iterator would.
#[test]
fn root_with_neither_cap_sys_ptrace_nor_those_of_bpf_sees_no_owners() {
    fn reader(known: &str) {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        assert!(status.contains("\nUid:\t0\t0"), "{status}");
        sees_no_owners(known);
        let error = Scanner::new().unwrap().collect(&Query::new().pid(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    }
    Sandbox::default().role("reader", reader).run(|sandbox| {
        let (_load, known) = load();
        let without = "-sys_ptrace,-sys_admin,-bpf,-perfmon";
        let (bounding, inheritable) =
            (format!("--bounding-set={without}"), format!("--inh-caps={without}"));
        sandbox.run_role("reader", &["setpriv", &bounding, &inheritable], &known);
    });
}

/// Mounts /proc again with an option, or skips the test.
fn remount(options: &str) {
    let mount = ["mount", "-t", "proc", "-o", options, "proc", "/proc"];
    if let Err(reason) = run(&mount) {
        skip(&reason);
    }
}

#[test]
fn hidepid_1_hides_owners_from_unprivileged_users() {
    Sandbox::default().role("nobody", sees_no_owners).run(|sandbox| {
        let (_load, known) = load();
        remount("hidepid=1");
        assert!(ask(&known).coverage.is_complete(), "root sees all the same");
        sandbox.run_role("nobody", &NOBODY, &known);
    });
}

#[test]
fn hidepid_2_and_4_are_reported_as_unlisted_processes() {
    fn nobody(known: &str) {
        let answer = ask(known);
        let coverage = &answer.coverage;
        let walk = coverage.processes.as_ref().unwrap();
        assert_eq!((walk.seen, walk.unreadable()), (1, 0));
        assert_eq!(coverage.ownerless, coverage.sockets);
        // It cannot know which processes are hidden, but that some are.
        assert!(walk.unlisted);
        assert!(!coverage.is_complete());
        let said = common::missing_inside(coverage);
        assert_eq!(said, "processes of other users are not listed in this /proc\n");
        // Their network namespaces are missing as well, whether or not owners are requested.
        let everywhere = Query::new().netns(Netns::All).owners(false);
        let coverage = Scanner::new().unwrap().visit(&everywhere, |_| ()).unwrap();
        assert!(coverage.namespaces.unlisted && !coverage.is_complete());
        // With `hidepid=4` the kernel denies access to what others have looked up before.
        let error = Scanner::new().unwrap().collect(&Query::new().pid(1)).unwrap_err();
        let kinds = [ErrorKind::NoSuchProcess, ErrorKind::PermissionDenied];
        assert!(kinds.contains(&error.kind()), "{error}");
    }
    Sandbox::default().role("nobody", nobody).run(|sandbox| {
        let (_load, known) = load();
        for hidepid in ["hidepid=2", "hidepid=4"] {
            remount(hidepid);
            let answer = ask(&known);
            assert!(answer.coverage.is_complete(), "root sees all the same");
            assert!(!answer.coverage.processes.unwrap().unlisted);
            sandbox.run_role("nobody", &NOBODY, &known);
        }
    });
}

/// Such a /proc has no `net`, but each of its processes has one.
#[test]
fn subset_pid_hides_no_sockets() {
    private(|_| {
        let (load, known) = load();
        remount("subset=pid");
        assert!(fs::metadata("/proc/net").is_err() && fs::metadata("/proc/sys").is_err());
        let answer = ask(&known);
        assert!(answer.coverage.is_complete(), "{}", answer.coverage);
        let seen = common::without_numbers(common::entries(&answer.sockets));
        let text = differences(("the library", &seen), ("known", &load.entries()));
        assert!(text.is_empty(), "{text}");
        let mut scanner = Scanner::new().unwrap();
        if fs::read("/proc/thread-self/net/dev").is_err() {
            assert_eq!(scanner.io_counters().unwrap_err().kind(), ErrorKind::Absent);
            skip("this kernel lists the files in /proc/PID/net, but opens none");
        }
        assert!(
            scanner.io_counters().unwrap().interfaces.iter().any(|it| it.name.as_bytes() == b"lo")
        );
        assert!(scanner.protocol_counters(&["tcp"]).is_ok());
        let files = ConntrackQuery::new().source(Source::Procfs);
        assert!(scanner.conntrack_counts_of(&files).is_err(), "there is no /proc/sys");
    });
}

#[test]
fn a_low_descriptor_limit_suffices() {
    fn reader(known: &str) {
        let limits = fs::read_to_string("/proc/self/limits").unwrap();
        let is_small = |line: &str| line.starts_with("Max open files") && line.contains(" 64 ");
        assert!(limits.lines().any(is_small), "{limits}");
        let answer = ask(known);
        assert!(answer.coverage.is_complete(), "{}", answer.coverage);
        assert_eq!(answer.coverage.ownerless, 0);
        // Worker threads have open descriptors, too.
        let mut scanner = Scanner::new().unwrap().threads(8);
        for _refresh in 0..5 {
            let answer = scanner.collect(&Query::new()).unwrap();
            assert!(answer.coverage.is_complete(), "{}", answer.coverage);
        }
    }
    Sandbox::default().role("reader", reader).run(|sandbox| {
        // Enough for worker threads to share the walk.
        let load = LoadGenerator::default().spawn(Workload::Tcp, 3, 2001);
        let known = write(&count(&load.entries()));
        sandbox.run_role("reader", &["prlimit", "--nofile=64:64"], &known);
    });
}

/// A process that other users cannot read, as those with secrets are.
#[test]
fn a_process_with_another_group_is_permission_denied() {
    fn nobody(pid: &str) {
        let error = Scanner::new().unwrap().collect(&Query::new().pid(pid.parse().unwrap()));
        assert_eq!(error.unwrap_err().kind(), ErrorKind::PermissionDenied);
    }
    Sandbox::default().role("nobody", nobody).run(|sandbox| {
        // The same user, but another group: its descriptors cannot be resolved.
        let user = ["setpriv", "--reuid=65534", "--regid=12345", "--clear-groups"];
        match run(&[&user[..], &["true"]].concat()) {
            Ok(()) => {
                let helper = HelperProcess::start_via(b"other-group", &user);
                sandbox.run_role("nobody", &NOBODY, &helper.pid().to_string());
            }
            Err(reason) => skip_part("a user of another group", &reason),
        }
    });
}
