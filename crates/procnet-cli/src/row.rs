//! What is printed as rows: each in its forms for every format.

use std::{os::unix::ffi::OsStrExt as _, path::Path};

use procnet::core::escape::Escaped;

mod count;
mod counter;
mod event;
mod extra;
mod finding;
mod group;
mod interface;
mod ipv6;
mod marked;
mod network;
mod numbers;
mod processes;
mod protocol;
mod rate;
mod record;
mod socket;
mod softnet;

pub(crate) use count::CountRow;
pub(crate) use counter::CounterRow;
pub(crate) use event::Event;
pub(crate) use extra::Tell;
pub(crate) use finding::{Finding, Seen};
pub(crate) use group::{GroupRow, Totals};
pub(crate) use interface::InterfaceRow;
pub(crate) use ipv6::Ipv6Row;
pub(crate) use marked::{Mark, MarkedRow};
pub(crate) use numbers::Numbers;
pub(crate) use protocol::ProtocolRow;
pub(crate) use rate::RateRow;
pub(crate) use record::{Record, RecordRow};
pub(crate) use socket::SocketRow;
pub(crate) use softnet::SoftnetRow;

/// A name made elsewhere, as it may be shown.
pub(crate) fn escaped(name: impl AsRef<[u8]>) -> String {
    Escaped(name.as_ref()).to_string()
}

/// A path, as it may be shown.
pub(crate) fn escaped_path(path: &Path) -> String {
    escaped(path.as_os_str().as_bytes())
}
