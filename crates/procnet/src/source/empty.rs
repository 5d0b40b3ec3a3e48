//! Which tables the kernel says are empty, so that they need not be read.
//!
//! A table of TCP costs a walk through the hash that all network namespaces share, even where
//! it has no rows: milliseconds, where the two files that count sockets cost microseconds.

use procnet_core::counter::sockstat;

use super::procfs::Table;
use crate::{Kind, Kinds};

/// What counts the sockets of a table: a line of `sockstat` or `sockstat6`.
///
/// Not `tcp`: a request for an IPv6 listener that came over IPv4 stands there, and the line
/// of IPv4 does not count that listener.
const COUNTED: [(Kind, &[u8]); 7] = [
    (Kind::Udp, b"UDP"),
    (Kind::UdpLite, b"UDPLITE"),
    (Kind::Raw, b"RAW"),
    (Kind::Tcp6, b"TCP6"),
    (Kind::Udp6, b"UDP6"),
    (Kind::UdpLite6, b"UDPLITE6"),
    (Kind::Raw6, b"RAW6"),
];

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
                let value = |name: &[u8]| {
                    let mut values = row.values().filter_map(Result::ok);
                    values.find(|value| value.name == name).map(|value| value.value)
                };
                // Sockets in TIME_WAIT, over IPv4 and IPv6.
                waiting = waiting.or_else(|| value(b"tw"));
                let counted = COUNTED.iter().find(|(_, prefix)| *prefix == row.prefix());
                if let Some((kind, _)) = counted
                    && value(b"inuse") == Some(0)
                    && (*kind != Kind::Tcp6 || waiting == Some(0))
                {
                    empty = empty | (*kind).into();
                }
            }
        }
        empty
    }
}
