//! Messages of sock_diag, as `procnet -D` and `ss -D` write them: those of any number of dumps, one after the
//! other.
//!
//! A message says how long it is, so what follows one with an impossible length cannot be found, and is
//! left. Whatever else is wrong with a message concerns that message alone.

use std::io;

use procnet::{
    Kind,
    capture::{Remarks, is_swapped_loopback},
    decode::{
        ByteOrder,
        netlink::{Content, Errno, Flags, Message, MessageType, Messages},
    },
    socket,
};

use super::Report;
use crate::{
    Outcome,
    args::{Decode, DiagProtocol},
    error::Error,
    input::Input,
    output::Header,
    row::{Extras, SocketRow, escaped},
};

/// `struct nlmsghdr` (include/uapi/linux/netlink.h).
const HEADER: usize = 16;

/// No message of sock_diag is longer (net/netlink/af_netlink.c `netlink_dump`: a datagram has at most 32
/// KiB), but for others there is room.
const MAX: usize = 1 << 20;

/// Messages are aligned to so many bytes (`NLMSG_ALIGNTO`).
const ALIGNMENT: usize = 4;

pub(super) fn run(args: Decode) -> Result<Outcome, Error> {
    let protocol = args.protocol.unwrap_or(DiagProtocol::Tcp);
    let (kind, order) = (Kind::from(protocol), ByteOrder::from(args.byte_order));
    let mut input = Input::open(args.file.clone())?;
    let mut report = Report::new(args.printing, escaped(input.name()));
    let mut dumps = Dumps { kind, order, at: 0, is_open: true, is_interrupted: false };
    let ended = match dumps.read(&mut input, &mut report)? {
        Err(cause) if dumps.at == 0 => return Err(Error::Input { file: args.file, cause }),
        Err(error) => Some(error),
        Ok(()) => None,
    };
    let mut remarks = Remarks::default();
    remarks.compressed = input.is_compressed();
    report.finish(header, &remarks, ended.as_ref())
}

fn header() -> Header {
    SocketRow::header(Extras::NONE)
}

struct Dumps {
    kind: Kind,
    order: ByteOrder,
    /// The offset of the next message.
    at: u64,
    /// Whether the end of a dump is missing.
    is_open: bool,
    /// Whether the kernel reported that a dump was interrupted.
    is_interrupted: bool,
}

impl Dumps {
    /// Reads messages to the end of the input. The inner error is that of reading.
    fn read(&mut self, input: &mut Input, report: &mut Report) -> Result<io::Result<()>, Error> {
        let mut buffer = vec![0; MAX];
        loop {
            let length = match self.next(input, &mut buffer, report) {
                Ok(Some(length)) => length,
                Ok(None) => return Ok(Ok(())),
                Err(error) => return Ok(Err(error)),
            };
            let bytes = buffer.get(..length).unwrap_or_default();
            match Messages::new(bytes, self.order).next() {
                Some(Ok(message)) => self.message(&message, report)?,
                Some(Err(error)) => {
                    self.malformed(error, report);
                    return Ok(Ok(()));
                }
                None => {}
            }
            self.at += length.next_multiple_of(ALIGNMENT) as u64;
        }
    }

    /// Reads a message with its padding; `None` at the end, and where no further one can be found.
    fn next(
        &mut self,
        input: &mut Input,
        buffer: &mut [u8],
        report: &mut Report,
    ) -> io::Result<Option<usize>> {
        let (header, rest) = buffer.split_at_mut(HEADER);
        let read = input.fill(header)?;
        if read == 0 {
            if self.is_open {
                report
                    .wrong(self.at, format_args!("it ends before the end of a dump (NLMSG_DONE)"));
            }
            return Ok(None);
        }
        // What is cut is an error of the message.
        if read < HEADER {
            return Ok(Some(read));
        }
        let word = [header[0], header[1], header[2], header[3]];
        let length = match self.order {
            ByteOrder::Little => u32::from_le_bytes(word),
            ByteOrder::Big => u32::from_be_bytes(word),
        };
        let Some(payload) = (length as usize).checked_sub(HEADER) else { return Ok(Some(HEADER)) };
        let Some(rest) = rest.get_mut(..payload.next_multiple_of(ALIGNMENT)) else {
            let swapped = length.swap_bytes();
            let is_swapped = (HEADER as u32..1 << 16).contains(&swapped);
            let help = if is_swapped {
                ": the host may have the other byte order (--byte-order)"
            } else {
                ""
            };
            report.wrong(self.at, format_args!("nlmsg_len: {length} bytes are no message{help}"));
            return Ok(None);
        };
        let read = input.fill(rest)?;
        // The padding of the last message may be missing.
        Ok(Some(HEADER + read.min(payload)))
    }

    fn message(&mut self, message: &Message<'_>, report: &mut Report) -> Result<(), Error> {
        if message.flags.contains(Flags::DUMP_INTR) && !self.is_interrupted {
            self.is_interrupted = true;
            report.wrong(self.at, format_args!("the kernel says that sockets changed meanwhile"));
        }
        match message.content() {
            Ok(Content::Data(payload)) => {
                let known = [MessageType::SOCK_DIAG_BY_FAMILY, MessageType::TCPDIAG_GETSOCK];
                if !known.contains(&message.kind) {
                    let MessageType(number) = message.kind;
                    report.wrong(self.at, format_args!("nlmsg_type: {number} is not of sock_diag"));
                    return Ok(());
                }
                self.is_open = true;
                match socket::SocketRow::decode_diag(self.kind, payload) {
                    Ok(decoded) => {
                        let socket = decoded.socket();
                        let local = socket.local().map(|local| local.ip());
                        report.swapped += u64::from(local.is_some_and(is_swapped_loopback));
                        report.row(header, &SocketRow::of(&socket, Extras::NONE))?;
                    }
                    Err(error) => self.malformed(error, report),
                }
            }
            Ok(Content::Done(error) | Content::Error(error)) => {
                self.is_open = false;
                self.failed(error, report);
            }
            Ok(Content::Overrun) => report.wrong(self.at, format_args!("the kernel lost messages")),
            Ok(Content::Noop | Content::Reserved) => {}
            Err(error) => self.malformed(error, report),
        }
        Ok(())
    }

    fn malformed(&self, error: procnet::decode::Error, report: &mut Report) {
        let at = self.at + error.offset() as u64;
        report.wrong(at, format_args!("{}: {}", error.column(), error.kind()));
    }

    fn failed(&self, error: Option<Errno>, report: &mut Report) {
        if let Some(errno) = error {
            let error =
                io::Error::from_raw_os_error(i32::try_from(errno.get()).unwrap_or(i32::MAX));
            report.wrong(self.at, format_args!("the dump ended with an error: {error}"));
        }
    }
}
