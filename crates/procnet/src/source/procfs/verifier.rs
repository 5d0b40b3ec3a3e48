//! Verifies rows of the table of unix sockets with sock_diag: nobody can forge messages from the
//! kernel.
//!
//! A row is looked up by its inode, so that none is left out as in a dump while other sockets come
//! and go (net/unix/diag.c `unix_diag_dump`). As the kernel walks its whole hash for each lookup
//! (`unix_lookup_by_ino`), many rows are first looked for in a dump.

use std::ops::Range;

use procnet_core::{
    Inode, netlink,
    table::unix::{Row, SocketType},
};

use super::super::diag::SharedClient;
use crate::{ProcRoot, coverage::Fallback, netns::NetnsHandle};

/// The number of rows from which a dump comes first.
const MANY: usize = 16;

/// The maximum number of single lookups: all other rows are assessed by the text alone.
const MAX_LOOKUPS: usize = 1024;

/// Asks sock_diag about rows. Its buffers are reused.
#[derive(Debug)]
pub(super) struct DiagVerifier {
    client: SharedClient,
    /// The sockets of a dump, by inode.
    dumped: Vec<DumpedSocket>,
    /// Their names.
    names: Vec<u8>,
    /// The number of lookups that remain.
    left: usize,
}

#[derive(Debug)]
struct DumpedSocket {
    inode: Inode,
    kind: SocketType,
    name: Option<Range<usize>>,
}

/// The kernel's verdict on a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// There is a socket with this inode, type and name.
    Same,
    /// There is such a socket, which has been bound to its name since.
    Named,
    /// There is such a socket, and its name continues after a newline.
    Cut,
    /// The socket with this inode is a different one.
    Other,
    /// There is no longer a socket with this inode.
    None,
    /// The kernel was not asked.
    Unknown,
}

impl DiagVerifier {
    pub(super) fn new(client: &SharedClient) -> DiagVerifier {
        let client = client.clone();
        DiagVerifier { client, dumped: Vec::new(), names: Vec::new(), left: 0 }
    }

    /// Begins to verify this many rows.
    pub(super) fn begin(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        rows: usize,
    ) -> Result<(), Fallback> {
        let DiagVerifier { client, dumped, names, left } = self;
        dumped.clear();
        names.clear();
        *left = MAX_LOOKUPS;
        if rows < MANY {
            return Ok(());
        }
        client.lock().all_unix(root, netns, |socket| {
            let (Some(inode), Ok(name)) = (socket.inode, name(&socket)) else { return };
            let name = name.map(|name| {
                let start = names.len();
                names.extend_from_slice(name.as_bytes());
                start..names.len()
            });
            dumped.push(DumpedSocket { inode, kind: socket.kind, name });
        })?;
        dumped.sort_unstable_by_key(|socket| socket.inode);
        Ok(())
    }

    /// The kernel's verdict on a row.
    pub(super) fn verify(
        &mut self,
        root: &ProcRoot,
        netns: &NetnsHandle,
        row: &Row<'_>,
    ) -> Result<Verdict, Fallback> {
        let Some(inode) = row.inode else { return Ok(Verdict::Unknown) };
        let known = self.dumped.binary_search_by_key(&inode, |socket| socket.inode);
        if let Some(socket) = known.ok().and_then(|at| self.dumped.get(at)) {
            let name = socket.name.clone().and_then(|range| self.names.get(range));
            let name = name.map(netlink::unix::Name::new);
            return Ok(compare(row, socket.kind, name));
        }
        if self.left == 0 {
            return Ok(Verdict::Unknown);
        }
        self.left -= 1;
        // The kernel assigns no larger inodes (fs/inode.c `get_next_ino`).
        let Ok(number) = u32::try_from(inode.get()) else { return Ok(Verdict::None) };
        Ok(match self.client.lock().unix(root, netns, number)? {
            None => Verdict::None,
            Some(socket) => match name(&socket) {
                Ok(name) => compare(row, socket.kind, name),
                Err(_) => Verdict::Unknown,
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

/// Compares a row with what the kernel prints for a socket (net/unix/af_unix.c `unix_seq_show`).
fn compare(row: &Row<'_>, kind: SocketType, exact: Option<netlink::unix::Name<'_>>) -> Verdict {
    if row.kind != kind {
        return Verdict::Other;
    }
    let printed = row.name.map(|name| name.as_bytes());
    let (printed, exact) = match (printed, exact.as_ref()) {
        (None, None) => return Verdict::Same,
        (None, Some(_)) => return Verdict::Named,
        (Some(_), None) => return Verdict::Other,
        (Some(printed), Some(exact)) => (printed, exact),
    };
    let (exact, is_abstract) = (exact.as_bytes(), exact.is_abstract());
    let Some((start, rest)) = exact.split_at_checked(printed.len()) else { return Verdict::Other };
    // The kernel prints each NUL of an abstract name as @; older kernels only the first.
    let is_printed =
        |(shown, byte): (&u8, &u8)| shown == byte || (is_abstract && *byte == 0 && *shown == b'@');
    match rest.first() {
        _ if !printed.iter().zip(start).all(is_printed) => Verdict::Other,
        None => Verdict::Same,
        Some(b'\n') => Verdict::Cut,
        Some(_) => Verdict::Other,
    }
}

#[cfg(test)]
mod tests {
    use procnet_core::netlink::unix::Name;

    use super::*;

    fn verdict(row: &[u8], kind: u16, name: Option<&[u8]>) -> Verdict {
        let line = [b"0: 00000002 00000000 00010000 0001 01 7", row].concat();
        compare(&Row::decode(&line).unwrap(), SocketType(kind), name.map(Name::new))
    }

    #[test]
    fn a_name_equals_its_printed_form() {
        for (row, name) in [
            (&b" /run/x"[..], &b"/run/x\0"[..]),
            (b" @a@b", b"\0a\0b"),
            (b" @a\0b", b"\0a\0b"),
            (b" @", b"\0"),
            (b" @path", b"@path\0"),
            (b"  blank ", b" blank \0"),
        ] {
            assert_eq!(verdict(row, 1, Some(name)), Verdict::Same, "{name:?}");
            assert_eq!(verdict(row, 5, Some(name)), Verdict::Other, "another type");
            assert_eq!(verdict(row, 1, None), Verdict::Other);
            assert_eq!(verdict(&[row, b"x"].concat(), 1, Some(name)), Verdict::Other);
            assert_eq!(verdict(b" /y", 1, Some(name)), Verdict::Other);
            assert_eq!(verdict(b"", 1, Some(name)), Verdict::Named);
        }
        assert_eq!(verdict(b"", 1, None), Verdict::Same);
    }

    #[test]
    fn a_newline_truncates_a_name() {
        assert_eq!(verdict(b" @a", 1, Some(b"\0a\nb")), Verdict::Cut);
        assert_eq!(verdict(b" ", 1, Some(b"\nb")), Verdict::Cut);
        assert_eq!(verdict(b" /a", 1, Some(b"/ab\n")), Verdict::Other);
        // A path has no NUL that could be printed as @.
        assert_eq!(verdict(b" x@y", 1, Some(b"x\0y")), Verdict::Other);
    }
}
