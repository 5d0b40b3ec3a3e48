//! The most commonly used columns, decoded together.

use core::net::SocketAddr;

use crate::{Inode, State};

/// The endpoints of a socket, its state and uid, and the inode that leads to its owners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    missing_docs,
    reason = "each field has the documentation of the `Row` method with its name"
)]
pub struct Brief {
    pub local: SocketAddr,
    pub remote: SocketAddr,
    pub state: State,
    pub uid: u32,
    pub inode: Option<Inode>,
}
