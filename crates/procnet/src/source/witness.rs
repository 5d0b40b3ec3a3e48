//! What socket diagnostics say of rows of the unix table, which text cannot tell for certain:
//! nobody can forge a message of the kernel.
//!
//! A row is asked for by its inode, so that none is passed over as in a dump beside sockets
//! that come and go (net/unix/diag.c `unix_diag_dump`). As the kernel walks its whole hash for
//! each (`unix_lookup_by_ino`), a dump comes first where there are many rows.

use std::ops::Range;

use procnet_core::{
    Inode, netlink,
    table::unix::{Row, SocketType},
};

use super::{Fallback, netlink::desk::Desk};
use crate::{ProcRoot, place::Place};

/// From how many rows on a dump is asked for first.
const MANY: usize = 16;

/// How many rows are asked for one by one at most: the rest is judged by the text alone.
const MOST: usize = 1024;

/// Knows what the kernel tells; what it needs again each time is kept.
#[derive(Debug, Default)]
pub(crate) struct Witness {
    desk: Desk,
    /// What a dump told, by inode.
    told: Vec<Told>,
    /// The names of these.
    names: Vec<u8>,
    /// How many may still be asked for.
    left: usize,
}

#[derive(Debug)]
struct Told {
    inode: Inode,
    kind: SocketType,
    name: Option<Range<usize>>,
}

/// What the kernel says of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// There is such a socket: of this inode, type and name.
    Same,
    /// There is such a socket, which has got its name since.
    Named,
    /// There is such a socket, and its name goes on behind a newline.
    Cut,
    /// The socket with this inode is another one.
    Other,
    /// There is none with this inode, now.
    None,
    /// It was not asked.
    Nothing,
}

impl Witness {
    /// Makes ready to be asked about so many rows.
    pub(crate) fn begin(
        &mut self,
        root: &ProcRoot,
        place: &Place,
        rows: usize,
    ) -> Result<(), Fallback> {
        let Witness { desk, told, names, left } = self;
        told.clear();
        names.clear();
        *left = MOST;
        if rows < MANY {
            return Ok(());
        }
        desk.all_unix(root, place, |socket| {
            let (Some(inode), Ok(name)) = (socket.inode, name(&socket)) else { return };
            let name = name.map(|name| {
                let start = names.len();
                names.extend_from_slice(name.as_bytes());
                start..names.len()
            });
            told.push(Told { inode, kind: socket.kind, name });
        })?;
        told.sort_unstable_by_key(|told| told.inode);
        Ok(())
    }

    /// What is said of a row.
    pub(crate) fn ask(
        &mut self,
        root: &ProcRoot,
        place: &Place,
        row: &Row<'_>,
    ) -> Result<Word, Fallback> {
        let Some(inode) = row.inode else { return Ok(Word::Nothing) };
        let known = self.told.binary_search_by_key(&inode, |told| told.inode);
        if let Some(told) = known.ok().and_then(|at| self.told.get(at)) {
            let name = told.name.clone().and_then(|range| self.names.get(range));
            let name = name.map(netlink::unix::Name::new);
            return Ok(compare(row, told.kind, name));
        }
        if self.left == 0 {
            return Ok(Word::Nothing);
        }
        self.left -= 1;
        // The kernel gives no inodes beyond these (fs/inode.c `get_next_ino`).
        let Ok(number) = u32::try_from(inode.get()) else { return Ok(Word::None) };
        Ok(match self.desk.unix(root, place, number)? {
            None => Word::None,
            Some(socket) => match name(&socket) {
                Ok(name) => compare(row, socket.kind, name),
                Err(_) => Word::Nothing,
            },
        })
    }
}

fn name<'a>(
    socket: &netlink::unix::Socket<'a>,
) -> Result<Option<netlink::unix::Name<'a>>, procnet_core::Error> {
    for detail in socket.details() {
        if let netlink::unix::Detail::Name(name) = detail? {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Whether a row is what the kernel prints for a socket (net/unix/af_unix.c `unix_seq_show`).
fn compare(row: &Row<'_>, kind: SocketType, exact: Option<netlink::unix::Name<'_>>) -> Word {
    if row.kind != kind {
        return Word::Other;
    }
    let printed = row.name.map(|name| name.as_bytes());
    let (printed, exact) = match (printed, exact.as_ref()) {
        (None, None) => return Word::Same,
        (None, Some(_)) => return Word::Named,
        (Some(_), None) => return Word::Other,
        (Some(printed), Some(exact)) => (printed, exact),
    };
    let (exact, is_abstract) = (exact.as_bytes(), exact.is_abstract());
    let Some((start, rest)) = exact.split_at_checked(printed.len()) else { return Word::Other };
    // Each NUL of an abstract name is an @; older kernels do that with the first alone.
    let is_printed =
        |(shown, byte): (&u8, &u8)| shown == byte || (is_abstract && *byte == 0 && *shown == b'@');
    match rest.first() {
        _ if !printed.iter().zip(start).all(is_printed) => Word::Other,
        None => Word::Same,
        Some(b'\n') => Word::Cut,
        Some(_) => Word::Other,
    }
}

#[cfg(test)]
mod tests {
    use procnet_core::netlink::unix::Name;

    use super::*;

    fn word(row: &[u8], kind: u16, name: Option<&[u8]>) -> Word {
        let line = [b"0: 00000002 00000000 00010000 0001 01 7", row].concat();
        compare(&Row::decode(&line).unwrap(), SocketType(kind), name.map(Name::new))
    }

    #[test]
    fn a_name_is_what_is_printed_of_it() {
        for (row, name) in [
            (&b" /run/x"[..], &b"/run/x\0"[..]),
            (b" @a@b", b"\0a\0b"),
            (b" @a\0b", b"\0a\0b"),
            (b" @", b"\0"),
            (b" @path", b"@path\0"),
            (b"  blank ", b" blank \0"),
        ] {
            assert_eq!(word(row, 1, Some(name)), Word::Same, "{name:?}");
            assert_eq!(word(row, 5, Some(name)), Word::Other, "another type");
            assert_eq!(word(row, 1, None), Word::Other);
            assert_eq!(word(&[row, b"x"].concat(), 1, Some(name)), Word::Other);
            assert_eq!(word(b" /y", 1, Some(name)), Word::Other);
            assert_eq!(word(b"", 1, Some(name)), Word::Named);
        }
        assert_eq!(word(b"", 1, None), Word::Same);
    }

    #[test]
    fn a_newline_cuts_a_name() {
        assert_eq!(word(b" @a", 1, Some(b"\0a\nb")), Word::Cut);
        assert_eq!(word(b" ", 1, Some(b"\nb")), Word::Cut);
        assert_eq!(word(b" /a", 1, Some(b"/ab\n")), Word::Other);
        // A path has no NUL that may be printed as @.
        assert_eq!(word(b" x@y", 1, Some(b"x\0y")), Word::Other);
    }
}
