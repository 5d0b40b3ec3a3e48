//! Associations of sctp (net/sctp/diag.c `inet_sctp_diag_fill`).
//!
//! A message is either about a socket, or about one of its associations, which has the cookie and
//! the inode of the socket.

use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
};

use super::{AF_INET, Socket};
use crate::State;

/// `INET_DIAG_LOCALS` and `INET_DIAG_PEERS`: an array of `struct sockaddr_storage`.
const LOCALS: u16 = 12;
const PEERS: u16 = 13;

/// The state of an association (include/net/sctp/constants.h `enum sctp_state`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Association(
    /// The kernel's number.
    pub u8,
);

impl Association {
    /// Every state, by its number.
    const NAMES: [&'static str; 8] = [
        "CLOSED",
        "COOKIE_WAIT",
        "COOKIE_ECHOED",
        "ESTABLISHED",
        "SHUTDOWN_PENDING",
        "SHUTDOWN_SENT",
        "SHUTDOWN_RECEIVED",
        "SHUTDOWN_ACK_SENT",
    ];

    /// The kernel's name without the prefix `SCTP_STATE_`; `None` for an unknown number.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        Association::NAMES.get(usize::from(self.0)).copied()
    }

    /// The association state with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Association> {
        let at = Association::NAMES.iter().position(|known| *known == name)?;
        u8::try_from(at).ok().map(Association)
    }

    /// The state of tcp that corresponds to it.
    #[must_use]
    pub fn state(self) -> State {
        match self.0 {
            0 => State::CLOSE,
            1 | 2 => State::SYN_SENT,
            3 => State::ESTABLISHED,
            4 => State::FIN_WAIT1,
            5 => State::FIN_WAIT2,
            6 => State::CLOSE_WAIT,
            7 => State::LAST_ACK,
            other => State(other),
        }
    }
}

impl fmt::Display for Association {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(name),
            None => write!(f, "{}", self.0),
        }
    }
}

impl Socket<'_> {
    /// Of a message about sctp, the state of its association; `None` if it is about a socket, whose
    /// queues are then those of connections waiting to be accepted.
    #[must_use]
    pub fn association(&self) -> Option<Association> {
        let mut attributes = self.attributes().map_while(Result::ok);
        let has_peers = attributes.any(|attribute| attribute.kind() == PEERS);
        has_peers.then_some(Association(self.state.0))
    }

    /// The ends of an association. The kernel reports those of an IPv6 socket as unspecified if they
    /// are IPv4 (`inet_diag_msg_sctpasoc_fill`); their first addresses are in attributes.
    #[must_use]
    pub fn association_ends(&self) -> (SocketAddr, SocketAddr) {
        let (mut local, mut remote) = (self.local, self.remote);
        for attribute in self.attributes().map_while(Result::ok) {
            let end = match attribute.kind() {
                LOCALS => &mut local,
                PEERS => &mut remote,
                _ => continue,
            };
            let mapped =
                first_ipv4(attribute.value).filter(|_| end.ip() == IpAddr::from([0_u16; 8]));
            if let Some(ip) = mapped {
                end.set_ip(ip.to_ipv6_mapped().into());
            }
        }
        (local, remote)
    }
}

/// The first address of an array, if it is IPv4.
fn first_ipv4(value: crate::netlink::Payload<'_>) -> Option<Ipv4Addr> {
    let family = value.as_bytes().first_chunk().map(|bytes| value.order().u16(*bytes))?;
    let address: &[u8; 4] = value.as_bytes().get(4..)?.first_chunk()?;
    (family == u16::from(AF_INET)).then(|| Ipv4Addr::from(*address))
}

#[cfg(test)]
mod tests {
    use std::{string::ToString, vec, vec::Vec};

    use super::*;
    use crate::{
        ByteOrder,
        netlink::{Payload, inet::AF_INET6},
    };

    /// An IPv6 socket in a state, with these attributes.
    fn message(state: u8, attributes: &[Vec<u8>]) -> Vec<u8> {
        let mut bytes = vec![0; 72];
        bytes[..2].copy_from_slice(&[AF_INET6, state]);
        bytes.extend(attributes.concat());
        bytes
    }

    /// An array of one IPv4 address.
    fn addresses(kind: u8, address: [u8; 4]) -> Vec<u8> {
        let mut bytes = vec![132, 0, kind, 0, AF_INET, 0, 0x1F, 0x90];
        bytes.extend(address);
        bytes.resize(132, 0);
        bytes
    }

    #[test]
    fn an_association_has_peers_and_their_addresses() {
        let bytes = message(2, &[addresses(12, [127, 0, 0, 1]), addresses(13, [192, 0, 2, 7])]);
        let socket = Socket::decode(Payload::of(&bytes, ByteOrder::Little)).unwrap();
        let state = socket.association().unwrap();
        assert_eq!((state.to_string(), state.state()), ("COOKIE_ECHOED".into(), State::SYN_SENT));
        let (local, remote) = socket.association_ends();
        assert_eq!(local.to_string(), "[::ffff:127.0.0.1]:0");
        assert_eq!(remote.to_string(), "[::ffff:192.0.2.7]:0");
        for number in 0..8 {
            let state = Association(number);
            assert_eq!(Association::from_name(state.name().unwrap()), Some(state));
        }
        assert_eq!((Association(8).name(), Association(8).state()), (None, State(8)));
    }

    #[test]
    fn a_socket_has_none() {
        let bytes = message(10, &[addresses(12, [127, 0, 0, 1])]);
        let socket = Socket::decode(Payload::of(&bytes, ByteOrder::Little)).unwrap();
        assert_eq!(socket.association(), None);
        // Cut short.
        let bytes = message(10, &[vec![132, 0, 13, 0]]);
        let socket = Socket::decode(Payload::of(&bytes, ByteOrder::Little)).unwrap();
        assert_eq!(socket.association(), None);
        let bytes = message(3, &[vec![8, 0, 13, 0, AF_INET, 0, 0, 0]]);
        let socket = Socket::decode(Payload::of(&bytes, ByteOrder::Little)).unwrap();
        assert_eq!(socket.association_ends().1.to_string(), "[::]:0");
    }
}
