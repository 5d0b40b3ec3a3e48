//! The kernel's counts of a table before and after a dump: if as many sockets were reported, none
//! was left out, and a second dump is unnecessary.
//!
//! For a socket to be left out nevertheless, another would have to come and go meanwhile, with each
//! count at just the right moment. A dump of udp leaves out one socket in some hundred thousand, so
//! this is practically impossible. Unix sockets are left out more often, so their count could match
//! by chance: they are not counted, but dumped again.

use super::super::{count, request::Request};
use crate::{Kind, netns::NetnsId};

/// The counts of one visit.
#[derive(Debug, Default)]
pub(super) struct SocketCounts {
    counts: Vec<SocketCount>,
    text: Vec<u8>,
}

#[derive(Debug)]
struct SocketCount {
    netns: Option<NetnsId>,
    kind: Kind,
    /// `None` once it is known to have changed.
    sockets: Option<u64>,
}

impl SocketCount {
    fn is_of(&self, request: &Request<'_>) -> bool {
        self.netns == request.netns.id && self.kind == request.kind
    }
}

impl SocketCounts {
    pub(super) fn clear(&mut self) {
        self.counts.clear();
    }

    /// Reads the count before a table is dumped, if the kernel has one.
    pub(super) fn begin(&mut self, request: &Request<'_>) {
        let (netns, kind) = (request.netns.id, request.kind);
        let sockets = self.count(request);
        self.counts.extend(sockets.map(|_| SocketCount { netns, kind, sockets }));
    }

    /// Reads the count again after the dump.
    pub(super) fn end(&mut self, request: &Request<'_>) {
        if let Some(at) = self.counts.iter().position(|count| count.is_of(request)) {
            let now = self.count(request);
            let before = &mut self.counts[at].sockets;
            *before = before.filter(|before| now == Some(*before));
        }
    }

    /// The number of sockets, if it was the same before and after the dump; consumes the count.
    pub(super) fn take(&mut self, request: &Request<'_>) -> Option<u64> {
        let at = self.counts.iter().position(|count| count.is_of(request))?;
        self.counts.swap_remove(at).sockets
    }

    fn count(&mut self, request: &Request<'_>) -> Option<u64> {
        // If a thread has to enter the namespace to read the count, that costs more than it saves.
        request.netns.net.as_ref()?;
        count::datagrams(request.kind, request.root, request.netns, &mut self.text)
    }
}
