//! vsock sockets, between virtual machines and their host (include/uapi/linux/vm_sockets_diag.h,
//! net/vmw_vsock/diag.c `sk_diag_fill`).

use core::fmt;

use super::{
    Envelope, Payload, Shutdown, States,
    writer::{TooSmall, Writer},
};
use crate::{Column, Error, ErrorKind, Inode, State, table::SocketType};

const FAMILY: Column = Column::new(&"vdiag_family");
const MESSAGE: Column = Column::new(&"vsock_diag_msg");

/// `struct vsock_diag_msg`.
const LENGTH: usize = 32;

/// `AF_VSOCK` (include/linux/socket.h).
const AF_VSOCK: u8 = 40;

/// One end of a socket. `Display` writes `CID:PORT`, with `*` for any, as `ss` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// The context ID of a virtual machine: 2 is the host, 1 this machine itself; `None` for any
    /// (`VMADDR_CID_ANY`).
    pub cid: Option<u32>,
    /// The port; `None` for any (`VMADDR_PORT_ANY`).
    pub port: Option<u32>,
}

impl Address {
    fn of(cid: u32, port: u32) -> Address {
        let known = |number: u32| (number != u32::MAX).then_some(number);
        Address { cid: known(cid), port: known(port) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cid {
            Some(cid) => write!(f, "{cid}:")?,
            None => f.write_str("*:")?,
        }
        match self.port {
            Some(port) => port.fmt(f),
            None => f.write_str("*"),
        }
    }
}

/// One socket: `struct vsock_diag_msg`. There are no attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket {
    /// Stream, datagram or seqpacket.
    pub kind: SocketType,
    /// The state, by the numbers of tcp.
    pub state: State,
    /// The directions that were shut down.
    pub shutdown: Shutdown,
    /// The local end.
    pub local: Address,
    /// The remote end.
    pub remote: Address,
    /// The inode; `None` for a connection that was not accepted yet.
    pub inode: Option<Inode>,
    /// The socket cookie, unique among all sockets since boot.
    pub cookie: u64,
}

impl Socket {
    /// Decodes the payload of a message.
    ///
    /// # Errors
    ///
    /// If it is too short, or the family is not `AF_VSOCK`.
    pub fn decode(payload: Payload<'_>) -> Result<Socket, Error> {
        if payload.u8(0, FAMILY)? != AF_VSOCK {
            return Err(payload.error(ErrorKind::Unexpected, FAMILY, 0));
        }
        let _whole: &[u8; LENGTH] = payload.array(0, MESSAGE)?;
        let (u8, u32) = (|at| payload.u8(at, MESSAGE), |at| payload.u32(at, MESSAGE));
        Ok(Socket {
            kind: SocketType(u8(1)?.into()),
            state: State(u8(2)?),
            shutdown: Shutdown(u8(3)?),
            local: Address::of(u32(4)?, u32(8)?),
            remote: Address::of(u32(12)?, u32(16)?),
            inode: Inode::new(u32(20)?.into()),
            cookie: payload.cookie(24, MESSAGE)?,
        })
    }
}

/// A dump of the vsock sockets: `struct vsock_diag_req`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dump {
    /// The states of the sockets.
    pub states: States,
}

impl Dump {
    /// Writes the request: 40 bytes.
    ///
    /// # Errors
    ///
    /// If it does not fit the buffer.
    pub fn write<'m>(
        &self,
        buffer: &'m mut [u8],
        envelope: Envelope,
    ) -> Result<&'m [u8], TooSmall> {
        let mut writer = Writer::dump(buffer, envelope);
        writer.put(&[AF_VSOCK, 0, 0, 0]);
        writer.u32(self.states.0);
        // The inode, what to show and the cookie, which are reserved.
        writer.put(&[0; 16]);
        writer.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::{string::ToString, vec::Vec};

    use super::*;
    use crate::ByteOrder;

    fn message() -> Vec<u8> {
        let mut bytes = [AF_VSOCK, 1, 10, 3].to_vec();
        for word in [1_u32, 1024, u32::MAX, u32::MAX, 258, 3, 4] {
            bytes.extend(word.to_be_bytes());
        }
        bytes
    }

    fn socket(bytes: &[u8]) -> Result<Socket, Error> {
        Socket::decode(Payload::new(bytes, ByteOrder::Big, 16))
    }

    #[test]
    fn members_are_decoded_from_their_offsets() {
        let socket = socket(&message()).unwrap();
        assert_eq!((socket.kind, socket.state), (SocketType::STREAM, State::LISTEN));
        assert_eq!(socket.shutdown, Shutdown(3));
        assert_eq!(
            (socket.local.to_string(), socket.remote.to_string()),
            ("1:1024".into(), "*:*".into())
        );
        assert_eq!((socket.inode, socket.cookie), (Inode::new(258), 0x4_0000_0003));
    }

    #[test]
    fn a_short_message_or_another_family_is_an_error() {
        let mut bytes = message();
        for length in 1..LENGTH {
            let error = socket(&bytes[..length]).unwrap_err();
            assert_eq!((error.kind(), error.offset()), (ErrorKind::Short, 16 + length));
        }
        bytes[0] = 1;
        assert_eq!(socket(&bytes).unwrap_err().kind(), ErrorKind::Unexpected);
    }

    #[test]
    fn members_of_a_dump_are_written_at_their_offsets() {
        let mut buffer = [0xAA; 64];
        let envelope = Envelope { order: ByteOrder::Little, sequence: 7 };
        let dump = Dump { states: States::TABLE };
        let request = dump.write(&mut buffer, envelope).unwrap();
        assert_eq!(
            request[..24],
            [40, 0, 0, 0, 20, 0, 1, 3, 7, 0, 0, 0, 0, 0, 0, 0, 40, 0, 0, 0, 0xFE, 0x1F, 0, 0]
        );
        assert_eq!(request[24..], [0; 16]);
        for length in 0..40 {
            assert_eq!(dump.write(&mut buffer[..length], envelope), Err(TooSmall));
        }
    }
}
