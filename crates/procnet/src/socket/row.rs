//! Sockets decoded from lines of the kernel's tables and from netlink messages.

use std::num::NonZeroU64;

use procnet_core::{
    ByteOrder, Error as DecodeError, State,
    netlink::{
        Payload,
        inet::{self as inet_diag, Detail as InetDetail},
        packet as packet_diag,
        unix::{self as unix_diag, Detail as UnixDetail},
    },
    table::{inet, inet::Timer, netlink, packet, unix},
};

use super::{
    Form, Interface, Own, OwnedNetlink, OwnedPacket, OwnedSctp, RunningTimer, Socket, SocketFields,
    fields::{Ends, Span},
    own_family_row,
};
use crate::{Kind, Kinds, details::Details};

/// Each protocol over both versions of IP.
const BOTH: [Kinds; 4] = [Kinds::TCP, Kinds::UDP, Kinds::UDPLITE, Kinds::RAW];

/// `AF_UNIX` (include/linux/socket.h).
const AF_UNIX: u8 = 1;

/// A socket decoded from a line of a table or from a netlink message, without owners.
///
/// ```
/// use procnet::{decode::ByteOrder, Kind, socket::SocketRow};
///
/// let line = b"   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0000000000000000 100 0 0 10 0";
/// let row = SocketRow::decode(Kind::Tcp, ByteOrder::Little, line, 2).expect("no heading")?;
/// assert_eq!(row.socket().local().unwrap().port(), 8080);
/// # Ok::<(), procnet::decode::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SocketRow<'a> {
    pub(crate) fields: SocketFields,
    pub(crate) bytes: &'a [u8],
    /// Whether its source knows that it was not reported before.
    pub(crate) is_distinct: bool,
}

impl<'a> SocketRow<'a> {
    /// Decodes a line of the table of `kind`, without its newline. `number` is its line number,
    /// counted from 1. Returns `None` for the table's heading and for blank lines.
    ///
    /// # Errors
    ///
    /// If a column is missing or malformed.
    pub fn decode(
        kind: Kind,
        order: ByteOrder,
        line: &'a [u8],
        number: usize,
    ) -> Option<Result<SocketRow<'a>, DecodeError>> {
        use procnet_core::table::Table as _;

        Some(match kind {
            Kind::Unix => unix::Table.row(line, number)?.map(|row| unix_row(order, line, &row)),
            Kind::Packet => {
                packet::Table.row(line, number)?.map(|row| packet_row(order, line, &row))
            }
            Kind::Netlink => {
                netlink::Table.row(line, number)?.map(|row| netlink_row(order, line, &row))
            }
            _ => {
                let table = kind.inet_table(order)?;
                table.row(line, number)?.and_then(|row| inet_row(kind, order, &row))
            }
        })
    }

    /// Decodes the payload of a message of sock_diag, with all of its details. Unix sockets are
    /// recognised by their family; all others are `kind`, or the same over the other version of IP, as
    /// messages do not say which protocol was asked for.
    ///
    /// ```
    /// use procnet::{decode::{ByteOrder, netlink::{Content, Messages}}, Kind, socket::SocketRow};
    ///
    /// fn count(recording: &[u8]) -> Result<usize, procnet::decode::Error> {
    ///     let mut sockets = 0;
    ///     for message in Messages::new(recording, ByteOrder::NATIVE) {
    ///         if let Content::Data(payload) = message?.content()? {
    ///             SocketRow::decode_diag(Kind::Tcp, payload)?;
    ///             sockets += 1;
    ///         }
    ///     }
    ///     Ok(sockets)
    /// }
    /// assert_eq!(count(b""), Ok(0));
    /// ```
    ///
    /// Details are decoded only if the payload is in the byte order of this host.
    ///
    /// # Errors
    ///
    /// If the message or one of its attributes is malformed, or of another family.
    pub fn decode_diag(kind: Kind, payload: Payload<'a>) -> Result<SocketRow<'a>, DecodeError> {
        let is_native = payload.order() == ByteOrder::NATIVE;
        let details = if is_native { Details::ALL } else { Details::NONE };
        if payload.as_bytes().first() == Some(&AF_UNIX) {
            return unix_diag_row(payload, details);
        }
        if let Some(row) = own_family_row(kind, payload, details) {
            return row;
        }
        let of_family = |family| {
            let is_it = |kind: &Kind| {
                kind.inet_table(ByteOrder::NATIVE).is_some_and(|table| table.family == family)
            };
            let both = BOTH.into_iter().find(|both| both.contains(kind));
            both.and_then(|both| both.iter().find(is_it)).unwrap_or(kind)
        };
        inet_diag_row(payload, of_family, Attributes { details, for_filter: true })
    }

    /// The socket.
    #[must_use]
    pub fn socket(&self) -> Socket<'_> {
        Socket::new(&self.fields, self.bytes)
    }
}

/// A row of tcp, udp and similar tables.
#[inline]
pub(crate) fn inet_row<'a>(
    kind: Kind,
    order: ByteOrder,
    row: &inet::Row<'a>,
) -> Result<SocketRow<'a>, DecodeError> {
    let record = row.record()?;
    // A row may end before the pointer.
    let pointer = row.pointer().ok().and_then(pointer);
    let fields = SocketFields {
        inode: record.inode,
        pointer,
        ends: Some(Ends { local: record.local, remote: record.remote }),
        uid: Some(record.uid),
        rx_queue: Some(record.rx_queue),
        tx_queue: Some(record.tx_queue),
        timer: RunningTimer::of_row(&record),
        ..SocketFields::new(kind, record.state, Form::Line(order))
    };
    Ok(SocketRow { fields, bytes: row.line(), is_distinct: false })
}

/// A row of `/proc/net/unix`.
pub(crate) fn unix_row<'a>(order: ByteOrder, line: &'a [u8], row: &unix::Row<'a>) -> SocketRow<'a> {
    let name = row.name.and_then(|name| Span::of(name.as_bytes(), line));
    let fields = SocketFields {
        inode: row.inode,
        pointer: pointer(row.pointer),
        own: Own::Unix { kind: row.kind, name, peer: None },
        ..SocketFields::new(Kind::Unix, unix_state(row), Form::Line(order))
    };
    SocketRow { fields, bytes: line, is_distinct: false }
}

/// A row of `/proc/net/packet`. Its state is `UNCONN`, like that of every socket without
/// connections.
fn packet_row<'a>(order: ByteOrder, line: &'a [u8], row: &packet::Row<'a>) -> SocketRow<'a> {
    let fields = SocketFields {
        inode: row.inode,
        pointer: pointer(row.pointer),
        interface: Interface::of(row.interface),
        uid: Some(row.uid),
        rx_queue: Some(row.rx_queue),
        own: Own::Packet(OwnedPacket::from(row)),
        ..SocketFields::new(Kind::Packet, State::CLOSE, Form::Line(order))
    };
    SocketRow { fields, bytes: line, is_distinct: false }
}

/// A row of `/proc/net/netlink`, with the same state as a packet socket.
fn netlink_row<'a>(order: ByteOrder, line: &'a [u8], row: &netlink::Row<'a>) -> SocketRow<'a> {
    let fields = SocketFields {
        inode: row.inode,
        pointer: pointer(row.pointer),
        rx_queue: Some(row.rx_queue),
        tx_queue: Some(row.tx_queue),
        own: Own::Netlink(OwnedNetlink::from(row)),
        ..SocketFields::new(Kind::Netlink, State::CLOSE, Form::Line(order))
    };
    SocketRow { fields, bytes: line, is_distinct: false }
}

/// A printed pointer as a number; `None` if it is hidden or not a number (lib/vsprintf.c
/// `restricted_pointer`).
fn pointer(text: &[u8]) -> Option<NonZeroU64> {
    // `from_str_radix` also accepts a sign.
    text.iter().all(u8::is_ascii_hexdigit).then_some(())?;
    let text = std::str::from_utf8(text).ok()?;
    u64::from_str_radix(text, 16).ok().and_then(NonZeroU64::new)
}

/// Maps the state as `ss` does (misc/ss.c `unix_show`), so that one set of states serves all kinds.
fn unix_state(row: &unix::Row<'_>) -> State {
    match row.state {
        _ if row.is_listening() => State::LISTEN,
        unix::SocketState::UNCONNECTED => State::CLOSE,
        unix::SocketState::CONNECTING => State::SYN_SENT,
        unix::SocketState::CONNECTED => State::ESTABLISHED,
        unix::SocketState::DISCONNECTING => State::CLOSING,
        unix::SocketState(other) => State(other),
    }
}

/// What is needed from the attributes of a message.
#[derive(Clone, Copy)]
pub(crate) struct Attributes {
    pub(crate) details: Details,
    /// The filter needs the mark or the control group.
    pub(crate) for_filter: bool,
}

/// Fills in a socket from an `inet_diag` message. It sets every field that a message may set, so
/// that fields are reused from message to message and never moved. A requested attribute that does
/// not decode makes the row undecodable.
#[inline(always)]
pub(crate) fn fill_inet_diag(
    fields: &mut SocketFields,
    payload: Payload<'_>,
    kind: impl FnOnce(inet::Family) -> Kind,
    asked: Attributes,
) -> Result<(), DecodeError> {
    let socket = inet_diag::Socket::decode(payload)?;
    let kind = kind(socket.family);
    let is_tcp = kind.is_tcp();
    let (mut local, mut remote) = (socket.local, socket.remote);
    if matches!(kind, Kind::Raw | Kind::Raw6) {
        // The address passed to `connect`; its port has no meaning.
        remote.set_port(0);
    }
    // A tcp socket listed as closed is bound and inactive: closed sockets are in no hash of the
    // kernel (net/ipv4/inet_diag.c `inet_diag_dump_icsk` reports bound sockets with the state they
    // have, `TCP_CLOSE`).
    let state = match socket.state {
        State::CLOSE if is_tcp => State::BOUND_INACTIVE,
        // PARTOPEN, a client's: 13 before Linux 6.8, and then 14 (include/linux/dccp.h `enum
        // dccp_state`). PASSIVE_CLOSEREQ was 14 before, a client's as well.
        State(13..=15) if Kinds::DCCP.contains(kind) => State::ESTABLISHED,
        state => state,
    };
    // The kernel reports user 0 for these, whoever owns them (net/ipv4/inet_diag.c
    // `inet_twsk_diag_fill`, `inet_req_diag_fill`).
    let is_request = state == State::SYN_RECV && socket.inode.is_none();
    let is_minisock = is_tcp && (is_request || socket.timer == Timer::TIME_WAIT);
    // An mptcp listener has the queue of its first subflow (net/mptcp/mptcp_diag.c
    // `mptcp_diag_get_info`).
    let listens = Kinds::LISTENING.contains(kind) && state == State::LISTEN;
    (fields.kind, fields.state) = (kind, state);
    let association = if Kinds::SCTP.contains(kind) {
        let association = socket.association();
        fields.own = Own::Sctp(OwnedSctp { association });
        (local, remote) = socket.association_ends();
        fields.state = association.map_or(state, inet_diag::Association::state);
        association
    } else {
        None
    };
    let listens = listens && association.is_none();
    // Those of DCCP are always 0 (net/dccp/diag.c `dccp_diag_get_info`), and those of a socket of SCTP
    // are of connections to be accepted, even if it does not listen (`sctp_diag_get_info`).
    let has_queues = match kind {
        Kind::Dccp | Kind::Dccp6 => false,
        Kind::Sctp | Kind::Sctp6 => listens || association.is_some(),
        _ => true,
    };
    fields.details = asked.details.of(kind);
    fields.inode = socket.inode;
    fields.cookie = NonZeroU64::new(socket.cookie);
    fields.ends = Some(Ends { local, remote });
    // That of an association is where its packets go, and not what it is bound to.
    fields.interface = match association {
        None => Interface::of(socket.interface),
        Some(_) => Interface::Unknown,
    };
    fields.uid = (!is_minisock).then_some(socket.uid);
    fields.rx_queue = has_queues.then_some(socket.receive_queue);
    fields.tx_queue = (has_queues && !listens).then_some(socket.transmit_queue);
    fields.backlog = listens.then_some(socket.transmit_queue);
    // Timers of associations have numbers of their own.
    fields.timer = RunningTimer::of_message(&socket).filter(|_| association.is_none());
    if asked.for_filter || !fields.details.is_empty() {
        (fields.mark, fields.control_group) = (None, None);
        for detail in socket.details() {
            match detail? {
                InetDetail::Mark(mark) => fields.mark = Some(mark),
                InetDetail::ControlGroup(group) => fields.control_group = Some(group),
                _ => {}
            }
        }
    }
    Ok(())
}

/// A socket from an `inet_diag` message.
pub(crate) fn inet_diag_row<'a>(
    payload: Payload<'a>,
    kind: impl FnOnce(inet::Family) -> Kind,
    asked: Attributes,
) -> Result<SocketRow<'a>, DecodeError> {
    let mut fields = SocketFields::new(Kind::Tcp, State::CLOSE, Form::InetDiag);
    fill_inet_diag(&mut fields, payload, kind, asked)?;
    Ok(SocketRow { fields, bytes: payload.as_bytes(), is_distinct: false })
}

/// A socket from a `unix_diag` dump.
pub(crate) fn unix_diag_row(
    payload: Payload<'_>,
    asked: Details,
) -> Result<SocketRow<'_>, DecodeError> {
    let socket = unix_diag::Socket::decode(payload)?;
    let bytes = payload.as_bytes();
    let (mut name, mut peer, mut uid) = (None, None, None);
    for detail in socket.details() {
        match detail? {
            UnixDetail::Name(found) => name = Span::of(found.as_bytes(), bytes),
            UnixDetail::Peer(found) => peer = found,
            UnixDetail::Uid(found) => uid = Some(found),
            _ => {}
        }
    }
    let fields = SocketFields {
        details: asked.of(Kind::Unix),
        inode: socket.inode,
        cookie: NonZeroU64::new(socket.cookie),
        uid,
        own: Own::Unix { kind: socket.kind, name, peer },
        ..SocketFields::new(Kind::Unix, socket.state, Form::UnixDiag)
    };
    Ok(SocketRow { fields, bytes, is_distinct: false })
}

impl SocketFields {
    /// The attributes of the message the socket was decoded from, if it came from one.
    pub(crate) fn attributes<'a>(&self, bytes: &'a [u8]) -> &'a [u8] {
        let payload = Payload::of(bytes, ByteOrder::NATIVE);
        let attributes = match self.form {
            Form::Line(_) | Form::Diag | Form::Bpf => return &[],
            Form::InetDiag => inet_diag::Socket::decode(payload).map(|it| it.attributes()),
            Form::UnixDiag => unix_diag::Socket::decode(payload).map(|it| it.attributes()),
            Form::PacketDiag => packet_diag::Socket::decode(payload).map(|it| it.attributes()),
        };
        attributes.map(|attributes| attributes.as_bytes()).unwrap_or_default()
    }
}
