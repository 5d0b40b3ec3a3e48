//! Attributes of packet and netlink sockets, for programs.

use std::num::NonZeroU32;

use procnet::Socket;

use super::{ExtraColumn, text};

pub(super) const COLUMNS: &[ExtraColumn] = &[
    ExtraColumn::program("protocol", |attributes| {
        let packet = attributes.socket.packet().map(|packet| packet.protocol);
        text(packet.or_else(|| attributes.socket.netlink().map(|netlink| netlink.protocol.0)))
    }),
    ExtraColumn::program("interface", |attributes| match attributes.extras.extended {
        true => text(attributes.socket.interface()),
        false => text(packet_or_xdp(attributes.socket)),
    }),
    ExtraColumn::program("running", |attributes| text(Some(attributes.socket.packet()?.running))),
    ExtraColumn::program("port_id", |attributes| text(Some(attributes.socket.netlink()?.port))),
    ExtraColumn::program("groups", |attributes| text(Some(attributes.socket.netlink()?.groups))),
];

/// The interface that a packet or XDP socket is bound to.
pub(super) fn packet_or_xdp(socket: &Socket<'_>) -> Option<NonZeroU32> {
    let packet = socket.packet().and_then(|packet| packet.interface);
    packet.or_else(|| socket.xdp()?.interface)
}
