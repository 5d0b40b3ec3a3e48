//! Conditions on the name of a process, of which the kernel keeps 15 bytes.

use std::{
    net::TcpListener,
    os::{
        fd::{AsFd as _, OwnedFd},
        unix::fs::PermissionsExt as _,
    },
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use procnet::{Filter, Inode, Kinds, Query, Scanner, lookup::inode_of, owners::Budget};
use procnet_corpus::live::{HelperProcess, comm_of, private};

/// Whether the listener is among the sockets of a process with this name; both joins agree.
#[track_caller]
fn is_found(inode: Inode, name: &str) -> bool {
    let query = Query::new().kinds(Kinds::TCP4).listening();
    let mut scanner = Scanner::new().unwrap();
    // The cache of owners knows no whole names until they are needed.
    let kept = query.clone().incremental(Budget::unlimited());
    scanner.visit(&kept, |_| ()).unwrap();
    let mut answers = [query, kept].map(|query| {
        let (named, other) = (Filter::comm(name), !Filter::comm(name));
        [named, other].map(|filter| {
            let mut found = false;
            let visited = scanner.visit(&query.clone().filter(filter), |socket| {
                found |= socket.inode == Some(inode);
            });
            assert_eq!(visited.unwrap().undecided, 0);
            found
        })
    });
    answers.sort_unstable();
    let [[named, other], kept] = answers;
    assert_eq!([named, other], kept, "the incremental join");
    assert_eq!(other, !named, "the negation");
    named
}

#[test]
fn a_name_that_the_kernel_cut_is_that_of_the_program() {
    private(|_| {
        let program = std::env::current_exe().unwrap();
        let program = program.file_name().unwrap().to_str().unwrap();
        let (cut, rest) = program.split_at(15);
        assert!(!rest.is_empty(), "{program}");
        let helper = HelperProcess::start(cut.as_bytes());
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let inode = inode_of(&socket).unwrap();
        helper.hold(&[socket.as_fd()]);
        drop(socket);
        assert!(is_found(inode, program) && is_found(inode, cut));
        assert!(is_found(inode, &format!("{}*{}", &program[..4], &rest[rest.len() - 3..])));
        assert!(!is_found(inode, &program[..program.len() - 1]));
        assert!(!is_found(inode, &program[1..]));
        // A process that has chosen another name is not its program.
        let renamed = HelperProcess::start(b"fifteen bytes..");
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let inode = inode_of(&socket).unwrap();
        renamed.hold(&[socket.as_fd()]);
        drop(socket);
        assert!(!is_found(inode, program) && is_found(inode, "fifteen bytes.."));
    });
}

#[test]
fn a_script_is_found_by_its_whole_name() {
    private(|_| {
        let directory = tempfile::tempdir().unwrap();
        let name = "a-script-with-a-long-name";
        let script = directory.path().join(name);
        std::fs::write(&script, "#!/bin/sh -u\nsleep 600\n").unwrap();
        std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o755)).unwrap();
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let inode = inode_of(&socket).unwrap();
        let mut command = Command::new(&script);
        command.stdin(Stdio::from(OwnedFd::from(socket))).stdout(Stdio::null());
        let mut child = command.spawn().unwrap();
        drop(command);
        // The kernel sets it at the end of `execve`.
        while comm_of(child.id()) != b"a-script-with-a" {
            thread::sleep(Duration::from_millis(1));
        }
        assert!(is_found(inode, name) && is_found(inode, "a-script-with-a"));
        assert!(!is_found(inode, "a-script-with-a-long"));
        child.kill().unwrap();
        child.wait().unwrap();
    });
}
