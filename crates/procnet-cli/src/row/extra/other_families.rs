//! Attributes of SCTP, SMC, vsock, TIPC and XDP sockets, for programs.

use super::{ExtraColumn, packet_netlink::packet_or_xdp, text};

pub(super) const COLUMNS: &[ExtraColumn] = &[
    ExtraColumn::program("association", |attributes| text(attributes.socket.sctp()?.association)),
    ExtraColumn::program("mode", |attributes| text(Some(attributes.socket.smc()?.mode))),
    ExtraColumn::program("local_cid", |attributes| text(attributes.socket.vsock()?.local.cid)),
    ExtraColumn::program("remote_cid", |attributes| text(attributes.socket.vsock()?.remote.cid)),
    ExtraColumn::program("node", |attributes| text(Some(attributes.socket.tipc()?.local.node))),
    ExtraColumn::program("ref", |attributes| text(Some(attributes.socket.tipc()?.local.reference))),
    ExtraColumn::program("peer_node", |attributes| {
        text(attributes.socket.tipc()?.peer.map(|peer| peer.node))
    }),
    ExtraColumn::program("peer_ref", |attributes| {
        text(attributes.socket.tipc()?.peer.map(|peer| peer.reference))
    }),
    ExtraColumn::program("service_type", |attributes| {
        text(attributes.socket.tipc()?.service.map(|service| service.kind))
    }),
    ExtraColumn::program("service_instance", |attributes| {
        text(attributes.socket.tipc()?.service.map(|service| service.instance))
    }),
    ExtraColumn::program("published", |attributes| text(Some(attributes.socket.tipc()?.published))),
    ExtraColumn::program("interface", |attributes| match attributes.extras.extended {
        true => text(attributes.socket.interface()),
        false => text(packet_or_xdp(attributes.socket)),
    }),
    ExtraColumn::program("queue", |attributes| text(Some(attributes.socket.xdp()?.queue))),
];
