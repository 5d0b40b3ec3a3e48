//! Short names made elsewhere.

use std::fmt;

use procnet_core::escape::Escaped;
use smallvec::SmallVec;

/// The name of a process or an interface: any bytes, mostly fewer than 16, kept inline.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Name(SmallVec<[u8; 16]>);

impl Name {
    pub(crate) fn new(bytes: &[u8]) -> Name {
        Name(SmallVec::from_slice(bytes))
    }

    /// The bytes as they are.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
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

impl AsRef<[u8]> for Name {
    fn as_ref(&self) -> &[u8] {
        self.as_bytes()
    }
}

/// Whether it is this text.
///
/// ```
/// assert!(procnet::Name::from("sshd") == *"sshd");
/// ```
impl PartialEq<str> for Name {
    fn eq(&self, text: &str) -> bool {
        self.as_bytes() == text.as_bytes()
    }
}

/// Escaped, as [`escape`](crate::core::escape) describes.
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
