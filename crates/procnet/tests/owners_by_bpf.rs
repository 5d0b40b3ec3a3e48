//! Owners by a BPF iterator: the same as by a walk, and what decides between the two.

use std::{
    collections::BTreeSet,
    net::{TcpListener, UdpSocket},
    os::{
        fd::{AsFd as _, AsRawFd as _},
        unix::net::UnixStream,
    },
    sync::mpsc,
    thread,
};

use procnet::{
    Coverage, ErrorKind, Filter, Kinds, OwnedSocket, ProcRoot, Query, Scanner, Source,
    coverage::NoBpf,
    lookup::inode_of,
    owners::{Budget, OwnerSource},
};
use procnet_corpus::live::{
    HelperProcess, LoadGenerator, Sandbox, Scene, Workload, note, private, raw, skip, skip_part,
};

mod common;

fn all() -> Query {
    Query::new().kinds(Kinds::ALL).process_uids(true)
}

/// The sockets of a query, and what the answer covers, by one source of owners.
fn by(scanner: &mut Scanner, query: &Query, source: OwnerSource) -> (Vec<OwnedSocket>, Coverage) {
    match scanner.collect(&query.clone().owner_source(source)) {
        Ok(answer) => {
            let processes = answer.coverage.processes.as_ref().expect("owners were requested");
            assert_eq!(processes.by_bpf, source == OwnerSource::Bpf);
            (answer.sockets, answer.coverage)
        }
        Err(error) => common::skip_without_bpf(&error),
    }
}

/// Asserts that a pass finds what a walk finds: one of its own, and one that is made for rows as well.
#[track_caller]
fn same(query: &Query) {
    same_beside(query);
    same_beside(&query.clone().source(Source::Bpf));
}

#[track_caller]
fn same_beside(query: &Query) {
    let mut scanner = Scanner::new().unwrap();
    let (walked, walk) = by(&mut scanner, query, OwnerSource::Walk);
    let (passed, pass) = by(&mut scanner, query, OwnerSource::Bpf);
    // This process holds other sockets while it asks.
    let shown = |sockets: &[OwnedSocket]| {
        let rows = sockets.iter().filter(|socket| socket.kind != procnet::Kind::Netlink);
        let mut rows: Vec<String> =
            rows.map(|it| format!("{:?} {:?}", it.inode, it.owners)).collect();
        rows.sort_unstable();
        rows
    };
    assert_eq!(shown(&walked), shown(&passed));
    let (walk, pass) = (walk.processes.unwrap(), pass.processes.unwrap());
    assert_eq!((walk.seen, walk.contained), (pass.seen, pass.contained));
    assert_eq!((pass.rings.count, pass.threads.count), (0, 0));
}

#[test]
fn owners_of_every_kind_of_socket_are_those_of_a_walk() {
    private(|_| Scene::with(|_| same(&all())));
}

#[test]
fn owners_of_many_processes_are_those_of_a_walk() {
    private(|_| {
        let load = LoadGenerator::default();
        let load = load.spawn(Workload::Tcp, 20, 100).spawn(Workload::Unix, 20, 50);
        same(&all());
        let mut scanner = Scanner::new().unwrap();
        let (sockets, coverage) = by(&mut scanner, &all(), OwnerSource::Bpf);
        let held = sockets.iter().filter(|socket| !socket.owners.is_empty()).count();
        assert!(held >= 3000, "{held} sockets with owners");
        assert!(coverage.is_complete() || coverage.ownerless > 0, "{coverage}");
        drop(load);
    });
}

#[test]
fn threads_with_tables_of_their_own_and_leaderless_processes_are_seen_at_once() {
    private(|_| {
        let (send, receive) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            raw::unshare_files().unwrap();
            let socket = TcpListener::bind("127.0.0.1:0").unwrap();
            send.send((inode_of(&socket).unwrap(), socket.as_raw_fd().unsigned_abs())).unwrap();
            let _ = ended.recv();
        });
        let (inode, fd) = receive.recv().unwrap();
        let helper = HelperProcess::start(b"leaderless");
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        helper.hold(&[socket.as_fd()]);
        helper.end_leader();
        same(&all());
        let mut scanner = Scanner::new().unwrap();
        let (sockets, _) = by(&mut scanner, &all(), OwnerSource::Bpf);
        let owners = |inode| -> Vec<(u32, u32)> {
            let socket = sockets.iter().find(|socket| socket.inode == Some(inode)).unwrap();
            socket.owners.iter().map(|owner| (owner.pid, owner.fd)).collect()
        };
        assert_eq!(owners(inode), [(std::process::id(), fd)]);
        let pids: Vec<u32> =
            owners(inode_of(&socket).unwrap()).into_iter().map(|(pid, _)| pid).collect();
        assert!(pids.contains(&helper.pid()) && pids.contains(&std::process::id()), "{pids:?}");
        drop(end);
        thread.join().unwrap();
    });
}

#[test]
fn rows_and_owners_come_from_one_pass() {
    /// The iterators that this process has attached.
    fn links() -> usize {
        let files = std::fs::read_dir("/proc/self/fd").unwrap();
        let targets = files.filter_map(|file| std::fs::read_link(file.unwrap().path()).ok());
        targets.filter(|target| target.to_string_lossy().contains("bpf_link")).count()
    }
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Tcp, 2, 10);
        let query = Query::new().kinds(Kinds::TCP).source(Source::Bpf);
        let mut scanner = Scanner::new().unwrap();
        for _visit in 0..3 {
            let (sockets, _) = by(&mut scanner, &query, OwnerSource::Bpf);
            assert!(sockets.len() >= 20 && sockets.iter().all(|socket| !socket.owners.is_empty()));
            assert_eq!(links(), 1);
        }
        // Walks are made if they are asked for.
        by(&mut scanner, &query, OwnerSource::Walk);
        // The program of owners alone is another.
        by(&mut scanner, &query.clone().source(Source::Auto), OwnerSource::Bpf);
        assert_eq!(links(), 2);
    });
}

#[test]
fn namespaces_that_only_a_descriptor_holds_are_found_by_a_pass() {
    fn found_by_descriptor(source: Source) {
        let helper = HelperProcess::start_via(b"elsewhere", &["unshare", "--net"]);
        let held = std::fs::File::open(format!("/proc/{}/ns/net", helper.pid())).unwrap();
        let query = Query::new().kinds(Kinds::TCP).netns(procnet::Netns::All).source(source);
        let mut scanner = Scanner::new().unwrap();
        let before = by(&mut scanner, &query, OwnerSource::Bpf).1.namespaces.visited;
        drop(helper);
        // The second visit knows what the first has seen.
        for _visit in 0..2 {
            let coverage = by(&mut scanner, &query, OwnerSource::Bpf).1;
            assert_eq!(coverage.namespaces.visited, before, "{coverage}");
        }
        drop(held);
        let after = by(&mut scanner, &query, OwnerSource::Bpf).1.namespaces.visited;
        assert_eq!(after, before - 1);
    }
    private(|_| {
        for source in [Source::Auto, Source::Bpf] {
            found_by_descriptor(source);
        }
    });
}

#[test]
fn few_descriptors_are_walked_at_first_and_passed_over_by_a_kept_scanner() {
    private(|_| {
        let query = Query::new().kinds(Kinds::TCP);
        by(&mut Scanner::new().unwrap(), &query, OwnerSource::Bpf);
        let mut scanner = Scanner::new().unwrap();
        let mut visit = || scanner.visit(&query, |_| ()).unwrap().processes.unwrap();
        let first = visit();
        assert_eq!((first.by_bpf, first.no_bpf), (false, Some(NoBpf::FewDescriptors)));
        let second = visit();
        assert_eq!((second.by_bpf, second.no_bpf), (true, None));
        // Where there are many, the first visit loads the program.
        let _load = LoadGenerator::default().spawn(Workload::Udp, 3, 2000);
        let processes = Scanner::new().unwrap().visit(&query, |_| ()).unwrap().processes.unwrap();
        if processes.by_bpf {
            assert!(processes.descriptors >= 6000);
        } else {
            note("this kernel does not report the number of descriptors");
        }
    });
}

#[test]
fn one_process_and_kept_owners_are_not_a_matter_of_a_pass() {
    private(|_| {
        let query = Query::new().kinds(Kinds::TCP);
        let kept = query.clone().incremental(Budget::unlimited());
        let mut scanner = Scanner::new().unwrap();
        for query in [query.pid(std::process::id()), kept] {
            let processes = scanner.visit(&query, |_| ()).unwrap().processes.unwrap();
            assert_eq!((processes.by_bpf, processes.no_bpf), (false, None));
        }
    });
}

#[test]
fn a_filter_by_pid_leaves_out_what_a_pass_finds_of_others() {
    private(|_| {
        let _listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let helper = HelperProcess::start(b"other");
        let query = Query::new().kinds(Kinds::TCP).owner_source(OwnerSource::Bpf);
        let mut scanner = Scanner::new().unwrap();
        for (pid, sockets) in [(std::process::id(), 1), (helper.pid(), 0)] {
            let query = query.clone().owners(false).filter(Filter::pid(pid));
            let coverage = common::ask_bpf(&mut scanner, &query).coverage;
            assert!(coverage.processes.unwrap().by_bpf);
            assert_eq!((coverage.sockets, coverage.undecided), (sockets, 0));
        }
    });
}

#[test]
fn without_privilege_the_reason_is_reported() {
    fn nobody(_: &str) {
        let query = Query::new().kinds(Kinds::TCP);
        let mut scanner = Scanner::new().unwrap();
        let mut reason = |query: &Query| {
            let processes = scanner.visit(query, |_| ()).unwrap().processes.unwrap();
            assert!(!processes.by_bpf);
            processes.no_bpf
        };
        let _ = reason(&query);
        let name = match reason(&query) {
            Some(NoBpf::Refused(refusal)) => refusal.name(),
            Some(NoBpf::NotBuilt) => skip("built without the feature bpf"),
            reason => panic!("{reason:?}"),
        };
        let error = scanner.visit(&query.owner_source(OwnerSource::Bpf), |_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoBpf);
        let cause = std::error::Error::source(&error).unwrap().to_string();
        if cfg!(any(target_endian = "big", target_pointer_width = "32")) {
            assert_eq!(name, "architecture");
        } else {
            assert_eq!(name, "capabilities");
            assert!(cause.contains("CAP_BPF"), "{cause}");
        }
    }
    Sandbox::default().role("nobody", nobody).run(|sandbox| {
        sandbox.run_role("nobody", &["setpriv", "--reuid=65534", "--clear-groups"], "");
    });
}

#[test]
fn the_proc_of_another_pid_namespace_and_a_capture_are_walked() {
    Sandbox::default()
        .role("inside", |_| {
            // /proc is still that of the namespace outside.
            let mut scanner = Scanner::new().unwrap();
            let query = Query::new().kinds(Kinds::TCP);
            scanner.visit(&query, |_| ()).unwrap();
            let processes = scanner.visit(&query, |_| ()).unwrap().processes.unwrap();
            assert_eq!((processes.by_bpf, processes.no_bpf), (false, Some(NoBpf::OtherRoot)));
        })
        .run(|sandbox| {
            by(&mut Scanner::new().unwrap(), &Query::new(), OwnerSource::Bpf);
            sandbox.run_role("inside", &["unshare", "--pid", "--fork", "--kill-child"], "");
            let folder = tempfile::tempdir().unwrap();
            std::fs::create_dir_all(folder.path().join("net")).unwrap();
            std::fs::write(folder.path().join("net/tcp"), "  sl  local_address\n").unwrap();
            let mut scanner = Scanner::with_root(ProcRoot::at(folder.path()).unwrap());
            let query = Query::new().kinds(Kinds::TCP4).owner_source(OwnerSource::Bpf);
            assert_eq!(scanner.visit(&query, |_| ()).unwrap_err().kind(), ErrorKind::NoBpf);
        });
}

#[test]
fn a_pass_that_fails_is_followed_by_a_walk_and_reported() {
    private(|_| {
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        // One thread, as the filter is that of the thread that installs it.
        let mut scanner = Scanner::new().unwrap().threads(1);
        by(&mut scanner, &Query::new(), OwnerSource::Bpf);
        if let Err(error) = raw::forbid_bpf() {
            skip(&format!("seccomp: {error}"));
        }
        let answer = scanner.collect(&Query::new().kinds(Kinds::TCP)).unwrap();
        let processes = answer.coverage.processes.unwrap();
        let Some(NoBpf::Failed(failure)) = &processes.no_bpf else { panic!("{processes:?}") };
        assert!(failure.is_permission() && !processes.by_bpf);
        let inode = inode_of(&socket).unwrap();
        let found = answer.sockets.iter().find(|socket| socket.inode == Some(inode)).unwrap();
        assert_eq!(found.owners[0].pid, std::process::id());
    });
}

#[test]
fn what_a_walk_may_not_read_a_pass_sees() {
    fn inside(known: &str) {
        let query = Query::new().kinds(Kinds::TCP4).listening();
        let mut found = Vec::new();
        let visited = Scanner::new().unwrap().visit(&query, |socket| {
            found.extend(socket.owners.iter().map(|owner| owner.pid().to_string()));
        });
        let processes = visited.unwrap().processes.unwrap();
        // Processes of root without a socket may not be examined either. That the pass reports one which
        // may not shows that it sees them.
        assert!(processes.by_bpf && processes.is_complete(), "{processes:?}");
        assert_eq!(found, [known]);
    }
    Sandbox::default().role("two capabilities", inside).run(|sandbox| {
        by(&mut Scanner::new().unwrap(), &Query::new(), OwnerSource::Bpf);
        // That of root, which an ordinary user with the capabilities of BPF may not examine.
        let _socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let _ownerless = listener_in_a_message();
        let caps = "-all,+bpf,+perfmon";
        let (inheritable, ambient) =
            (format!("--inh-caps={caps}"), format!("--ambient-caps={caps}"));
        let two = ["setpriv", "--reuid=65534", "--clear-groups", &inheritable, &ambient];
        sandbox.run_role("two capabilities", &two, &std::process::id().to_string());
    });
}

/// A listener that no process holds, as long as both ends are open.
fn listener_in_a_message() -> (UnixStream, UnixStream) {
    let (here, there) = UnixStream::pair().unwrap();
    common::send_away(&here, TcpListener::bind("127.0.0.1:0").unwrap());
    (here, there)
}

/// On the host itself, as a test cannot have a security module hide a process.
#[test]
fn a_process_that_hides_its_files_from_a_pass_is_counted_if_a_socket_has_no_owner() {
    const WHAT: &str = "processes that hide their files from a pass";
    let _ownerless = listener_in_a_message();
    let query = Query::new().kinds(Kinds::TCP4).listening().owner_source(OwnerSource::Walk);
    let walked = Scanner::new().unwrap().visit(&query, |_| ()).unwrap().processes.unwrap();
    let denied = walked.hidden.iter().filter(|hidden| hidden.failure.is_permission());
    let denied: Vec<u32> = denied.flat_map(|hidden| hidden.examples.iter().copied()).collect();
    if denied.is_empty() {
        return skip_part(WHAT, "no security module hides any");
    }
    let query = Query::new().kinds(Kinds::ALL).owner_source(OwnerSource::Bpf);
    let mut scanner = Scanner::new().unwrap();
    let mut owners = BTreeSet::new();
    for _visit in 0..2 {
        let visited = scanner.visit(&query, |socket| {
            owners.extend(socket.owners.iter().map(|owner| owner.pid()));
        });
        let coverage = match visited {
            Ok(coverage) => coverage,
            Err(error) => return skip_part(WHAT, &error.to_string()),
        };
        let passed = coverage.processes.as_ref().unwrap();
        if denied.iter().any(|pid| owners.contains(pid)) {
            assert_eq!(passed.unreadable(), 0, "{passed:?}");
            return skip_part(WHAT, "a pass sees those that a walk may not read");
        }
        assert_eq!(passed.hidden, walked.hidden);
        assert!(!coverage.is_complete());
        assert!(coverage.to_string().contains("descriptors could not be read"), "{coverage}");
    }
    // Where each socket has an owner, it does not matter who hides others.
    let query = query.kinds(Kinds::UDP4).filter("uid = 4000000000".parse().unwrap());
    let coverage = scanner.visit(&query, |_| ()).unwrap();
    assert_eq!(coverage.processes.unwrap().unreadable(), 0);
}
