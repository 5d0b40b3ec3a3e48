//! What programs are told of packet and netlink sockets, where these are asked for.

use super::{Extra, text};

pub(super) const EXTRAS: &[Extra] = &[
    Extra::program("protocol", |facts| {
        let packet = facts.socket.packet().map(|packet| packet.protocol);
        text(packet.or_else(|| facts.socket.netlink().map(|netlink| netlink.protocol.0)))
    }),
    Extra::program("interface", |facts| text(facts.socket.packet()?.interface)),
    Extra::program("running", |facts| text(Some(facts.socket.packet()?.running))),
    Extra::program("port_id", |facts| text(Some(facts.socket.netlink()?.port))),
    Extra::program("groups", |facts| text(Some(facts.socket.netlink()?.groups))),
    Extra::program("drops", |facts| text(facts.socket.netlink()?.drops)),
];
