//! Files of counters: the kernel's counts of known traffic, and files that are missing, malformed
//! or of another host.

use std::{
    fs,
    net::{TcpListener, TcpStream, UdpSocket},
    path::Path,
};

use procnet::{Error, ErrorKind, ProcRoot, Scanner};
use procnet_corpus::live::{private, run};

/// Only this traffic is counted: the counters of a new namespace begin at 0.
#[test]
fn traffic_is_counted() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        assert_eq!(scanner.snmp6_counters().unwrap().get("Udp6InDatagrams"), Some(0));
        let receiver = UdpSocket::bind("[::1]:0").unwrap();
        for _ in 0..5 {
            UdpSocket::bind("[::1]:0")
                .unwrap()
                .send_to(b"x", receiver.local_addr().unwrap())
                .unwrap();
            receiver.recv(&mut [0]).unwrap();
        }
        let ipv6 = scanner.snmp6_counters().unwrap();
        assert_eq!(ipv6.get("Udp6InDatagrams"), Some(5));
        assert!(ipv6.undecodable.is_empty());

        let lo = scanner.interface_snmp6("lo").unwrap();
        assert_eq!((lo.name.as_bytes(), lo.index), (&b"lo"[..], Some(1)));
        assert!(lo.ipv6.get("Ip6InReceives") >= Some(5) && lo.ipv6.get("ifIndex").is_none());

        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let server = listener.accept().unwrap();
        // One listener, two connected sockets.
        let counts = scanner.socket_counts().unwrap();
        assert_eq!(counts.get("tcp").unwrap().get("inuse"), Some(3));
        assert!(counts.get("sockets").unwrap().get("used") >= Some(4));
        assert_eq!(scanner.socket_counts6().unwrap().get("UDP6").unwrap().get("inuse"), Some(1));
        let protocols = scanner.protocols().unwrap();
        assert_eq!(protocols.get("TCP").unwrap().sockets, Some(3));
        assert!(protocols.get("TCP").unwrap().methods.contains(&("ac".to_owned(), true)));
        assert_eq!(protocols.get("NETLINK").unwrap().memory, None);
        drop((client, server));

        let further = scanner.netstat_counters(&["tcpext"]).unwrap();
        assert_eq!(further.protocols.len(), 1);
        assert_eq!(further.get("TcpExt").unwrap().get("ListenOverflows"), Some(0));
        assert!(
            scanner.netstat_counters(&[]).unwrap().get("IpExt").unwrap().get("InOctets") > Some(0)
        );
    });
}

/// The CPUs are those of the host, in any namespace.
#[test]
fn every_online_cpu_has_a_row() {
    let stats = procnet::counters::softnet_stats().unwrap();
    let online = fs::read_to_string("/proc/stat").unwrap();
    let is_cpu = |line: &&str| line.starts_with("cpu") && !line.starts_with("cpu ");
    assert_eq!(stats.cpus.len(), online.lines().filter(is_cpu).count());
    assert!(stats.undecodable.is_empty());
    let (name, processed) = stats.summary().next().unwrap();
    let sum: u64 = stats.cpus.iter().filter_map(|cpu| cpu.get("processed")).map(u64::from).sum();
    assert_eq!((name, processed), ("processed", sum));
    assert!(stats.summary().all(|(name, _)| name != "cpu"));
}

/// Interface names with special and control characters.
#[test]
fn interfaces_with_unusual_names_are_found() {
    private(|_| {
        let mut scanner = Scanner::new().unwrap();
        for name in ["-*\\", "\u{1}\u{7F}\u{1B}"] {
            run(&["ip", "link", "add", "name", name, "type", "bridge"]).unwrap();
            assert_eq!(scanner.interface_snmp6(name).unwrap().name.as_bytes(), name.as_bytes());
        }
        let all = scanner.interfaces_snmp6().unwrap();
        let mut names: Vec<&[u8]> =
            all.interfaces.iter().map(|interface| interface.name.as_bytes()).collect();
        names.sort_unstable();
        assert_eq!(names, [&b"\x01\x7F\x1B"[..], b"-*\\", b"lo"]);
        assert!(all.unreadable.is_empty());
    });
}

fn at(root: &Path) -> Scanner {
    Scanner::with_root(ProcRoot::at(root).unwrap())
}

/// Every file of counters, and how it is read.
type ReadFile = fn(&mut Scanner) -> Result<(), Error>;
const ALL: [(&str, ReadFile); 9] = [
    ("dev", |scanner| scanner.io_counters().map(drop)),
    ("snmp", |scanner| scanner.protocol_counters(&[]).map(drop)),
    ("netstat", |scanner| scanner.netstat_counters(&[]).map(drop)),
    ("snmp6", |scanner| scanner.snmp6_counters().map(drop)),
    ("dev_snmp6", |scanner| scanner.interfaces_snmp6().map(drop)),
    ("sockstat", |scanner| scanner.socket_counts().map(drop)),
    ("sockstat6", |scanner| scanner.socket_counts6().map(drop)),
    ("softnet_stat", |scanner| scanner.softnet_stats().map(drop)),
    ("protocols", |scanner| scanner.protocols().map(drop)),
];

#[test]
fn a_missing_file_has_its_own_error_kind() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("net")).unwrap();
    for (name, ask) in ALL {
        let error = ask(&mut at(root.path())).unwrap_err();
        // The host may have had it, unless the capture says that it had not.
        assert_eq!(error.kind(), ErrorKind::NotCaptured, "{error}");
        let manifest = root.path().join("CAPTURE");
        fs::write(&manifest, format!("absent net/{name}\n")).unwrap();
        let absent = ask(&mut at(root.path())).unwrap_err();
        assert_eq!(absent.kind(), ErrorKind::Absent, "{absent}");
        fs::remove_file(manifest).unwrap();
        assert_eq!(error.path(), root.path().join("net").join(name));
        // If something else is in its place, the error is a different one.
        let path = root.path().join("net").join(name);
        if name == "dev_snmp6" {
            fs::write(path, "").unwrap();
        } else {
            fs::create_dir(path).unwrap();
        }
        assert_eq!(ask(&mut at(root.path())).unwrap_err().kind(), ErrorKind::Io, "{name}");
    }
}

/// As for every table: the network namespace of the first process of another host.
#[test]
fn another_root_shows_the_namespace_of_its_first_process() {
    let root = tempfile::tempdir().unwrap();
    for (net, value) in [("net", 1), ("1/net", 2)] {
        let net = root.path().join(net);
        fs::create_dir_all(net.join("dev_snmp6")).unwrap();
        fs::write(net.join("snmp6"), format!("Ip6InReceives {value}\n")).unwrap();
        fs::write(net.join("dev_snmp6/eth0"), format!("ifIndex {value}\n")).unwrap();
    }
    let mut scanner = at(root.path());
    assert_eq!(scanner.snmp6_counters().unwrap().get("Ip6InReceives"), Some(2));
    assert_eq!(scanner.interface_snmp6("eth0").unwrap().index, Some(2));
    assert_eq!(scanner.interfaces_snmp6().unwrap().interfaces[0].index, Some(2));
}

/// The argument is an interface, not a path.
#[test]
fn an_interface_name_cannot_leave_the_directory() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir_all(root.path().join("net/dev_snmp6")).unwrap();
    fs::write(root.path().join("net/snmp6"), "Ip6InReceives 1\n").unwrap();
    for name in ["", ".", "..", "../snmp6", "/etc/hostname", "a\0b", "none"] {
        let error = at(root.path()).interface_snmp6(name).unwrap_err();
        let expected = if name == "none" { ErrorKind::NotCaptured } else { ErrorKind::Absent };
        assert_eq!(error.kind(), expected, "{name:?}");
    }
}

#[test]
fn a_malformed_line_does_not_affect_others() {
    let root = tempfile::tempdir().unwrap();
    let net = root.path().join("net");
    fs::create_dir_all(net.join("dev_snmp6/directory")).unwrap();
    fs::write(net.join("snmp6"), "Ip6A 1\nIp6B\nIp6C 3\n").unwrap();
    fs::write(net.join("sockstat"), "TCP: inuse 1 tw x mem 3\nno colon\nNEW: one 1\n").unwrap();
    fs::write(net.join("softnet_stat"), "1 2\n1 2 3 0 0 0 0 0 4 5 6 7 8 9 a b zz\n").unwrap();
    fs::write(
        net.join("protocols"),
        "protocol size c d e f g h cl zz\nA 1 2 -1 NI 0 no kernel y ?\nB\n",
    )
    .unwrap();
    let mut scanner = at(root.path());
    let lines = |undecodable: &[(usize, procnet::decode::Error)]| -> Vec<usize> {
        undecodable.iter().map(|(line, _)| *line).collect()
    };
    let ipv6 = scanner.snmp6_counters().unwrap();
    assert_eq!((ipv6.counters.len(), lines(&ipv6.undecodable)), (2, vec![2]));
    let counts = scanner.socket_counts().unwrap();
    assert_eq!(counts.get("TCP").unwrap().counters.len(), 2);
    assert_eq!(counts.get("NEW").unwrap().get("one"), Some(1));
    assert_eq!(lines(&counts.undecodable), [1, 2]);
    let stats = scanner.softnet_stats().unwrap();
    assert_eq!((stats.cpus[0].cpu, stats.cpus[0].get("column16")), (Some(8), Some(0xB)));
    assert_eq!(lines(&stats.undecodable), [1, 2]);
    let protocols = scanner.protocols().unwrap();
    assert_eq!(protocols.get("A").unwrap().methods, [("cl".to_owned(), true)]);
    assert_eq!(lines(&protocols.undecodable), [2, 3]);
    let interfaces = scanner.interfaces_snmp6().unwrap();
    assert_eq!((interfaces.interfaces.len(), interfaces.unreadable.len()), (0, 1));
}
