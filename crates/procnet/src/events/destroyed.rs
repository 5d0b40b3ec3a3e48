//! One destroy notification (net/core/sock_diag.c `sock_diag_broadcast_destroy_work`,
//! net/ipv4/inet_diag.c `inet_diag_handler_get_info`).

use std::time::SystemTime;

use procnet_core::{
    ByteOrder, Error as DecodeError, State,
    netlink::{
        Payload,
        inet::{Detail, Socket as Message, TcpInfo},
    },
    table::inet::Family,
};

use crate::{
    Kind, Socket,
    details::Details,
    filter::{Condition, Known, OfSocket, OwnersSeen, ResolvedNames, States, listening_states},
    netns::Namespace,
    socket::{Attributes, Form, SocketFields, fill_inet_diag},
};

/// `IPPROTO_TCP` and `IPPROTO_UDP`, as `INET_DIAG_PROTOCOL` reports them.
const TCP: u8 = 6;
const UDP: u8 = 17;

/// A socket that ended.
#[derive(Clone, Copy, Debug)]
pub struct Destroyed<'a> {
    pub(super) fields: SocketFields,
    pub(super) bytes: &'a [u8],
    pub(super) netns: Option<&'a Namespace>,
    pub(super) time: SystemTime,
    pub(super) matches: Option<bool>,
}

impl<'a> Destroyed<'a> {
    /// Decodes the payload of a message; `None` if it is of another protocol.
    pub(super) fn decode(
        payload: Payload<'a>,
        details: Details,
        time: SystemTime,
    ) -> Result<Option<Destroyed<'a>>, DecodeError> {
        let mut protocol = None;
        for detail in Message::decode(payload)?.details() {
            if let Detail::Protocol(number) = detail? {
                protocol = Some(number);
            }
        }
        let kind = |family| match (protocol, family) {
            (Some(TCP), Family::V4) => Some(Kind::Tcp),
            (Some(TCP), Family::V6) => Some(Kind::Tcp6),
            (Some(UDP), Family::V4) => Some(Kind::Udp),
            (Some(UDP), Family::V6) => Some(Kind::Udp6),
            _ => None,
        };
        let Some(kind) = kind(Message::decode(payload)?.family) else { return Ok(None) };
        let mut fields = SocketFields::new(kind, State::CLOSE, Form::InetDiag);
        let asked = Attributes { details, for_filter: true };
        fill_inet_diag(&mut fields, payload, |_| kind, asked)?;
        if kind.is_tcp() {
            fields.state = State::CLOSE;
        }
        // The message has zeros here whatever they were, or, for the queues, what closing left.
        (fields.uid, fields.inode, fields.timer) = (None, None, None);
        (fields.rx_queue, fields.tx_queue, fields.backlog) = (None, None, None);
        let bytes = payload.as_bytes();
        Ok(Some(Destroyed { fields, bytes, netns: None, time, matches: Some(true) }))
    }

    /// What is left of the socket: its kind, [id](Socket::id), cookie, addresses and interface.
    ///
    /// The state is always `CLOSE` for TCP; for UDP, the one that it had. The remote port of a
    /// connection that was refused is 0.
    #[must_use]
    pub fn socket(&self) -> Socket<'_> {
        let mut socket = Socket::new(&self.fields, self.bytes);
        socket.netns = self.netns;
        socket
    }

    /// When the notification was read: how long after the end depends on the reader, as the kernel
    /// does not report the time.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        self.time
    }

    /// The final `tcp_info` of a TCP socket: bytes sent and received, retransmissions. A `FIN` that
    /// was received counts as a byte in `bytes_received`, and one that was acknowledged, as well as
    /// the `SYN`, in `bytes_acked`; `bytes_sent` counts data only, and what is sent again each time.
    /// For a listener, all are 0. `None` for UDP, whose bytes the kernel does not count.
    #[must_use]
    pub fn tcp_info(&self) -> Option<TcpInfo<'a>> {
        let message = Message::decode(Payload::of(self.bytes, ByteOrder::NATIVE)).ok()?;
        message.details().find_map(|detail| match detail {
            Ok(Detail::TcpInfo(info)) => Some(info),
            _ => None,
        })
    }

    /// Whether it matches the filter of the query; `None` if that depends on what is not known any
    /// more, such as its owners, its user, or the state it had.
    #[must_use]
    pub fn matches(&self) -> Option<bool> {
        self.matches
    }

    /// Whether it was ever bound or connected: without a local port, it was in no table.
    #[must_use]
    pub fn was_bound(&self) -> bool {
        self.fields.ends.is_some_and(|ends| ends.local.port() != 0)
    }
}

/// The states of sockets that are not connected.
const UNCONNECTED: [State; 4] =
    [State::LISTEN, State::CLOSE, State::BOUND_INACTIVE, State::SYN_SENT];

/// What is known about a socket that ended, when a filter is decided.
#[derive(Clone, Copy)]
pub(super) struct OfDestroyed<'a, 'f> {
    pub(super) destroyed: &'a Destroyed<'a>,
    pub(super) names: &'a ResolvedNames<'f>,
}

impl OfDestroyed<'_, '_> {
    /// The states in which it may have been before it ended. Without a remote port it was not
    /// connected, or its connection was refused (net/ipv4/tcp.c `tcp_disconnect`, which clears the
    /// port and most counters); what has sent a segment did not listen, as SYN-ACKs are not counted
    /// (net/ipv4/tcp_output.c `tcp_make_synack`).
    fn former_states(&self) -> States {
        let Destroyed { fields, .. } = self.destroyed;
        if !fields.kind.is_tcp() {
            return [fields.state].into_iter().collect();
        }
        let is_connected = fields.ends.is_some_and(|ends| ends.remote.port() != 0);
        if is_connected {
            return States::ALL.without([State::LISTEN, State::CLOSE, State::BOUND_INACTIVE]);
        }
        let sent = self.destroyed.tcp_info().and_then(|info| info.segs_out());
        let excluded = sent.filter(|sent| *sent > 0).map(|_| State::LISTEN);
        UNCONNECTED.into_iter().filter(|state| Some(*state) != excluded).collect()
    }

    /// Whether its state was one of these.
    fn was_in(&self, states: States) -> Option<bool> {
        let former = self.former_states();
        match former.and(states) {
            none if none.is_empty() => Some(false),
            all if all == former => Some(true),
            _ => None,
        }
    }
}

impl Known for OfDestroyed<'_, '_> {
    fn holds(&self, condition: &Condition) -> Option<bool> {
        let OfDestroyed { destroyed, names } = *self;
        match condition {
            Condition::States(states) => self.was_in(*states),
            Condition::Listening => self.was_in(listening_states(destroyed.fields.kind)),
            Condition::Inode(_)
            | Condition::Pid(_)
            | Condition::Comm(_)
            | Condition::RunsIn(..) => None,
            other => {
                let socket = &destroyed.socket();
                OfSocket { socket, names, owners: OwnersSeen::No }.holds(other)
            }
        }
    }
}
