//! Captures: directories with the files of another host's /proc.
//!
//! A directory that is not a procfs is taken for a capture: [`ProcRoot::at`](crate::ProcRoot::at).
//! Its files may have come through a console, an editor or a mail, so they are
//! [repaired](crate::decode::capture) as far as there is no doubt, and what was forgiven is
//! [remarked](Remarks). A file may be compressed with gzip, under its own name or with `.gz` (with
//! the feature `gzip`).
//!
//! A capture is complete only if nothing is missing from it: a table that it does not have was
//! perhaps not captured, so an answer that needs it is not complete. [`write()`] makes captures, and
//! records which files the host did not have.

mod manifest;
mod open;
mod write;

pub use self::write::{Captured, Unread, write};
pub(crate) use self::{manifest::Manifest, open::Opened};
pub use procnet_core::capture::Remarks;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is a loopback address read in the wrong byte order: `1.0.0.127` for
/// `127.0.0.1`.
#[must_use]
pub fn is_swapped_loopback(address: IpAddr) -> bool {
    const MAPPED: Ipv6Addr = Ipv6Addr::new(0, 0, 0, 0, 0, 0xFFFF, 0x7F00, 1);
    match address {
        IpAddr::V4(address) => address == Ipv4Addr::new(1, 0, 0, 127),
        IpAddr::V6(address) => {
            let mut octets = address.octets();
            octets.chunks_exact_mut(4).for_each(<[u8]>::reverse);
            let right = Ipv6Addr::from(octets);
            right.is_loopback() || right == MAPPED
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_recognized_in_the_wrong_byte_order_and_nothing_else_is() {
        for swapped in ["1.0.0.127", "::100:0", "::ffff:0:100:7f"] {
            assert!(is_swapped_loopback(swapped.parse().unwrap()), "{swapped}");
        }
        for other in ["127.0.0.1", "::1", "::", "0.0.0.0", "10.0.0.127", "::ffff:127.0.0.1"] {
            assert!(!is_swapped_loopback(other.parse().unwrap()), "{other}");
        }
    }
}
