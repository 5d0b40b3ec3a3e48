//! Sources of sockets: each is a module, and an entry in `source/list.rs`.

#[cfg(not(feature = "bpf"))]
#[path = "source/bpf/not_built.rs"]
mod bpf;
#[cfg(feature = "bpf")]
mod bpf;
mod count;
mod diag;
mod list;
mod long_buckets;
mod looks;
mod procfs;
mod recorded;
mod registered;
mod request;

pub(crate) use self::{
    diag::{Recording, Tuple, protocol_of},
    list::{Sources, TablesRead},
    long_buckets::callers_buckets,
    request::{Outcome, Request},
};

use std::{fmt, str::FromStr};

/// Where sockets come from.
///
/// ```
/// use procnet::Source;
///
/// assert!(Source::ALL.into_iter().all(|source| source.name().parse() == Ok(source)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// For each table, sock_diag if it provides the table, else /proc. For the TCP tables of many
    /// network namespaces, a BPF iterator first, where one may be loaded and has provably missed no
    /// socket.
    #[default]
    Auto,
    /// Only the tables under `/proc/net`.
    Procfs,
    /// Only the kernel's socket diagnostics, sock_diag (`NETLINK_SOCK_DIAG`).
    Netlink,
    /// Only a BPF iterator over the descriptors of all processes: one pass for all network
    /// namespaces. It does not see sockets that no descriptor holds, such as those in `TIME_WAIT`:
    /// [`Coverage::without_descriptor`](crate::Coverage::without_descriptor).
    Bpf,
    /// Only recorded answers of sock_diag: for tests, and to examine one host on another. A
    /// recording is the file `net/sock_diag/KIND` (`net/sock_diag/tcp`) below the root. It holds
    /// the datagrams of a dump as they were received, in the byte order of this host. `tcp` and
    /// `tcp6` may be the same file, from a dump of both.
    Recorded,
}

impl Source {
    /// Every source, and [`Auto`](Source::Auto).
    pub const ALL: [Source; 5] =
        [Source::Auto, Source::Procfs, Source::Netlink, Source::Bpf, Source::Recorded];

    /// Its name, as used by the command.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Source::Auto => "auto",
            Source::Procfs => "procfs",
            Source::Netlink => "netlink",
            Source::Bpf => "bpf",
            Source::Recorded => "recorded",
        }
    }

    /// A short description.
    #[must_use]
    pub const fn description(self) -> &'static str {
        match self {
            Source::Auto => "sock_diag where it works, else /proc, table by table",
            Source::Procfs => "the tables in /proc",
            Source::Netlink => "sock_diag (netlink)",
            Source::Bpf => "a BPF iterator: only sockets that a descriptor holds",
            Source::Recorded => "recorded answers of sock_diag below the root",
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

/// A word that is not the name of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownSource(String);

impl fmt::Display for UnknownSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Source::ALL.map(Source::name).join(", ");
        write!(f, "no source is called {:?}; the sources are {names}", self.0)
    }
}

impl std::error::Error for UnknownSource {}
