//! Short names chosen by others.

use std::{borrow::Cow, fmt};

use procnet_core::escape::Escaped;
use smallvec::SmallVec;

/// The name of a process or an interface.
///
/// It may have any bytes, and mostly has fewer than 16, which are stored inline. `Display`,
/// [`to_string`](ToString::to_string) and `String::from` escape it, as
/// [`decode::escape`](crate::decode::escape) describes: the text is safe to print, and two names never
/// have the same one. [`as_str`](Name::as_str) and [`as_bytes`](Name::as_bytes) do not escape.
///
/// ```
/// use procnet::Name;
///
/// let name = Name::from("sshd");
/// assert!(name == "sshd" && name.as_str() == Some("sshd"));
///
/// let name = Name::from(&b"a\x1b[31m\xFF"[..]);
/// assert_eq!(String::from(&name), r"a\x1B[31m\xFF");
/// assert_eq!(name.to_string_lossy(), "a\x1b[31m\u{FFFD}");
/// assert_eq!(name.as_str(), None);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Name(SmallVec<[u8; 16]>);

impl Name {
    pub(crate) fn new(bytes: &[u8]) -> Name {
        Name(SmallVec::from_slice(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The name, unescaped, if it is UTF-8.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// The name, unescaped, with U+FFFD for bytes that are not UTF-8.
    #[must_use]
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.0)
    }
}

impl From<&[u8]> for Name {
    fn from(bytes: &[u8]) -> Name {
        Name::new(bytes)
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Name {
        Name::new(text.as_bytes())
    }
}

/// Escaped, as `Display` writes it.
impl From<Name> for String {
    fn from(name: Name) -> String {
        name.to_string()
    }
}

/// Escaped, as `Display` writes it.
impl From<&Name> for String {
    fn from(name: &Name) -> String {
        name.to_string()
    }
}

impl AsRef<[u8]> for Name {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// Compares with the unescaped name.
impl PartialEq<str> for Name {
    fn eq(&self, text: &str) -> bool {
        self.as_bytes() == text.as_bytes()
    }
}

/// Compares with the unescaped name.
impl PartialEq<&str> for Name {
    fn eq(&self, text: &&str) -> bool {
        *self == **text
    }
}

/// Escaped, as [`escape`](crate::decode::escape) describes.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(&self.0).fmt(f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{self}\"")
    }
}
