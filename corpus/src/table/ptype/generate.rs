//! A random row.

use procnet_core::network::ptype;

use crate::generate::RandomValues;

pub(super) fn row<'a>(from: &mut RandomValues, name: &'a [u8]) -> ptype::Row<'a> {
    let functions: [&[u8]; 5] =
        [b"packet_rcv", b"vlan_rcv+0x0/0x2b0 [8021q]", b":ipv6:ipv6_rcv+0x0", b"[c0123456]", b""];
    let function = functions[from.number() as usize % functions.len()];
    ptype::Row {
        kind: ptype::PacketType(from.number() as u16),
        device: from.some(|_| name),
        function: ptype::Function::new(function),
    }
}
