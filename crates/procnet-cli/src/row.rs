//! What is printed as rows: each in its forms for every format.

mod counter;
mod interface;
mod numbers;
mod socket;

pub(crate) use counter::CounterRow;
pub(crate) use interface::InterfaceRow;
pub(crate) use numbers::Numbers;
pub(crate) use socket::SocketRow;
