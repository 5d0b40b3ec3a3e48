//! Results that lack something: what is said, and the exit code.

use std::{fs, os::unix::fs::PermissionsExt as _};

use crate::{
    privilege::as_nobody,
    run::{Ran, run},
    tree::Tree,
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
