//! What the incremental join knows of one process.

use procnet_core::Inode;

use super::process_source::FdDirStat;
use crate::coverage::Failure;

/// A descriptor of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) fd: u32,
    pub(super) what: What,
}

/// What a descriptor was when it was last examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Socket(Inode),
    /// A socket that is no longer in any table.
    Gone,
    /// An io_uring instance.
    Ring,
    Other,
    /// Unknown: it could not be read. [`Record::unread`] has the reason.
    Unread,
}

/// A process as it was when it was last examined.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) fd_dir: Option<FdDirStat>,
    /// In order of the descriptor.
    pub(super) held: Vec<Held>,
    /// The refresh in which the last of all its descriptors was examined.
    pub(super) walked: u64,
    /// Whether some of its descriptors have never been examined, because its first walk was cut
    /// short.
    pub(super) unfinished: bool,
    /// The descriptor from which the next part begins.
    pub(super) turn: u32,
    /// The refresh in which it was last listed.
    pub(super) listed: u64,
    /// Whether some of its sockets have disappeared since it was examined.
    pub(super) touched: bool,
    /// Why it cannot be examined.
    pub(super) hidden: Option<Failure>,
    /// Its descriptors that could not be read.
    pub(super) unread: Vec<(u32, Failure)>,
    /// Sockets that it holds in other tables than that of its descriptors, and that were looked for
    /// there.
    pub(super) other: Vec<(u32, Inode)>,
}

impl Record {
    /// Whether the known number of descriptors is the current one. If the kernel does not report
    /// it, it is taken to be once all of them have been examined; so is that of a process that
    /// cannot be read.
    pub(super) fn agrees(&self) -> bool {
        let count = self.fd_dir.and_then(|fd_dir| fd_dir.descriptors);
        let is_current = count.is_none_or(|count| count == self.held.len() as u64);
        self.hidden.is_some() || (is_current && !self.unfinished)
    }

    /// The number of descriptors beyond the known ones.
    pub(super) fn missing(&self) -> u64 {
        let count = self.fd_dir.and_then(|fd_dir| fd_dir.descriptors);
        count.map_or(0, |count| count.saturating_sub(self.held.len() as u64))
    }

    /// Whether it is known to have no descriptors, like kernel threads.
    pub(super) fn is_empty(&self) -> bool {
        let count = self.fd_dir.and_then(|fd_dir| fd_dir.descriptors);
        count == Some(0) && self.held.is_empty()
    }
}
