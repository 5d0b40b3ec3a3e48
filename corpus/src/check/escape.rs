//! Escaped names.

use procnet_core::escape::{Escaped, unescape};

use crate::naive;

/// Any bytes are escaped as by the naive implementation, without characters that have effects
/// when displayed, and are read back byte for byte.
pub fn bytes(bytes: &[u8]) {
    let shown = Escaped(bytes).to_string();
    assert_eq!(shown, naive::escape::escape(bytes));
    assert!(!shown.chars().any(naive::escape::is_unsafe), "{shown:?}");
    let back: Result<Vec<u8>, usize> = unescape(&shown).collect();
    assert_eq!(back.as_deref(), Ok(bytes), "{shown:?}");
    if let Ok(any) = std::str::from_utf8(bytes) {
        text(any);
    }
}

/// Any text, escaped or not, is unescaped as by the naive implementation, or fails at the same
/// byte.
pub fn text(text: &str) {
    let mut bytes = unescape(text);
    let back: Result<Vec<u8>, usize> = bytes.by_ref().collect();
    assert_eq!(back, naive::escape::unescape(text), "{text:?}");
    if let Err(at) = back {
        assert_eq!(text.as_bytes().get(at), Some(&b'\\'), "{text:?}");
        assert_eq!(bytes.next(), None, "{text:?}: the iteration continues after an error");
    }
}
