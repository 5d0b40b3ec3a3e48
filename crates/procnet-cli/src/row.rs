//! What is printed as rows: each in its forms for every format.

use procnet::core::escape::Escaped;

mod count;
mod counter;
mod event;
mod group;
mod interface;
mod marked;
mod numbers;
mod socket;

pub(crate) use count::CountRow;
pub(crate) use counter::CounterRow;
pub(crate) use event::Event;
pub(crate) use group::{GroupRow, Totals};
pub(crate) use interface::InterfaceRow;
pub(crate) use marked::{Mark, MarkedRow};
pub(crate) use numbers::Numbers;
pub(crate) use socket::SocketRow;

/// A name made elsewhere, as it may be shown.
pub(crate) fn escaped(name: impl AsRef<[u8]>) -> String {
    Escaped(name.as_ref()).to_string()
}
