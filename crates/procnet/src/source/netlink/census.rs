//! What the kernel counts before and after it tells a table: if as many sockets were told, none
//! was left out, and there is no need to ask again.
//!
//! That a socket was left out all the same, which of udp happens once in some hundred thousand,
//! another one came and went meanwhile, and each count fell into just the right moment, is as
//! good as impossible. Unix sockets are left out more often, so that a count may fit by chance:
//! they are not counted, and asked for again.

use crate::{
    Kind, ProcRoot,
    place::{Id, Place},
    source::count,
};

/// Counts of one visit.
#[derive(Debug, Default)]
pub(super) struct Census {
    counts: Vec<Count>,
    text: Vec<u8>,
}

#[derive(Debug)]
struct Count {
    id: Option<Id>,
    kind: Kind,
    /// `None` once it is known to have changed.
    sockets: Option<u64>,
}

impl Census {
    pub(super) fn clear(&mut self) {
        self.counts.clear();
    }

    /// Counts before a table is told, if the kernel says how many there are.
    pub(super) fn begin(&mut self, root: &ProcRoot, place: &Place, kind: Kind) {
        let sockets = self.count(root, place, kind);
        self.counts.extend(sockets.map(|_| Count { id: place.id, kind, sockets }));
    }

    /// Counts again once it was told.
    pub(super) fn end(&mut self, root: &ProcRoot, place: &Place, kind: Kind) {
        let is_it = |count: &Count| count.id == place.id && count.kind == kind;
        if let Some(at) = self.counts.iter().position(is_it) {
            let now = self.count(root, place, kind);
            let before = &mut self.counts[at].sockets;
            *before = before.filter(|before| now == Some(*before));
        }
    }

    /// How many sockets there were before and after a table was told, if that is one number;
    /// asked once.
    pub(super) fn take(&mut self, place: &Place, kind: Kind) -> Option<u64> {
        let is_it = |count: &Count| count.id == place.id && count.kind == kind;
        let at = self.counts.iter().position(is_it)?;
        self.counts.swap_remove(at).sockets
    }

    fn count(&mut self, root: &ProcRoot, place: &Place, kind: Kind) -> Option<u64> {
        // Where a thread has to go there to read it, it costs more than it spares.
        place.net.as_ref()?;
        count::datagrams(kind, root, place, &mut self.text)
    }
}
