//! Sockets of the families that have messages of their own, decoded from them.

use std::num::NonZeroU64;

use procnet_core::{
    Error as DecodeError, State,
    netlink::{Payload, packet, smc, tipc, vsock, xdp},
};

use super::{
    Form, Interface, Own, OwnedPacket, OwnedSmc, OwnedTipc, OwnedVsock, OwnedXdp, SocketFields,
    SocketRow, fields::Ends,
};
use crate::{Kind, details::Details};

/// A socket of a family of its own; `None` if the kind is none of these.
pub(crate) fn own_family_row(
    kind: Kind,
    payload: Payload<'_>,
    asked: Details,
) -> Option<Result<SocketRow<'_>, DecodeError>> {
    let decode = match kind {
        Kind::Packet => packet_fields,
        Kind::Vsock => vsock_fields,
        Kind::Tipc => tipc_fields,
        Kind::Xdp => xdp_fields,
        Kind::Smc => smc_fields,
        _ => return None,
    };
    let row = |fields: SocketFields| {
        let fields = SocketFields { details: asked.of(kind), ..fields };
        SocketRow { fields, bytes: payload.as_bytes(), is_distinct: false }
    };
    Some(decode(payload).map(row))
}

/// Its state is `UNCONN`, as that of a row of its table. A requested attribute that does not decode
/// makes the row undecodable.
fn packet_fields(payload: Payload<'_>) -> Result<SocketFields, DecodeError> {
    let socket = packet::Socket::decode(payload)?;
    let info = socket.info()?;
    let mut fields = SocketFields {
        inode: socket.inode,
        cookie: NonZeroU64::new(socket.cookie),
        interface: Interface::of(info.interface),
        own: Own::Packet(OwnedPacket {
            kind: socket.kind,
            protocol: socket.protocol,
            interface: info.interface,
            running: info.flags.contains(packet::Flags::RUNNING),
        }),
        ..SocketFields::new(Kind::Packet, State::CLOSE, Form::PacketDiag)
    };
    for detail in socket.details() {
        match detail? {
            packet::Detail::Uid(uid) => fields.uid = Some(uid),
            packet::Detail::SocketMemory(memory) => fields.rx_queue = Some(memory.receive),
            _ => {}
        }
    }
    Ok(fields)
}

/// Whether the kernel does not reveal the filter of a packet socket.
pub(crate) fn withholds_filter(payload: Payload<'_>) -> bool {
    let Ok(socket) = packet::Socket::decode(payload) else { return false };
    socket.details().any(|detail| detail == Ok(packet::Detail::Filter(None)))
}

fn vsock_fields(payload: Payload<'_>) -> Result<SocketFields, DecodeError> {
    let socket = vsock::Socket::decode(payload)?;
    Ok(SocketFields {
        inode: socket.inode,
        cookie: NonZeroU64::new(socket.cookie),
        own: Own::Vsock(OwnedVsock::from(&socket)),
        ..SocketFields::new(Kind::Vsock, socket.state, Form::Diag)
    })
}

fn tipc_fields(payload: Payload<'_>) -> Result<SocketFields, DecodeError> {
    let socket = tipc::Socket::decode(payload)?;
    Ok(SocketFields {
        inode: socket.inode,
        cookie: NonZeroU64::new(socket.cookie),
        uid: socket.uid,
        rx_queue: socket.receive_queue,
        tx_queue: socket.transmit_queue,
        own: Own::Tipc(OwnedTipc::from(&socket)),
        ..SocketFields::new(Kind::Tipc, socket.state, Form::Diag)
    })
}

/// Its state is `UNCONN`, like that of every socket without connections.
fn xdp_fields(payload: Payload<'_>) -> Result<SocketFields, DecodeError> {
    let socket = xdp::Socket::decode(payload)?;
    let mut fields = SocketFields {
        inode: socket.inode,
        cookie: NonZeroU64::new(socket.cookie),
        ..SocketFields::new(Kind::Xdp, State::CLOSE, Form::Diag)
    };
    for detail in socket.details() {
        match detail? {
            xdp::Detail::Queue(queue) => {
                fields.interface = Interface::of(queue.interface);
                let (interface, queue) = (queue.interface, queue.number);
                fields.own = Own::Xdp(OwnedXdp { interface, queue });
            }
            xdp::Detail::Uid(uid) => fields.uid = Some(uid),
            xdp::Detail::SocketMemory(memory) => fields.rx_queue = Some(memory.receive),
            _ => {}
        }
    }
    Ok(fields)
}

fn smc_fields(payload: Payload<'_>) -> Result<SocketFields, DecodeError> {
    let socket = smc::Socket::decode(payload)?;
    Ok(SocketFields {
        inode: socket.inode,
        cookie: NonZeroU64::new(socket.cookie),
        ends: Some(Ends { local: socket.local, remote: socket.remote }),
        interface: Interface::of(socket.interface),
        uid: Some(socket.uid),
        own: Own::Smc(OwnedSmc { mode: socket.mode }),
        ..SocketFields::new(Kind::Smc, socket.state(), Form::Diag)
    })
}
