//! The sockets that procnet itself opens, which would be in every watch.

use std::{collections::HashSet, fs};

use procnet::{Inode, Socket};

/// Where the kernel lists the descriptors of this process, also if another host is watched.
const DESCRIPTORS: &str = "/proc/self/fd";

pub(super) struct OwnSockets {
    /// Whether they are looked for.
    is_wanted: bool,
    /// Those that were open when the watch began: others opened them, as a standard input.
    inherited: HashSet<Inode>,
    /// Those of the last two looks.
    before: HashSet<Inode>,
    now: HashSet<Inode>,
}

impl OwnSockets {
    /// Before procnet opens any socket.
    pub(super) fn new() -> OwnSockets {
        OwnSockets { is_wanted: true, inherited: open_sockets(), ..OwnSockets::none() }
    }

    /// None: in a capture, inodes are those of another time.
    pub(super) fn none() -> OwnSockets {
        let (inherited, before, now) = Default::default();
        OwnSockets { is_wanted: false, inherited, before, now }
    }

    /// Lists them, after a look.
    pub(super) fn list(&mut self) {
        if self.is_wanted {
            self.before = std::mem::replace(&mut self.now, open_sockets());
        }
    }

    /// Whether it is one of them.
    pub(super) fn has(&self, socket: &Socket<'_>) -> bool {
        let is_own = |inode: &Inode| self.now.contains(inode) || self.before.contains(inode);
        socket.inode.is_some_and(|inode| is_own(&inode) && !self.inherited.contains(&inode))
    }
}

/// The sockets that this process has open.
pub(in crate::command::sockets) fn open_sockets() -> HashSet<Inode> {
    let descriptors = fs::read_dir(DESCRIPTORS).into_iter().flatten().flatten();
    descriptors.filter_map(|entry| inode(fs::read_link(entry.path()).ok()?.to_str()?)).collect()
}

/// The inode in a link such as `socket:[4242]`.
fn inode(link: &str) -> Option<Inode> {
    let number = link.strip_prefix("socket:[")?.strip_suffix(']')?;
    Inode::new(number.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn sockets_opened_later_are_own_ones() {
        let inode_of = |socket: &UnixStream| procnet::lookup::inode_of(socket).expect("an inode");
        let (inherited, _end) = UnixStream::pair().expect("sockets");
        let mut own = OwnSockets::new();
        let (opened, _end) = UnixStream::pair().expect("sockets");
        own.list();
        assert!(own.inherited.contains(&inode_of(&inherited)));
        assert!(own.now.contains(&inode_of(&opened)));
        assert!(!own.inherited.contains(&inode_of(&opened)));
        assert_eq!(inode("socket:[x]").or(inode("pipe:[7]")), None);
    }
}
