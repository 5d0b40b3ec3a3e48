//! The fuzz targets: what each makes of the bytes that it is given.
//!
//! They are here, and not in the fuzzing crate, so that its seeds and its finds replay on
//! stable Rust as a part of the tests.

use procnet_core::{
    ByteOrder,
    table::inet::{Family, Table, Tail},
};

use crate::{check, network::Kind, proc_tree::Case};

/// A target's name and its function.
pub type Target = (&'static str, fn(&[u8]));

/// All of them.
pub const ALL: [Target; 20] = [
    ("inet", inet),
    ("unix", unix),
    ("dev", dev),
    ("snmp", snmp),
    ("sockstat", sockstat),
    ("packet", packet),
    ("netlink_table", netlink_table),
    ("snmp6", snmp6),
    ("softnet", softnet),
    ("protocols", protocols),
    ("conntrack", conntrack),
    ("network", network),
    ("window", window),
    ("link", link),
    ("status", status),
    ("stat", stat),
    ("escape", escape),
    ("netlink", netlink),
    ("filter", filter),
    ("proc_tree", proc_tree),
];

/// The first byte chooses the table, the rest is the file.
pub fn inet(data: &[u8]) {
    if let Some((choice, file)) = data.split_first() {
        check::inet::file(file, inet_table(*choice));
    }
}

/// The byte by which [`inet`] chooses a table.
#[must_use]
pub fn inet_choice(table: Table) -> u8 {
    u8::from(table.family == Family::V6)
        | u8::from(table.tail == Tail::Datagram) << 1
        | u8::from(table.order == ByteOrder::Big) << 2
}

fn inet_table(choice: u8) -> Table {
    Table {
        family: if choice & 1 == 0 { Family::V4 } else { Family::V6 },
        tail: if choice & 2 == 0 { Tail::Tcp } else { Tail::Datagram },
        order: if choice & 4 == 0 { ByteOrder::Little } else { ByteOrder::Big },
    }
}

/// A file of unix sockets.
pub fn unix(data: &[u8]) {
    check::unix::file(data);
}

/// A file of packet sockets.
pub fn packet(data: &[u8]) {
    check::packet::file(data);
}

/// A file of netlink sockets.
pub fn netlink_table(data: &[u8]) {
    check::netlink_table::file(data);
}

/// A file of interfaces.
pub fn dev(data: &[u8]) {
    check::dev::file(data);
}

/// A file of pairs of lines.
pub fn snmp(data: &[u8]) {
    check::snmp::file(data);
}

/// A file of numbers of sockets.
pub fn sockstat(data: &[u8]) {
    check::sockstat::file(data);
}

/// A file of counters of IPv6.
pub fn snmp6(data: &[u8]) {
    check::snmp6::file(data);
}

/// A file of what CPUs did.
pub fn softnet(data: &[u8]) {
    check::softnet::file(data);
}

/// A file of protocols.
pub fn protocols(data: &[u8]) {
    check::protocols::file(data);
}

/// A file of counters of connection tracking.
pub fn conntrack(data: &[u8]) {
    check::conntrack::file(data);
}

/// The first byte chooses the table and the byte order, the rest is the file.
pub fn network(data: &[u8]) {
    if let Some((choice, file)) = data.split_first() {
        let (kind, order) = Kind::chosen(*choice);
        kind.check(file, order);
    }
}

/// The first byte is the buffer's size, the second the number of lengths that follow: as
/// many bytes are read at a time. The rest is the input.
pub fn window(data: &[u8]) {
    let [size, count, rest @ ..] = data else { return };
    let (lengths, input) = rest.split_at(usize::from(*count).min(rest.len()));
    let lengths: Vec<usize> = lengths.iter().map(|length| usize::from(*length)).collect();
    check::window::pieces(input, usize::from(*size), &lengths);
    check::window::whole(input);
}

/// A link's target, or where namespaces are mounted.
pub fn link(data: &[u8]) {
    check::process::link(data);
    check::process::namespace(data);
}

/// A `status` file.
pub fn status(data: &[u8]) {
    check::process::status(data);
}

/// A `stat` file.
pub fn stat(data: &[u8]) {
    check::process::stat(data);
}

/// A name, and a text that may hold escapes.
pub fn escape(data: &[u8]) {
    check::escape::bytes(data);
    check::escape::text(&String::from_utf8_lossy(data));
}

/// The first byte chooses the byte order and how many expressions there are, the second the
/// buffer's size; then follow a socket and the expressions that it has to meet.
pub fn filter(data: &[u8]) {
    check::filter::bytes(data);
}

/// The first byte chooses the byte order, the rest is a datagram of socket diagnostics.
pub fn netlink(data: &[u8]) {
    if let Some((choice, datagram)) = data.split_first() {
        let order = if choice & 1 == 0 { ByteOrder::Little } else { ByteOrder::Big };
        check::netlink::datagram(datagram, order);
    }
}

/// A tree of files that stands in for /proc, and what happens to it: see
/// [`proc_tree`](crate::proc_tree).
pub fn proc_tree(data: &[u8]) {
    check::proc_tree::case(&Case::parse(data));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_of_a_table_is_read_back() {
        for choice in 0..8 {
            assert_eq!(inet_choice(inet_table(choice)), choice);
        }
    }
}
