//! The manifest of a capture: what its files do not say.
//!
//! A text file `CAPTURE` in the root of the capture, with a line per fact: a word, a blank, and its
//! value. It is written last, so a capture without one may have been interrupted.

use std::os::fd::BorrowedFd;

use procnet_core::{ByteOrder, escape};

use crate::file;

/// The name of the file.
pub(crate) const NAME: &str = "CAPTURE";

/// What the manifest of a capture says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    /// The byte order of the host.
    pub(crate) order: Option<ByteOrder>,
    /// The inode of the network namespace of the tables.
    pub(crate) netns: Option<u64>,
    /// The files that the host did not have.
    pub(crate) absent: Vec<Vec<u8>>,
    /// Whether the host hid processes of other users from the capture.
    pub(crate) hides_processes: bool,
}

impl Manifest {
    /// That of a capture; that of none has nothing.
    pub(crate) fn read(root: BorrowedFd<'_>) -> Manifest {
        let mut text = Vec::new();
        match file::read_small(root, NAME.as_bytes(), &mut text) {
            Ok(text) => Manifest::parse(text),
            Err(_) => Manifest::default(),
        }
    }

    fn parse(text: &[u8]) -> Manifest {
        let mut manifest = Manifest::default();
        for line in text.split(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let Ok(line) = std::str::from_utf8(line) else { continue };
            match line.split_once(' ') {
                Some(("byte-order", "little")) => manifest.order = Some(ByteOrder::Little),
                Some(("byte-order", "big")) => manifest.order = Some(ByteOrder::Big),
                Some(("netns", inode)) => manifest.netns = inode.parse().ok(),
                Some(("absent", path)) => {
                    manifest.absent.extend(escape::unescape(path).collect::<Result<Vec<u8>, _>>());
                }
                Some(("hidden", "processes")) => manifest.hides_processes = true,
                // For people, or of a later version.
                _ => {}
            }
        }
        manifest
    }

    /// Whether the host did not have a file.
    pub(crate) fn is_absent(&self, path: &[u8]) -> bool {
        self.absent.iter().any(|absent| absent == path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_lines_are_skipped() {
        let text =
            b"procnet 9\nbyte-order big\r\nnetns 4026531840\nabsent net/tcp6\nabsent a\\x0Ab\n\
            what is this\nbyte-order middle\n\xFF\xFE\nhidden processes\n";
        let manifest = Manifest {
            order: Some(ByteOrder::Big),
            netns: Some(4_026_531_840),
            absent: vec![b"net/tcp6".to_vec(), b"a\nb".to_vec()],
            hides_processes: true,
        };
        assert_eq!(Manifest::parse(text), manifest);
        assert!(manifest.is_absent(b"net/tcp6") && !manifest.is_absent(b"net/tcp"));
        assert_eq!(Manifest::parse(b""), Manifest::default());
    }
}
