//! A socket and who holds it: `struct row` in bpf/rows.bpf.c, and what follows it by address family.

use std::{
    fmt,
    net::{Ipv4Addr, Ipv6Addr, SocketAddrV4, SocketAddrV6},
};

use procnet_core::{State, table::inet::Timer};

use super::{Fixed, OtherFile, Owner};

#[cfg(test)]
mod tests;

/// Of a record of a descriptor that is no socket.
const AF_UNSPEC: u16 = 0;
const AF_UNIX: u16 = 1;
const AF_INET: u16 = 2;
const AF_INET6: u16 = 10;
const AF_NETLINK: u16 = 16;

/// The longest name: include/uapi/linux/un.h.
const UNIX_PATH_MAX: usize = 108;

/// The length of `struct row`; what depends on the family follows.
const FIXED: usize = 72;

/// Bits of `known`.
const KNOWS_RX: u16 = 1;
const KNOWS_TX: u16 = 2;

/// A socket, held by a descriptor. It borrows the name of a unix socket from the buffer.
///
/// Members are read without locks: each is right, but two of them may be of different moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Row<'a> {
    /// The inode, the process and the descriptor.
    pub owner: Owner,
    /// The number that identifies the socket until the host restarts (`SO_COOKIE`); `None` if nobody
    /// has asked for it yet, as the kernel assigns it then.
    pub cookie: Option<u64>,
    /// The number of its network namespace, that in `net:[4026531840]`; 0 on a kernel without them.
    pub netns: u32,
    /// The user who created it, as the initial user namespace counts.
    pub uid: u32,
    /// The address family: `AF_INET` is 2.
    pub family: u16,
    /// The type: `SOCK_STREAM` is 1.
    pub socket_type: u16,
    /// The protocol: `IPPROTO_TCP` is 6. Of a packet socket: the EtherType; of a netlink socket: its
    /// netlink family.
    pub protocol: u16,
    /// The state.
    pub state: State,
    /// Bit 0: shut down for receiving; bit 1: for sending.
    pub shutdown: u8,
    /// The interface that it is bound to.
    pub interface: Option<u32>,
    /// The pending timer of a TCP socket.
    pub timer: Timer,
    /// When that timer expires, in jiffies from now; negative if it is late. A jiffy is the resolution
    /// of `CLOCK_MONOTONIC_COARSE`.
    pub timer_jiffies: i32,
    /// Retransmissions, or probes without an answer.
    pub retransmits: u8,
    /// Of a listener, connections to be accepted; of other TCP sockets, bytes to be read; else the
    /// memory of what was received. `None` where the kernel measures something else for sock_diag.
    pub rx_queue: Option<u32>,
    /// Of a listener, the limit of connections to be accepted; of other TCP sockets, bytes to be
    /// acknowledged; else the memory of what is being sent.
    pub tx_queue: Option<u32>,
    /// Of a TCP listener: connection requests that are not established yet, of which no source reports
    /// rows with owners.
    pub requests: u32,
    /// The addresses.
    pub addresses: Addresses<'a>,
}

/// The addresses of a socket, by its family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Addresses<'a> {
    /// `AF_INET`.
    Inet {
        /// The local address. The port of a raw socket is its protocol, as in the kernel's tables.
        local: SocketAddrV4,
        /// The remote address; all zeros if there is none.
        remote: SocketAddrV4,
    },
    /// `AF_INET6`.
    Inet6 {
        /// As for `AF_INET`.
        local: SocketAddrV6,
        /// As for `AF_INET`.
        remote: SocketAddrV6,
    },
    /// `AF_UNIX`.
    Unix {
        /// The inode of the peer; `None` if there is none, or if it is not accepted yet. May be that of
        /// a socket that was closed in this moment.
        peer: Option<u64>,
        /// The name, at most 108 bytes of any values; `None` if it is not bound. An abstract one begins
        /// with a zero; others may end with one.
        name: Option<&'a [u8]>,
    },
    /// `AF_NETLINK`.
    Netlink {
        /// The port.
        port: u32,
        /// The port that it is connected to, 0 for the kernel's.
        remote_port: u32,
    },
    /// Of another family.
    Other,
}

/// A record that states a length that it cannot have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MalformedRow {
    /// The stated length in bytes.
    pub length: u16,
}

impl fmt::Display for MalformedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a row of {} bytes", self.length)
    }
}

impl std::error::Error for MalformedRow {}

impl<'a> Row<'a> {
    /// The row at the start of the bytes, and the bytes behind it; `None` if it ends beyond them.
    ///
    /// What a record has behind what is known of its family is skipped.
    ///
    /// # Errors
    ///
    /// If the record is shorter than a row of its family.
    pub fn decode(bytes: &'a [u8]) -> Result<Option<(Row<'a>, &'a [u8])>, MalformedRow> {
        let Some(fixed) = bytes.first_chunk::<FIXED>() else { return Ok(None) };
        let fixed = Fixed(fixed);
        let length = fixed.u16(32);
        let malformed = MalformedRow { length };
        if usize::from(length) < FIXED {
            return Err(malformed);
        }
        let Some((record, rest)) = bytes.split_at_checked(usize::from(length)) else {
            return Ok(None);
        };
        let tail = record.get(FIXED..).unwrap_or_default();
        let family = fixed.u16(34);
        let ports = (fixed.u16(44), fixed.u16(46));
        let name_length = usize::from(fixed.u16(68));
        let addresses = addresses(family, tail, ports, name_length).ok_or(malformed)?;
        let known = fixed.u16(70);
        let queue = |at, bit| (known & bit != 0).then(|| fixed.u32(at));
        let row = Row {
            owner: Owner { inode: fixed.u64(0), pid: fixed.u32(8), fd: fixed.u32(12) },
            cookie: Some(fixed.u64(16)).filter(|cookie| *cookie != 0),
            netns: fixed.u32(24),
            uid: fixed.u32(28),
            family,
            socket_type: fixed.u16(36),
            protocol: fixed.u16(38),
            state: State(fixed.u8(40)),
            timer: Timer(fixed.u8(41)),
            retransmits: fixed.u8(42),
            shutdown: fixed.u8(43),
            interface: Some(fixed.u32(48)).filter(|interface| *interface != 0),
            timer_jiffies: fixed.u32(52) as i32,
            rx_queue: queue(56, KNOWS_RX),
            tx_queue: queue(60, KNOWS_TX),
            requests: fixed.u32(64),
            addresses,
        };
        Ok(Some((row, rest)))
    }

    /// The file, if this is the record of one that is no socket.
    pub(crate) fn other_file(&self) -> Option<OtherFile> {
        let Owner { inode: file_system, pid, fd } = self.owner;
        (self.family == AF_UNSPEC).then_some(OtherFile { file_system, pid, fd })
    }

    /// Appends the record of a row, as the program writes it.
    pub fn encode(&self, to: &mut Vec<u8>) {
        let begin = to.len();
        let Owner { inode, pid, fd } = self.owner;
        let mut put = |bytes: &[u8]| to.extend_from_slice(bytes);
        let (local_port, remote_port) = match self.addresses {
            Addresses::Inet { local, remote } => (local.port(), remote.port()),
            Addresses::Inet6 { local, remote } => (local.port(), remote.port()),
            _ => (0, 0),
        };
        let name = match self.addresses {
            Addresses::Unix { name, .. } => name.unwrap_or_default(),
            _ => &[],
        };
        let bit = |known: bool, bit| if known { bit } else { 0 };
        let known = bit(self.rx_queue.is_some(), KNOWS_RX) | bit(self.tx_queue.is_some(), KNOWS_TX);
        put(&inode.to_le_bytes());
        put(&pid.to_le_bytes());
        put(&fd.to_le_bytes());
        put(&self.cookie.unwrap_or_default().to_le_bytes());
        put(&self.netns.to_le_bytes());
        put(&self.uid.to_le_bytes());
        put(&[0, 0]); // the length, below
        put(&self.family.to_le_bytes());
        put(&self.socket_type.to_le_bytes());
        put(&self.protocol.to_le_bytes());
        put(&[self.state.0, self.timer.0, self.retransmits, self.shutdown]);
        put(&local_port.to_le_bytes());
        put(&remote_port.to_le_bytes());
        put(&self.interface.unwrap_or_default().to_le_bytes());
        put(&self.timer_jiffies.to_le_bytes());
        put(&self.rx_queue.unwrap_or_default().to_le_bytes());
        put(&self.tx_queue.unwrap_or_default().to_le_bytes());
        put(&self.requests.to_le_bytes());
        put(&(name.len() as u16).to_le_bytes());
        put(&known.to_le_bytes());
        match self.addresses {
            Addresses::Inet { local, remote } => {
                put(&local.ip().octets());
                put(&remote.ip().octets());
            }
            Addresses::Inet6 { local, remote } => {
                put(&local.ip().octets());
                put(&remote.ip().octets());
            }
            Addresses::Unix { peer, .. } => {
                put(&peer.unwrap_or_default().to_le_bytes());
                put(name);
                put(&[0; 8][..name.len().next_multiple_of(8) - name.len()]);
            }
            Addresses::Netlink { port, remote_port } => {
                put(&port.to_le_bytes());
                put(&remote_port.to_le_bytes());
            }
            Addresses::Other => {}
        }
        let length = (to.len() - begin) as u16;
        to[begin + 32..begin + 34].copy_from_slice(&length.to_le_bytes());
    }
}

/// `None` if the tail is too short for the family.
fn addresses(
    family: u16,
    tail: &[u8],
    (local_port, remote_port): (u16, u16),
    name_length: usize,
) -> Option<Addresses<'_>> {
    Some(match family {
        AF_INET => {
            let (local, rest) = tail.split_first_chunk::<4>()?;
            let remote = rest.first_chunk::<4>()?;
            let address = |octets: &[u8; 4], port| SocketAddrV4::new(Ipv4Addr::from(*octets), port);
            Addresses::Inet {
                local: address(local, local_port),
                remote: address(remote, remote_port),
            }
        }
        // A kernel without IPv6 has no sockets of it.
        AF_INET6 => {
            let (local, rest) = tail.split_first_chunk::<16>()?;
            let remote = rest.first_chunk::<16>()?;
            let address =
                |octets: &[u8; 16], port| SocketAddrV6::new(Ipv6Addr::from(*octets), port, 0, 0);
            Addresses::Inet6 {
                local: address(local, local_port),
                remote: address(remote, remote_port),
            }
        }
        AF_UNIX => {
            let (peer, rest) = tail.split_first_chunk()?;
            let name = rest.get(..name_length).filter(|name| name.len() <= UNIX_PATH_MAX)?;
            Addresses::Unix {
                peer: Some(u64::from_le_bytes(*peer)).filter(|peer| *peer != 0),
                name: Some(name).filter(|name| !name.is_empty()),
            }
        }
        AF_NETLINK => {
            let (port, rest) = tail.split_first_chunk()?;
            Addresses::Netlink {
                port: u32::from_le_bytes(*port),
                remote_port: u32::from_le_bytes(*rest.first_chunk()?),
            }
        }
        _ => Addresses::Other,
    })
}
