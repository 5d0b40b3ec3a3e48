//! Results that lack something: what is said, and the exit code.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::{
    privilege::as_nobody,
    run::{Ran, run},
    tree::{TCP_HEADING, Tree, row},
};

/// A host with a process that only its user may examine.
fn tree() -> Tree {
    let tree = Tree::small();
    let allow = |path: &str, mode: u32| {
        let path = tree.path().join(path);
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the own file");
    };
    allow("", 0o755);
    allow("13/fd", 0o700);
    tree
}

#[test]
fn one_process_that_may_not_be_read_takes_one_line() {
    let Some(nobody) = as_nobody() else { return };
    let tree = tree();
    let ask = |args: &[&str]| -> Ran {
        let mut command = std::process::Command::new("setpriv");
        command.args(nobody.privileges).arg(&nobody.program).args(tree.root()).args(args);
        command.env_remove("HOST_PROC").current_dir("/").output().expect("it runs").into()
    };
    for args in [&[][..], &["-pp"], &["--sort", "port"]] {
        let ran = ask(args);
        let line = "procnet: 1 process: descriptors could not be read (permission denied): pid 13; \
                    see `procnet explain`\n";
        assert_eq!((ran.code, &*ran.err), (1, line), "{args:?}");
    }
    let ran = ask(&["--quiet"]);
    assert_eq!((ran.code, &*ran.err), (1, ""));
    let ran = ask(&["--allow-partial"]);
    assert_eq!((ran.code, ran.err.lines().count()), (0, 1), "{}", ran.err);
    assert_eq!(ask(&["--allow-partial", "-q"]).complete().out, ask(&[]).out);
}

/// No file reports whether a thread shares the descriptors of its process.
#[test]
fn a_socket_without_an_owner_may_be_one_of_threads_too_many_to_compare() {
    let tree = Tree::bare();
    let listener = row("0100007F:1F90 00000000:0000", "0A", "00000000:00000000", 0, 501);
    tree.file("1/net/tcp", [TCP_HEADING, &listener].concat());
    tree.process(1, "init", &[]);
    let thread = |tid: u32| fs::create_dir_all(tree.path().join(format!("1/task/{tid}/fd")));
    (1..=100).for_each(|tid| thread(tid).expect("a directory"));
    let ask = |args: &[&str]| run([&["--kind", "tcp4"], &tree.root()[..], args].concat());
    // Each of them can be compared.
    ask(&[]).complete();
    (101..=201).for_each(|tid| thread(tid).expect("a directory"));
    let ran = ask(&[]);
    let line = "procnet: 1 socket without a visible owner: 72 threads may have descriptors of their \
                own, which are too many to compare\n";
    assert_eq!((ran.code, &*ran.err), (1, line));
    assert!(ran.out.contains("8080"), "{}", ran.out);
    let ran = ask(&["not comm = init"]);
    let line = "procnet: 1 socket left out: it is unknown whether it meets the filter\n";
    assert_eq!((ran.code, &*ran.err), (1, line));
    // Nothing is unknown where every shown socket has an owner.
    tree.process(2, "web", &[(3, 501)]);
    ask(&[]).complete();
    fs::remove_dir_all(tree.path().join("2")).expect("a directory");
    ask(&["--no-owners"]).complete();
}

#[test]
fn every_command_can_be_quiet_about_what_is_missing() {
    let tree = Tree::small();
    tree.file("1/net/udp", "no table\n");
    for command in ["sockets", "summary", "top"] {
        let ask = |args: &[&str]| run([&[command], &tree.root()[..], args].concat());
        let ran = ask(&[]);
        assert_eq!(ran.code, 1, "{command}: {}", ran.err);
        assert!(!ran.err.is_empty());
        let quiet = ask(&["-q"]);
        assert_eq!((quiet.code, &*quiet.err, &quiet.out), (1, "", &ran.out), "{command}");
        assert_eq!(ask(&["-q", "--allow-partial"]).complete().out, ran.out);
    }
}

#[test]
fn a_command_that_cannot_run_says_so_however_quiet() {
    let ran = run(["--quiet", "--allow-partial", "--root", "/none"]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("/none"), "{}", ran.err);
}
