//! The sizes of the TCP hashes of other network namespaces, which only a thread within them can read.

use std::os::fd::{AsFd as _, OwnedFd};

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use crate::{
    netns::{NetnsId, in_helper_thread, move_to},
    source::{callers_buckets, request::Request},
};

/// What was read of namespaces, kept while visits need it: a hash never changes its size
/// (net/ipv4/tcp_ipv4.c `tcp_set_hashinfo`), and starting a thread takes longer than reading a table.
#[derive(Debug, Default)]
pub(super) struct TcpBuckets {
    known: HashMap<NetnsId, Known, RandomState>,
}

#[derive(Debug)]
struct Known {
    buckets: Option<u64>,
    /// The namespace's file: while it is open, no other namespace can have the id.
    _file: OwnedFd,
    /// Whether this visit has needed it.
    is_needed: bool,
}

impl TcpBuckets {
    /// Begins a visit: forgets what the last one did not need.
    pub(super) fn begin(&mut self) {
        self.known.retain(|_, known| std::mem::take(&mut known.is_needed));
    }

    /// The number of buckets of the TCP hash of the requested namespace, if the kernel reports it.
    pub(super) fn get(&mut self, request: &Request<'_>) -> Option<u64> {
        let Request { root, netns, .. } = *request;
        if netns.is_callers {
            return callers_buckets(root);
        }
        if let Some(known) = netns.id.and_then(|id| self.known.get_mut(&id)) {
            known.is_needed = true;
            return known.buckets;
        }
        let file = netns.enter(root).ok()?;
        let read = in_helper_thread(|| move_to(file.as_fd()).map(|()| callers_buckets(root)));
        let buckets = read.ok()?.ok()?;
        if let Some(id) = netns.id {
            self.known.insert(id, Known { buckets, _file: file, is_needed: true });
        }
        buckets
    }
}
