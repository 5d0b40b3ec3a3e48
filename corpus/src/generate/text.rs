//! The other tables, and the files of a process.

use procnet_core::process::status::Uids;
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::inet::{edges64, host};
use crate::{
    naive,
    render::{self, Host, Kernel},
};

/// A name of up to `most` bytes that anyone may have chosen: any bytes, likely ones, or what
/// looks like something else.
pub fn name(most: usize) -> impl Strategy<Value = Vec<u8>> {
    let mean = vec![
        "",
        " ",
        "\n",
        "\t",
        "@",
        "a b ",
        "\r\n",
        "\0",
        ":",
        "Num ",
        "Inter-|",
        "face|x",
        ") S 1 (",
        "\n0000000000000001: 00000002 00000000 00010000 0001 01 424242 /forged",
        "\nUid:\t0\t0\t0\t0",
        "caf\u{E9}",
        "\u{202E}",
        "\\x41",
        "\x1B[31m",
    ];
    prop_oneof![
        vec(any::<u8>(), 0..=most),
        "[ -~]{0,20}".prop_map(String::into_bytes),
        vec(select(mean), 0..4).prop_map(|parts| parts.concat().into_bytes()),
    ]
    .prop_map(move |mut name| {
        name.truncate(most);
        name
    })
}

/// A file of unix sockets.
pub fn unix() -> impl Strategy<Value = Vec<u8>> {
    let states = (0..3_u32, select(vec![0, 1 << 16, u32::MAX]), any::<u16>(), any::<u8>());
    let row = (any::<u64>(), states, edges64(), option::of(name(108)));
    (host(), vec(row, 0..5)).prop_map(|(host, rows)| {
        let mut file = render::unix::HEADING.as_bytes().to_vec();
        for (pointer, (refs, flags, kind, state), inode, name) in rows {
            let pointer = host.word.pointer(pointer).into_bytes();
            let row =
                naive::unix::Row { pointer, refs, protocol: 0, flags, kind, state, inode, name };
            file.extend(render::unix::row(host, &row));
        }
        file
    })
}

/// A file of interfaces.
pub fn dev() -> impl Strategy<Value = Vec<u8>> {
    let counters = proptest::array::uniform16(edges64());
    (host(), vec((name(15), counters), 0..4)).prop_map(|(host, rows)| {
        let mut file = render::dev::HEADING.as_bytes().to_vec();
        for (name, counters) in rows {
            file.extend(render::dev::row(host, &naive::dev::Row { name, counters }));
        }
        file
    })
}

/// A file of pairs of lines, some of them without a partner or ragged.
pub fn snmp() -> impl Strategy<Value = Vec<u8>> {
    let prefix = select(vec!["Ip", "Icmp", "IcmpMsg", "Tcp", "Udp", "UdpLite", "New", ""]);
    let pair = (prefix, vec(edges64(), 0..40), any::<bool>(), 0..8_u8);
    (host(), vec(pair, 0..6)).prop_map(|(host, pairs)| {
        let mut file = Vec::new();
        for (prefix, values, minus, damage) in pairs {
            let names = snmp_names(host, prefix, values.len());
            let value = |value: u64| i128::from(value) * if minus { -1 } else { 1 };
            let counters: Vec<_> = names.into_iter().zip(values.into_iter().map(value)).collect();
            let pair = render::snmp::pair(prefix.as_bytes(), &counters);
            let half = pair.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            match damage {
                0 => file.extend(&pair[..half]),
                1 => file.extend(&pair[half..]),
                2 => file.extend(&pair[..pair.len() - 2]),
                3 => file.extend([&pair[..half], b"\n  \n", &pair[half..]].concat()),
                _ => file.extend(pair),
            }
        }
        file
    })
}

fn snmp_names(host: Host, prefix: &str, count: usize) -> Vec<Vec<u8>> {
    let known = render::snmp::names(host, prefix).into_iter().map(|name| name.as_bytes().to_vec());
    known.chain((0..).map(|at| format!("InType{at}").into_bytes())).take(count).collect()
}

/// A file of numbers of sockets.
pub fn sockstat() -> impl Strategy<Value = Vec<u8>> {
    let value = ("inuse|tw|orphan|memory|[ -~]{0,6}", edges64(), 0..6_u8);
    let row = ("sockets|TCP6?|UDP|FRAG6|[ -~]{0,6}", vec(value, 0..6), 0..8_u8);
    vec(row, 0..6).prop_map(|rows| {
        let mut file = String::new();
        for (prefix, values, damage) in rows {
            file += &prefix;
            file += if damage == 0 { "" } else { ":" };
            for (name, value, damage) in values {
                match damage {
                    0 => file += &format!(" {name} -{value}"),
                    1 => file += &format!("  {name}\t{value}x "),
                    2 => file += &format!(" {name}"),
                    _ => file += &format!(" {name} {value}"),
                }
            }
            file += if damage == 1 { "\n \n" } else { "\n" };
        }
        file.into_bytes()
    })
}

/// A file of counters of connection tracking.
pub fn conntrack() -> impl Strategy<Value = Vec<u8>> {
    (host(), vec(vec(any::<u32>(), 17), 0..5)).prop_map(|(host, mut rows)| {
        if host.kernel == Kernel::V2_6_24 {
            rows.iter_mut().for_each(|row| row.truncate(16));
        }
        render::conntrack::table(host, &rows).into_bytes()
    })
}

/// A link's target.
pub fn link() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        edges64().prop_map(|inode| render::process::link(inode).into_bytes()),
        "(socket|pipe|net|anon_inode):\\[[0-9]{0,22}\\]?".prop_map(String::into_bytes),
        name(40),
    ]
}

/// A `mountinfo` file, some of whose lines tell of network namespaces.
pub fn mountinfo() -> impl Strategy<Value = Vec<u8>> {
    let line = "[0-9]{1,3} 2 0:4 ((net|mnt):\\[[0-9]{1,12}\\]|/) /[a-z\\\\0-7/]{0,12} rw( shared:9)?( -)? (nsfs|proc) x rw\n";
    vec(line, 0..6).prop_map(|lines| lines.concat().into_bytes())
}

/// A `status` file.
pub fn status() -> impl Strategy<Value = Vec<u8>> {
    let uids = (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>()).prop_map(
        |(real, effective, saved, filesystem)| Uids { real, effective, saved, filesystem },
    );
    (name(15), any::<u32>(), uids)
        .prop_map(|(comm, pid, uids)| render::process::status(&comm, pid, uids))
}

/// A `stat` file.
pub fn stat() -> impl Strategy<Value = Vec<u8>> {
    let state = select(b"RSDZTtXIP".to_vec());
    let stat = (any::<u32>(), name(64), state, any::<u32>(), any::<u32>(), edges64());
    stat.prop_map(|(pid, comm, state, ppid, threads, start_time)| {
        render::process::stat(&naive::process::Stat { pid, comm, state, ppid, threads, start_time })
    })
}
