//! `procnet explain`: as root, as another user, for another root.

use serde_json::Value;

use crate::{
    privilege::{as_nobody, is_root},
    run::{Ran, has, procnet, run, skipped},
    tree::Tree,
};

fn find<'a>(findings: &'a [Value], about: &str, name: &str) -> &'a Value {
    let is_it = |finding: &&Value| {
        finding["about"] == about && (name.is_empty() || finding["name"] == name)
    };
    findings.iter().find(is_it).unwrap_or_else(|| panic!("{about} {name} in {findings:?}"))
}

#[test]
fn it_reports_on_everything() {
    let ran = run(["explain", "--format", "json"]).complete();
    let findings = ran.array();
    for (about, name) in [
        ("reader", ""),
        ("root", ""),
        ("table", "tcp"),
        ("table", "icmp6"),
        ("details", "marks"),
        ("owners", ""),
        ("bpf", ""),
        ("namespaces", ""),
        ("counters", "dev"),
        ("counters", "conntrack"),
        ("connections", ""),
    ] {
        find(&findings, about, name);
    }
    let tcp = find(&findings, "table", "tcp");
    assert_eq!(tcp["seen"], "all");
    let icmp = find(&findings, "table", "icmp");
    assert!(icmp["from"] != "socket diagnostics", "{icmp}");
    let pid = std::process::id();
    assert!(findings[0]["why"].as_str().unwrap().starts_with("uid "), "{pid}");
    assert_eq!(run(["explain", "--format", "ndjson"]).complete().lines().len(), findings.len());
}

#[test]
fn an_unprivileged_user_learns_what_would_help() {
    let Some(mut nobody) = as_nobody() else { return };
    let ran = Ran::from(nobody.command.args(["explain", "--format", "json"]).output().unwrap());
    let findings = ran.complete().array();
    let why = findings[0]["why"].as_str().unwrap();
    assert!(why.starts_with("uid 65534, without any of the relevant capabilities"), "{why}");
    let owners = find(&findings, "owners", "");
    assert_eq!(owners["seen"], "part");
    assert!(owners["why"].as_str().unwrap().contains("permission denied"), "{owners}");
    assert!(owners["help"].as_str().unwrap().contains("CAP_SYS_PTRACE"), "{owners}");
    let bpf = find(&findings, "bpf", "");
    assert_eq!(bpf["seen"], "none", "{bpf}");
    assert!(bpf["help"].as_str().is_some_and(|help| !help.is_empty()), "{bpf}");
    let marks = find(&findings, "details", "marks");
    assert!(marks["help"].as_str().unwrap().contains("CAP_NET_ADMIN"), "{marks}");
    let connections = find(&findings, "connections", "");
    assert_eq!(connections["seen"], "none");
    let help = connections["help"].as_str().unwrap();
    assert!(help.contains("CAP_NET_ADMIN") || help.contains("load nf_conntrack"), "{connections}");
}

#[test]
fn hidepid_and_subset_are_reported() {
    if !is_root() || !has("setpriv", "--version") || !has("unshare", "--version") {
        skipped("not root, or setpriv or unshare is not installed: cannot mount /proc");
        return;
    }
    let Some(nobody) = as_nobody() else { return };
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::set_permissions(dir.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .expect("the own directory");
    let mount = dir.path().display();
    let (program, args) = (nobody.program.display(), nobody.privileges.join(" "));
    let shell = format!(
        "mount -t proc -o hidepid=2,subset=pid proc {mount} && \
         setpriv {args} {program} explain --root {mount} --format json"
    );
    let mut command = std::process::Command::new("unshare");
    let ran = command.args(["-m", "-p", "-f", "sh", "-c", &shell]).current_dir("/").output();
    let ran = Ran::from(ran.expect("unshare runs"));
    if ran.err.contains("mount") {
        skipped(&format!("cannot mount /proc here: {}", ran.err));
        return;
    }
    let findings = ran.complete().array();
    let root = find(&findings, "root", "")["why"].as_str().unwrap();
    assert!(root.contains("hidepid=") && root.contains("subset=pid"), "{root}");
    let tcp = find(&findings, "table", "tcp");
    assert_eq!(tcp["seen"], "none");
    assert!(tcp["help"].as_str().unwrap().contains("CAP_SYS_PTRACE"), "{tcp}");
}

/// As root: what others may load depends on the host.
#[test]
fn a_pass_over_the_descriptors_is_explained() {
    if !is_root() {
        skipped("not root: whether BPF programs may be loaded depends on the host");
        return;
    }
    let findings = run(["explain", "--format", "json"]).complete().array();
    let bpf = find(&findings, "bpf", "");
    let why = bpf["why"].as_str().unwrap();
    match bpf["seen"].as_str() {
        Some("none") => assert!(bpf["help"].is_string(), "{bpf}"),
        _ => assert!(why.starts_with("descriptors of sockets: "), "{why}"),
    }
    // Without the capability to load one.
    let mut command = std::process::Command::new("setpriv");
    command.args(["--bounding-set=-bpf,-sys_admin", "--inh-caps=-bpf,-sys_admin"]);
    let ran = command.arg(procnet().get_program()).args(["explain", "--format", "json"]).output();
    let Ok(ran) = ran else { return skipped("setpriv is not installed") };
    let findings = Ran::from(ran).complete().array();
    let bpf = find(&findings, "bpf", "");
    assert_eq!(bpf["seen"], "none");
    assert!(bpf["help"].as_str().unwrap().contains("CAP_BPF"), "{bpf}");
}

/// It would report the processes of its own pid namespace, and that /proc shows those of another.
#[test]
fn a_pass_takes_the_proc_of_the_own_pid_namespace() {
    let Some(ran) = in_pid_namespace(&[], "explain --format json") else { return };
    let findings = ran.complete().array();
    let bpf = find(&findings, "bpf", "");
    assert_eq!(
        (&bpf["seen"], bpf["why"].as_str().unwrap()),
        (&Value::from("none"), "not the /proc of this process's pid namespace")
    );
    assert!(bpf["help"].as_str().unwrap().contains("--pid=host"), "{bpf}");
}

/// Runs the command in a pid namespace of its own, with its /proc, in this network.
fn in_container(args: &str) -> Option<Ran> {
    in_pid_namespace(&["--mount-proc"], args)
}

/// Runs the command in a pid namespace of its own, created with more options of `unshare`.
fn in_pid_namespace(options: &[&str], args: &str) -> Option<Ran> {
    let program = procnet();
    let shell = format!("{} {args}", program.get_program().display());
    let mut command = std::process::Command::new("unshare");
    command.env_remove("HOST_PROC").stdin(std::process::Stdio::null());
    command.args(["--pid", "--fork", "--kill-child"]).args(options).args(["sh", "-c", &shell]);
    let ran = Ran::from(command.output().ok()?);
    if ran.err.contains("unshare") {
        skipped(&format!("cannot create a pid namespace here: {}", ran.err));
        return None;
    }
    Some(ran)
}

#[test]
fn owners_outside_a_container_are_missed() {
    let outside = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = outside.local_addr().expect("its address").port();
    let Some(ran) = in_container("explain --format json") else { return };
    let findings = ran.complete().array();
    let owners = find(&findings, "owners", "");
    assert_eq!(owners["seen"], "part", "{owners}");
    assert!(owners["why"].as_str().unwrap().contains("none outside this pid namespace"));
    let help = owners["help"].as_str().unwrap();
    assert!(help.contains("--pid=host") && help.contains("HOST_PROC"), "{help}");
    let Some(ran) = in_container(&format!("sockets -tl --port {port} --format json")) else {
        return;
    };
    assert_eq!((ran.code, ran.array().len()), (1, 1), "{}", ran.err);
    let said = "procnet: 1 socket without a visible owner: processes outside this pid namespace are \
                not visible";
    assert!(ran.err.lines().any(|line| line == said), "{}", ran.err);
    // Without owners, nothing is missing.
    let Some(ran) = in_container(&format!("sockets -tl --port {port} --no-owners -H")) else {
        return;
    };
    assert_eq!(ran.complete().out.lines().count(), 1);
}

#[test]
fn a_directory_of_files_has_no_socket_diagnostics() {
    let tree = Tree::small();
    let findings = run([&["explain", "--format", "json"], &tree.root()[..]].concat()).complete();
    let findings = findings.array();
    assert!(find(&findings, "root", "")["why"].as_str().unwrap().contains("a directory of files"));
    let tcp = find(&findings, "table", "tcp");
    assert_eq!((&tcp["seen"], &tcp["from"]), (&"all".into(), &"/proc".into()));
    assert!(tcp["why"].as_str().unwrap().contains("not from socket diagnostics"), "{tcp}");
    let raw = find(&findings, "table", "raw");
    assert_eq!((&raw["seen"], &raw["from"]), (&"none".into(), &Value::Null));
    let text = run([&["explain"], &tree.root()[..]].concat()).complete().out;
    let connections = find(&findings, "connections", "");
    assert_eq!((&connections["seen"], &connections["help"]), (&"none".into(), &Value::Null));
    assert!(text.contains("tcp, tcp6, udp, udp6, unix: all, from /proc; not from"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
}

#[test]
fn a_missing_root_is_exit_code_2() {
    let ran = procnet().args(["explain", "--root", "/nonexistent"]).output().expect("it runs");
    assert_eq!((ran.status.code(), &*ran.stdout), (Some(2), &b""[..]));
}

#[test]
fn families_that_nothing_lists_are_named_with_what_shows_them() {
    let tree = Tree::small();
    let explain = || run([&["explain", "--format", "json"], &tree.root()[..]].concat()).complete();
    let of_families = |findings: Vec<Value>| {
        findings.into_iter().filter(|it| it["about"] == "families").collect::<Vec<_>>()
    };
    assert!(of_families(explain().array()).is_empty());
    let row = |name: &str, sockets: u32| {
        format!("{name} 1240 {sockets} -1 NI 0 yes kernel {}\n", ["n"; 19].join(" "))
    };
    let heading = "protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re bi br ha uh gp em xx\n";
    let rows = [row("ALG", 0), row("KEY", 2), row("TCP", 1), row("VCC", 0), row("SMC6", 0)];
    tree.file("1/net/protocols", heading.to_owned() + &rows.concat());
    tree.file("1/net/pfkey", "");
    let findings = of_families(explain().array());
    let names: Vec<&Value> = findings.iter().map(|finding| &finding["name"]).collect();
    assert_eq!(names, ["KEY", "ALG", "VCC"], "{findings:?}");
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    assert!(findings.iter().all(|finding| finding["seen"] == "none"));
    assert!(text(&findings[0], "why").contains("2 sockets"), "{findings:?}");
    assert!(text(&findings[0], "help").starts_with("/proc/net/pfkey lists them"), "{findings:?}");
    assert!(text(&findings[1], "help").contains("/proc/PID/fd"), "{findings:?}");
    // Those of which the same is known share a paragraph.
    let shown = run([&["explain"], &tree.root()[..]].concat()).complete().out;
    assert!(shown.contains("families    ALG, VCC: none; no source of procnet lists"), "{shown}");
}
