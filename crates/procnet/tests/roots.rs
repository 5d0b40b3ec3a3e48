//! Other roots: whose network they show, and the error if they show none.

use std::{
    error::Error as _,
    fs,
    net::UdpSocket,
    os::{
        fd::AsFd as _,
        unix::{ffi::OsStrExt as _, fs::symlink},
    },
    path::Path,
    thread,
};

use procnet::{ErrorKind, Kinds, ProcRoot, Query, Scanner};
use procnet_corpus::live::{
    Entry, HelperProcess, LoadGenerator, Sandbox, Scene, Workload, differences, private, run, skip,
};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

mod common;

fn seen_at(root: ProcRoot) -> Vec<Entry> {
    let answer = Scanner::with_root(root).collect(&common::tables()).unwrap();
    common::without_numbers(common::entries(&answer.sockets))
}

fn assert_same(what: &str, seen: &[Entry], known: &[Entry]) {
    let text = differences((what, seen), ("what is known", known));
    assert!(text.is_empty(), "{text}");
}

/// A reader in a container sees the host's network by the host's /proc, in addition to its own.
#[test]
fn a_mounted_proc_of_the_host_shows_the_host() {
    // Runs in another network namespace, with the path of the mount.
    fn reader(mounted: &str) {
        let root = ProcRoot::at(mounted).unwrap();
        assert!(!root.is_own());
        let own = ProcRoot::own().unwrap();
        assert!(own.is_own());
        assert_eq!(ProcRoot::from_env().unwrap().path(), Path::new(mounted));
        // The `net` of the mount shows the reader's network, not the host's.
        let table = fs::read_to_string(format!("{mounted}/net/udp")).unwrap();
        assert_eq!(table.lines().count(), 1, "{table}");

        assert_eq!(seen_at(own), [], "the reader's own namespace is empty");
        for root in [root, ProcRoot::from_env().unwrap()] {
            let seen = seen_at(root);
            let owners: Vec<_> = seen.iter().flat_map(|entry| &entry.owners).collect();
            assert!(owners.iter().any(|owner| owner.comm == b"holder"), "{seen:?}");
            assert_eq!(seen.iter().filter(|entry| entry.kind == "udp").count(), 1);
        }
        let answer = procnet::connections(Kinds::UDP).unwrap();
        assert_eq!(answer.sockets.len(), 1, "HOST_PROC is the default");
    }
    Sandbox::default().role("reader", reader).run(|sandbox| {
        let holder = HelperProcess::start(b"holder");
        let _socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_str().unwrap();
        if let Err(reason) = run(&["mount", "--bind", "/proc", path]) {
            skip(&reason);
        }
        let host_proc = format!("HOST_PROC={path}");
        sandbox.run_role("reader", &["unshare", "--net", "env", &host_proc], path);
        run(&["umount", path]).unwrap();
        drop(holder);
    });
}

/// A directory of files has the same sockets as the /proc that they were copied from.
#[test]
fn a_directory_of_captures_answers_like_its_proc() {
    private(|_| Scene::with(captures));
}

fn captures(_scene: &Scene) {
    for net in ["net", "1/net"] {
        let directory = tempfile::tempdir().unwrap();
        capture(directory.path(), net);
        // Created later, and not in the files.
        let _later = UdpSocket::bind("127.0.0.1:0").unwrap();
        let before = directory.path().join("live");
        let known: usize = fs::read_to_string(before).unwrap().parse().unwrap();
        let root = ProcRoot::at(directory.path()).unwrap();
        assert!(!root.is_own());
        let captured = seen_at(root);
        assert_eq!(captured.len(), known);
        let live = seen_at(ProcRoot::own().unwrap());
        let is_later = |entry: &&Entry| !captured.contains(entry);
        assert_eq!(live.iter().filter(is_later).count(), 1);
        assert_eq!(live.len(), captured.len() + 1);
    }
}

/// Copies the files of /proc that the library reads.
fn capture(to: &Path, net: &str) {
    fs::create_dir_all(to.join(net)).unwrap();
    for kind in Kinds::DEFAULT.iter() {
        fs::copy(format!("/proc/net/{kind}"), to.join(net).join(kind.name())).unwrap();
    }
    let mut scanner = Scanner::new().unwrap();
    for pid in scanner.pids().unwrap() {
        for file in ["stat", "status"] {
            let path = format!("{pid}/{file}");
            fs::create_dir_all(to.join(pid.to_string())).unwrap();
            fs::write(to.join(&path), fs::read(Path::new("/proc").join(&path)).unwrap()).unwrap();
        }
        let tasks = fs::read_dir(format!("/proc/{pid}/task")).unwrap();
        let tasks = tasks.map(|task| task.unwrap().file_name().into_string().unwrap());
        let tasks = tasks.map(|task| format!("{pid}/task/{task}/fd"));
        for fds in tasks.chain([format!("{pid}/fd")]) {
            fs::create_dir_all(to.join(&fds)).unwrap();
            // The directory of a thread that has ended belongs to root and is empty.
            let Ok(listed) = fs::read_dir(Path::new("/proc").join(&fds)) else { continue };
            for fd in listed {
                let fd = fd.unwrap();
                let Ok(target) = fs::read_link(fd.path()) else { continue };
                if target.as_os_str().as_bytes().starts_with(b"socket:") {
                    symlink(target, to.join(&fds).join(fd.file_name())).unwrap();
                }
            }
        }
    }
    fs::write(to.join("live"), common::everything().sockets.len().to_string()).unwrap();
}

/// Threads in different network namespaces use one scanner, and each sees its own namespace.
#[test]
fn a_scanner_uses_the_namespace_of_its_thread() {
    private(|_| {
        let far = LoadGenerator::default().spawn_via(&["unshare", "--net"], Workload::Unix, 1, 20);
        let channel = far.processes()[0].entries().to_vec();
        let (here, there): (Vec<Entry>, Vec<Entry>) =
            far.entries().into_iter().partition(|entry| channel.contains(entry));
        assert_eq!((here.len(), there.len()), (2, 20));
        let namespace =
            fs::File::open(format!("/proc/{}/ns/net", far.processes()[0].pid())).unwrap();
        let mut scanner = Scanner::new().unwrap();
        let mut ask = || {
            let answer = scanner.collect(&Query::new()).unwrap();
            common::without_numbers(common::entries(&answer.sockets))
        };
        assert_same("before", &ask(), &here);
        let moved = thread::scope(|scope| {
            let other_thread = scope.spawn(|| {
                let network = Some(LinkNameSpaceType::Network);
                if let Err(error) = move_into_link_name_space(namespace.as_fd(), network) {
                    return Err(error.to_string());
                }
                assert_same("in the other namespace", &ask(), &there);
                // A new scanner of the same thread sees the same.
                assert_same("anew", &seen_at(ProcRoot::own().unwrap()), &there);
                Ok(())
            });
            other_thread.join().unwrap()
        });
        if let Err(reason) = moved {
            skip(&format!("a thread cannot change its namespace: {reason}"));
        }
        assert_same("after", &ask(), &here);
    });
}

#[test]
fn a_root_without_tables_is_not_proc() {
    let directory = tempfile::tempdir().unwrap();
    let root = ProcRoot::at(directory.path()).unwrap();
    let error = Scanner::with_root(root).collect(&Query::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotProc);
    assert_eq!(error.path(), directory.path());

    // If `net` exists, missing tables are absent, and existing ones are read.
    let net = directory.path().join("net");
    fs::create_dir(&net).unwrap();
    let root = ProcRoot::at(directory.path()).unwrap();
    let error = Scanner::with_root(root).collect(&Query::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotCaptured);
    fs::copy("/proc/self/net/unix", net.join("unix")).unwrap();
    let root = ProcRoot::at(directory.path()).unwrap();
    let answer = Scanner::with_root(root).collect(&Query::new()).unwrap();
    assert_eq!(answer.coverage.absent, Kinds::INET);
}

#[test]
fn a_root_must_be_a_directory() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let gone = file.path().with_extension("gone");
    for path in [file.path(), &gone] {
        let error = ProcRoot::at(path).unwrap_err();
        assert_eq!((error.kind(), error.path()), (ErrorKind::Io, path));
        assert!(error.to_string().contains(path.to_str().unwrap()));
        assert!(error.source().is_some());
    }
}
