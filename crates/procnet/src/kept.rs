//! Sockets kept beyond the visit of their rows, to be handed on once more.

use std::ops::Range;

use procnet_core::{
    Inode, State,
    netlink::unix::Name,
    table::{inet, netlink, packet, unix},
};

use crate::{Detail, InetDiag, Kind, Namespace, Socket, UnixDiag, owners::Join};

/// Sockets without their owners, in the order of their rows. Cleared, it keeps its memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct KeptSockets {
    sockets: Vec<Kept>,
    /// The network namespaces that they are in, and where those of each begin: they come
    /// namespace by namespace.
    namespaces: Vec<(usize, Option<Namespace>)>,
    /// What sockets borrow: pointers, names, and details that were asked for.
    text: Vec<u8>,
}

#[derive(Clone, Debug)]
enum Kept {
    Inet(Kind, inet::Record),
    /// A row whose text is elsewhere: its pointer, and its name if it has one.
    Unix {
        row: unix::Row<'static>,
        pointer: Range<usize>,
        name: Option<Range<usize>>,
        suspect: bool,
    },
    /// A socket whose details are elsewhere.
    InetDiag(Kind, State, Option<Inode>, InetDiag<'static>, Range<usize>),
    /// A socket whose details, and whose name if it has one, are elsewhere.
    UnixDiag(State, Option<Inode>, UnixDiag<'static>, Range<usize>, Option<Range<usize>>),
    /// A row whose pointer is elsewhere.
    Packet(packet::Row<'static>, Range<usize>),
    /// A row whose pointer is elsewhere.
    Netlink(netlink::Row<'static>, Range<usize>),
}

impl KeptSockets {
    pub(crate) fn clear(&mut self) {
        self.sockets.clear();
        self.namespaces.clear();
        self.text.clear();
    }

    /// Keeps a socket; its owners are not kept.
    pub(crate) fn push(&mut self, socket: &Socket<'_>) {
        let kept = match socket.detail {
            Detail::Inet(record) => Kept::Inet(socket.kind, record),
            Detail::Unix(row) => {
                let pointer = self.keep(row.pointer);
                let name = row.name.map(|name| self.keep(name.as_bytes()));
                let row = unix::Row { pointer: &[], name: None, ..row };
                Kept::Unix { row, pointer, name, suspect: socket.suspect }
            }
            Detail::InetDiag(diag) => {
                let details = self.keep(diag.details.as_bytes());
                let diag = InetDiag { details: diag.details.with_bytes(&[]), ..diag };
                Kept::InetDiag(socket.kind, socket.state, socket.inode, diag, details)
            }
            Detail::UnixDiag(diag) => {
                let name = diag.name.map(|name| self.keep(name.as_bytes()));
                let details = self.keep(diag.details.as_bytes());
                let bare = diag.details.with_bytes(&[]);
                let diag = UnixDiag { name: None, details: bare, join: Join::None, ..diag };
                Kept::UnixDiag(socket.state, socket.inode, diag, details, name)
            }
            Detail::Packet(row) => {
                let pointer = self.keep(row.pointer);
                Kept::Packet(packet::Row { pointer: &[], ..row }, pointer)
            }
            Detail::Netlink(row) => {
                let pointer = self.keep(row.pointer);
                Kept::Netlink(netlink::Row { pointer: &[], ..row }, pointer)
            }
        };
        let before = self.namespaces.last().and_then(|(_, namespace)| namespace.as_ref());
        if before != socket.netns {
            self.namespaces.push((self.sockets.len(), socket.netns.cloned()));
        }
        self.sockets.push(kept);
    }

    fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.text.len();
        self.text.extend_from_slice(bytes);
        start..self.text.len()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.sockets.len()
    }

    /// The sockets, without owners.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Socket<'_>> {
        (0..self.sockets.len()).filter_map(|at| self.get(at))
    }

    /// One of them, counted from 0.
    pub(crate) fn get(&self, at: usize) -> Option<Socket<'_>> {
        let socket = self.socket(self.sockets.get(at)?);
        let begun = self.namespaces.partition_point(|(start, _)| *start <= at);
        let namespace = begun.checked_sub(1).and_then(|last| self.namespaces.get(last));
        let netns = namespace.and_then(|(_, namespace)| namespace.as_ref());
        Some(Socket { netns, ..socket })
    }

    fn socket(&self, kept: &Kept) -> Socket<'_> {
        let bytes = |range: &Range<usize>| self.text.get(range.clone()).unwrap_or_default();
        match kept {
            Kept::Inet(kind, record) => Socket::from_inet(*kind, *record),
            Kept::Unix { row, pointer, name, suspect } => {
                let name = name.as_ref().map(|name| unix::Name::new(bytes(name)));
                let row = unix::Row { pointer: bytes(pointer), name, ..*row };
                Socket { suspect: *suspect, ..Socket::from_unix(row) }
            }
            Kept::InetDiag(kind, state, inode, diag, details) => {
                let details = diag.details.with_bytes(bytes(details));
                let detail = Detail::InetDiag(InetDiag { details, ..*diag });
                Socket::from_diag(*kind, *state, *inode, detail)
            }
            Kept::UnixDiag(state, inode, diag, details, name) => {
                let name = name.as_ref().map(|name| Name::new(bytes(name)));
                let details = diag.details.with_bytes(bytes(details));
                let detail = Detail::UnixDiag(UnixDiag { name, details, ..*diag });
                Socket::from_diag(Kind::Unix, *state, *inode, detail)
            }
            Kept::Packet(row, pointer) => {
                Socket::from_packet(packet::Row { pointer: bytes(pointer), ..*row })
            }
            Kept::Netlink(row, pointer) => {
                Socket::from_netlink(netlink::Row { pointer: bytes(pointer), ..*row })
            }
        }
    }
}
