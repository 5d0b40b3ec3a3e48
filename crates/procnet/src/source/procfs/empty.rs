//! Tables that need not be read, as the kernel's counts show that they are empty.
//!
//! Reading a TCP table walks the hash that all network namespaces share, even if the table has no
//! rows: this takes milliseconds, the two files with the counts microseconds.

use procnet_core::counter::sockstat;

use super::super::{
    count::{self, COUNTED},
    request::Request,
};
use crate::{Kind, Kinds, netns::NetnsId};

/// The empty tables of a network namespace.
#[derive(Debug, Default)]
pub(super) struct EmptyTables {
    /// Those of the last requested namespace.
    kinds: Option<(Option<NetnsId>, Kinds)>,
    text: Vec<u8>,
}

impl EmptyTables {
    /// Clears the known tables.
    pub(super) fn clear(&mut self) {
        self.kinds = None;
    }

    /// Whether a table is known to have no rows.
    pub(super) fn contains(&mut self, request: &Request<'_>) -> bool {
        let is_counted = COUNTED.iter().any(|(kind, _)| *kind == request.kind);
        if !request.root.is_live() || !is_counted {
            return false;
        }
        let netns = request.netns.id;
        let known = self.kinds.filter(|(known, _)| netns.is_some() && *known == netns);
        let kinds = known.map_or_else(|| self.count(request), |(_, kinds)| kinds);
        self.kinds = Some((netns, kinds));
        kinds.contains(request.kind)
    }

    /// Reads the counts of a namespace.
    fn count(&mut self, request: &Request<'_>) -> Kinds {
        let (mut empty, mut waiting) = (Kinds::NONE, None);
        for name in ["sockstat", "sockstat6"] {
            let Ok(text) = request.netns.read_small(request.root, name, &mut self.text) else {
                continue;
            };
            for row in sockstat::Rows::new(text).filter_map(Result::ok) {
                // Sockets in TIME_WAIT, over IPv4 and IPv6.
                waiting = waiting.or_else(|| count::value(&row, b"tw"));
                let counted = COUNTED.iter().find(|(_, prefix)| *prefix == row.prefix());
                let Some((kind, _)) = counted else { continue };
                let none_waiting = *kind != Kind::Tcp6 || waiting == Some(0);
                if count::in_use(&row) == Some(0) && none_waiting {
                    empty = empty | (*kind).into();
                }
            }
        }
        empty
    }
}
