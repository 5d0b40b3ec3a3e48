//! On this host, as an unprivileged user: the visible sockets are printed, the rest is reported.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::run::{Ran, has, procnet, skipped};

const NOBODY: &str = "65534";

pub(crate) fn is_root() -> bool {
    let status = fs::read_to_string("/proc/self/status").expect("the own status");
    status.lines().any(|line| line.starts_with("Uid:\t0\t0\t0\t"))
}

/// A copy of the command that every user can execute.
fn public_copy(dir: &Path) -> std::path::PathBuf {
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).expect("the own directory");
    let copy = dir.join("procnet");
    // Copied by another process: a descriptor for writing would be inherited briefly by commands
    // that other tests start, and executing the copy would then fail with ETXTBSY.
    let copied = Command::new("cp").arg(env!("CARGO_BIN_EXE_procnet")).arg(&copy).status();
    assert!(copied.expect("cp").success());
    copy
}

/// The command, run by an unprivileged user.
pub(crate) struct Nobody {
    pub(crate) command: Command,
    pub(crate) program: std::path::PathBuf,
    pub(crate) privileges: [&'static str; 8],
    _dir: tempfile::TempDir,
}

/// `None` if the user cannot be changed here, which is reported.
pub(crate) fn as_nobody() -> Option<Nobody> {
    if !is_root() {
        skipped("not root: cannot run as another user");
        return None;
    }
    if !has("setpriv", "--version") {
        skipped("setpriv is not installed: cannot run as another user");
        return None;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let program = public_copy(dir.path());
    let privileges = [
        "--reuid",
        NOBODY,
        "--regid",
        NOBODY,
        "--clear-groups",
        "--no-new-privs",
        "--inh-caps=-all",
        "--bounding-set=-all",
    ];
    let mut command = Command::new("setpriv");
    command.args(privileges).arg(&program).env_remove("HOST_PROC").current_dir("/");
    Some(Nobody { command, program, privileges, _dir: dir })
}

#[test]
fn an_unprivileged_user_sees_sockets_and_a_report_of_what_is_hidden() {
    let Some(mut nobody) = as_nobody() else { return };
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = listener.local_addr().expect("an address").port();
    nobody.command.args(["--kind", "tcp", "-l", "--format", "ndjson"]);
    let ran = Ran::from(nobody.command.output().expect("it runs"));
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("permission denied"), "{}", ran.err);
    let help = ran.err.lines().last().expect("help");
    assert!(help.contains("root") && help.contains("CAP_SYS_PTRACE"), "{help}");
    assert!(ran.err.lines().all(|line| line.starts_with("procnet: ")), "{}", ran.err);
    let found = ran.lines();
    let socket = found.iter().find(|socket| socket["local_port"] == port).expect("the listener");
    assert_eq!(socket["owners"], json!([]));
}

#[test]
fn own_sockets_have_their_owner() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = listener.local_addr().expect("an address").port();
    let ran = Ran::from(procnet().args(["-l", "--format", "json"]).output().expect("it runs"));
    // Other processes may be hidden, or start and end.
    assert!(matches!(ran.code, 0 | 1), "{}", ran.err);
    let found = ran.array();
    let is_it = |socket: &&Value| socket["kind"] == "tcp" && socket["local_port"] == port;
    let socket = found.iter().find(is_it).expect("the listener");
    let pids: Vec<&Value> =
        socket["owners"].as_array().unwrap().iter().map(|owner| &owner["pid"]).collect();
    assert!(pids.contains(&&json!(std::process::id())), "{socket}");
}

#[test]
fn a_command_that_runs_has_only_the_capabilities_that_reading_needs() {
    if !is_root() {
        return skipped("not root: there are no capabilities to give up");
    }
    let mut command = procnet();
    command.args(["sockets", "--events", "--watch", "1", "--kind", "tcp", "--format", "ndjson"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("procnet");
    // Before its first line, it has given them up.
    let mut line = String::new();
    let _socket = TcpListener::bind("127.0.0.1:0").expect("a socket");
    BufReader::new(child.stdout.as_mut().expect("a pipe")).read_line(&mut line).expect("a line");
    let capabilities = |pid: &str| {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("its status");
        let sets = status.lines().filter_map(|line| line.strip_prefix("Cap"));
        let sets = sets.filter_map(|line| line.split_once(":\t"));
        sets.map(|(set, bits)| (set.to_owned(), u64::from_str_radix(bits, 16).expect("bits")))
            .collect::<BTreeMap<_, _>>()
    };
    let (ours, its) = (capabilities("self"), capabilities(&child.id().to_string()));
    child.kill().and_then(|()| child.wait()).expect("its end");
    // Of include/uapi/linux/capability.h: DAC_READ_SEARCH, NET_ADMIN, SYS_PTRACE, SYS_ADMIN, SYSLOG, PERFMON, BPF.
    let needed = [2, 12, 19, 21, 34, 38, 39].iter().fold(0, |bits, number| bits | 1_u64 << number);
    let has_ptrace = ours["Eff"] & 1 << 19 != 0;
    for set in ["Eff", "Prm"] {
        assert_eq!(its[set], if has_ptrace { ours[set] & needed } else { ours[set] }, "{set}");
    }
}
