//! What the kernel counts before and after it dumps a table: if as many sockets were reported, none
//! was left out, and there is no need for a second dump.
//!
//! For a socket to be left out all the same, which of udp happens once in some hundred thousand,
//! another would have to come and go meanwhile, with each count at just the right moment: as good
//! as impossible. Unix sockets are left out more often, so that a count may fit by chance: they
//! are not counted, and dumped again.

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

    /// Counts before a table is dumped, if the kernel says how many there are.
    pub(super) fn begin(&mut self, request: &Request<'_>) {
        let (netns, kind) = (request.netns.id, request.kind);
        let sockets = self.count(request);
        self.counts.extend(sockets.map(|_| SocketCount { netns, kind, sockets }));
    }

    /// Counts again once it was dumped.
    pub(super) fn end(&mut self, request: &Request<'_>) {
        if let Some(at) = self.counts.iter().position(|count| count.is_of(request)) {
            let now = self.count(request);
            let before = &mut self.counts[at].sockets;
            *before = before.filter(|before| now == Some(*before));
        }
    }

    /// How many sockets there were both before and after a table was dumped, once.
    pub(super) fn take(&mut self, request: &Request<'_>) -> Option<u64> {
        let at = self.counts.iter().position(|count| count.is_of(request))?;
        self.counts.swap_remove(at).sockets
    }

    fn count(&mut self, request: &Request<'_>) -> Option<u64> {
        // Where a thread has to enter the namespace to read it, it costs more than it saves.
        request.netns.net.as_ref()?;
        count::datagrams(request.kind, request.root, request.netns, &mut self.text)
    }
}
