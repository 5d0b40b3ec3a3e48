//! Other things in place of files: each is an error or reported in the coverage; none blocks the
//! reader or exhausts its memory.
//!
//! No namespace is required: a directory replaces /proc.

use std::{
    fs::{self, File},
    os::unix::{fs::symlink, net::UnixListener},
    path::Path,
};

use procnet::{Error, ErrorKind, Kind, Kinds, ProcRoot, Query, Scanner, visit::Answer};
use rustix::{
    fs::{CWD, FileType, Mode, mknodat},
    process::{Resource, getrlimit},
};
use tempfile::TempDir;

const UNIX: &str = "Num       RefCount Protocol Flags    Type St Inode Path
000000007526133e: 00000003 00000000 00000000 0001 03    42
";
const STAT: &str = "7 (a b) S 1 7 7 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 99 0 0";

/// What is in place of a file.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Odd {
    Fifo,
    Directory,
    Socket,
    /// An endless device.
    Device,
    DanglingLink,
    /// A link to itself.
    Loop,
    /// A terabyte without a newline.
    Huge,
    Empty,
}

const ALL: [Odd; 8] = [
    Odd::Fifo,
    Odd::Directory,
    Odd::Socket,
    Odd::Device,
    Odd::DanglingLink,
    Odd::Loop,
    Odd::Huge,
    Odd::Empty,
];

impl Odd {
    fn put(self, path: &Path) {
        let _ = fs::remove_file(path).or_else(|_| fs::remove_dir_all(path));
        match self {
            Odd::Fifo => mknodat(CWD, path, FileType::Fifo, Mode::from(0o644), 0).unwrap(),
            Odd::Directory => fs::create_dir(path).unwrap(),
            Odd::Socket => drop(UnixListener::bind(path).unwrap()),
            Odd::Device => symlink("/dev/zero", path).unwrap(),
            Odd::DanglingLink => symlink("nowhere", path).unwrap(),
            Odd::Loop => symlink(path.file_name().unwrap(), path).unwrap(),
            Odd::Huge => File::create(path).unwrap().set_len(1 << 40).unwrap(),
            Odd::Empty => drop(File::create(path).unwrap()),
        }
    }
}

/// A root with one socket, and one process that holds it.
fn root() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("net")).unwrap();
    fs::create_dir_all(root.path().join("7/fd")).unwrap();
    fs::write(root.path().join("net/unix"), UNIX).unwrap();
    fs::write(root.path().join("7/stat"), STAT).unwrap();
    symlink("socket:[42]", root.path().join("7/fd/3")).unwrap();
    root
}

fn scanner(root: &TempDir) -> Scanner {
    Scanner::with_root(ProcRoot::at(root.path()).unwrap())
}

fn ask(root: &TempDir) -> Result<Answer, Error> {
    scanner(root).collect(&Query::new())
}

/// The peak memory of this process, in KiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

#[test]
fn the_unmodified_root_is_read() {
    let answer = ask(&root()).unwrap();
    assert_eq!(answer.sockets.len(), 1);
    assert_eq!(answer.sockets[0].owners[0].comm.as_bytes(), b"a b");
    assert_eq!(answer.coverage.absent, Kinds::INET);
}

#[test]
fn an_odd_table_does_not_affect_others() {
    let before = peak();
    for odd in ALL {
        for kind in [Kind::Tcp, Kind::Tcp6, Kind::Udp, Kind::Udp6] {
            let root = root();
            odd.put(&root.path().join("net").join(kind.name()));
            let Answer { sockets, coverage, .. } = ask(&root).unwrap();
            assert_eq!(sockets.len(), 1, "{odd:?}: the other tables are read");
            let refused: Vec<Kind> = coverage.unreadable.iter().map(|(kind, _)| *kind).collect();
            match odd {
                Odd::DanglingLink => {
                    assert_eq!(coverage.absent, Kinds::INET);
                    assert_eq!(coverage.not_captured, Kinds::INET);
                }
                // Each table has a heading.
                Odd::Empty => {
                    assert!(coverage.remarks.iter().any(|(it, why)| *it == kind && why.empty));
                }
                _ => {
                    assert_eq!(refused, [kind], "{odd:?}");
                    assert!(!coverage.absent.contains(kind) && !coverage.is_complete());
                    assert!(coverage.to_string().starts_with(&format!("table {kind}: ")));
                }
            }
            // If it is the only table of a query, the query fails.
            let only = scanner(&root).collect(&Query::new().kinds(kind));
            match odd {
                Odd::DanglingLink => assert_eq!(only.unwrap_err().kind(), ErrorKind::NotCaptured),
                Odd::Empty => assert!(!only.unwrap().coverage.is_complete()),
                Odd::Huge => assert_eq!(only.unwrap().coverage.unreadable.len(), 1),
                _ => assert_eq!(only.unwrap_err().kind(), ErrorKind::Io, "{odd:?}"),
            }
        }
    }
    assert!(peak() - before < 128 << 10, "{} KiB", peak() - before);
}

#[test]
fn an_odd_unix_table_has_no_sockets() {
    for odd in ALL {
        let root = root();
        odd.put(&root.path().join("net/unix"));
        match ask(&root) {
            Ok(answer) => {
                let expected = matches!(odd, Odd::Huge | Odd::Empty);
                assert!(expected && answer.sockets.is_empty(), "{odd:?}");
                assert!(!answer.coverage.is_complete(), "{odd:?}");
            }
            Err(error) if odd == Odd::DanglingLink => {
                assert_eq!(error.kind(), ErrorKind::NotCaptured);
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::Io, "{odd:?}"),
        }
    }
}

/// The rest of the table is unreadable, the rows before it are reported.
#[test]
fn an_endless_line_does_not_affect_rows_before_it() {
    let root = root();
    let path = root.path().join("net/unix");
    let file = File::options().write(true).open(&path).unwrap();
    file.set_len(1 << 40).unwrap();
    let answer = ask(&root).unwrap();
    assert_eq!(answer.sockets.len(), 1);
    assert_eq!(answer.coverage.unreadable.len(), 1);
    // A long line with an end is skipped.
    let long = [UNIX.as_bytes(), &vec![b'x'; 1 << 20], b"\n", UNIX.as_bytes()].concat();
    fs::write(&path, long).unwrap();
    let answer = ask(&root).unwrap();
    assert_eq!((answer.sockets.len(), answer.coverage.repeated), (1, 1));
    // The long line, and a heading within the table.
    assert_eq!(answer.coverage.undecodable.count, 2);
    assert!(answer.coverage.unreadable.is_empty());
}

#[test]
fn an_odd_net_directory_is_not_proc() {
    for odd in ALL {
        let root = root();
        odd.put(&root.path().join("net"));
        match ask(&root) {
            Ok(_) => panic!("{odd:?}"),
            Err(error) if odd == Odd::Directory => {
                assert_eq!(error.kind(), ErrorKind::NotCaptured);
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::NotProc, "{odd:?}"),
        }
    }
}

#[test]
fn odd_files_of_a_process_hide_only_what_they_hold() {
    for odd in ALL {
        // The file with its name: it has none then.
        let tree = root();
        odd.put(&tree.path().join("7/stat"));
        let answer = ask(&tree).unwrap();
        let owner = &answer.sockets[0].owners[0];
        assert_eq!((owner.pid, owner.comm.as_bytes()), (7, &b""[..]), "{odd:?}");
        // The file with its users.
        let tree = root();
        odd.put(&tree.path().join("7/status"));
        let coverage = scanner(&tree).visit(&Query::new().process_uids(true), |socket| {
            assert!(socket.owners.iter().all(|owner| owner.process.uids.is_none()));
        });
        assert_eq!(coverage.unwrap().sockets, 1);
        assert!(scanner(&tree).process_uids(7).is_err(), "{odd:?}");
        // One of its descriptors, which only a link can be.
        let tree = root();
        odd.put(&tree.path().join("7/fd/4"));
        let answer = ask(&tree).unwrap();
        assert_eq!(answer.sockets[0].owners.len(), 1, "{odd:?}");
        // The directory of its descriptors.
        let tree = root();
        odd.put(&tree.path().join("7/fd"));
        let answer = ask(&tree).unwrap();
        let walk = answer.coverage.processes.as_ref().unwrap();
        assert!(answer.sockets[0].owners.is_empty());
        let unseen = walk.unreadable() + walk.not_captured;
        assert_eq!((walk.seen, unseen), (1, u64::from(odd != Odd::Directory)), "{odd:?}");
        // The directory of the process.
        let tree = root();
        odd.put(&tree.path().join("7"));
        assert!(ask(&tree).unwrap().sockets[0].owners.is_empty(), "{odd:?}");
    }
}

#[test]
fn odd_files_of_counters_are_errors() {
    for odd in ALL {
        for path in ["net/dev", "net/snmp", "net/stat/nf_conntrack"] {
            let root = root();
            fs::create_dir_all(root.path().join("net/stat")).unwrap();
            odd.put(&root.path().join(path));
            let mut scanner = scanner(&root);
            let failed = match path {
                "net/dev" => scanner.io_counters().err(),
                "net/snmp" => scanner.protocol_counters(&[]).err(),
                _ => scanner.conntrack_stats().err(),
            };
            if odd != Odd::Empty {
                let error = failed.unwrap_or_else(|| panic!("{odd:?} in place of {path}"));
                assert_eq!(error.path(), root.path().join(path), "{odd:?}");
            }
        }
    }
}

#[test]
fn missing_ipv6_is_complete_and_missing_conntrack_is_an_error() {
    let root = root();
    for kind in ["tcp", "udp"] {
        fs::copy(format!("/proc/self/net/{kind}"), root.path().join("net").join(kind)).unwrap();
    }
    let answer = ask(&root).unwrap();
    assert_eq!(answer.coverage.absent, Kinds::INET6);
    assert!(!answer.coverage.is_complete(), "they may not have been captured");
    // A kernel without IPv6 has nothing that is missing.
    let names = Kinds::INET6.iter().map(|kind| format!("absent net/{kind}\n"));
    let conntrack = ["sys/net/netfilter/nf_conntrack_max", "net/stat/nf_conntrack"];
    let conntrack = conntrack.map(|path| format!("absent {path}\n")).concat();
    fs::write(root.path().join("CAPTURE"), names.collect::<String>() + &conntrack).unwrap();
    let answer = ask(&root).unwrap();
    assert!(answer.coverage.is_complete(), "{}", answer.coverage);
    let six = scanner(&root).collect(&Query::new().kinds(Kinds::INET6)).unwrap();
    assert_eq!((six.sockets.len(), six.coverage.absent), (0, Kinds::INET6));

    let mut scanner = scanner(&root);
    let error = scanner.conntrack_counts().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConntrackNotLoaded);
    let error = scanner.conntrack_stats().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConntrackNotLoaded);
    assert!(error.to_string().ends_with("connection tracking is not loaded"), "{error}");
}

#[test]
fn descriptors_are_closed() {
    let root = root();
    let open = || fs::read_dir("/proc/self/fd").unwrap().count();
    let limit = getrlimit(Resource::Nofile).current.unwrap_or(1 << 20);
    let mut scanner = scanner(&root);
    for odd in ALL.into_iter().filter(|odd| *odd != Odd::Huge) {
        odd.put(&root.path().join("net/tcp"));
        for _refresh in 0..100 {
            let _ = scanner.collect(&Query::new());
        }
    }
    // Other tests run in this process, with fewer descriptors than that.
    assert!(open() < 200 && limit > 200, "{} descriptors", open());
}

/// Once 2³² inodes have been assigned, two sockets may have the same one. Only its number names the
/// socket that a descriptor holds, so each has the owners of both.
#[test]
fn sockets_with_the_same_inode_are_each_reported() {
    let root = root();
    let row = |number: u32, pointer: u32, port: u16| {
        format!(
            "{number:4}: 0100007F:{port:04X} 00000000:0000 0A 00000000:00000000 00:00000000 \
             00000000  1000        0 42 1 {pointer:016x} 100 0 0 10 0\n"
        )
    };
    let heading = "  sl  local_address rem_address   st\n";
    let tcp = format!("{heading}{}{}{}", row(0, 1, 80), row(1, 2, 81), row(2, 1, 80));
    fs::write(root.path().join("net/tcp"), tcp).unwrap();
    let mut scanner = Scanner::with_root(ProcRoot::at(root.path()).unwrap());
    for query in [Query::new(), Query::new().incremental(procnet::owners::Budget::unlimited())] {
        for _refresh in 0..2 {
            let answer = scanner.collect(&query.clone().kinds(Kinds::TCP4)).unwrap();
            let seen = answer.sockets.iter().map(|socket| {
                let pids: Vec<u32> = socket.owners.iter().map(|owner| owner.pid).collect();
                (socket.local.unwrap().port(), pids)
            });
            assert_eq!(seen.collect::<Vec<_>>(), [(80, vec![7]), (81, vec![7])]);
            assert_eq!(answer.coverage.repeated, 1);
        }
    }
}
