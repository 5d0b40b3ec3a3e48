//! Conditions on what the processes that hold a socket run in: a unit, a container, a pod.

use std::{
    fs,
    net::TcpListener,
    os::{fd::AsFd as _, unix::fs::symlink},
};

use procnet::{
    Coverage, Filter, Inode, Kinds, ProcRoot, Query, Scanner,
    lookup::inode_of,
    owners::{Budget, OwnerSource},
};
use procnet_corpus::live::{ControlGroup, HelperProcess, private, skip, skip_part};

const UID: &str = "2f4ab1c0-98b1-4d2e-8f0e-6d3f0c7a1b22";

/// Whether the listener meets a filter, and what was not seen; the walk, a pass by BPF where it is
/// permitted, and the cache of owners agree.
#[track_caller]
fn meets(inode: Inode, filter: &Filter, by_bpf: bool) -> bool {
    let query = Query::new().kinds(Kinds::TCP4).listening();
    let mut scanner = Scanner::new().unwrap();
    // The cache of owners knows no control groups until they are needed.
    let kept = query.clone().incremental(Budget::unlimited());
    scanner.visit(&kept, |_| ()).unwrap();
    let mut ways = vec![query.clone().owner_source(OwnerSource::Walk), kept];
    if by_bpf {
        ways.push(query.owner_source(OwnerSource::Bpf));
    }
    let answers = ways.into_iter().map(|query| {
        let mut found = false;
        let visited = scanner.visit(&query.filter(filter.clone()), |socket| {
            found |= socket.inode == Some(inode);
        });
        assert_eq!(visited.unwrap().undecided, 0, "{filter}");
        found
    });
    let answers: Vec<bool> = answers.collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{filter}: {answers:?}");
    answers[0]
}

#[test]
fn a_socket_is_found_by_what_its_process_runs_in() {
    private(|_| {
        // Names of this test alone, as the hierarchy is that of the host.
        let id = format!("{:064x}", std::process::id());
        let unit = format!("procnet-within-{}.service", &id[52..]);
        let Some(service) = ControlGroup::new(&unit) else {
            skip("this test may not create control groups");
        };
        let pod = service.below(&format!("kubepods-pod{}.slice", UID.replace('-', "_")));
        let scope = pod.below(&format!("cri-containerd-{id}.scope"));
        let holder = HelperProcess::start(b"holder");
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let inode = inode_of(&socket).unwrap();
        holder.hold(&[socket.as_fd()]);
        drop(socket);

        let by_bpf = Query::new().kinds(Kinds::TCP4).owner_source(OwnerSource::Bpf);
        let by_bpf = Scanner::new().unwrap().visit(&by_bpf, |_| ());
        if let Err(error) = &by_bpf {
            skip_part("owners by BPF", &error.to_string());
        }
        let by_bpf = by_bpf.is_ok();
        let of = |text: &str| meets(inode, &text.parse().unwrap(), by_bpf);
        let in_any = ["unit = procnet-within*", "container = *", "pod = *"];
        assert_eq!(in_any.map(of), [false; 3], "before");
        service.take(holder.pid());
        assert_eq!(in_any.map(of), [true, false, false]);
        assert!(of(&format!("unit = {unit}")));
        assert!(of(&format!("unit {}", unit.strip_suffix(".service").unwrap())));
        assert!(of("unit ~ net-within") && !of("unit != procnet-within*"));
        assert!(of("container != *") && of("not pod = *"));
        scope.take(holder.pid());
        assert_eq!(in_any.map(of), [false, true, true], "the innermost unit is the scope");
        assert!(of(&format!("container = {id} and pod = {UID}")));
        assert!(of(&format!("container = {}", &id[..12])));
        assert!(!of(&format!("container = {}", &id[..11])));
        assert!(of(&format!("unit = cri-containerd-{}*", &id[..12])));
        // Any one of its processes is enough.
        let other = HelperProcess::start(b"other");
        let socket = TcpListener::bind("127.0.0.1:0").unwrap();
        let shared = inode_of(&socket).unwrap();
        for holder in [&holder, &other] {
            holder.hold(&[socket.as_fd()]);
        }
        drop(socket);
        assert!(
            meets(shared, &Filter::pod(UID), by_bpf) && !meets(shared, &!Filter::pod(UID), by_bpf)
        );
        drop((holder, other));
        drop(scope);
        drop(pod);
    });
}

/// A generated /proc with a listener of process 7.
fn answer(cgroup: Option<&str>, filter: &str) -> (usize, Coverage) {
    let directory = tempfile::tempdir().unwrap();
    let process = directory.path().join("7");
    fs::create_dir_all(directory.path().join("net")).unwrap();
    fs::create_dir_all(process.join("fd")).unwrap();
    symlink("socket:[501]", process.join("fd/3")).unwrap();
    fs::write(process.join("stat"), format!("7 (web) S {}0 7 0\n", "0 ".repeat(17))).unwrap();
    if let Some(cgroup) = cgroup {
        fs::write(process.join("cgroup"), cgroup).unwrap();
    }
    let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
        \x20  0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 501 1 0 100 0 0 10 0\n";
    fs::write(directory.path().join("net/tcp"), table).unwrap();
    let root = ProcRoot::at(directory.path()).unwrap();
    let query = Query::new().kinds(Kinds::TCP4).filter(filter.parse().unwrap());
    let mut found = 0;
    let coverage = Scanner::with_root(root).visit(&query, |_| found += 1).unwrap();
    (found, coverage)
}

#[test]
fn a_process_whose_control_group_is_unknown_neither_meets_a_condition_nor_its_negation() {
    for filter in ["unit = sshd", "not unit = sshd", "container != *", "pod ~ 1"] {
        let (found, coverage) = answer(None, filter);
        assert_eq!((found, coverage.undecided), (0, 1), "{filter}");
        assert!(!coverage.is_complete());
        assert_eq!(coverage.processes.unwrap().undescribed, 1);
        // Below a reader's own cgroup namespace, a path may begin anywhere.
        let (found, coverage) = answer(Some("0::/../..\n"), filter);
        assert_eq!((found, coverage.undecided), (0, 1), "{filter}");
    }
    // Another part decides.
    let (found, coverage) = answer(None, "unit = sshd or sport = :22");
    assert_eq!((found, coverage.undecided), (1, 0));
}

#[test]
fn a_generated_proc_is_asked_as_the_live_one() {
    let id = "0123456789abcdef".repeat(4);
    let v1 = format!("12:memory:/docker/{id}\n1:name=systemd:/docker/{id}\n0::/\n");
    for (cgroup, filter, expected) in [
        ("0::/system.slice/sshd.service\n", "unit = sshd", 1),
        ("0::/system.slice/sshd.service\n", "unit = ssh?.*", 1),
        ("0::/system.slice/sshd.service\n", "unit = cron", 0),
        ("0::/system.slice/sshd.service\n", "not container = *", 1),
        ("0::/\n", "unit != *", 1),
        (&v1, "container = 0123456789ab", 1),
        (&v1, "container = 0123456789ab*", 1),
        (&v1, "container = 0123456789ac", 0),
        ("0::/lxc.payload.web/x\n", "container = web", 1),
        // Whoever may create control groups names them.
        ("0::/lxc.payload.a\u{1b}[31m b\n", "container = \"a\\x1B\\[31m b\"", 1),
    ] {
        let (found, coverage) = answer(Some(cgroup), filter);
        assert_eq!((found, coverage.undecided), (expected, 0), "{cgroup}: {filter}");
        assert!(coverage.is_complete(), "{coverage}");
    }
}
