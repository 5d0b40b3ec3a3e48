//! The release of the kernel, for what it does not report otherwise.

use super::ProcRoot;
use crate::file;

impl ProcRoot {
    /// The first two numbers of the kernel's release, from `sys/kernel/osrelease`; `None` if it has
    /// another form, or is not there.
    pub(crate) fn kernel(&self) -> Option<(u32, u32)> {
        let mut text = Vec::new();
        file::read_small(self.dir(), b"sys/kernel/osrelease", &mut text).ok().and_then(numbers)
    }
}

/// The first two numbers of a release: of `6.18.44-amd64`, 6 and 18.
fn numbers(release: &[u8]) -> Option<(u32, u32)> {
    let mut numbers = std::str::from_utf8(release).ok()?.split(|char: char| !char.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_compared_as_numbers() {
        assert_eq!(numbers(b"6.18.44-fc-v769\n"), Some((6, 18)));
        assert_eq!(numbers(b"6.6-rc1\n"), Some((6, 6)));
        assert!(numbers(b"5.10.0-33-amd64") < Some((6, 15)));
        assert_eq!((numbers(b""), numbers(b"7")), (None, None));
    }
}
