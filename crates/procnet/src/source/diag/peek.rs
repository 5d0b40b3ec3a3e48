//! What a datagram has, before its sockets are decoded.

use std::net::SocketAddr;

use procnet_core::{
    ByteOrder, Inode, State,
    netlink::{Message, Messages, inet, unix},
};

use crate::{Kind, Kinds};

/// The address of a listener.
pub(super) fn listener_at(state: State, local: Option<SocketAddr>) -> Option<SocketAddr> {
    local.filter(|_| state == State::LISTEN)
}

/// The address of the first socket of a datagram, if it is a listener.
pub(super) fn first_listener(datagram: &[u8]) -> Option<SocketAddr> {
    let message = Messages::new(datagram, ByteOrder::NATIVE).next()?.ok()?;
    let socket = inet::Socket::decode(message.payload).ok()?;
    listener_at(socket.state, Some(socket.local))
}

/// The inodes of the sockets in a datagram, as far as it decodes.
pub(super) fn inodes(datagram: &[u8], kind: Kind) -> impl Iterator<Item = Inode> {
    let messages = Messages::new(datagram, ByteOrder::NATIVE).map_while(Result::ok);
    messages.filter_map(move |Message { payload, .. }| match kind {
        Kind::Unix => unix::Socket::decode(payload).ok()?.inode,
        kind if Kinds::OF_OWN_FAMILY.contains(kind) => None,
        _ => inet::Socket::decode(payload).ok()?.inode,
    })
}
