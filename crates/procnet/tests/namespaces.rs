//! Sockets of other network namespaces: namespaces of a process, namespaces that are only mounted
//! or held by a descriptor, and namespaces that may not be entered.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    net::{TcpListener, UdpSocket},
    os::{fd::AsFd as _, unix::fs::MetadataExt as _},
    path::{Path, PathBuf},
    thread,
};

use procnet::{
    Coverage, ErrorKind, Kinds, Netns, OwnedSocket, ProcRoot, Query, Scanner, Source,
    coverage::Fallback, owners::Budget, visit::Answer,
};
use procnet_corpus::live::{HelperProcess, LoadGenerator, Sandbox, Workload, private, run};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// In another network namespace, with its loopback interface up.
const OTHER_NETNS: [&str; 5] =
    ["unshare", "--net", "sh", "-c", r#"ip link set lo up; exec "$0" "$@""#];

const SOURCES: [Source; 3] = [Source::Procfs, Source::Netlink, Source::Auto];

/// A socket in these tests: its namespace, kind, local port and owners.
type Seen = (u64, &'static str, u16, BTreeSet<u32>);

fn seen(sockets: &[OwnedSocket]) -> BTreeSet<Seen> {
    let one = |socket: &OwnedSocket| {
        let port = socket.local.map_or(0, |local| local.port());
        let owners = socket.owners.iter().map(|owner| owner.pid).collect();
        let netns = socket.netns.as_ref().expect("asked for").inode.expect("may be looked at");
        (netns, socket.kind.name(), port, owners)
    };
    sockets.iter().map(one).collect()
}

/// The inode of the namespace at a path.
fn number(path: impl AsRef<Path>) -> u64 {
    fs::metadata(path).unwrap().ino()
}

fn number_of(pid: u32) -> u64 {
    number(format!("/proc/{pid}/ns/net"))
}

/// The result of `work` in the namespace at a path.
fn inside<T: Send>(path: &Path, work: impl FnOnce() -> T + Send) -> T {
    let namespace = File::open(path).unwrap();
    thread::scope(|scope| {
        let there = scope.spawn(move || {
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network)).unwrap();
            work()
        });
        there.join().unwrap()
    })
}

/// Creates a namespace without processes, mounted at a path.
fn mount(path: &Path) {
    File::create(path).unwrap();
    let net = format!("--net={}", path.to_str().unwrap());
    run(&["unshare", &net, "ip", "link", "set", "lo", "up"]).unwrap();
}

fn queries() -> impl Iterator<Item = (String, Query)> {
    SOURCES.into_iter().flat_map(|source| {
        let query = Query::new().kinds(Kinds::INET).source(source);
        let kept = query.clone().incremental(Budget::unlimited());
        [(format!("{source}"), query), (format!("{source}, kept"), kept)]
    })
}

/// Each socket is reported in its own namespace, with its owners in any namespace.
#[test]
fn every_namespace_is_visited_once() {
    private(|_| {
        let us = std::process::id();
        let own = number_of(us);
        let here = UdpSocket::bind("127.0.0.1:0").unwrap();
        // Two processes in one namespace, a third in another.
        let first = HelperProcess::start_via(b"first", &OTHER_NETNS);
        let netns_file = PathBuf::from(format!("/proc/{}/ns/net", first.pid()));
        let enter = format!("--net={}", netns_file.display());
        let second = HelperProcess::start_via(b"second", &["nsenter", &enter]);
        let third = HelperProcess::start_via(b"third", &OTHER_NETNS);
        let served = inside(&netns_file, || TcpListener::bind("127.0.0.1:0").unwrap());
        second.hold(&[served.as_fd()]);
        // One that is only mounted, with a socket of this process.
        let directory = tempfile::tempdir().unwrap();
        let mounted = directory.path().join("a blue one");
        mount(&mounted);
        let blue = inside(&mounted, || UdpSocket::bind("127.0.0.1:0").unwrap());
        // One that only a descriptor refers to.
        let short_lived = HelperProcess::start_via(b"short-lived", &OTHER_NETNS);
        let file = File::open(format!("/proc/{}/ns/net", short_lived.pid())).unwrap();
        let path = format!("/proc/{us}/ns/net");
        let held = inside(Path::new(&format!("/proc/{}/ns/net", short_lived.pid())), || {
            UdpSocket::bind("127.0.0.1:0").unwrap()
        });
        drop(short_lived);

        let port = |socket: &UdpSocket| socket.local_addr().unwrap().port();
        let served_at = served.local_addr().unwrap().port();
        let expected: BTreeSet<Seen> = [
            (own, "udp", port(&here), [us].into()),
            (number(&netns_file), "tcp", served_at, [us, second.pid()].into()),
            (number(&mounted), "udp", port(&blue), [us].into()),
            (file.metadata().unwrap().ino(), "udp", port(&held), [us].into()),
        ]
        .into();
        for (name, query) in queries() {
            let mut scanner = Scanner::new().unwrap();
            let query = query.netns(Netns::All);
            // A descriptor of a namespace is found by the walk of processes.
            for refresh in 0..3 {
                let Answer { sockets, coverage, .. } = scanner.collect(&query).unwrap();
                if refresh == 0 && query != query.clone().incremental(Budget::unlimited()) {
                    assert_eq!(seen(&sockets), expected, "{name}");
                }
                if refresh > 0 {
                    assert_eq!(seen(&sockets), expected, "{name}");
                    assert_eq!(coverage.namespaces.visited, 5, "{name}: {coverage:?}");
                }
                assert!(coverage.is_complete(), "{name}: {coverage}");
                assert_eq!(sockets.len(), seen(&sockets).len(), "{name}: each once");
            }
            assert_eq!(number_of(us), own);
            assert_eq!(number("/proc/thread-self/ns/net"), own, "the caller stays");
        }
        let namespaces = Scanner::new().unwrap().namespaces().unwrap();
        assert_eq!(namespaces[0].inode, Some(own));
        let known = |pid: u32| namespaces.iter().find(|it| it.inode == Some(number_of(pid)));
        assert_eq!(known(first.pid()).unwrap().pid, Some(first.pid().min(second.pid())));
        assert_eq!(known(third.pid()).unwrap().pid, Some(third.pid()));
        let blue = namespaces.iter().find(|it| it.inode == Some(number(&mounted))).unwrap();
        assert_eq!((blue.pid, blue.name().unwrap()), (None, mounted.file_name().unwrap()));
        assert!(number(&path) == own && namespaces.len() == 4);
        run(&["umount", mounted.to_str().unwrap()]).unwrap();
    });
}

/// The own namespace, that of a process, and one by its path.
#[test]
fn a_single_namespace_can_be_selected() {
    private(|_| {
        let us = std::process::id();
        let here = UdpSocket::bind("127.0.0.1:0").unwrap();
        let helper = HelperProcess::start_via(b"helper", &OTHER_NETNS);
        let netns_file = PathBuf::from(format!("/proc/{}/ns/net", helper.pid()));
        let there = inside(&netns_file, || UdpSocket::bind("127.0.0.1:0").unwrap());
        let directory = tempfile::tempdir().unwrap();
        let mounted = directory.path().join("mounted");
        mount(&mounted);
        let blue = inside(&mounted, || UdpSocket::bind("127.0.0.1:0").unwrap());
        let port = |socket: &UdpSocket| socket.local_addr().unwrap().port();
        let cases = [
            (Netns::Own, number_of(us), port(&here)),
            (Netns::Pid(helper.pid()), number(&netns_file), port(&there)),
            (Netns::Path(netns_file.clone()), number(&netns_file), port(&there)),
            (Netns::Path(mounted.clone()), number(&mounted), port(&blue)),
        ];
        for (name, query) in queries() {
            let mut scanner = Scanner::new().unwrap();
            for (netns, namespace, port) in cases.clone() {
                let what = format!("{name}: {netns:?}");
                let answer = scanner.collect(&query.clone().netns(netns)).unwrap();
                let expected = BTreeSet::from([(namespace, "udp", port, [us].into())]);
                assert_eq!(seen(&answer.sockets), expected, "{what}");
                assert!(answer.coverage.is_complete(), "{what}: {}", answer.coverage);
                assert_eq!(answer.coverage.namespaces.visited, 1);
            }
            // A process is visited in its own namespace unless the query names another.
            let of_pid = query.clone().pid(us);
            let answer = scanner.collect(&of_pid.clone().netns(Netns::All)).unwrap();
            assert_eq!(answer.sockets.len(), 3, "{name}: {:?}", answer.sockets);
            let answer = scanner.collect(&of_pid).unwrap();
            assert_eq!(answer.sockets.len(), 1, "{name}");
            assert_eq!(answer.sockets[0].netns, None, "not asked for");

            let fails = |scanner: &mut Scanner, netns| {
                scanner.collect(&query.clone().netns(netns)).unwrap_err()
            };
            let error = fails(&mut scanner, Netns::Pid(u32::MAX / 2));
            assert_eq!(error.kind(), ErrorKind::NoSuchProcess);
            let error = fails(&mut scanner, Netns::Path("/nowhere".into()));
            assert_eq!((error.kind(), error.path()), (ErrorKind::Io, Path::new("/nowhere")));
            let error = fails(&mut scanner, Netns::Path("/proc/self/status".into()));
            assert_eq!(error.kind(), ErrorKind::NotNamespace);
        }
        run(&["umount", mounted.to_str().unwrap()]).unwrap();
    });
}

/// Every user can read the procfs tables of each process's namespace; namespaces that cannot be
/// entered are reported.
#[test]
fn an_unprivileged_user_learns_which_namespaces_are_hidden() {
    const NOBODY: [&str; 4] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    fn nobody(input: &str) {
        let (mount, ports) = input.split_once(' ').unwrap();
        let ports: BTreeSet<u16> = ports.split(' ').map(|port| port.parse().unwrap()).collect();
        let ask_at = |root: &str, source| {
            let query = Query::new().kinds(Kinds::UDP4).netns(Netns::All).source(source);
            let root = ProcRoot::at(root).unwrap();
            let answer = Scanner::with_root(root).collect(&query).unwrap();
            let local = |socket: &OwnedSocket| socket.local.unwrap().port();
            let seen: BTreeSet<u16> = answer.sockets.iter().map(local).collect();
            assert_eq!(answer.sockets.len(), seen.len(), "each once");
            (seen, answer.coverage)
        };
        let ask = |source| ask_at("/proc", source);
        let is_hidden = |coverage: &Coverage| {
            let [(namespace, failure)] = &coverage.namespaces.hidden[..] else {
                panic!("one is only mounted: {coverage:?}")
            };
            assert!(failure.is_permission() && namespace.path.is_some());
            assert!(coverage.to_string().contains("cannot be entered (permission denied)"));
            !coverage.is_complete()
        };
        let (seen, coverage) = ask(Source::Procfs);
        assert_eq!((seen, coverage.namespaces.visited), (ports.clone(), 3));
        assert!(is_hidden(&coverage));
        let (seen, coverage) = ask(Source::Auto);
        assert_eq!((seen, coverage.namespaces.visited), (ports.clone(), 3));
        assert!(is_hidden(&coverage));
        let refused = |(fallback, kinds): &(Fallback, Kinds)| {
            matches!(fallback, Fallback::NotEntered(failure) if failure.is_permission())
                && *kinds == Kinds::UDP4
        };
        assert!(!coverage.fallbacks.is_empty() && coverage.fallbacks.iter().all(refused));
        // Its own namespace has sock_diag.
        let (seen, coverage) = ask(Source::Netlink);
        assert_eq!((seen.len(), coverage.namespaces.visited), (1, 1));
        assert_eq!(coverage.namespaces.hidden.len(), 3);
        // The namespace of the first process is recognised by an own process in it.
        for source in [Source::Procfs, Source::Auto] {
            let (seen, coverage) = ask_at(mount, source);
            assert_eq!((seen, coverage.namespaces.visited), (ports.clone(), 3), "{coverage:?}");
        }
    }
    Sandbox::default().role("nobody", nobody).run(|sandbox| {
        let here = UdpSocket::bind("127.0.0.1:0").unwrap();
        let helpers = [1, 2].map(|_| HelperProcess::start_via(b"helper", &OTHER_NETNS));
        let there = helpers.each_ref().map(|helper| {
            let netns_file = PathBuf::from(format!("/proc/{}/ns/net", helper.pid()));
            inside(&netns_file, || UdpSocket::bind("127.0.0.1:0").unwrap())
        });
        let directory = tempfile::tempdir().unwrap();
        let mounted = directory.path().join("mounted");
        mount(&mounted);
        let sockets = there.iter().chain([&here]);
        let ports: Vec<String> =
            sockets.map(|socket| socket.local_addr().unwrap().port().to_string()).collect();
        let other_proc = directory.path().join("proc");
        fs::create_dir(&other_proc).unwrap();
        let open = std::os::unix::fs::PermissionsExt::from_mode(0o755);
        fs::set_permissions(directory.path(), open).unwrap();
        let other_proc = other_proc.to_str().unwrap();
        run(&["mount", "--bind", "/proc", other_proc]).unwrap();
        sandbox.run_role("nobody", &NOBODY, &format!("{other_proc} {}", ports.join(" ")));
        run(&["umount", mounted.to_str().unwrap()]).unwrap();
        run(&["umount", other_proc]).unwrap();
    });
}

/// The next visit closes what is kept of a namespace that has no processes any more.
#[test]
fn namespaces_are_not_kept_alive() {
    private(|_| {
        // Open descriptors of sockets and namespaces.
        let descriptors = || {
            let links = fs::read_dir("/proc/self/fd").unwrap().filter_map(Result::ok);
            let targets = links.filter_map(|link| fs::read_link(link.path()).ok());
            let holds = |target: &PathBuf| {
                let target = target.to_string_lossy();
                target.starts_with("socket:") || target.starts_with("net:")
            };
            targets.filter(holds).count()
        };
        let mut scanner = Scanner::new().unwrap();
        let query = Query::new().source(Source::Netlink).netns(Netns::All).owners(false);
        scanner.visit(&query, |_| ()).unwrap();
        let before = descriptors();
        let load = LoadGenerator::default().spawn_via(&OTHER_NETNS, Workload::Udp, 5, 3);
        let with_channels = descriptors();
        let coverage = scanner.visit(&query, |_| ()).unwrap();
        assert_eq!(coverage.namespaces.visited, 6);
        assert_eq!(descriptors(), with_channels + 5, "a socket in each is kept");
        // A visit of one namespace closes those of the others.
        scanner.visit(&query.clone().netns(Netns::Own), |_| ()).unwrap();
        assert_eq!(descriptors(), with_channels);
        scanner.visit(&query, |_| ()).unwrap();
        drop(load);
        let coverage = scanner.visit(&query, |_| ()).unwrap();
        assert_eq!((coverage.namespaces.visited, descriptors()), (1, before));
    });
}

/// Answers stay correct while namespaces come and go.
#[test]
fn namespaces_can_come_and_go_during_a_visit() {
    private(|_| {
        let here = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = here.local_addr().unwrap().port();
        thread::scope(|scope| {
            let churn = scope.spawn(|| {
                for _ in 0..60 {
                    run(&["unshare", "--net", "ip", "link", "set", "lo", "up"]).unwrap();
                }
            });
            let mut scanners = SOURCES.map(|source| (Scanner::new().unwrap(), source));
            while !churn.is_finished() {
                for (scanner, source) in &mut scanners {
                    let query = Query::new().kinds(Kinds::INET).netns(Netns::All).source(*source);
                    let answer = scanner.collect(&query).unwrap();
                    let ports: Vec<_> = answer.sockets.iter().map(|it| it.local).collect();
                    assert_eq!(ports, [Some(here.local_addr().unwrap())], "{source}, {port}");
                    let Coverage { namespaces, undecodable, absent, unreadable, .. } =
                        answer.coverage;
                    assert_eq!((undecodable.count, absent), (0, Kinds::NONE), "{source}");
                    assert!(unreadable.is_empty() && namespaces.visited >= 1, "{source}");
                }
            }
            churn.join().unwrap();
        });
    });
}
