//! Sockets that begin and end, as the kernel reports them: also those whose life was shorter than the
//! time between two looks at the tables.
//!
//! There are two sources:
//!
//! | | [`DestroyEvents`] | [`SocketEvents`] |
//! |---|---|---|
//! | by | destroy notifications of sock_diag, since Linux 4.2 | BPF programs on tracepoints, since Linux 5.12 |
//! | privilege | none | `CAP_BPF` and `CAP_PERFMON`, or `CAP_SYS_ADMIN`, when it begins |
//! | network namespaces | one | one, or all |
//! | births | no | yes |
//! | owner, duration, last state, user | no | yes |
//! | bytes of TCP | yes, in `tcp_info` | yes |
//! | UDP | the end, with addresses | the first use, if [asked for](EventOptions::first_use) |
//! | loss | known, how much is not | counted exactly |
//!
//! # Ends by sock_diag
//!
//! The source is include/uapi/linux/sock_diag.h `SKNLGRP_INET_TCP_DESTROY` and the three after it, to
//! which [`Scanner::destroy_events`](crate::Scanner::destroy_events) subscribes. A notification has the
//! socket's [cookie](crate::Socket::cookie), its addresses and, for TCP, its final `tcp_info`. It has
//! neither inode nor user nor owner, nor when the socket was created: what
//! [was seen](crate::snapshot::Snapshot::counterpart) before has.
//!
//! There is none for sockets of other kinds, and none for what remains of a connection in
//! `TIME_WAIT`: its socket ends when it enters that state.
//!
//! # Births and ends by BPF
//!
//! The source is the tracepoint `inet_sock_set_state`, on which
//! [`Scanner::socket_events`](crate::Scanner::socket_events) has a program.
//!
//! The owner of a connection that this host made, and of a listener, is the process that called
//! `connect` or `listen`. An accepted connection is established in a softirq, in which the current
//! process is any: its birth has no owner. It becomes known from the process that shuts down or closes
//! the socket itself, so a connection that the peer reset has none until the end; or from the process
//! that uses the socket first, if [that is watched](EventOptions::first_use). [`Evidence`] says which of
//! these it was. Of a socket that began before the subscription, only the end is reported, with what is
//! known then.
//!
//! A connection that is never established is reported when it ends, with the last state `SYN_SENT`. The
//! end of a UDP socket has no tracepoint; its destroy notification has the same cookie.

mod boot_clock;
mod destroy_events;
mod destroyed;
mod destroyed_list;
mod event_options;
mod event_owner;
mod events_received;
mod owner_groups;
mod seen;
mod socket_event;
mod socket_event_list;
mod socket_events;

pub use self::{
    destroy_events::{DestroyEvents, Received},
    destroyed::Destroyed,
    destroyed_list::DestroyedList,
    event_options::EventOptions,
    event_owner::{EventOwner, Evidence},
    events_received::EventsReceived,
    socket_event::{Change, Direction, SocketEvent, Traffic},
    socket_event_list::SocketEventList,
    socket_events::SocketEvents,
};
