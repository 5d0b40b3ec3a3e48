//! Sockets that wait until their owners were looked for.

use std::ops::Range;

use procnet_core::table::{inet, unix};

use crate::{Detail, Kind, Socket};

/// Sockets that wait, in the order of their rows. Cleared, it keeps its memory.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    sockets: Vec<Kept>,
    /// What unix rows borrow: pointers and names.
    text: Vec<u8>,
}

#[derive(Debug)]
enum Kept {
    Inet(Kind, inet::Record),
    /// A row whose text is elsewhere: its pointer, and its name if it has one.
    Unix {
        row: unix::Row<'static>,
        pointer: Range<usize>,
        name: Option<Range<usize>>,
        suspect: bool,
    },
}

impl Waiting {
    pub(super) fn clear(&mut self) {
        self.sockets.clear();
        self.text.clear();
    }

    /// Keeps a socket; its owners are not kept.
    pub(super) fn push(&mut self, socket: &Socket<'_>) {
        let kept = match socket.detail {
            Detail::Inet(record) => Kept::Inet(socket.kind, record),
            Detail::Unix(row) => {
                let pointer = self.keep(row.pointer);
                let name = row.name.map(|name| self.keep(name.as_bytes()));
                let row = unix::Row { pointer: &[], name: None, ..row };
                Kept::Unix { row, pointer, name, suspect: socket.suspect }
            }
        };
        self.sockets.push(kept);
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.text.len();
        self.text.extend_from_slice(bytes);
        start..self.text.len()
    }

    /// The sockets, without owners.
    pub(super) fn iter(&self) -> impl Iterator<Item = Socket<'_>> {
        let bytes = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or_default();
        self.sockets.iter().map(move |kept| match kept {
            Kept::Inet(kind, record) => Socket::from_inet(*kind, *record),
            Kept::Unix { row, pointer, name, suspect } => {
                let name = name.as_ref().map(|name| unix::Name::new(bytes(name)));
                let row = unix::Row { pointer: bytes(pointer), name, ..*row };
                Socket { suspect: *suspect, ..Socket::from_unix(row) }
            }
        })
    }
}
