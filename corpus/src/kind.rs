//! What a file holds, by its path below `/proc` or by its folder here.

use procnet_core::{ByteOrder, Error, table::inet::Table};

use crate::{check, golden, network, render::inet};

/// A file that some decoder reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// tcp, udp, raw, icmp and their twins.
    Inet(Table),
    /// Unix sockets.
    Unix,
    /// Interfaces.
    Dev,
    /// snmp and netstat.
    Snmp,
    /// sockstat and sockstat6.
    Sockstat,
    /// snmp6, and that of an interface.
    Snmp6,
    /// What CPUs did with packets.
    Softnet,
    /// Protocols that are registered.
    Protocols,
    /// Counters of connection tracking.
    Conntrack,
    /// Neighbours, routes, addresses, groups and tracked connections.
    Network(network::Kind, ByteOrder),
    /// `status` of a process.
    Status,
    /// `stat` of a process.
    Stat,
    /// Targets of links, one a line.
    Link,
    /// Packet sockets.
    Packet,
    /// Netlink sockets, as their table shows them.
    NetlinkTable,
    /// Datagrams of socket diagnostics, one behind the other.
    Netlink(ByteOrder),
}

impl Kind {
    /// The kind of `net/tcp`, `7/status`, anything in `netlink/` or, for the folders here,
    /// `tcp` and `snmp`; there, `netlink-table` is what `net/netlink` holds.
    #[must_use]
    pub fn of(path: &str, order: ByteOrder) -> Option<Kind> {
        let inet = |name: &str| inet::Kind::ALL.into_iter().find(|kind| kind.file() == name);
        let mut names = path.rsplit('/');
        let name = names.next().unwrap_or(path);
        let folder = names.next();
        match (name, folder) {
            ("netlink", Some("net")) => return Some(Kind::NetlinkTable),
            ("netlink", _) | (_, Some("netlink")) => return Some(Kind::Netlink(order)),
            // Each file has the name of an interface.
            (_, Some("dev_snmp6")) => return Some(Kind::Snmp6),
            _ => {}
        }
        let network = network::Kind::ALL.into_iter().find(|kind| kind.file() == name);
        if let Some(kind) = network
            && folder != Some("stat")
        {
            return Some(Kind::Network(kind, order));
        }
        Some(match name {
            "unix" => Kind::Unix,
            "dev" => Kind::Dev,
            "snmp" | "netstat" => Kind::Snmp,
            "sockstat" | "sockstat6" => Kind::Sockstat,
            "snmp6" => Kind::Snmp6,
            "packet" => Kind::Packet,
            "netlink-table" => Kind::NetlinkTable,
            "softnet_stat" => Kind::Softnet,
            "protocols" => Kind::Protocols,
            "nf_conntrack" | "conntrack" => Kind::Conntrack,
            "status" => Kind::Status,
            "stat" => Kind::Stat,
            "link" => Kind::Link,
            name => Kind::Inet(inet(name)?.table(order)),
        })
    }

    /// Puts a file through every property.
    pub fn check(self, bytes: &[u8]) {
        match self {
            Kind::Inet(table) => check::inet::file(bytes, table),
            Kind::Unix => check::unix::file(bytes),
            Kind::Dev => check::dev::file(bytes),
            Kind::Snmp => check::snmp::file(bytes),
            Kind::Sockstat => check::sockstat::file(bytes),
            Kind::Snmp6 => check::snmp6::file(bytes),
            Kind::Packet => check::packet::file(bytes),
            Kind::NetlinkTable => check::netlink_table::file(bytes),
            Kind::Softnet => check::softnet::file(bytes),
            Kind::Protocols => check::protocols::file(bytes),
            Kind::Conntrack => check::conntrack::file(bytes),
            Kind::Network(kind, order) => kind.check(bytes, order),
            Kind::Status => check::process::status(bytes),
            Kind::Stat => check::process::stat(bytes),
            Kind::Link => {
                procnet_core::Lines::new(bytes).for_each(|target| {
                    check::process::link(target);
                    check::process::namespace(target);
                });
                check::process::namespace(bytes);
            }
            // Nothing in it is a line.
            Kind::Netlink(order) => return check::netlink::datagram(bytes, order),
        }
        // The windows of long files cost too much at every split.
        if bytes.len() < 1 << 14 {
            check::window::every(bytes);
        }
        check::escape::bytes(bytes);
    }

    /// The rows of a file in words, each with its line's number.
    #[must_use]
    pub fn rows(self, bytes: &[u8]) -> Vec<(usize, Result<String, Error>)> {
        match self {
            Kind::Inet(table) => golden::inet(bytes, table),
            Kind::Unix => golden::unix(bytes),
            Kind::Dev => golden::dev(bytes),
            Kind::Snmp => golden::snmp(bytes),
            Kind::Sockstat => golden::sockstat(bytes),
            Kind::Snmp6 => golden::snmp6(bytes),
            Kind::Packet => golden::packet(bytes),
            Kind::NetlinkTable => golden::netlink_table(bytes),
            Kind::Softnet => golden::softnet(bytes),
            Kind::Protocols => golden::protocols(bytes),
            Kind::Conntrack => golden::conntrack(bytes),
            Kind::Network(kind, order) => kind.rows(bytes, order),
            Kind::Status => golden::status(bytes),
            Kind::Stat => golden::stat(bytes),
            Kind::Link => golden::link(bytes),
            Kind::Netlink(order) => golden::netlink(bytes, order),
        }
    }
}
