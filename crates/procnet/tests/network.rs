//! Tables of the network other than sockets: captures of both byte orders, malformed and missing
//! files, and this host.

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use procnet::{ErrorKind, ProcRoot, Scanner, decode::ByteOrder};

fn capture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../corpus/captures").join(name)
}

fn scanner(root: &Path) -> Scanner {
    let order = if root.ends_with("linux-7.2-s390x") { ByteOrder::Big } else { ByteOrder::Little };
    Scanner::with_root(ProcRoot::at(root).expect("a root")).byte_order(order)
}

/// The number of rows in the golden file of a table.
fn golden(root: &Path, table: &str) -> usize {
    let text = fs::read_to_string(root.join(format!("net/{table}.golden")));
    text.expect("a golden file").lines().count()
}

#[test]
fn every_row_of_a_capture_is_reported() {
    for name in ["linux-7.2-x86_64", "linux-7.2-s390x", "linux-2.6.24-i686"] {
        let root = capture(name);
        let mut scanner = scanner(&root);
        let rows = |table| golden(&root, table);
        assert_eq!(scanner.neighbours().unwrap().rows.len(), rows("arp"));
        assert_eq!(scanner.addresses().unwrap().rows.len(), rows("if_inet6"));
        assert_eq!(scanner.packet_handlers().unwrap().rows.len(), rows("ptype"));
        assert_eq!(scanner.wireless_links().unwrap().rows.len(), rows("wireless"));
        let routes = scanner.routes().unwrap();
        assert_eq!(routes.rows.len(), rows("route") + rows("ipv6_route"));
        assert!(routes.coverage.is_complete());
        let default = &routes.rows[0];
        assert_eq!(default.gateway.unwrap().to_string(), "192.0.2.1", "{name}");
        assert_eq!(default.prefix_length, Some(0));
        let mut tracked = 0;
        let coverage = scanner.tracked(|_| tracked += 1).unwrap();
        assert_eq!((coverage.rows, tracked), (rows("nf_conntrack") as u64, rows("nf_conntrack")));
    }
}

#[test]
fn a_multicast_group_belongs_to_the_preceding_interface() {
    let groups = scanner(&capture("linux-7.2-s390x")).multicast_groups().unwrap().rows;
    let shown: Vec<String> = groups
        .iter()
        .map(|group| format!("{} {}", group.interface.as_ref().unwrap(), group.group))
        .collect();
    assert_eq!(&shown[..3], ["lo 224.0.0.1", "eth0 224.0.0.251", "eth0 239.255.255.250"]);
    let reported = &groups[1];
    assert_eq!(
        (reported.timer_ms, reported.reporter, reported.version),
        (Some(5000), true, Some(2))
    );
    let overdue = groups.iter().find(|group| group.group.to_string() == "ff05::2").unwrap();
    assert_eq!((overdue.timer_ms, overdue.index), (Some(-120), Some(12345)));
}

/// A directory with tables.
fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("net")).unwrap();
    for (name, text) in files {
        fs::write(dir.path().join("net").join(name), text).unwrap();
    }
    // These the host did not have; all others are perhaps only missing in the capture.
    let absent = ["igmp6", "ipv6_route", "nf_conntrack"].map(|name| format!("absent net/{name}\n"));
    fs::write(dir.path().join("CAPTURE"), absent.concat()).unwrap();
    dir
}

const TCP: &str = "ipv4     2 tcp      6 9 ESTABLISHED src=192.0.2.1 dst=192.0.2.2 sport=1 dport=2 src=192.0.2.2 dst=192.0.2.1 sport=2 dport=1 [ASSURED] mark=0 use=2\n";

#[test]
fn a_malformed_row_does_not_affect_others() {
    let dir = tree(&[("nf_conntrack", &[TCP, "junk\n", TCP, "\n", TCP].concat())]);
    let mut tracked = 0;
    let coverage = scanner(dir.path()).tracked(|_| tracked += 1).unwrap();
    assert_eq!((tracked, coverage.rows, coverage.undecodable), (3, 4, 1));
    assert!(!coverage.is_complete());
    assert_eq!(
        coverage.to_string(),
        "table nf_conntrack, line 2, column 5: network protocol number: the line ends before this column\n"
    );
    // Groups after a malformed interface line have no interface, rather than the previous one.
    let device = "1\tlo        :     1      V3\n";
    let group = "\t\t\t\t010000E0     1 0:00000000\t\t0\n";
    let dir = tree(&[("igmp", &[device, group, "2\teth0\n", group].concat())]);
    let groups = scanner(dir.path()).multicast_groups().unwrap();
    let interfaces: Vec<bool> = groups.rows.iter().map(|row| row.interface.is_some()).collect();
    assert_eq!(interfaces, [true, false]);
    assert_eq!((groups.coverage.undecodable, &groups.coverage.absent[..]), (1, &["igmp6"][..]));
}

#[test]
fn malformed_rows_are_counted_and_the_first_are_listed() {
    let dir = tree(&[("nf_conntrack", &"junk\n".repeat(100_000))]);
    let coverage = scanner(dir.path()).tracked(|_| ()).unwrap();
    assert_eq!((coverage.undecodable, coverage.first.len()), (100_000, 4));
    assert!(coverage.to_string().ends_with("99996 more rows that do not decode\n"));
}

#[test]
fn a_visitor_can_stop_early() {
    let dir = tree(&[("nf_conntrack", &TCP.repeat(1000))]);
    let mut tracked = 0;
    let stop = |_: &procnet::network::Tracked<'_>| {
        tracked += 1;
        if tracked == 7 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    scanner(dir.path()).tracked(stop).unwrap();
    assert_eq!(tracked, 7);
}

#[test]
fn absent_tables_are_distinguished() {
    let dir = tree(&[("route", "Iface\tDestination\tGateway\n")]);
    let mut scanner = scanner(dir.path());
    let routes = scanner.routes().unwrap();
    assert_eq!(&routes.coverage.absent[..], ["ipv6_route"]);
    assert!(routes.rows.is_empty() && routes.coverage.is_complete());
    assert_eq!(scanner.tracked(|_| ()).unwrap_err().kind(), ErrorKind::ConntrackNotLoaded);
    assert_eq!(scanner.neighbours().unwrap_err().kind(), ErrorKind::NotCaptured);
    assert!(scanner.neighbours().unwrap_err().path().ends_with("net/arp"));
}

#[test]
fn tables_of_this_host_are_read_completely() {
    let mut scanner = Scanner::new().unwrap();
    let routes = scanner.routes().unwrap().coverage;
    assert!(routes.is_complete(), "{routes}");
    for coverage in [
        scanner.neighbours().unwrap().coverage,
        scanner.multicast_groups().unwrap().coverage,
        scanner.packet_handlers().unwrap().coverage,
    ] {
        assert!(coverage.is_complete(), "{coverage}");
    }
    // Loopback has an address wherever there is IPv6, and is up.
    if let Ok(addresses) = scanner.addresses() {
        assert!(addresses.coverage.is_complete(), "{}", addresses.coverage);
    }
    match scanner.tracked(|_| ()) {
        Ok(coverage) => assert!(coverage.is_complete(), "{coverage}"),
        Err(error) => assert!(
            matches!(error.kind(), ErrorKind::ConntrackNotLoaded | ErrorKind::PermissionDenied),
            "{error}"
        ),
    }
}
