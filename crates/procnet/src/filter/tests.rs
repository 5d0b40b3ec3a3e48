//! Which expressions parse and to what, which do not and why, and that printed filters parse to
//! themselves.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use procnet_core::{Inode, State};
use proptest::{collection::vec, prelude::*, sample::select};

use super::*;
use crate::Kinds;

fn parse(text: &str) -> Filter {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

/// The second expression of each line is the canonical form of the first.
#[test]
fn expressions_of_ss_parse() {
    let same = [
        ("", "state all"),
        ("sport = :443", "sport = :443"),
        ("sport = 443", "sport = :443"),
        ("sport :https", "sport = :443"),
        ("sport=*:https", "sport = :443"),
        ("dport ge :1024", "dport >= :1024"),
        ("dport geq 1024", "dport >= :1024"),
        ("dport > 1024", "dport >= :1025"),
        ("dport lt :1024", "dport <= :1023"),
        ("dport leq :1024", "dport <= :1024"),
        ("not dport le :1024", "not dport <= :1024"),
        ("sport > :65535", "state all exclude all"),
        ("sport < :0", "state all exclude all"),
        ("! sport != :1", "sport = :1"),
        ("!!sport == :1", "sport = :1"),
        ("sport neq :22", "sport != :22"),
        ("src 10.0.0.0/8", "src 10.0.0.0/8"),
        ("src = 10.1.2.3/8", "src 10.0.0.0/8"),
        ("src 10/8", "src 10.0.0.0/8"),
        ("dst [::1]:443", "dst [::1] and dport = :443"),
        ("dst ::1", "dst [::1]"),
        ("dst fe80::/10", "dst [fe80::]/10"),
        ("dst [fe80::]/10:22", "dst [fe80::]/10 and dport = :22"),
        ("dst != 192.168.1.5:80", "not ( dst 192.168.1.5 and dport = :80 )"),
        ("dst 192.168.1.0/24:http", "dst 192.168.1.0/24 and dport = :80"),
        ("src :22", "sport = :22"),
        ("src *:22", "sport = :22"),
        ("src *", "state all"),
        ("dst any:22", "dport = :22"),
        ("src default", "state all"),
        ("src *:*", "state all"),
        ("src inet:*", "src inet:*"),
        ("dst inet:10.0.0.1:22", "src inet:* and dst 10.0.0.1 and dport = :22"),
        ("src inet6:any", "src inet6:*"),
        ("dst != inet6:*", "src != inet6:*"),
        ("src link:*", "kind = packet"),
        ("src netlink:", "kind = netlink"),
        ("src inet6:*:22", "src inet6:* and sport = :22"),
        ("src inet6:[::1]", "src inet6:* and src [::1]"),
        ("( dport = :ssh or sport = :ssh )", "dport = :22 or sport = :22"),
        ("(dport=:ssh||sport=:ssh)", "dport = :22 or sport = :22"),
        ("sport = :1 dport = :2", "sport = :1 and dport = :2"),
        ("sport = :1 && dport = :2 & uid 3", "sport = :1 and dport = :2 and uid = 3"),
        // From left to right, as in ss.
        ("sport 1 or sport 2 and uid 3", "( sport = :1 or sport = :2 ) and uid = 3"),
        ("sport 1 and sport 2 | uid 3", "( sport = :1 and sport = :2 ) or uid = 3"),
        ("not sport 1 dport 2", "sport != :1 and dport = :2"),
        ("state established", "state established"),
        ("state listen", "state listening"),
        ("state FIN-WAIT-1 state close-wait", "state fin-wait-1 state close-wait"),
        ("exclude time-wait", "exclude time-wait"),
        ("excl bucket", "state big"),
        ("state connected exclude established exclude big", "state bucket"),
        ("state all exclude all", "state all exclude all"),
        ("state established and state listening", "state established and state listening"),
        // States before the expression apply to all of it.
        ("state listening sport 1 or sport 2", "state listening and ( sport = :1 or sport = :2 )"),
        ("state listening or sport 1", "state listening or sport = :1"),
        ("autobound", "autobound"),
        ("uid >= 1000", "uid >= 1000"),
        ("inode = 0", "inode = 0"),
        ("pid != 1", "pid != 1"),
        ("comm = nginx", "comm = nginx"),
        ("comm ~ gin*", "comm = *gin\\**"),
        ("comm !~ gin", "comm != *gin*"),
        ("comm = \"tmux: server\"", "comm = \"tmux: server\""),
        ("comm = \"a\"\"b\"", "comm = \"a\"\"b\""),
        ("unit nginx", "unit = nginx"),
        ("unit ~ ngi", "unit = *ngi*"),
        ("unit !~ ngi", "unit != *ngi*"),
        ("container != *", "container != *"),
        ("container = \"\"", "container = \"\""),
        ("pod eq 2f4ab1c0-*", "pod = 2f4ab1c0-*"),
        ("cgroup /system.slice/nginx.service", "cgroup = /system.slice/nginx.service"),
        ("cgroup = 4711", "cgroup = 4711"),
        ("fwmark = 0x1/0xff", "mark = 0x1/0xff"),
        ("mark 16", "mark = 0x10"),
        ("mark = 0x101/0xff", "mark = 0x101/0xff"),
        ("mark = 010", "mark = 0x8"),
        ("dev = eth0", "dev = eth0"),
        ("dev != 3", "dev != 3"),
        ("dev if3", "dev = if3"),
        ("dev 0x3", "dev = 3"),
        ("src /run/*.sock", "src /run/*.sock"),
        ("src @abstract", "src @abstract"),
        ("src unix:", "src unix:"),
        ("src unix:/a\\ b\\(c sport = :1", "src \"/a\\ b\\(c\" and sport = :1"),
        ("kind = tcp4 or kind unix", "kind = tcp4 or kind = unix"),
        ("type = stream type != raw", "type = stream and type != raw"),
        // Numbers as in C.
        ("sport = :026", "sport = :22"),
        ("dport = :0x16", "dport = :22"),
        ("dst 0x7f.010/0x8", "dst 127.0.0.0/8"),
        ("uid = 0x10", "uid = 16"),
        // Short addresses, and masks.
        ("src 127", "src 127.0.0.0"),
        ("src 10.1", "src 10.1.0.0"),
        ("src 192.168.0.0/255.255.0.0", "src 192.168.0.0/16"),
        ("src 10.0.0.0/0", "src 0.0.0.0/0"),
        // The forms of brackets that ss takes, and those that users type.
        ("src [fd00::/64]", "src [fd00::]/64"),
        ("src [fd00::/64]:22", "src [fd00::]/64 and sport = :22"),
        ("dst [2001:db8::/32]:22", "dst [2001:db8::]/32 and dport = :22"),
        ("dst 2001:db8::/32:22", "dst [2001:db8::]/32 and dport = :22"),
        ("src [127.0.0.1]:22", "src 127.0.0.1 and sport = :22"),
        ("src ::ffff:127.0.0.1", "src [::ffff:127.0.0.1]"),
        ("src ::1:https", "src [::1] and sport = :443"),
        ("src fe80::1:abcd", "src [fe80::1:abcd]"),
        ("state CONNECTED", "state connected"),
        ("src != unix:*foo*", "src != unix:*foo*"),
    ];
    for (typed, printed) in same {
        let filter = parse(typed);
        assert_eq!(filter.to_string(), printed, "{typed}");
        assert_eq!(parse(printed), filter, "{typed}");
    }
}

#[test]
fn errors_have_a_position_and_a_reason() {
    let wrong = [
        ("sport = :foo", 8, ":foo", "a port"),
        ("sport = :65536", 8, ":65536", "a port"),
        ("sport =", 7, "", "a port"),
        ("( sport = )", 10, ")", "a port"),
        ("sport ~ 1", 6, "~", "=, !=, >="),
        ("src > 10.0.0.1", 4, ">", "= or !="),
        ("src gt 10.0.0.1", 4, "gt", "= or !="),
        ("src example.org", 4, "example.org", "an address"),
        ("src 10.0.0.0/33", 4, "10.0.0.0/33", "an address"),
        ("src 10.0.0.0/255.0.255.0", 4, "10.0.0.0/255.0.255.0", "an address"),
        ("src 1.2.3.4.5", 4, "1.2.3.4.5", "an address"),
        ("src 256", 4, "256", "an address"),
        ("src any/8", 4, "any/8", "an address"),
        // The address ::1:22, or port 22 of ::1, as for ss?
        ("src ::1:22", 4, "::1:22", "an address"),
        ("src inet:[::1]", 4, "inet:[::1]", "an address"),
        ("src [::1]22", 4, "[::1]22", "an address"),
        ("dst [10.0.0.1]2", 4, "[10.0.0.1]2", "an address"),
        ("src link:ip", 4, "link:ip", "an address"),
        ("sport = :08", 8, ":08", "a port"),
        ("sport = :+22", 8, ":+22", "a port"),
        ("sport = :0x", 8, ":0x", "a port"),
        ("type = tcp", 7, "tcp", "stream, dgram"),
        ("kind = inet5", 7, "inet5", "a kind"),
        ("src inet6:10.0.0.1", 4, "inet6:10.0.0.1", "an address"),
        ("dst /run/x.sock", 4, "/run/x.sock", "an address"),
        ("dst unix:x", 4, "unix:x", "an address"),
        ("uid = root", 6, "root", "the number of a user"),
        ("state open", 6, "open", "a state"),
        ("sprt = :1", 0, "sprt", "a condition"),
        ("sport 1 and", 11, "", "a condition"),
        ("sport 1 or or", 11, "or", "a condition"),
        ("( sport 1", 9, "", "\")\""),
        ("sport 1 )", 8, ")", "\"and\""),
        ("comm = \"a", 9, "", "the quote"),
        ("unit > a", 5, ">", "= or !="),
        ("unit =", 6, "", "the name of a systemd unit"),
        ("container =", 11, "", "the id or the name of a container"),
        ("pod )", 4, ")", "the uid of a pod"),
        ("mark = 0x1/z", 7, "0x1/z", "a mark"),
        ("ä", 0, "ä", "a condition"),
    ];
    for (text, offset, found, expected) in wrong {
        let error = text.parse::<Filter>().unwrap_err();
        assert_eq!((error.offset(), error.found()), (offset, found), "{text}");
        assert!(error.expected().starts_with(expected), "{text}: {error}");
        assert_eq!(error.text(), text);
    }
    let error = "sport = :foo".parse::<Filter>().unwrap_err().to_string();
    let port = "expected a port, as :443 or :https, but found \":foo\"";
    assert_eq!(error, format!("column 9: {port}: sport = :foo"));
    // The depth is bounded, so that the stack does not overflow.
    for deep in ["(", "not ("] {
        let error = deep.repeat(100_000).parse::<Filter>().unwrap_err();
        assert_eq!(error.expected(), "less in each other");
    }
    let long = "sport = :1 and ".repeat(100_000) + "autobound";
    assert!(long.parse::<Filter>().is_ok());
}

#[test]
fn the_kinds_asked_decide_what_a_value_is() {
    let of = |text: &str, kinds: Kinds| {
        let parsed = Filter::parse_for(text, kinds);
        parsed.map_or_else(|error| format!("not {}", error.found()), |it| it.to_string())
    };
    for (text, kinds, expected) in [
        // As with ss -x.
        ("src *foo*", Kinds::UNIX, "src unix:*foo*"),
        ("src :22", Kinds::UNIX, "src unix::22"),
        ("src unix:/a", Kinds::UNIX, "src /a"),
        ("src 127.0.0.1", Kinds::UNIX, "src unix:127.0.0.1"),
        ("dst 127.0.0.1", Kinds::UNIX, "not 127.0.0.1"),
        // As with ss -4; with -6, addresses may be mapped.
        ("dst [::1]", Kinds::INET4, "not [::1]"),
        ("dst [::1]", Kinds::INET4 | Kinds::UNIX, "not [::1]"),
        ("dst inet6:*", Kinds::INET4, "not inet6:*"),
        ("dst 127.0.0.1", Kinds::INET6, "dst 127.0.0.1"),
        ("dst inet:127.0.0.1", Kinds::INET6, "not inet:127.0.0.1"),
        ("dst 127.0.0.1", Kinds::PACKET, "not 127.0.0.1"),
        ("src unix:a", Kinds::TCP, "not unix:a"),
        ("src *:22", Kinds::PACKET, "sport = :22"),
        ("src :22", Kinds::NONE, "sport = :22"),
    ] {
        assert_eq!(of(text, kinds), expected, "{text} of {kinds:?}");
    }
}

fn name() -> impl Strategy<Value = String> {
    let letters =
        select(vec!['a', 'b', '/', '@', ' ', '"', '(', ')', '&', '*', '\\', '=', '!', '[', 'ü']);
    let words = select(vec!["", "eq", "and", "unix:", "not"]).prop_map(str::to_owned);
    prop_oneof![vec(letters, 0..6).prop_map(|all| all.into_iter().collect()), words]
}

fn single() -> impl Strategy<Value = Filter> {
    let v4 = any::<[u8; 4]>().prop_map(|octets| IpAddr::V4(octets.into()));
    let v6 = any::<[u8; 16]>().prop_map(|octets| IpAddr::V6(octets.into()));
    let mapped = any::<[u8; 4]>().prop_map(|ip| IpAddr::V6(Ipv4Addr::from(ip).to_ipv6_mapped()));
    let fixed = select(vec![IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::UNSPECIFIED)]);
    let ip = prop_oneof![v4, v6, mapped, fixed].boxed();
    let bits = prop_oneof![0..=128_u8, Just(u8::MAX)];
    let states = prop_oneof![
        vec(any::<u8>(), 0..5),
        vec(1..14_u8, 0..14),
        Just((0..=255).collect::<Vec<u8>>()),
        vec(any::<u8>(), 200..300),
    ];
    prop_oneof![
        any::<u16>().prop_map(Filter::local_port),
        any::<u16>().prop_map(Filter::remote_port),
        any::<(u16, u16)>().prop_map(|(first, last)| Filter::local_ports(first..=last)),
        any::<(u16, u16)>().prop_map(|(first, last)| Filter::remote_ports(first..=last)),
        (ip.clone(), bits.clone()).prop_map(|(ip, bits)| Filter::local_prefix(ip, bits)),
        (ip, bits).prop_map(|(ip, bits)| Filter::remote_prefix(ip, bits)),
        Just(parse("dst inet6:*")),
        select(vec!["kind = tcp", "kind = unix", "src inet:*", "type = stream", "type = dgram"])
            .prop_map(parse),
        name().prop_map(|name| Filter::name(&name)),
        name().prop_map(|name| Filter::comm(&name)),
        name().prop_map(|name| Filter::unit(&name)),
        name().prop_map(|name| Filter::container(&name)),
        name().prop_map(|name| Filter::pod(&name)),
        name().prop_map(|name| Filter::interface_named(&name)),
        name().prop_map(|name| Filter::control_group_at(&name)),
        states.prop_map(|states| Filter::states(states.into_iter().map(State))),
        any::<u32>().prop_map(Filter::uid),
        any::<u32>().prop_map(Filter::pid),
        (1..u64::MAX).prop_map(|inode| Filter::inode(Inode::new(inode).unwrap())),
        any::<(u32, u32)>().prop_map(|(mark, mask)| Filter::mark(mark, mask)),
        Just(Filter::interface(None)),
        any::<u64>().prop_map(Filter::control_group),
        Just(Filter::autobound()),
    ]
}

/// Filters of any shape.
pub(in crate::filter) fn filters() -> impl Strategy<Value = Filter> {
    single().prop_recursive(4, 20, 4, |part| {
        prop_oneof![
            part.clone().prop_map(|filter| !filter),
            (part.clone(), part.clone()).prop_map(|(a, b)| a.and(b)),
            (part.clone(), part).prop_map(|(a, b)| a.or(b)),
        ]
    })
}

proptest! {
    #[test]
    fn a_printed_filter_parses_to_an_equal_filter(filter in filters()) {
        let text = filter.to_string();
        prop_assert_eq!(text.parse::<Filter>(), Ok(filter), "{}", text);
    }

    #[test]
    fn no_text_causes_a_panic(text in "\\PC*") {
        let _ = text.parse::<Filter>();
    }

    #[test]
    fn no_sequence_of_words_causes_a_panic(words in vec(select(vec![
        "sport", "=", "!", ":1", "(", ")", "and", "or", "src", "[", "]", "::", "/", "\"", "state",
        "all", "exclude", " ", "unix:", "~", "mark", "0x", "inet6:", "*", "&", "ü",
    ]), 0..12)) {
        let _ = words.concat().parse::<Filter>();
        let _ = words.join(" ").parse::<Filter>();
    }
}
