//! Where sockets come from: each source is a module, and an entry in `source/list.rs`.

mod count;
mod diag;
mod list;
mod procfs;
mod request;

pub(crate) use self::{
    diag::Tuple,
    list::{Sources, TablesRead},
    request::{Outcome, Request},
};

use std::{fmt, str::FromStr};

/// Where sockets are to come from.
///
/// ```
/// use procnet::Source;
///
/// assert!(Source::ALL.into_iter().all(|source| source.name().parse() == Ok(source)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Table by table: from sock_diag where it provides the table, else from /proc.
    #[default]
    Auto,
    /// The tables under `/proc/net`, and nothing else.
    Procfs,
    /// The kernel's socket diagnostics, sock_diag (`NETLINK_SOCK_DIAG`), and nothing else.
    Netlink,
}

impl Source {
    /// Every source, and [`Auto`](Source::Auto).
    pub const ALL: [Source; 3] = [Source::Auto, Source::Procfs, Source::Netlink];

    /// Its name, as the command has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Source::Auto => "auto",
            Source::Procfs => "procfs",
            Source::Netlink => "netlink",
        }
    }

    /// What it is, in a few words.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Source::Auto => "sock_diag where it works, else /proc, table by table",
            Source::Procfs => "the tables in /proc",
            Source::Netlink => "sock_diag (netlink)",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Source {
    type Err = UnknownSource;

    fn from_str(text: &str) -> Result<Source, UnknownSource> {
        let named = Source::ALL.into_iter().find(|source| source.name() == text);
        named.ok_or_else(|| UnknownSource(text.to_owned()))
    }
}

/// A word that names no source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSource(String);

impl fmt::Display for UnknownSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Source::ALL.map(Source::name).join(", ");
        write!(f, "no source is called {:?}; the sources are {names}", self.0)
    }
}

impl std::error::Error for UnknownSource {}
