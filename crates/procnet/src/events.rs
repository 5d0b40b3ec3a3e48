//! TCP and UDP sockets that ended, as the kernel reports them: also those whose life was shorter
//! than the time between two looks at the tables.
//!
//! The source is the destroy notifications of sock_diag (include/uapi/linux/sock_diag.h
//! `SKNLGRP_INET_TCP_DESTROY` and the three after it, since Linux 4.2), to which
//! [`Scanner::destroy_events`](crate::Scanner::destroy_events) subscribes. They take no privilege
//! and cover one network namespace. A notification has the socket's [cookie](crate::Socket::cookie),
//! its addresses and, for TCP, its final `tcp_info`. It has neither inode nor user nor owner, nor
//! when the socket was created: what [was seen](crate::snapshot::Snapshot::counterpart) before
//! has.
//!
//! There is none for sockets of other kinds, and none for what remains of a connection in
//! `TIME_WAIT`: its socket ends when it enters that state.

mod destroy_events;
mod destroyed;
mod destroyed_list;

pub use self::{
    destroy_events::{DestroyEvents, Received},
    destroyed::Destroyed,
    destroyed_list::DestroyedList,
};
