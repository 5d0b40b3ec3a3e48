//! `/proc/PID/mountinfo` (fs/proc_namespace.c `show_mountinfo`): the mount points of network
//! namespaces, such as those of `ip netns` under `/run/netns`.
//!
//! Mount points may contain any bytes, chosen by whoever mounts. The kernel escapes space, tab,
//! newline and backslash as `\NNN`, three octal digits (`seq_path_root`), so that they cannot
//! forge a column or a line. Lines that do not describe a mounted network namespace are skipped.

use crate::{Lines, field::is_blank, process::link};

/// A mounted network namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mount<'a> {
    /// The inode of the namespace in `nsfs`.
    pub namespace: u64,
    /// The mount point as printed; [`Mount::path`] decodes it.
    pub point: &'a [u8],
}

impl<'a> Mount<'a> {
    /// Decodes the line of a mounted network namespace; `None` for any other line.
    ///
    /// ```
    /// use procnet_core::process::mountinfo::Mount;
    ///
    /// let line = b"96 29 0:4 net:[4026532246] /run/netns/blue rw shared:9 - nsfs nsfs rw";
    /// let mount = Mount::decode(line).unwrap();
    /// assert_eq!((mount.namespace, mount.point), (4_026_532_246, &b"/run/netns/blue"[..]));
    /// ```
    #[must_use]
    pub fn decode(line: &'a [u8]) -> Option<Mount<'a>> {
        let mut columns = line.split(|byte| is_blank(*byte));
        let namespace = link::network_namespace(columns.nth(3)?)?;
        let point = columns.next().filter(|point| point.starts_with(b"/"))?;
        // A dash ends the optional columns; the file system type follows.
        let is_nsfs = columns.skip_while(|column| *column != b"-").nth(1) == Some(b"nsfs");
        is_nsfs.then_some(Mount { namespace, point })
    }

    /// The unescaped bytes of the mount point.
    ///
    /// ```
    /// use procnet_core::process::mountinfo::Mount;
    ///
    /// let mount = Mount { namespace: 1, point: br"/run/my\040net" };
    /// assert!(mount.path().eq(*b"/run/my net"));
    /// ```
    pub fn path(&self) -> impl Iterator<Item = u8> + use<'a> {
        let mut rest = self.point;
        core::iter::from_fn(move || {
            let (first, after) = rest.split_first()?;
            let (byte, after) = match (first, octal(after)) {
                (b'\\', Some((byte, after))) => (byte, after),
                _ => (*first, after),
            };
            rest = after;
            Some(byte)
        })
    }
}

/// The byte encoded by three octal digits, and the text after them.
fn octal(text: &[u8]) -> Option<(u8, &[u8])> {
    let (digits, after) = text.split_first_chunk::<3>()?;
    let value = digits.iter().try_fold(0_u16, |value, digit| match digit {
        b'0'..=b'7' => Some(value << 3 | u16::from(digit & 7)),
        _ => None,
    })?;
    Some((u8::try_from(value).ok()?, after))
}

/// The mounted network namespaces in a whole file.
pub fn mounts(bytes: &[u8]) -> impl Iterator<Item = Mount<'_>> {
    Lines::new(bytes).filter_map(Mount::decode)
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn only_mounts_of_network_namespaces_are_found() {
        let text = b"\
22 28 0:21 / /proc rw,nosuid - proc proc rw
95 29 0:4 mnt:[4026532245] /run/netns/other rw - nsfs nsfs rw
96 29 0:4 net:[4026532246] /run/netns/blue rw shared:9 master:3 - nsfs nsfs rw
97 29 0:4 net:[4026532247] /run/a\\040b\\134 rw - nsfs nsfs rw
98 29 8:1 net:[4026532248] /home/fake rw - ext4 /dev/vda rw
99 29 0:4 net:[4026532249]
";
        let found: Vec<_> =
            mounts(text).map(|it| (it.namespace, it.path().collect::<Vec<u8>>())).collect();
        let expected =
            [(4_026_532_246, b"/run/netns/blue".to_vec()), (4_026_532_247, b"/run/a b\\".to_vec())];
        assert_eq!(found, expected);
    }

    #[test]
    fn malformed_escapes_are_kept_as_they_are() {
        for point in [&br"/a\"[..], br"/a\0", br"/a\04", br"/a\048", br"/a\777"] {
            assert!(Mount { namespace: 1, point }.path().eq(point.iter().copied()));
        }
    }
}
