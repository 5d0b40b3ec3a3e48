//! Programs in C, compiled without a warning, on sockets of their own.

mod common;

use std::{
    fs,
    net::{TcpListener, TcpStream},
    process::{Command, Stdio, id},
};

use procnet_corpus::live::{Scene, private, skip};

use self::common::{Linkage, build, libraries, run, source};

#[test]
fn arguments_are_checked() {
    let program = build("tests/c/arguments.c", Linkage::Shared, "-O1");
    private(|_| {
        run(&program, &[]);
    });
}

#[test]
fn arguments_are_checked_under_the_sanitizers() {
    let program = build("tests/c/arguments.c", Linkage::Sanitized, "-O1");
    private(|_| {
        run(&program, &[]);
    });
}

#[test]
fn sockets_are_reported() {
    let program = build("tests/c/live.c", Linkage::Static, "-O2");
    private(|_| {
        run(&program, &[]);
    });
}

#[test]
fn sockets_are_reported_under_the_sanitizers() {
    let program = build("tests/c/live.c", Linkage::Sanitized, "-O1");
    private(|_| {
        run(&program, &[]);
    });
}

#[test]
fn valgrind_finds_no_error_and_no_leak() {
    if Command::new("valgrind").arg("--version").output().is_err() {
        skip("valgrind is not installed");
    }
    let program = build("tests/c/arguments.c", Linkage::Static, "-O1");
    private(|_| {
        let mut valgrind = Command::new("valgrind");
        valgrind.args([
            "--error-exitcode=99",
            "--leak-check=full",
            "--errors-for-leak-kinds=definite",
        ]);
        let output = valgrind.args(["--quiet"]).arg(&program).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    });
}

#[test]
fn the_header_is_also_one_of_cpp() {
    let Ok(mut cpp) = Command::new("c++")
        .args(["-x", "c++", "-std=c++11", "-Wall", "-Wextra", "-Werror", "-pedantic"])
        .args(["-fsyntax-only", "-"])
        .arg("-I")
        .arg(source().join("include"))
        .stdin(Stdio::piped())
        .spawn()
    else {
        skip("no C++ compiler: c++ cannot be run");
    };
    let mut input = cpp.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"#include <procnet.h>\n").unwrap();
    drop(input);
    assert!(cpp.wait().unwrap().success());
}

/// A line of `ss -tan` or of the example, with the owners in order.
fn line(text: &str) -> Vec<String> {
    let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
    if let Some(users) = words.iter_mut().find(|word| word.starts_with("users:((")) {
        let inner = users.trim_start_matches("users:((").trim_end_matches("))");
        let mut owners: Vec<&str> = inner.split("),(").collect();
        owners.sort_unstable();
        *users = owners.join(" ");
    }
    words
}

/// Lines as words.
type Lines = Vec<Vec<String>>;

/// The lines after the heading, in order. `ss` prints names as they are.
fn lines(output: &[u8]) -> Lines {
    let text = |line: &[u8]| match std::str::from_utf8(line) {
        Ok(text) => text.to_owned(),
        Err(_) => procnet::decode::escape::Escaped(line).to_string(),
    };
    let lines = output.split(|byte| *byte == b'\n').skip(1).filter(|line| !line.is_empty());
    let mut lines: Lines = lines.map(|bytes| line(&text(bytes))).collect();
    lines.sort();
    lines
}

#[test]
fn the_example_prints_what_ss_prints() {
    let program = build("examples/ss.c", Linkage::Shared, "-O2");
    if Command::new("ss").arg("--version").output().is_err() {
        skip("ss is not installed (package iproute2)");
    }
    private(|_| {
        let scene = Scene::new();
        // Timers of the scene's connections run meanwhile, so the two may see different moments.
        let mut attempts = (0..20).map(|_| {
            let ours = Command::new(&program).output().unwrap();
            let theirs = Command::new("ss").arg("-tanp").output().unwrap();
            assert!(theirs.status.success());
            // A socket without a visible owner may have one outside of this pid namespace.
            assert!(matches!(ours.status.code(), Some(0 | 1)), "{ours:?}");
            as_ss_shows(lines(&ours.stdout), lines(&theirs.stdout))
        });
        let (ours, theirs) = attempts.next().unwrap();
        assert!(ours.len() > 20, "of {} sockets: {ours:#?}", scene.entries().len());
        if ours != theirs {
            let last = attempts.find(|(ours, theirs)| ours == theirs);
            assert!(last.is_some(), "ours: {ours:#?}\nof ss: {theirs:#?}");
        }
    });
}

/// Leaves out the owners of three sockets, which `ss` does not report as they are: it cuts a name at a
/// parenthesis, and does not see the descriptors of a process whose first thread has ended.
fn as_ss_shows(mut ours: Lines, mut theirs: Lines) -> (Lines, Lines) {
    let is_unlike = |words: &Vec<String>| {
        words.iter().any(|word| word.contains("leaderless") || word.contains(r"\xFF"))
    };
    let unlike: Vec<usize> = (0..ours.len()).filter(|at| is_unlike(&ours[*at])).collect();
    assert_eq!(unlike.len(), 3, "{ours:#?}");
    for at in unlike {
        ours[at].truncate(5);
        if let Some(theirs) = theirs.iter_mut().find(|theirs| theirs[..5] == ours[at]) {
            theirs.truncate(5);
        }
    }
    ours.sort();
    theirs.sort();
    (ours, theirs)
}

#[test]
fn the_examples_report_the_known_sockets() {
    let list = build("examples/first_list.c", Linkage::Static, "-O2");
    let agent = build("examples/agents_loop.c", Linkage::Static, "-O2");
    let owner = build("examples/port_owner.c", Linkage::Static, "-O2");
    private(|_| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let local = listener.local_addr().unwrap();
        let said = |output: std::process::Output| String::from_utf8(output.stdout).unwrap();

        let listed = said(run(&list, &[]));
        let is_it = |line: &&str| {
            line.starts_with("tcp LISTEN")
                && line.contains(&format!(" {local} "))
                && line.contains(&format!("({})/", id()))
        };
        assert_eq!(listed.lines().filter(is_it).count(), 1, "{listed}");

        let port = local.port().to_string();
        let found = said(run(&owner, &[&port]));
        assert!(found.contains(&format!("tcp {local}: ")), "{found}");
        assert!(found.contains(&format!("({}), descriptor ", id())), "{found}");
        let none = Command::new(&owner).arg("1").output().unwrap();
        assert_eq!(none.status.code(), Some(1), "{none:?}");
        let usage = Command::new(&owner).output().unwrap();
        assert_eq!(usage.status.code(), Some(2), "{usage:?}");

        let mut running =
            Command::new(&agent).args(["2", "700"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = std::io::BufReader::new(running.stdout.take().unwrap());
        let mut first = String::new();
        std::io::BufRead::read_line(&mut output, &mut first).unwrap();
        assert!(first.ends_with("sockets at the start\n"), "{first}");
        let stream = TcpStream::connect(local).unwrap();
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut output, &mut rest).unwrap();
        assert!(running.wait().unwrap().success());
        let end = stream.local_addr().unwrap();
        let appeared = format!("+ ESTABLISHED {end} {local}");
        assert!(rest.lines().any(|line| line.starts_with(&appeared)), "{rest}");
    });
}

#[test]
fn the_guide_shows_the_examples_as_they_are() {
    let guide = fs::read_to_string(source().join("README.md")).unwrap();
    for example in ["first_list", "agents_loop", "port_owner"] {
        let code = fs::read_to_string(source().join(format!("examples/{example}.c"))).unwrap();
        // From the first include on: the head comment says how to compile it.
        let code = &code[code.find("#include").unwrap()..];
        assert!(guide.contains(&format!("```c\n{code}```")), "{example} in README.md");
    }
}

#[test]
fn only_documented_functions_are_exported() {
    let Ok(output) = Command::new("nm")
        .args(["--dynamic", "--defined-only", "--format=posix"])
        .arg(libraries().join("libprocnet_capi.so"))
        .output()
    else {
        skip("nm is not installed (package binutils)");
    };
    let symbols = String::from_utf8(output.stdout).unwrap();
    let header = fs::read_to_string(source().join("include/procnet.h")).unwrap();
    let mut exported = 0;
    for line in symbols.lines() {
        let name = line.split_whitespace().next().unwrap().split('@').next().unwrap();
        if name == "rust_eh_personality" {
            continue;
        }
        assert!(header.contains(&format!("{name}(")), "{name} is exported, but not in the header");
        exported += 1;
    }
    assert!(exported > 60, "{symbols}");
}

#[test]
fn the_shared_object_has_the_name_of_its_version() {
    let Ok(output) =
        Command::new("readelf").arg("-d").arg(libraries().join("libprocnet_capi.so")).output()
    else {
        skip("readelf is not installed (package binutils)");
    };
    let dynamic = String::from_utf8(output.stdout).unwrap();
    assert!(dynamic.contains("soname: [libprocnet.so.0.1]"), "{dynamic}");
}
