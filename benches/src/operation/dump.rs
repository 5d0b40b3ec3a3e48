//! The floor of socket diagnostics: the same dump that procnet requests, received into a buffer
//! of the same size and discarded unread.

use std::hint::black_box;

use procnet::Kinds;
use procnet_core::{
    netlink::{
        Envelope, States,
        inet::{Dump, Extensions, Protocol},
    },
    table::inet::Family,
};
use rustix::{
    io::Errno,
    net::{
        AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send,
        socket_with,
    },
};

use super::{Prepared, timed};
use crate::protocol::Answer;

/// The longest datagram (net/netlink/af_netlink.c `netlink_dump`).
const DATAGRAM: usize = 32 << 10;
/// `struct nlmsghdr` of the last message, and its error code.
const END: usize = 20;
/// Its type, and that of an error.
const DONE: u16 = 3;
const ERROR: u16 = 2;

/// Dumps the table to its end and discards it.
pub(super) fn dump(kinds: Kinds) -> Prepared {
    let (family, protocol) = (AddressFamily::NETLINK, Some(netlink::SOCK_DIAG));
    let socket = socket_with(family, SocketType::DGRAM, SocketFlags::CLOEXEC, protocol);
    let socket = socket.map_err(|error| error.to_string())?;
    let mut buffer = vec![0; DATAGRAM];
    let mut sequence = 0_u32;
    let operation = move || {
        sequence = sequence.wrapping_add(1).max(1);
        let dump = Dump {
            family: Family::V4,
            protocol: if kinds == Kinds::UDP4 { Protocol::UDP } else { Protocol::TCP },
            states: States::TABLE,
            extensions: Extensions::NONE,
            bytecode: &[],
        };
        let ((), time) = timed(|| {
            let mut request = [0; 72];
            let request = dump.write(&mut request, Envelope::native(sequence));
            let request = request.map_err(|_| Errno::MSGSIZE)?;
            send(&socket, request, SendFlags::empty())?;
            loop {
                let (length, _) = recv(&socket, &mut buffer[..], RecvFlags::empty())?;
                if is_last(black_box(&buffer[..length]), sequence)? {
                    return Ok::<(), Errno>(());
                }
            }
        })?;
        Ok((Answer::default(), time))
    };
    Ok((Box::new(operation), String::new()))
}

/// Whether a datagram ends the dump. Only its first header is read, and the header at the
/// position of `NLMSG_DONE` if this is the last datagram.
fn is_last(datagram: &[u8], sequence: u32) -> Result<bool, Errno> {
    let is = |header: &[u8], kind: u16| {
        header.get(4..6) == Some(&kind.to_ne_bytes())
            && header.get(8..12) == Some(&sequence.to_ne_bytes())
    };
    if is(datagram, ERROR) {
        return Err(Errno::PROTO);
    }
    let length = u32::try_from(END).unwrap_or_default().to_ne_bytes();
    let tail = datagram.len().checked_sub(END).map_or(datagram, |start| &datagram[start..]);
    Ok(is(datagram, DONE) || (tail.get(..4) == Some(&length) && is(tail, DONE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, payload: usize) -> Vec<u8> {
        let length = u32::try_from(16 + payload).unwrap().to_ne_bytes();
        let header = [&length[..], &kind.to_ne_bytes(), &[2, 0], &7_u32.to_ne_bytes(), &[0; 4]];
        let mut bytes = header.concat();
        bytes.resize(16 + payload, 0);
        bytes
    }

    #[test]
    fn the_end_is_found_wherever_the_kernel_puts_it() {
        let (data, done) = (message(20, 72), message(3, 4));
        assert_eq!(is_last(&data, 7), Ok(false));
        assert_eq!(is_last(&done, 7), Ok(true));
        assert_eq!(is_last(&[data.clone(), done.clone()].concat(), 7), Ok(true));
        // Left over from an earlier answer.
        assert_eq!(is_last(&done, 8), Ok(false));
        assert_eq!(is_last(&message(2, 4), 7), Err(Errno::PROTO));
        assert_eq!(is_last(&[], 7), Ok(false));
    }
}
