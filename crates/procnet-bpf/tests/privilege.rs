//! What loading needs, what passes need, and what is left behind.
#![expect(unsafe_code, reason = "asks bpf(2) for numbers, which has no safe form")]

mod common;

use std::{fs, net::TcpListener, thread, time::Duration};

use common::{expect, load, pass, walk};
use procnet_bpf::{Buffer, Error, EventOptions, Events, Owners, Refusal};
use procnet_corpus::live::{LoadGenerator, Sandbox, Workload, private, raw, run, skip};
use rustix::thread::{CapabilitySet, CapabilitySets, set_capabilities};

/// Before Linux 5.19, every command of bpf(2) needs `CAP_BPF` where that is not for everybody
/// (`__sys_bpf` in kernel/bpf/syscall.c).
#[test]
fn passes_go_on_without_any_capability() {
    private(|_| {
        let owners = load();
        let _load = LoadGenerator::default().spawn(Workload::Udp, 2, 50);
        let before = walk();
        let keep = |kept| {
            let none = CapabilitySet::empty();
            let sets = CapabilitySets { effective: kept, permitted: kept, inheritable: none };
            set_capabilities(None, sets).expect("fewer capabilities are always permitted");
        };
        keep(CapabilitySet::BPF);
        assert_eq!(pass(&owners), before);
        assert_eq!(Owners::load().err(), Some(Refusal::Capabilities));
        keep(CapabilitySet::empty());
        let denied = Err(Error::Create { errno: libc::EPERM });
        if owners.pass(&mut Buffer::new(), |_| {}) == denied {
            let limit = "/proc/sys/kernel/unprivileged_bpf_disabled";
            let limit = fs::read_to_string(limit).expect("a setting of the kernel");
            assert_ne!(limit.trim(), "0");
            skip("this kernel wants CAP_BPF for passes, too");
        }
        assert_eq!(pass(&owners), before);
    });
}

#[test]
fn events_go_on_without_any_capability() {
    private(|_| {
        let mut events = expect(Events::load(&EventOptions::new()));
        let none = CapabilitySet::empty();
        let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
        set_capabilities(None, sets).expect("fewer capabilities are always permitted");
        let refusal = Events::load(&EventOptions::new()).err();
        assert_eq!(refusal, Some(Refusal::Capabilities));
        let listener = TcpListener::bind("127.0.0.1:0").expect("a listener");
        let local = listener.local_addr().expect("an address");
        let mut listens = 0;
        events.read(|event| listens += u32::from(event.local == local)).expect("events");
        assert_eq!(listens, 1);
    });
}

#[test]
fn without_capabilities_it_is_refused() {
    Sandbox::default()
        .role("unprivileged", |_| {
            let refusal = Owners::load().expect_err("a refusal");
            assert_eq!((refusal.name(), refusal.errno()), ("capabilities", None));
        })
        .run(|sandbox| {
            sandbox.run_role("unprivileged", &["setpriv", "--reuid=65534", "--clear-groups"], "");
            let one = ["setpriv", "--bounding-set=-all,+bpf", "--inh-caps=-all,+bpf", "--reuid=0"];
            let one = [&one[..], &["--securebits=+noroot", "--ambient-caps=-all,+bpf"]].concat();
            sandbox.run_role("unprivileged", &one, "");
        });
}

#[test]
fn the_two_capabilities_are_enough() {
    Sandbox::default()
        .role("two", |_| {
            let _ = expect(Owners::load());
        })
        .run(|sandbox| {
            load();
            let caps = "-all,+bpf,+perfmon";
            let (inheritable, ambient) =
                (format!("--inh-caps={caps}"), format!("--ambient-caps={caps}"));
            let two = ["setpriv", "--reuid=65534", "--clear-groups", &inheritable, &ambient];
            sandbox.run_role("two", &two, "");
        });
}

#[test]
fn in_a_user_namespace_it_is_refused() {
    Sandbox::default()
        .role("user", |_| {
            let refusal = Owners::load().expect_err("a refusal");
            assert_eq!((refusal.name(), refusal.errno()), ("user-namespace", Some(1)));
        })
        .run(|sandbox| {
            sandbox.run_role("user", &["unshare", "--user", "--map-root-user"], "");
        });
}

#[test]
fn under_a_seccomp_filter_it_is_refused() {
    private(|_| {
        drop(load());
        if let Err(error) = raw::forbid(libc::SYS_bpf) {
            skip(&format!("seccomp: {error}"));
        }
        let refusal = Owners::load().expect_err("a refusal");
        assert_eq!((refusal.name(), refusal.errno()), ("seccomp", Some(1)));
    });
}

#[test]
fn where_sys_is_hidden_it_is_refused() {
    private(|_| {
        drop(load());
        if let Err(reason) = run(&["mount", "-t", "tmpfs", "none", "/sys"]) {
            skip(&reason);
        }
        let refusal = Owners::load().expect_err("a refusal");
        assert_eq!(refusal, Refusal::NoTypes { errno: 2 });
        assert!(refusal.help().contains("/sys"));
    });
}

/// A link that a process in another PID namespace inherits.
#[test]
fn a_pass_in_another_pid_namespace_than_that_of_the_program_is_refused() {
    private(|_| {
        let owners = load();
        // From now on, children are in a new namespace; a mount of the present /proc shows that.
        let child = raw::in_child_of_new_pid_namespace(|| {
            let error = owners.pass(&mut Buffer::new(), |_| {}).err();
            error == Some(Error::PidNamespace)
        });
        match child {
            Ok(refused) => assert!(refused),
            Err(error) => skip(&format!("a PID namespace: {error}")),
        }
    });
}

#[test]
fn nothing_is_left_behind() {
    private(|_| {
        let before = descriptors();
        let owners = load();
        let _ = pass(&owners);
        assert_eq!(descriptors(), before + 2, "the program and the link");
        let (links, programs) = (numbers("link_id:"), numbers("prog_id:"));
        assert_eq!((links.len(), programs.len()), (1, 2), "the link has a program, too");
        assert!(exists(PROGRAM, programs[0]) && exists(LINK, links[0]));
        drop(owners);
        assert_eq!(descriptors(), before);
        all_are_freed(&[(PROGRAM, &programs[..]), (LINK, &links)]);
    });
}

#[test]
fn nothing_of_events_is_left_behind() {
    private(|_| {
        let before = descriptors();
        let mut events = expect(Events::load(&EventOptions::new()));
        let _ = TcpListener::bind("127.0.0.1:0").expect("a listener");
        events.read(|_| {}).expect("events");
        assert_eq!(descriptors(), before + 7, "program, link, three maps, two to wait for");
        let links = numbers("link_id:");
        let (programs, maps) = (numbers("prog_id:"), numbers("map_id:"));
        assert_eq!((links.len(), programs.len(), maps.len()), (1, 2, 3));
        assert!(exists(PROGRAM, programs[0]) && exists(LINK, links[0]) && exists(MAP, maps[0]));
        drop(events);
        assert_eq!(descriptors(), before);
        let mapped = fs::read_to_string("/proc/self/maps").expect("/proc");
        assert!(!mapped.contains("bpf-map"), "{mapped}");
        all_are_freed(&[(PROGRAM, &programs[..]), (LINK, &links), (MAP, &maps)]);
    });
}

fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").expect("/proc").count()
}

/// The numbers under a name of what this process holds of BPF. No other program inherits any of it.
fn numbers(name: &str) -> Vec<u32> {
    let folder = fs::read_dir("/proc/self/fdinfo").expect("/proc").flatten();
    let texts: Vec<String> =
        folder.filter_map(|entry| fs::read_to_string(entry.path()).ok()).collect();
    let with_name = texts.iter().filter(|text| text.contains(name));
    with_name
        .map(|text| {
            let flags = text.lines().find_map(|line| line.strip_prefix("flags:"));
            let flags = flags.expect("flags").trim();
            let flags = u32::from_str_radix(flags, 8).expect("a number");
            assert_ne!(flags & libc::O_CLOEXEC as u32, 0, "{text}");
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.expect("a number").trim().parse().expect("a number")
        })
        .collect()
}

/// The kernel frees them a moment later.
#[track_caller]
fn all_are_freed(of_kinds: &[(libc::c_int, &[u32])]) {
    let is_there = || of_kinds.iter().any(|(kind, ids)| ids.iter().any(|id| exists(*kind, *id)));
    for _ in 0..500 {
        if !is_there() {
            return;
        }
        thread::sleep(Duration::from_millis(10));
    }
    panic!("of {of_kinds:?}, something is still there");
}

/// `BPF_PROG_GET_FD_BY_ID`, `BPF_MAP_GET_FD_BY_ID` and `BPF_LINK_GET_FD_BY_ID`.
const PROGRAM: libc::c_int = 13;
const MAP: libc::c_int = 14;
const LINK: libc::c_int = 30;

/// Whether the kernel has a program, a map or a link of this number.
fn exists(command: libc::c_int, id: u32) -> bool {
    let mut attributes = [id, 0, 0];
    // SAFETY: the command reads three numbers, and returns a descriptor that nothing else knows of.
    unsafe {
        let returned = libc::syscall(libc::SYS_bpf, command, attributes.as_mut_ptr(), 12);
        returned >= 0 && libc::close(returned as libc::c_int) == 0
    }
}
