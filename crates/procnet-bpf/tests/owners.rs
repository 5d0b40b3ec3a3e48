//! The owners that a pass reports are those that a walk of /proc finds.

mod common;

use std::{
    collections::BTreeSet,
    net::UdpSocket,
    os::fd::{AsFd as _, AsRawFd as _, OwnedFd},
    process::{Command, Stdio},
    sync::mpsc,
    thread,
};

use common::{load, pass, walk};
use procnet_bpf::{Buffer, Owner};
use procnet_corpus::live::{
    HelperProcess, LoadGenerator, Scene, Workload, inode_of, note, private, raw, skip,
};

/// A sandbox is in a PID namespace of its own, and /proc is that of this namespace.
#[test]
fn owners_in_a_child_pid_namespace_are_those_of_a_walk() {
    private(|_| {
        let owners = load();
        let load = LoadGenerator::default()
            .spawn(Workload::Tcp, 3, 100)
            .spawn(Workload::Udp6, 2, 100)
            .spawn(Workload::Unix, 2, 100);
        let found = pass(&owners);
        assert_eq!(found, walk());
        assert!(found.len() >= 700, "{}", found.len());
        for process in load.processes() {
            assert!(found.iter().filter(|owner| owner.pid == process.pid()).count() >= 100);
        }
    });
}

/// One socket of every kind, passed on, inherited, held by threads, in several namespaces.
#[test]
fn owners_of_every_kind_of_socket_are_those_of_a_walk() {
    private(|_| {
        let owners = load();
        Scene::with(|_| assert_eq!(pass(&owners), walk()));
    });
}

/// Two levels below the namespace of the outer test.
#[test]
fn owners_in_a_nested_pid_namespace_have_the_numbers_of_that_namespace() {
    procnet_corpus::live::Sandbox::default()
        .role("nested", |_| {
            assert!(std::process::id() < 10, "a new namespace begins with 1");
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
            let helper = HelperProcess::start(b"nested");
            helper.hold(&[socket.as_fd()]);
            let found = pass(&load());
            assert_eq!(found, walk());
            let of_socket = found.iter().filter(|owner| owner.inode == inode_of(&socket));
            let pids: BTreeSet<u32> = of_socket.map(|owner| owner.pid).collect();
            assert_eq!(pids, [std::process::id(), helper.pid()].into());
        })
        .run(|sandbox| {
            // So that the reason is reported if it is not available here.
            load();
            let prefix = ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"];
            sandbox.run_role("nested", &prefix, "");
        });
}

/// Not in a sandbox: in the namespaces of the test, which mostly are the initial ones.
#[test]
fn a_pass_has_all_sockets_of_this_process_and_its_children() {
    let owners = match procnet_bpf::Owners::load() {
        Ok(owners) => owners,
        Err(refusal) => {
            eprintln!("SKIPPED a pass in the initial namespaces: {refusal}: {}", refusal.help());
            return;
        }
    };
    let sockets: Vec<UdpSocket> =
        (0..100).map(|_| UdpSocket::bind("127.0.0.1:0").expect("a socket")).collect();
    let passed_on = sockets[0].try_clone().expect("a copy");
    let inode = inode_of(&passed_on);
    let mut child = Command::new("sleep")
        .arg("60")
        .stdin(Stdio::from(OwnedFd::from(passed_on)))
        .spawn()
        .expect("a process");
    let found = pass(&owners);
    let pid = child.id();
    child.kill().and_then(|()| child.wait()).expect("a child");
    for socket in &sockets {
        let fd = socket.as_raw_fd().unsigned_abs();
        let owner = Owner { inode: inode_of(socket), pid: std::process::id(), fd };
        assert!(found.contains(&owner), "{owner:?}");
    }
    assert!(found.contains(&Owner { inode, pid, fd: 0 }));
}

#[test]
fn sockets_of_other_network_namespaces_are_in_the_same_pass() {
    private(|_| {
        let owners = load();
        let there = ["unshare", "--net"];
        let load = LoadGenerator::default().spawn_via(&there, Workload::Unix, 2, 50);
        let found = pass(&owners);
        assert_eq!(found, walk());
        for process in load.processes() {
            assert!(found.iter().filter(|owner| owner.pid == process.pid()).count() >= 50);
        }
    });
}

#[test]
fn a_thread_with_descriptors_of_its_own_is_seen() {
    private(|_| {
        let owners = load();
        let (send, receive) = mpsc::channel();
        let (end, ended) = mpsc::channel::<()>();
        let thread = thread::spawn(move || {
            raw::unshare_files().expect("a table of descriptors");
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
            send.send((inode_of(&socket), socket.as_raw_fd().unsigned_abs())).expect("the test");
            let _ = ended.recv();
        });
        let (inode, fd) = receive.recv().expect("a socket");
        let found = pass(&owners);
        assert!(found.contains(&Owner { inode, pid: std::process::id(), fd }));
        assert_eq!(found, walk());
        drop(end);
        thread.join().expect("the thread");
    });
}

#[test]
fn a_process_whose_leader_has_ended_is_seen() {
    private(|_| {
        let owners = load();
        let helper = HelperProcess::start(b"leaderless");
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        helper.hold(&[socket.as_fd(), socket.as_fd()]);
        helper.end_leader();
        let found = pass(&owners);
        assert_eq!(found, walk());
        let held = |owner: &&Owner| owner.inode == inode_of(&socket) && owner.pid == helper.pid();
        assert_eq!(found.iter().filter(held).count(), 2);
    });
}

#[test]
fn a_process_with_very_many_descriptors_is_seen_whole() {
    private(|_| {
        let owners = load();
        let load = LoadGenerator::default().spawn(Workload::Udp, 1, 15_000);
        let found = pass(&owners);
        assert_eq!(found, walk());
        let pid = load.processes()[0].pid();
        assert!(found.iter().filter(|owner| owner.pid == pid).count() >= 15_000);
    });
}

/// The kernel returns EAGAIN after a million descriptors that are no sockets, and has not even begun
/// with later processes.
#[test]
fn a_pass_goes_on_behind_very_many_other_descriptors() {
    private(|_| {
        let owners = load();
        let null = std::fs::File::open("/dev/null").expect("/dev/null");
        let mut copies: Vec<OwnedFd> = Vec::new();
        // Inherited by the processes, other than those that the standard library opens.
        while let Ok(copy) = rustix::io::dup(&null) {
            copies.push(copy);
            if copies.len() == 19_000 {
                break;
            }
        }
        if copies.len() < 19_000 {
            skip(&format!("a process can open only {} files", copies.len()));
        }
        let mut processes: Vec<_> =
            (0..58).map(|_| Command::new("sleep").arg("120").spawn().expect("a process")).collect();
        drop(copies);
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let mut last = Command::new("sleep")
            .arg("120")
            .stdin(Stdio::from(OwnedFd::from(socket.try_clone().expect("a copy"))))
            .spawn()
            .expect("a process");
        let found = pass(&owners);
        let owner = Owner { inode: inode_of(&socket), pid: last.id(), fd: 0 };
        for process in processes.iter_mut().chain([&mut last]) {
            process.kill().and_then(|()| process.wait()).expect("a child");
        }
        assert!(found.contains(&owner), "{owner:?}");
    });
}

#[test]
fn a_pass_of_one_process_has_its_sockets_and_no_others() {
    private(|_| {
        let owners = load();
        let load = LoadGenerator::default().spawn(Workload::Udp, 3, 50);
        let all = walk();
        for process in load.processes() {
            let mut found = BTreeSet::new();
            let mut insert = |owner| {
                found.insert(owner);
            };
            owners.pass_process(process.pid(), &mut Buffer::new(), &mut insert).expect("a pass");
            let expected = all.iter().filter(|owner| owner.pid == process.pid());
            assert_eq!(found, expected.copied().collect());
        }
        let none = |owner| panic!("an owner of no process: {owner:?}");
        owners.pass_process(4_000_000, &mut Buffer::new(), none).expect("an empty pass");
    });
}

#[test]
fn sockets_that_come_and_go_never_hide_those_that_stay() {
    private(|_| {
        let owners = load();
        let load = LoadGenerator::default().spawn(Workload::Tcp, 2, 200);
        let stable = walk();
        let churn = HelperProcess::start(b"churn");
        churn.churn("udp");
        let (mut buffer, mut passes) = (Buffer::new(), 0);
        for _ in 0..200 {
            let mut found = Vec::new();
            owners.pass(&mut buffer, |owner| found.push(owner)).expect("a pass");
            let mut steady: Vec<Owner> =
                found.into_iter().filter(|owner| stable.contains(owner)).collect();
            steady.sort_unstable();
            assert!(steady.iter().eq(&stable), "each exactly once");
            passes += 1;
        }
        note(&format!("{passes} passes over {} steady descriptors", stable.len()));
        drop(load);
    });
}
