//! Attributes of packet and netlink sockets, for programs.

use super::{ExtraColumn, text};

pub(super) const COLUMNS: &[ExtraColumn] = &[
    ExtraColumn::program("protocol", |attributes| {
        let packet = attributes.socket.packet().map(|packet| packet.protocol);
        text(packet.or_else(|| attributes.socket.netlink().map(|netlink| netlink.protocol.0)))
    }),
    ExtraColumn::program("interface", |attributes| match attributes.extras.extended {
        true => text(attributes.socket.interface()),
        false => text(attributes.socket.packet()?.interface),
    }),
    ExtraColumn::program("running", |attributes| text(Some(attributes.socket.packet()?.running))),
    ExtraColumn::program("port_id", |attributes| text(Some(attributes.socket.netlink()?.port))),
    ExtraColumn::program("groups", |attributes| text(Some(attributes.socket.netlink()?.groups))),
];
