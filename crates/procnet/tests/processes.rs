//! Details of processes: of this one, and of processes in a directory.

use std::{env, fs, net::TcpListener, os::unix::ffi::OsStrExt as _, os::unix::fs::symlink};

use procnet::{
    ErrorKind, Kinds, ProcRoot, Query, Scanner,
    process::{Process, ProcessCache, ProcessDetails},
};
use rustix::process::getppid;
use tempfile::TempDir;

#[test]
fn this_process_has_its_known_details() {
    let details = ProcessDetails::read(&ProcRoot::own().unwrap(), std::process::id()).unwrap();
    assert_eq!(details.ppid, getppid().map(|pid| pid.as_raw_nonzero().get() as u32));
    assert_eq!(details.exe.as_deref(), Some(env::current_exe().unwrap().as_os_str().as_bytes()));
    let arguments = env::args_os().map(|argument| argument.as_bytes().to_vec());
    assert_eq!(details.cmdline, Some(arguments.collect()));
    let cgroup = fs::read("/proc/self/cgroup").unwrap();
    assert_eq!(details.cgroup.is_some(), !cgroup.is_empty());
    assert!(!details.denied);
}

#[test]
fn an_owner_has_the_details_of_its_process() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let inode = procnet::lookup::inode_of(&listener).unwrap();
    let mut scanner = Scanner::new().unwrap();
    let mut processes = ProcessCache::new(scanner.root()).unwrap();
    let mut found = None;
    let query = Query::new().kinds(Kinds::TCP).pid(std::process::id());
    let coverage = scanner.visit(&query, |socket| {
        if socket.inode == Some(inode) {
            let owner = socket.owners.iter().next().unwrap();
            found = Some((owner.process.start_time, processes.details(owner.process)));
        }
    });
    coverage.unwrap();
    let (start_time, details) = found.unwrap();
    assert_eq!(details.start_time, start_time);
    let here = ProcessDetails::read(scanner.root(), std::process::id()).unwrap();
    assert_eq!((&*details, processes.denied()), (&here, 0));
}

#[test]
fn a_process_that_does_not_exist_is_an_error() {
    let root = ProcRoot::own().unwrap();
    let error = ProcessDetails::read(&root, u32::MAX).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NoSuchProcess);
    assert_eq!(error.path(), root.path().join(u32::MAX.to_string()));
}

/// A directory with a process that owns a socket, and its other files.
fn directory() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let at = |path: &str| directory.path().join(path);
    fs::create_dir(at("net")).unwrap();
    fs::create_dir_all(at("12/fd")).unwrap();
    let row =
        "0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 42 1 0\n";
    fs::write(at("net/tcp"), format!("heading\n{row}")).unwrap();
    symlink("socket:[42]", at("12/fd/3")).unwrap();
    fs::write(at("12/comm"), "web\n").unwrap();
    stat(&directory, 7);
    directory
}

fn stat(directory: &TempDir, start_time: u64) {
    let stat = format!("12 (web) S 1 {}{start_time} 0 0\n", "0 ".repeat(17));
    fs::write(directory.path().join("12/stat"), stat).unwrap();
}

/// The process that a visit finds.
fn owner(directory: &TempDir) -> (Scanner, Process) {
    let mut scanner = Scanner::with_root(ProcRoot::at(directory.path()).unwrap());
    let mut process = None;
    scanner
        .visit(&Query::new().kinds(Kinds::TCP4), |socket| {
            process = socket.owners.iter().next().map(|owner| owner.process.clone());
        })
        .unwrap();
    (scanner, process.unwrap())
}

#[test]
fn hostile_bytes_are_kept() {
    let directory = directory();
    let at = |path: &str| directory.path().join(path);
    let bytes: Vec<u8> = (1..=255).filter(|byte| !b"\n/".contains(byte)).collect();
    symlink(std::ffi::OsStr::from_bytes(&bytes), at("12/exe")).unwrap();
    fs::write(at("12/cmdline"), [&bytes[..], b"\0\0", &bytes, b"\0"].concat()).unwrap();
    let cgroup = [b"/", &bytes[..], b".service"].concat();
    fs::write(at("12/cgroup"), [b"0::", &cgroup[..], b"\n"].concat()).unwrap();

    let (scanner, process) = owner(&directory);
    let details = ProcessCache::new(scanner.root()).unwrap().details(&process);
    assert_eq!((details.ppid, details.start_time), (Some(1), Some(7)));
    assert_eq!(details.exe.as_deref(), Some(&bytes[..]));
    assert_eq!(details.cmdline, Some(vec![bytes.clone(), Vec::new(), bytes]));
    assert_eq!(details.cgroup.as_deref(), Some(&cgroup[..]));
    assert_eq!((details.unit(), details.container()), (Some(&cgroup[1..]), None));
}

#[test]
fn missing_files_are_none() {
    let directory = directory();
    let (scanner, process) = owner(&directory);
    let details = ProcessCache::new(scanner.root()).unwrap().details(&process);
    assert_eq!((details.ppid, details.start_time, details.denied), (Some(1), Some(7), false));
    assert_eq!((&details.exe, &details.cmdline, &details.cgroup), (&None, &None, &None));
    assert_eq!((details.unit(), details.container()), (None, None));
}

#[test]
fn a_long_command_line_is_cut() {
    let directory = directory();
    fs::write(directory.path().join("12/cmdline"), vec![b'a'; 1 << 20]).unwrap();
    let (scanner, process) = owner(&directory);
    let details = ProcessCache::new(scanner.root()).unwrap().details(&process);
    assert_eq!(details.cmdline, Some(vec![vec![b'a'; 32 << 10]]));
}

#[test]
fn details_are_read_once() {
    let directory = directory();
    let exe = directory.path().join("12/exe");
    symlink("/bin/one", &exe).unwrap();
    let (scanner, process) = owner(&directory);
    let mut processes = ProcessCache::new(scanner.root()).unwrap();
    assert_eq!(processes.details(&process).exe.as_deref(), Some(&b"/bin/one"[..]));
    fs::remove_file(&exe).unwrap();
    symlink("/bin/other", &exe).unwrap();
    assert_eq!(processes.details(&process).exe.as_deref(), Some(&b"/bin/one"[..]));
}

#[test]
fn a_reused_pid_has_no_details() {
    let directory = directory();
    symlink("/bin/other", directory.path().join("12/exe")).unwrap();
    let (scanner, process) = owner(&directory);
    stat(&directory, 8);
    let mut processes = ProcessCache::new(scanner.root()).unwrap();
    assert_eq!(*processes.details(&process), ProcessDetails::default());
}
