//! The columns that most readers ask for, decoded together.

use core::net::SocketAddr;

use crate::{Inode, State};

/// Who talks to whom, in which state, and what joins the socket to its owners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is the method of `Row` with its name")]
pub struct Brief {
    pub local: SocketAddr,
    pub remote: SocketAddr,
    pub state: State,
    pub uid: u32,
    pub inode: Option<Inode>,
}
