//! SMC sockets: streams over shared memory, with the addresses of the tcp connection that sets them
//! up (include/uapi/linux/smc_diag.h, net/smc/smc_diag.c `__smc_diag_dump`).

use core::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    num::NonZeroU32,
};

use super::{
    Attributes, Envelope, Payload,
    writer::{TooSmall, Writer},
};
use crate::{Column, Error, Inode, State};

const MESSAGE: Column = Column::new(&"smc_diag_msg");

/// `struct smc_diag_msg`.
const LENGTH: usize = 64;

/// `AF_SMC` (include/linux/socket.h).
const AF_SMC: u8 = 43;

/// How the data of a connection is exchanged (`SMC_DIAG_MODE_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mode(
    /// The kernel's number.
    pub u8,
);

impl Mode {
    /// By RDMA: SMC-R. It is also that of a socket that is not connected.
    pub const SMC_R: Mode = Mode(0);
    /// By tcp, as the ends could not agree on anything else.
    pub const TCP: Mode = Mode(1);
    /// By memory that both ends share: SMC-D.
    pub const SMC_D: Mode = Mode(2);
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Mode::SMC_R => f.pad("smcr"),
            Mode::TCP => f.pad("tcp"),
            Mode::SMC_D => f.pad("smcd"),
            Mode(other) => write!(f, "{other}"),
        }
    }
}

/// One socket: `struct smc_diag_msg`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Socket<'a> {
    /// The number of the state, as the kernel sends it; see [`Socket::state`].
    pub smc_state: u8,
    /// How data is exchanged.
    pub mode: Mode,
    /// The local endpoint. The message does not say whether it is IPv4: it is if the other twelve
    /// bytes of both addresses are zero, so a socket bound to no address appears as IPv4.
    pub local: SocketAddr,
    /// The remote endpoint.
    pub remote: SocketAddr,
    /// The index of the interface that it is bound to.
    pub interface: Option<NonZeroU32>,
    /// The socket cookie, unique among all sockets since boot.
    pub cookie: u64,
    /// The uid, mapped to the user namespace of the reader.
    pub uid: u32,
    /// The inode; `None` if it has no file.
    pub inode: Option<Inode>,
    attributes: Payload<'a>,
}

impl<'a> Socket<'a> {
    /// Decodes the payload of a message.
    ///
    /// # Errors
    ///
    /// If it is too short. Its family is not checked, as it is that of the socket, which may be
    /// `AF_SMC`, or since Linux 6.11 `AF_INET` or `AF_INET6`.
    pub fn decode(payload: Payload<'a>) -> Result<Socket<'a>, Error> {
        let _whole: &[u8; LENGTH] = payload.array(0, MESSAGE)?;
        let addresses: &[u8; 32] = payload.array(8, MESSAGE)?;
        let words = addresses.chunks_exact(4);
        let is_ipv4 = words.enumerate().all(|(at, word)| at % 4 == 0 || word == [0; 4]);
        let end = |port, address| {
            let v6: &[u8; 16] = payload.array(address, MESSAGE)?;
            let v4: &[u8; 4] = payload.array(address, MESSAGE)?;
            let ip = match is_ipv4 {
                true => IpAddr::V4(Ipv4Addr::from(*v4)),
                false => IpAddr::V6(Ipv6Addr::from(*v6)),
            };
            let port = payload.array(port, MESSAGE)?;
            Ok(SocketAddr::new(ip, u16::from_be_bytes(*port)))
        };
        Ok(Socket {
            smc_state: payload.u8(1, MESSAGE)?,
            mode: Mode(payload.u8(2, MESSAGE)?),
            local: end(4, 8)?,
            remote: end(6, 24)?,
            interface: NonZeroU32::new(payload.u32(40, MESSAGE)?),
            cookie: payload.cookie(44, MESSAGE)?,
            uid: payload.u32(52, MESSAGE)?,
            inode: Inode::new(payload.u64(56, MESSAGE)?),
            attributes: payload.after(LENGTH),
        })
    }

    /// The state of tcp that corresponds to its own (net/smc/smc.h `enum smc_state`): the several
    /// states of closing are those that a tcp connection goes through meanwhile.
    #[must_use]
    pub fn state(&self) -> State {
        match self.smc_state {
            1 => State::ESTABLISHED,
            // `SMC_INIT`: neither connected nor listening.
            2 | 7 => State::CLOSE,
            10 => State::LISTEN,
            // `SMC_PEERCLOSEWAIT1` and `2`.
            20 => State::FIN_WAIT1,
            21 => State::FIN_WAIT2,
            // `SMC_APPCLOSEWAIT1`, `2`, and `SMC_APPFINCLOSEWAIT`.
            22..=24 => State::CLOSE_WAIT,
            // `SMC_PEERFINCLOSEWAIT`.
            25 => State::LAST_ACK,
            // `SMC_PEERABORTWAIT` and `SMC_PROCESSABORT`.
            26 | 27 => State::CLOSING,
            other => State(other),
        }
    }

    /// The undecoded attributes.
    #[must_use]
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::new(self.attributes)
    }
}

/// A dump of the SMC sockets, of all states: `struct smc_diag_req`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dump;

impl Dump {
    /// Writes the request: 68 bytes.
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
        writer.put(&[AF_SMC, 0, 0, 0]);
        // A socket, which a dump ignores.
        writer.put(&[0; 48]);
        writer.finish()
    }
}

#[cfg(test)]
mod tests {
    use std::{string::ToString, vec::Vec};

    use super::*;
    use crate::{ByteOrder, ErrorKind};

    fn message(local: [u8; 16], remote: [u8; 16]) -> Vec<u8> {
        let mut bytes = [AF_SMC, 20, 2, 3, 0x1F, 0x90, 0, 53].to_vec();
        bytes.extend(local);
        bytes.extend(remote);
        for word in [3_u32, 0x11, 0x22, 1000, 0, 258] {
            bytes.extend(word.to_be_bytes());
        }
        bytes.extend([0, 5, 0, 3, 3, 0, 0, 0]);
        bytes
    }

    fn socket(bytes: &[u8]) -> Result<Socket<'_>, Error> {
        Socket::decode(Payload::new(bytes, ByteOrder::Big, 16))
    }

    #[test]
    fn members_are_decoded_from_their_offsets() {
        let v6 = |text: &str| text.parse::<Ipv6Addr>().unwrap().octets();
        let bytes = message(v6("2001:db8::1"), v6("::"));
        let found = socket(&bytes).unwrap();
        assert_eq!((found.state(), found.mode), (State::FIN_WAIT1, Mode::SMC_D));
        assert_eq!(found.local.to_string(), "[2001:db8::1]:8080");
        assert_eq!(found.remote.to_string(), "[::]:53");
        assert_eq!((found.interface.unwrap().get(), found.cookie), (3, 0x22_0000_0011));
        assert_eq!((found.uid, found.inode), (1000, Inode::new(258)));
        assert_eq!(found.attributes().next().unwrap().unwrap().kind(), 3);
        let bytes = message(v6("7f00:1::"), v6("::"));
        assert_eq!(socket(&bytes).unwrap().local.to_string(), "127.0.0.1:8080");
        assert_eq!(Mode(9).to_string(), "9");
    }

    #[test]
    fn a_short_message_is_an_error() {
        let bytes = message([0; 16], [0; 16]);
        for length in 0..LENGTH {
            let error = socket(&bytes[..length]).unwrap_err();
            assert_eq!((error.kind(), error.offset()), (ErrorKind::Short, 16 + length));
        }
    }

    #[test]
    fn members_of_a_dump_are_written_at_their_offsets() {
        let mut buffer = [0xAA; 80];
        let envelope = Envelope { order: ByteOrder::Little, sequence: 7 };
        let request = Dump.write(&mut buffer, envelope).unwrap();
        assert_eq!(request[..20], [68, 0, 0, 0, 20, 0, 1, 3, 7, 0, 0, 0, 0, 0, 0, 0, 43, 0, 0, 0]);
        assert_eq!(request[20..], [0; 48]);
        for length in 0..68 {
            assert_eq!(Dump.write(&mut buffer[..length], envelope), Err(TooSmall));
        }
    }
}
