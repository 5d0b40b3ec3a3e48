//! Where sockets come from: each source a file, and one list of them, [`sources`].

mod addressless;
mod ahead;
mod count;
mod empty;
mod fallback;
pub(crate) mod netlink;
mod procfs;
mod seen;
mod sources;
mod suspect;
mod unix;
mod witness;

pub use fallback::Fallback;
pub(crate) use netlink::Ask;
pub(crate) use procfs::Table;
pub(crate) use sources::{Sources, Told};

use std::fmt;

/// Where sockets are to come from. What each source tells, and where they differ, is in
/// `docs/sources.md`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// Table by table: from socket diagnostics where these work, else from /proc.
    #[default]
    Auto,
    /// The tables under `/proc/net`.
    Procfs,
    /// Socket diagnostics (`NETLINK_SOCK_DIAG`), and nothing else.
    Netlink,
}

impl Source {
    /// Every source.
    pub const ALL: [Source; 3] = [Source::Auto, Source::Procfs, Source::Netlink];
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Source::Auto => "auto",
            Source::Procfs => "procfs",
            Source::Netlink => "netlink",
        })
    }
}
