//! Owners that are not, or not only, in `/proc/PID/fd`: tables of threads, files registered with
//! io_uring, processes outside the pid namespace; and descriptors that cannot be read.

use std::{
    fs::File,
    net::TcpListener,
    os::fd::{AsFd as _, AsRawFd as _, IntoRawFd as _, OwnedFd},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        mpsc::{self, Receiver, Sender},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use procnet::{
    Inode, Kinds, Netns, ProcRoot, Query, Scanner,
    lookup::inode_of,
    owners::{Budget, OwnerSource},
};
use procnet_corpus::live::{HelperProcess, Sandbox, private, raw, skip};
use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};

mod common;

/// The owners of a socket, each by pid and descriptor, as every way to ask reports them.
#[track_caller]
fn owners(inode: Inode) -> Vec<(u32, u32)> {
    let all = Query::new().kinds(Kinds::TCP);
    let mut scanner = Scanner::new().unwrap();
    let full = of(&mut scanner, &all, inode);
    let kept = all.clone().incremental(Budget::unlimited());
    for _refresh in 0..2 {
        assert_eq!(of(&mut scanner, &kept, inode), full, "the incremental join");
    }
    if !full.is_empty() {
        assert_eq!(of(&mut scanner, &all.pid(std::process::id()), inode), full, "of this process");
    }
    let (single, _) = scanner.owners_of(inode).unwrap();
    let single: Vec<_> = single.iter().map(|owner| (owner.pid(), owner.fd)).collect();
    assert_eq!(single, full, "of this socket");
    full
}

#[track_caller]
fn of(scanner: &mut Scanner, query: &Query, inode: Inode) -> Vec<(u32, u32)> {
    let mut owners = Vec::new();
    let coverage = scanner.visit(query, |socket| {
        if socket.inode == Some(inode) {
            owners = socket.owners.iter().map(|owner| (owner.pid(), owner.fd)).collect();
            for owner in socket.owners {
                assert!(!owner.comm().as_bytes().is_empty() && owner.process.start_time.is_some());
            }
        }
    });
    let coverage = coverage.unwrap();
    let walk = coverage.processes.as_ref().unwrap();
    assert_eq!((walk.rings.count, walk.threads.count, walk.unread.len()), (0, 0, 0));
    // The tests run in a container: only a socket without an owner may have one outside.
    assert_eq!(coverage.is_complete(), coverage.ownerless == 0, "{coverage}");
    owners
}

fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").unwrap()
}

/// A thread with a descriptor table of its own.
struct OwnTable {
    requests: Sender<()>,
    answers: Receiver<u32>,
    thread: Option<JoinHandle<()>>,
}

impl OwnTable {
    /// The thread opens this many more files, one at a time, and answers with the number of each.
    fn start(files: usize) -> OwnTable {
        let (requests, asked) = mpsc::channel::<()>();
        let (answer, answers) = mpsc::channel();
        let thread = thread::spawn(move || {
            raw::unshare_files().unwrap();
            answer.send(0).unwrap();
            let mut held: Vec<OwnedFd> = Vec::new();
            for _file in 0..files {
                let Ok(()) = asked.recv() else { return };
                held.push(OwnedFd::from(listener()));
                answer.send(held[held.len() - 1].as_raw_fd().unsigned_abs()).unwrap();
            }
            let _ = asked.recv();
        });
        let table = OwnTable { requests, answers, thread: Some(thread) };
        table.answers.recv().unwrap();
        table
    }

    fn open(&self) -> u32 {
        self.requests.send(()).unwrap();
        self.answers.recv().unwrap()
    }

    /// Ends the thread, and with it its table.
    fn end(mut self) {
        drop(self.requests);
        self.thread.take().unwrap().join().unwrap();
    }
}

/// The sockets of this test that have no owner, or one that only another table shows.
fn listeners() -> Vec<(Inode, Vec<(u32, u32)>)> {
    let mut found = Vec::new();
    let query = Query::new().kinds(Kinds::TCP4).listening();
    let visited = Scanner::new().unwrap().visit(&query, |socket| {
        let owners = socket.owners.iter().map(|owner| (owner.pid(), owner.fd));
        found.push((socket.inode.unwrap(), owners.collect()));
    });
    visited.unwrap();
    found
}

#[test]
fn a_thread_with_a_table_of_its_own_owns_what_is_in_it() {
    private(|_| {
        let socket = listener();
        let (inode, fd) = (inode_of(&socket).unwrap(), socket.as_raw_fd().unsigned_abs());
        let pid = std::process::id();
        assert_eq!(owners(inode), [(pid, fd)]);
        // The thread's table is a copy. Closed in the process's, the socket is in that one alone.
        let table = OwnTable::start(1);
        assert_eq!(owners(inode), [(pid, fd)]);
        drop(socket);
        assert_eq!(owners(inode), [(pid, fd)]);
        table.end();
        // A thread that was joined may still be closing its descriptors (kernel/exit.c `do_exit`).
        while !listeners().is_empty() {
            thread::yield_now();
        }
    });
}

/// As many descriptors as the process: only their targets differ.
#[test]
fn a_table_of_the_same_size_is_compared() {
    private(|_| {
        let pid = std::process::id();
        let thread = OwnTable::start(1);
        let fd = thread.open();
        let other = listener();
        assert_eq!(other.as_raw_fd().unsigned_abs(), fd, "the same number in both tables");
        let mut found = listeners();
        found.sort_by_key(|(inode, _)| *inode == inode_of(&other).unwrap());
        let [(theirs, _), _] = &found[..] else { panic!("two sockets: {found:?}") };
        assert_eq!(owners(*theirs), [(pid, fd)]);
        assert_eq!(owners(inode_of(&other).unwrap()), [(pid, fd)]);
        thread.end();
    });
}

/// The last of many threads has a table of its own, as long as that of the process.
#[test]
fn a_socket_of_threads_too_many_to_compare_leaves_the_answer_incomplete() {
    /// Holds the socket until the file is removed. It opens nothing meanwhile.
    fn holder(file: &str) {
        let null = File::open("/dev/null").unwrap();
        let _files: Vec<File> = (0..700).map(|_| null.try_clone().unwrap()).collect();
        let (_end, ended) = mpsc::channel::<()>();
        let ended = Arc::new(Mutex::new(ended));
        for _thread in 0..150 {
            let ended = Arc::clone(&ended);
            thread::spawn(move || ended.lock().map(|ended| ended.recv()).is_ok());
        }
        let thread = OwnTable::start(1);
        let fd = thread.open();
        assert_eq!(null.try_clone().unwrap().into_raw_fd().unsigned_abs(), fd);
        std::fs::write(file, "").unwrap();
        while Path::new(file).exists() {
            thread::sleep(Duration::from_millis(5));
        }
        thread.end();
    }
    Sandbox::default().role("holder", holder).run(|sandbox| {
        thread::scope(|scope| {
            let directory = tempfile::tempdir().unwrap();
            let file = directory.path().join("holds");
            let input = file.to_str().unwrap().to_owned();
            let holder = scope.spawn(move || sandbox.run_role("holder", &[], &input));
            while !file.exists() {
                assert!(!holder.is_finished());
                thread::sleep(Duration::from_millis(5));
            }
            let query = Query::new().kinds(Kinds::TCP4).owner_source(OwnerSource::Walk);
            for query in [query.clone(), query.incremental(Budget::unlimited())] {
                let mut scanner = Scanner::new().unwrap();
                for _refresh in 0..2 {
                    let coverage = scanner.visit(&query, |_| ()).unwrap();
                    assert_eq!((coverage.sockets, coverage.ownerless), (1, 1));
                    let uncompared = coverage.processes.as_ref().unwrap().uncompared;
                    assert!((20..151).contains(&uncompared), "{uncompared}");
                    let said = format!(
                        "1 socket without a visible owner: {uncompared} threads may have \
                         descriptors of their own, which are too many to compare\n"
                    );
                    assert!(coverage.to_string().contains(&said), "{coverage}");
                }
            }
        });
    });
}

#[test]
fn a_file_registered_with_io_uring_is_owned_through_the_ring() {
    private(|_| {
        let socket = listener();
        let inode = inode_of(&socket).unwrap();
        let ring = match raw::ring_with(&[socket.as_fd()]) {
            Ok(ring) => ring,
            Err(error) => skip(&format!("io_uring: {error}")),
        };
        let (pid, fd) = (std::process::id(), ring.as_raw_fd().unsigned_abs());
        assert_eq!(owners(inode), [(pid, socket.as_raw_fd().unsigned_abs())]);
        drop(socket);
        let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
        let number =
            |at| release.split(['.', '-']).nth(at).and_then(|part: &str| part.parse().ok());
        if (number(0), number(1)) < (Some(6), Some(15)) {
            // What the kernel prints for it may be forged, so it is counted instead.
            let answer = Scanner::new().unwrap().collect(&Query::new().kinds(Kinds::TCP)).unwrap();
            let walk = answer.coverage.processes.as_ref().unwrap();
            assert_eq!((walk.rings.count, &walk.rings.examples[..]), (1, &[pid][..]));
            assert!(answer.coverage.to_string().contains("1 io_uring instance: registered files"));
            return;
        }
        assert_eq!(owners(inode), [(pid, fd)]);
        drop(ring);
    });
}

/// A file with the name of a socket, of which any user could register one.
#[test]
fn the_name_of_a_file_registered_with_io_uring_forges_no_owner() {
    private(|_| {
        let (here, there) = std::os::unix::net::UnixStream::pair().unwrap();
        let inode = in_flight(&here);
        let directory = tempfile::tempdir().unwrap();
        let file = std::fs::File::create(directory.path().join(format!("socket:[{inode}]")));
        match raw::ring_with(&[file.unwrap().as_fd()]) {
            Ok(_ring) => {
                let found = listeners();
                assert_eq!(found, [(inode, vec![])]);
            }
            Err(error) => skip(&format!("io_uring: {error}")),
        }
        drop(there);
    });
}

/// Sends a listener away, so that it is in the queue of a unix socket and nowhere else.
fn in_flight(over: &std::os::unix::net::UnixStream) -> Inode {
    let socket = listener();
    let inode = inode_of(&socket).unwrap();
    common::send_away(over, socket);
    inode
}

/// No file of /proc says in which queue a socket is, so it is one without an owner.
#[test]
fn a_socket_being_passed_has_no_owner() {
    private(|_| {
        let (here, there) = std::os::unix::net::UnixStream::pair().unwrap();
        let inode = in_flight(&here);
        assert_eq!(owners(inode), []);
        drop((here, there));
        assert_eq!(listeners(), []);
    });
}

/// Descriptors with targets of more than 4,096 bytes, which any user can open.
#[test]
fn a_path_too_long_to_print_hides_no_socket_of_its_process() {
    private(|_| {
        let directory = tempfile::tempdir().unwrap();
        let mut deepest = openat(CWD, directory.path(), OFlags::PATH, Mode::empty()).unwrap();
        let name = "d".repeat(255);
        for _level in 0..20 {
            mkdirat(&deepest, &name[..], Mode::RWXU).unwrap();
            deepest = openat(&deepest, &name[..], OFlags::PATH, Mode::empty()).unwrap();
        }
        let link = format!("/proc/self/fd/{}", deepest.as_raw_fd());
        let error = std::fs::read_link(link).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(36), "ENAMETOOLONG");
        // Behind it in the order of numbers.
        let socket = listener();
        let fd = socket.as_raw_fd().unsigned_abs();
        assert!(fd > deepest.as_raw_fd().unsigned_abs());
        assert_eq!(owners(inode_of(&socket).unwrap()), [(std::process::id(), fd)]);
    });
}

#[test]
fn owners_outside_the_pid_namespace_are_reported_as_invisible() {
    fn inside(port: &str) {
        let mut scanner = Scanner::new().unwrap();
        let listeners = Query::new().kinds(Kinds::TCP4).listening();
        // That of a process outside.
        for query in [listeners.clone(), listeners.clone().incremental(Budget::unlimited())] {
            let coverage = scanner.visit(&query, |_| ()).unwrap();
            assert!(coverage.processes.as_ref().unwrap().contained);
            assert_eq!((coverage.sockets, coverage.ownerless), (1, 1));
            assert!(!coverage.is_complete());
            let said = "1 socket without a visible owner: processes outside this pid namespace are \
                        not visible\n";
            assert!(coverage.to_string().ends_with(said), "{coverage}");
        }
        // So may be network namespaces, which were not requested.
        let everywhere = listeners.clone().netns(Netns::All).owners(false);
        let coverage = scanner.visit(&everywhere, |_| ()).unwrap();
        assert!(coverage.namespaces.contained && coverage.is_complete(), "{coverage}");
        // Whether its owner has a name is unknown.
        let named = listeners.clone().filter("comm = outside".parse().unwrap());
        let coverage = scanner.visit(&named, |_| ()).unwrap();
        assert_eq!((coverage.sockets, coverage.undecided), (0, 1));
        // Without owners, and with owners that are all inside, nothing is missing.
        let without = listeners.clone().owners(false);
        assert!(scanner.visit(&without, |_| ()).unwrap().is_complete());
        let own = listener();
        let own = own.local_addr().unwrap().port();
        assert_ne!(Ok(own), port.parse());
        let coverage = scanner.visit(&listeners.local_port(own), |_| ()).unwrap();
        assert_eq!((coverage.sockets, coverage.ownerless), (1, 0));
        // The process that the reader was started through may be another user's.
        assert!(coverage.is_complete() || coverage.processes.unwrap().unreadable() > 0);
    }
    Sandbox::default().role("inside", inside).run(|sandbox| {
        let helper = HelperProcess::start(b"outside");
        let socket = listener();
        let port = socket.local_addr().unwrap().port().to_string();
        helper.hold(&[socket.as_fd()]);
        drop(socket);
        let container = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"];
        sandbox.run_role("inside", &container, &port);
        // Without privilege, the namespace of process 1 is unknown, but not that of the reader.
        let user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        sandbox.run_role("inside", &[&container[..], &user].concat(), &port);
    });
}

/// A process in a pid namespace of its own, with a /proc of that one.
struct Contained(Child);

impl Contained {
    fn start() -> Option<(Contained, ProcRoot)> {
        let arguments = ["--pid", "--fork", "--kill-child", "--mount-proc", "sleep", "60"];
        let mut command = Command::new("unshare");
        let child = command.args(arguments).stdin(Stdio::null()).spawn().ok()?;
        let mut child = Contained(child);
        for _attempt in 0..500 {
            if child.0.try_wait().ok()?.is_some() {
                return None;
            }
            let parent = child.0.id();
            let children = format!("/proc/{parent}/task/{parent}/children");
            let inner = std::fs::read_to_string(children).unwrap_or_default();
            let comm = std::fs::read(format!("/proc/{}/comm", inner.trim())).unwrap_or_default();
            if comm == b"sleep\n" {
                let root = ProcRoot::at(format!("/proc/{}/root/proc", inner.trim())).ok()?;
                return Some((child, root));
            }
            thread::sleep(std::time::Duration::from_millis(10));
        }
        None
    }
}

impl Drop for Contained {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Not in namespaces of its own: these would be a container.
#[test]
fn the_initial_pid_namespace_contains_every_process() {
    let own = std::fs::read_link("/proc/self/ns/pid").unwrap();
    if own.as_os_str() != "pid:[4026531836]" {
        eprintln!("SKIPPED the initial pid namespace: this is a container");
        return;
    }
    let query = Query::new().kinds(Kinds::TCP4).listening();
    let contained = |mut scanner: Scanner| {
        let coverage = scanner.visit(&query, |_| ()).unwrap();
        coverage.processes.unwrap().contained
    };
    assert!(!contained(Scanner::with_root(ProcRoot::own().unwrap())));
    match Contained::start() {
        Some((_child, root)) => assert!(contained(Scanner::with_root(root)), "its /proc"),
        None => eprintln!("SKIPPED the /proc of another pid namespace: unshare failed"),
    }
}
