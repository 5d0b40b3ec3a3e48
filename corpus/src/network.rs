//! Which tables of [`procnet_core::network`] there are.

use procnet_core::{
    ByteOrder, Error,
    network::{arp, if_inet6, igmp, igmp6, ipv6_route, nf_conntrack, ptype, route, wireless},
};

use crate::{
    check::network::{Twin, file},
    render::Host,
};

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Neighbours.
    Arp,
    /// Routes of IPv4.
    Route,
    /// Routes of IPv6.
    Ipv6Route,
    /// Addresses of IPv6.
    IfInet6,
    /// Groups of IPv4.
    Igmp,
    /// Groups of IPv6.
    Igmp6,
    /// Takers of packets.
    Ptype,
    /// Wireless interfaces.
    Wireless,
    /// Tracked connections.
    NfConntrack,
}

/// Does the same with any table.
macro_rules! with_table {
    ($kind:expr, $order:expr, |$table:ident| $do:expr) => {
        match $kind {
            Kind::Arp => {
                let $table = arp::Table;
                $do
            }
            Kind::Route => {
                let $table = route::Table { order: $order };
                $do
            }
            Kind::Ipv6Route => {
                let $table = ipv6_route::Table;
                $do
            }
            Kind::IfInet6 => {
                let $table = if_inet6::Table;
                $do
            }
            Kind::Igmp => {
                let $table = igmp::Table { order: $order };
                $do
            }
            Kind::Igmp6 => {
                let $table = igmp6::Table;
                $do
            }
            Kind::Ptype => {
                let $table = ptype::Table;
                $do
            }
            Kind::Wireless => {
                let $table = wireless::Table;
                $do
            }
            Kind::NfConntrack => {
                let $table = nf_conntrack::Table;
                $do
            }
        }
    };
}

impl Kind {
    /// All of them.
    pub const ALL: [Kind; 9] = [
        Kind::Arp,
        Kind::Route,
        Kind::Ipv6Route,
        Kind::IfInet6,
        Kind::Igmp,
        Kind::Igmp6,
        Kind::Ptype,
        Kind::Wireless,
        Kind::NfConntrack,
    ];

    /// Its name under `net/`.
    #[must_use]
    pub fn file(self) -> &'static str {
        match self {
            Kind::Arp => "arp",
            Kind::Route => "route",
            Kind::Ipv6Route => "ipv6_route",
            Kind::IfInet6 => "if_inet6",
            Kind::Igmp => "igmp",
            Kind::Igmp6 => "igmp6",
            Kind::Ptype => "ptype",
            Kind::Wireless => "wireless",
            Kind::NfConntrack => "nf_conntrack",
        }
    }

    /// The byte by which a fuzz target chooses it.
    #[must_use]
    pub fn choice(self, order: ByteOrder) -> u8 {
        self as u8 * 2 + u8::from(order == ByteOrder::Big)
    }

    /// The table of a byte.
    #[must_use]
    pub fn chosen(choice: u8) -> (Kind, ByteOrder) {
        let order = if choice.is_multiple_of(2) { ByteOrder::Little } else { ByteOrder::Big };
        (Kind::ALL[usize::from(choice / 2) % Kind::ALL.len()], order)
    }

    /// Puts a file through every property.
    pub fn check(self, bytes: &[u8], order: ByteOrder) {
        with_table!(self, order, |table| file(table, bytes));
    }

    /// The rows of a file in words, each with its line's number.
    #[must_use]
    pub fn rows(self, bytes: &[u8], order: ByteOrder) -> Vec<(usize, Result<String, Error>)> {
        with_table!(self, order, |table| words(table, bytes))
    }

    /// A file decoded, and printed again as a host does.
    ///
    /// # Panics
    ///
    /// If a row does not decode.
    #[must_use]
    pub fn print(self, bytes: &[u8], host: Host) -> Vec<u8> {
        with_table!(self, host.order, |table| print(table, bytes, host))
    }
}

fn words<T: Twin>(table: T, bytes: &[u8]) -> Vec<(usize, Result<String, Error>)> {
    let mut found = Vec::new();
    let mut rows = table.rows(bytes);
    while let Some(row) = rows.next() {
        found.push((rows.line(), row.map(|row| T::words(&row))));
    }
    found
}

fn print<T: Twin>(table: T, bytes: &[u8], host: Host) -> Vec<u8> {
    let mut printed = T::heading(host).as_bytes().to_vec();
    for row in table.rows(bytes) {
        printed.extend(T::print(host, &row.expect("a row")));
    }
    printed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_of_a_table_is_read_back() {
        for kind in Kind::ALL {
            for order in [ByteOrder::Little, ByteOrder::Big] {
                assert_eq!(Kind::chosen(kind.choice(order)), (kind, order));
            }
        }
    }
}
