//! `/proc/PID/fdinfo/FD` of an io_uring instance (io_uring/fdinfo.c `io_uring_show_fdinfo`): the
//! files registered with it, which stay open when their descriptors are closed.
//!
//! Since Linux 6.15 the kernel prints the path of each file, with newlines and blanks escaped; that
//! of a socket is `socket:[N]`, and that of a file in a directory starts with `/`. Older kernels
//! print the last component of the path as it is, which **whoever created the file chose**, newlines
//! included: it proves nothing about what the file is.

use crate::{Lines, number};

/// The files registered with an io_uring instance.
#[derive(Clone, Debug)]
pub struct UserFiles<'a> {
    /// The size of the table of registered files; some of its entries may be empty.
    pub size: u32,
    lines: Lines<'a>,
}

impl<'a> UserFiles<'a> {
    /// Finds the registered files in the bytes of a `fdinfo` file; `None` if it does not list them:
    /// it is not that of an io_uring instance, or the instance was in use while it was printed.
    ///
    /// ```
    /// use procnet_core::process::fdinfo::UserFiles;
    ///
    /// let file = b"pos:\t0\nSqThread:\t-1\nUserFiles:\t8\n    0: /tmp/a\n    7: socket:[12]\nUserBufs:\t0\n";
    /// let files = UserFiles::decode(file).unwrap();
    /// assert_eq!(files.size, 8);
    /// assert!(files.names().eq([&b"/tmp/a"[..], b"socket:[12]"]));
    /// assert!(UserFiles::decode(b"pos:\t0\nflags:\t02\n").is_none());
    /// ```
    #[must_use]
    pub fn decode(bytes: &'a [u8]) -> Option<UserFiles<'a>> {
        let mut lines = Lines::new(bytes);
        let size = lines.find_map(|line| line.strip_prefix(b"UserFiles:\t"))?;
        let size = number::decimal(size).ok().and_then(|size| u32::try_from(size).ok())?;
        Some(UserFiles { size, lines })
    }

    /// What is printed for each file: its path, or in older kernels the last component of it.
    pub fn names(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.lines.clone().map_while(name)
    }
}

/// The name in a line `    7: NAME`; `None` for any other line, which ends the list.
fn name(line: &[u8]) -> Option<&[u8]> {
    let colon = memchr::memchr(b':', line)?;
    let (index, name) = line.split_at_checked(colon)?;
    number::decimal(index.trim_ascii_start()).ok()?;
    name.strip_prefix(b": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_ends_where_the_next_value_begins() {
        let file =
            b"UserFiles:\t200000\n    0: a: b\n100000: socket:[5]\nUserBufs:\t1\n    0: 0x1/2\n";
        let files = UserFiles::decode(file).unwrap();
        assert!(files.names().eq([&b"a: b"[..], b"socket:[5]"]));
        assert_eq!(UserFiles::decode(b"UserFiles:\t0\nUserBufs:\t0\n").unwrap().names().count(), 0);
        for broken in
            [&b"UserFiles:\t\n"[..], b"UserFiles:\t-1\n", b"UserFiles:\t4294967296\n", b""]
        {
            assert!(UserFiles::decode(broken).is_none(), "{}", broken.escape_ascii());
        }
    }
}
