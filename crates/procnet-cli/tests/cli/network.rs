//! `procnet arp`, `route`, `addr`, `igmp`, `ptype`, `wireless` and `conntrack --list` on a
//! directory laid out like /proc.

use serde_json::{Value, json};

use crate::{
    formats,
    run::{Ran, run},
    schema::valid,
    tree::Tree,
};

const ARP: &str = "\
IP address       HW type     Flags       HW address            Mask     Device
192.0.2.1        0x1         0x2         02:FC:00:00:00:05     *        eth\x1B0
10.0.0.9         0xfffe      0x6                               *        tun0
203.0.113.9      0x0         0xc         00:00:00:00:00:00     *        *
";
const IPV6_ROUTE: &str = "\
00000000000000000000000000000000 00 20010db8000000000000000000000000 40 fe800000000000000000000000000002 00000400 00000001 00000000 00000003     eth0
20010db8000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000004 00000000 00000001         \n";
const IF_INET6: &str = "fe8000000000000000fc00fffe000001 12c 40 20 80     eth0\n";
const IGMP6: &str = "2    eth0            ff0200000000000000000000000000fb     1 00000007 -12\n";
const PTYPE: &str = "\
Type Device      Function
ALL  eth0     packet_rcv
88a8          vlan_rcv [8021q]
";
const WIRELESS: &str = "\
Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
 wlan0: 0000   54.  -56.  -256        0      0      0      1      0        0
";
const NF_CONNTRACK: &str = "\
ipv4     2 tcp      6 431999 ESTABLISHED src=192.0.2.1 dst=192.0.2.2 sport=48858 dport=443 packets=7 bytes=900 src=192.0.2.2 dst=192.0.2.1 sport=443 dport=48858 packets=6 bytes=800 [ASSURED] mark=0 zone=0 use=2
ipv6     10 icmpv6   58 29 src=2001:0db8:0000:0000:0000:0000:0000:0001 dst=2001:0db8:0000:0000:0000:0000:0000:0002 type=128 code=0 id=7 [UNREPLIED] src=2001:0db8:0000:0000:0000:0000:0000:0002 dst=2001:0db8:0000:0000:0000:0000:0000:0001 type=129 code=0 id=7 mark=0 zone=0 use=2
ipv4     2 udp      17 src=192.0.2.1 dst=192.0.2.2 sport=1 dport=2 src=192.0.2.2 dst=192.0.2.1 sport=2 dport=1 [HW_OFFLOAD] mark=5 secctx=a (enforce) zone=0 use=3
";

/// An IPv4 address as this host's kernel prints it.
fn word(octets: [u8; 4]) -> String {
    format!("{:08X}", u32::from_ne_bytes(octets))
}

fn tree() -> Tree {
    let (any, near, gateway) = (word([0; 4]), word([192, 0, 2, 0]), word([192, 0, 2, 1]));
    let mask = word([255, 255, 255, 0]);
    let route = format!(
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n\
         eth0\t{any}\t{gateway}\t0003\t0\t0\t100\t{any}\t1440\t0\t0\n\
         *\t{near}\t{any}\t0201\t0\t0\t0\t{mask}\t0\t0\t0\n"
    );
    let igmp = format!(
        "Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n\
         2\teth0      :     1      V3\n\t\t\t\t{}     1 1:000001F4\t\t1\n",
        word([224, 0, 0, 251])
    );
    let tree = Tree::new();
    tree.file("1/net/arp", ARP);
    tree.file("1/net/route", route);
    tree.file("1/net/ipv6_route", IPV6_ROUTE);
    tree.file("1/net/if_inet6", IF_INET6);
    tree.file("1/net/igmp", igmp);
    tree.file("1/net/igmp6", IGMP6);
    tree.file("1/net/ptype", PTYPE);
    tree.file("1/net/wireless", WIRELESS);
    tree.file("1/net/nf_conntrack", NF_CONNTRACK);
    tree
}

fn on(tree: &Tree, command: &[&str], args: &[&str]) -> Ran {
    run([command, &tree.root()[..], args].concat())
}

/// The objects of a command: the same in each format for programs, and valid by their schema.
fn objects(tree: &Tree, command: &[&str]) -> Vec<Value> {
    let array = formats::objects(|format| on(tree, command, &["--format", format]));
    let schema = match command[0] {
        "arp" => "neighbour.json",
        "addr" => "address.json",
        "igmp" => "membership.json",
        "ptype" => "packet_handler.json",
        "conntrack" => "tracked.json",
        _ => &format!("{}.json", command[0]),
    };
    valid(schema, &array);
    array
}

#[test]
fn neighbours_in_every_format() {
    let found = objects(&tree(), &["arp"]);
    let first = json!({
        "address": "192.0.2.1", "hardware_address": "02:fc:00:00:00:05", "hardware_type": 1,
        "flags": "COMPLETE", "interface": "eth\\x1B0",
    });
    assert_eq!(found[0], first);
    assert_eq!(
        (&found[1]["hardware_address"], &found[2]["interface"]),
        (&json!(null), &json!(null))
    );
    let table = on(&tree(), &["arp"], &[]).complete().out;
    let second: Vec<&str> = table.lines().nth(2).unwrap().split_whitespace().collect();
    assert_eq!(second, ["10.0.0.9", "65534", "COMPLETE|PERMANENT", "tun0"]);
}

#[test]
fn routes_of_one_or_both_ip_versions() {
    let tree = tree();
    let found = objects(&tree, &["route"]);
    assert_eq!(found.len(), 4);
    assert_eq!((&found[0]["gateway"], &found[0]["mtu"]), (&json!("192.0.2.1"), &json!(1440)));
    assert_eq!((&found[1]["interface"], &found[1]["flags"]), (&json!(null), &json!("UP|REJECT")));
    assert_eq!(
        (&found[2]["source"], &found[2]["source_prefix_length"]),
        (&json!("2001:db8::"), &json!(64))
    );
    assert_eq!((&found[3]["interface"], &found[3]["prefix_length"]), (&json!(null), &json!(64)));
    assert_eq!(objects(&tree, &["route", "-4"]), found[..2]);
    assert_eq!(objects(&tree, &["route", "--ipv6"]), found[2..]);
    let table = on(&tree, &["route"], &[]).complete().out;
    assert!(table.contains("192.0.2.0/24"), "{table}");
}

#[test]
fn addresses_groups_handlers_and_links_in_every_format() {
    let tree = tree();
    let address = json!({
        "interface": "eth0", "index": 300, "address": "fe80::fc:ff:fe00:1", "prefix_length": 64,
        "scope": "link", "flags": "PERMANENT",
    });
    assert_eq!(objects(&tree, &["addr"]), [address]);
    let group = |group: &str, timer: i64, version: Value| {
        json!({
            "interface": "eth0", "index": 2, "group": group, "users": 1, "timer_ms": timer,
            "reporter": true, "version": version,
        })
    };
    let groups = [group("224.0.0.251", 5000, json!(3)), group("ff02::fb", -120, json!(null))];
    assert_eq!(objects(&tree, &["igmp"]), groups);
    assert_eq!(objects(&tree, &["igmp", "-6"]), groups[1..]);
    let handlers = objects(&tree, &["ptype"]);
    assert_eq!(
        handlers[1],
        json!({
            "packet_type": "88a8", "interface": null, "function": "vlan_rcv", "module": "8021q",
        })
    );
    let links = objects(&tree, &["wireless"]);
    assert_eq!((&links[0]["level"], &links[0]["noise"]), (&json!(-56), &json!(null)));
    assert_eq!(links[0]["discarded_retry"], 1);
}

#[test]
fn tracked_connections_in_every_format() {
    let tree = tree();
    let found = objects(&tree, &["conntrack", "--list"]);
    assert_eq!((&found[0]["state"], &found[0]["dst_port"]), (&json!("ESTABLISHED"), &json!(443)));
    assert_eq!((&found[0]["reply_packets"], &found[0]["assured"]), (&json!(6), &json!(true)));
    assert_eq!((&found[1]["icmp_type"], &found[1]["reply_icmp_type"]), (&json!(128), &json!(129)));
    assert_eq!(
        (&found[1]["src_addr"], &found[1]["unreplied"]),
        (&json!("2001:db8::1"), &json!(true))
    );
    assert_eq!((&found[2]["timeout"], &found[2]["offload"]), (&json!(null), &json!("hardware")));
    assert_eq!(found[2]["secctx"], "a (enforce)");
    let table = on(&tree, &["conntrack", "--list"], &[]).complete().out;
    assert!(table.contains("192.0.2.1:48858") && table.contains("offloaded"), "{table}");
    assert_eq!(run(["conntrack", "--list", "--per-cpu"]).code, 2);
}

#[test]
fn every_row_of_a_capture_is_valid_by_its_schema() {
    let root =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../../corpus/captures/linux-6.18-x86_64-network");
    for (command, schema) in [
        (&["arp"][..], "neighbour.json"),
        (&["route"], "route.json"),
        (&["addr"], "address.json"),
        (&["igmp"], "membership.json"),
        (&["ptype"], "packet_handler.json"),
        (&["conntrack", "--list"], "tracked.json"),
    ] {
        let args = [command, &["--root", root, "--format", "ndjson"]].concat();
        valid(schema, &run(args).complete().lines());
    }
}

#[test]
fn a_malformed_row_is_reported_and_skipped() {
    let tree = tree();
    tree.file("1/net/nf_conntrack", NF_CONNTRACK.replace("dport=443 ", "dport=66666 "));
    let ran = on(&tree, &["conntrack", "--list"], &["--format", "json"]);
    assert_eq!((ran.code, ran.array().len()), (1, 2));
    let column = NF_CONNTRACK.find("443").unwrap() + 1;
    let expected = format!("line 1, column {column}: dport: the number is too large\n");
    assert_eq!(ran.err, format!("procnet: table nf_conntrack, {expected}"));
}

#[test]
fn missing_tables_are_reported() {
    let tree = Tree::new();
    let ran = on(&tree, &["conntrack", "--list"], &[]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("nf_conntrack: not in this capture"), "{}", ran.err);
    tree.file("CAPTURE", "absent 1/net/nf_conntrack\n");
    let ran = on(&tree, &["conntrack", "--list"], &[]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("connection tracking is not loaded"), "{}", ran.err);
    let ran = on(&tree, &["wireless"], &[]);
    assert_eq!((ran.code, &*ran.out), (2, ""));
    assert!(ran.err.contains("net/wireless"), "{}", ran.err);
    // Without IPv6, the routes are complete; but perhaps its table was not captured.
    tree.file("1/net/route", "Iface\tDestination\tGateway\n");
    let ran = on(&tree, &["route"], &["--format", "json"]);
    assert_eq!((ran.code, &*ran.out), (1, "[]\n"));
    assert!(ran.err.contains("table ipv6_route: No such file"), "{}", ran.err);
    tree.file("CAPTURE", "absent 1/net/ipv6_route\n");
    assert_eq!(on(&tree, &["route"], &["--format", "json"]).complete().out, "[]\n");
}

#[test]
fn a_capture_decodes_to_the_same_rows() {
    let tree = tree();
    for (command, table) in [
        (&["arp"][..], "arp"),
        (&["route", "-4"], "route"),
        (&["route", "-6"], "ipv6_route"),
        (&["addr"], "if_inet6"),
        (&["igmp", "-4"], "igmp"),
        (&["igmp", "-6"], "igmp6"),
        (&["ptype"], "ptype"),
        (&["wireless"], "wireless"),
        (&["conntrack", "--list"], "nf_conntrack"),
    ] {
        let path = tree.path().join("1/net").join(table);
        let path = path.to_str().unwrap();
        for format in ["table", "json", "csv"] {
            let decoded = run(["decode", table, path, "--format", format]).complete().out;
            assert_eq!(
                decoded,
                on(&tree, command, &["--format", format]).complete().out,
                "{table}"
            );
        }
    }
}
