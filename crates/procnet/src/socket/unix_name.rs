//! The name of a unix socket, from either source.

use std::{borrow::Cow, fmt};

use procnet_core::{netlink, table};

/// The name of a unix socket.
///
/// `Display` writes it escaped, with `@` for the leading NUL of an abstract name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnixName<'a> {
    /// As `/proc/net/unix` prints it: cut at a newline, with `@` for each NUL of an abstract name.
    /// A path that begins with `@` looks the same.
    Printed(table::unix::Name<'a>),
    /// As sock_diag reports it, byte for byte.
    Exact(netlink::unix::Name<'a>),
}

impl<'a> UnixName<'a> {
    /// The bytes, with `@` for the leading NUL of an abstract name.
    #[must_use]
    pub fn to_bytes(&self) -> Cow<'a, [u8]> {
        match self {
            UnixName::Printed(name) => Cow::Borrowed(name.as_bytes()),
            UnixName::Exact(name) => match name.as_bytes() {
                [0, rest @ ..] => Cow::Owned([b"@", rest].concat()),
                path => Cow::Borrowed(path),
            },
        }
    }

    /// Whether it is abstract; `None` if the printed text leaves it open.
    #[must_use]
    pub fn is_abstract(&self) -> Option<bool> {
        match self {
            UnixName::Printed(name) if name.as_bytes().starts_with(b"@") => None,
            UnixName::Printed(_) => Some(false),
            UnixName::Exact(name) => Some(name.is_abstract()),
        }
    }
}

impl fmt::Display for UnixName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UnixName::Printed(name) => name.fmt(f),
            UnixName::Exact(name) => name.fmt(f),
        }
    }
}
