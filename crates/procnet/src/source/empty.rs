//! Which tables the kernel says are empty, so that they need not be read.
//!
//! A table of TCP costs a walk through the hash that all network namespaces share, even where
//! it has no rows: milliseconds, where the two files that count sockets cost microseconds.

use procnet_core::counter::sockstat;

use super::{
    count::{self, COUNTED},
    procfs::Table,
};
use crate::{Kind, Kinds};

/// What is known to be empty, in one visit.
#[derive(Debug, Default)]
pub(crate) struct Empty {
    kinds: Option<Kinds>,
    text: Vec<u8>,
}

impl Empty {
    /// Forgets what was known.
    pub(crate) fn clear(&mut self) {
        self.kinds = None;
    }

    /// Whether a table has no rows. Where the kernel does not tell, it may have some.
    pub(crate) fn has(&mut self, table: &Table<'_>) -> bool {
        if !table.root.is_live() || !COUNTED.iter().any(|(kind, _)| *kind == table.kind) {
            return false;
        }
        let kinds = self.kinds.unwrap_or_else(|| self.count(table));
        self.kinds = Some(kinds);
        kinds.contains(table.kind)
    }

    /// Reads what the namespace of a table counts.
    fn count(&mut self, table: &Table<'_>) -> Kinds {
        let (mut empty, mut waiting) = (Kinds::NONE, None);
        for name in ["sockstat", "sockstat6"] {
            let Ok(text) = table.place.read_small(table.root, name, &mut self.text) else {
                continue;
            };
            for row in sockstat::Rows::new(text).filter_map(Result::ok) {
                // Sockets in TIME_WAIT, over IPv4 and IPv6.
                waiting = waiting.or_else(|| count::value(&row, b"tw"));
                let counted = COUNTED.iter().find(|(_, prefix)| *prefix == row.prefix());
                if let Some((kind, _)) = counted
                    && count::in_use(&row) == Some(0)
                    && (*kind != Kind::Tcp6 || waiting == Some(0))
                {
                    empty = empty | (*kind).into();
                }
            }
        }
        empty
    }
}
