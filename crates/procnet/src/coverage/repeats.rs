//! Sockets that may have been reported twice.

use std::{fmt, net::SocketAddr};

use super::{EXAMPLES, Examples, Report};
use crate::{Kind, Socket, list::List};

/// Reported sockets that nothing distinguishes from one reported before: rows of a table without
/// an inode, with the same addresses, and with hidden pointers. Each is another socket, such as a
/// connection in `TIME_WAIT` on another interface, or a row that the kernel returned again.
///
/// The kernel hides pointers if `kernel.kptr_restrict` is 2 (lib/vsprintf.c `restricted_pointer`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct MaybeRepeated {
    /// The number of them.
    pub count: u64,
    /// The tables and the local and remote addresses of the first few.
    pub first: List<(Kind, SocketAddr, SocketAddr), EXAMPLES>,
}

impl MaybeRepeated {
    #[cold]
    pub(crate) fn push(&mut self, socket: &Socket<'_>) {
        // Without addresses, that two rows are alike means nothing: the kernel's own netlink
        // sockets, connections waiting at one unix socket.
        let Some((local, remote)) = socket.local().zip(socket.remote()) else { return };
        self.count += 1;
        if self.first.len() < EXAMPLES {
            self.first.push((socket.kind, local, remote));
        }
    }

    pub(super) fn each_gap(&self, report: &mut Report<'_>) -> fmt::Result {
        let shown = |(kind, local, remote): &(Kind, SocketAddr, SocketAddr)| {
            format!("{kind} {local} {remote}")
        };
        let first: List<String, EXAMPLES> = self.first.iter().map(shown).collect();
        let (count, examples) = (self.count, Examples { first: &first, count: self.count });
        match count {
            0 => Ok(()),
            1 => report(format_args!(
                "1 socket may have been reported twice, as pointers are hidden: {examples}"
            )),
            count => report(format_args!(
                "{count} sockets may have been reported twice, as pointers are hidden: {examples}"
            )),
        }
    }
}

/// One line, if there are any.
impl fmt::Display for MaybeRepeated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.each_gap(&mut |gap| writeln!(f, "{gap}"))
    }
}
