//! Neighbours, routes, addresses, groups and tracked connections.

mod connection;
mod group;
mod neighbour;
mod route;

use crate::{check::network::Twin, network::Kind, render::Host};

/// The files, by their path.
pub(super) fn files(host: Host) -> Vec<(String, Vec<u8>)> {
    let file = |kind: Kind| {
        let content = match kind {
            Kind::Arp => neighbour::arp(host),
            Kind::Route => route::v4(host),
            Kind::Ipv6Route => route::v6(host),
            Kind::IfInet6 => neighbour::addresses(host),
            Kind::Igmp => group::v4(host),
            Kind::Igmp6 => group::v6(host),
            Kind::Ptype => neighbour::takers(host),
            Kind::Wireless => neighbour::links(host),
            Kind::NfConntrack => connection::tracked(host),
        };
        (format!("net/{}", kind.file()), content)
    };
    Kind::ALL.into_iter().map(file).collect()
}

/// A table: its heading and these rows.
fn table<'a, T: Twin>(_: T, host: Host, rows: impl IntoIterator<Item = T::Row<'a>>) -> Vec<u8> {
    let mut file = T::heading(host).as_bytes().to_vec();
    for row in rows {
        file.extend(T::print(host, &row));
    }
    file
}

/// A name of 15 bytes, which is the most, and so leaves no padding.
const LONG: &[u8] = b"15charsname_567";
