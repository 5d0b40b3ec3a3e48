//! Where owners come from.

use std::{fmt, str::FromStr};

/// How the owners of sockets are found: see [`Query::owner_source`](crate::Query::owner_source).
///
/// ```
/// use procnet::owners::OwnerSource;
///
/// assert!(OwnerSource::ALL.into_iter().all(|source| source.name().parse() == Ok(source)));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OwnerSource {
    /// By a BPF iterator where one may be loaded and where that pays, else by a walk.
    #[default]
    Auto,
    /// By a walk over `/proc/PID/fd`: a system call for each descriptor.
    Walk,
    /// Only by a BPF iterator: one pass over all descriptors within the kernel.
    Bpf,
}

impl OwnerSource {
    /// Each of them.
    pub const ALL: [OwnerSource; 3] = [OwnerSource::Auto, OwnerSource::Walk, OwnerSource::Bpf];

    /// Its name, as used by the command.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            OwnerSource::Auto => "auto",
            OwnerSource::Walk => "walk",
            OwnerSource::Bpf => "bpf",
        }
    }
}

impl fmt::Display for OwnerSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for OwnerSource {
    type Err = UnknownOwnerSource;

    fn from_str(text: &str) -> Result<OwnerSource, UnknownOwnerSource> {
        let named = OwnerSource::ALL.into_iter().find(|source| source.name() == text);
        named.ok_or_else(|| UnknownOwnerSource(text.to_owned()))
    }
}

/// A word that is not the name of a source of owners.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownOwnerSource(String);

impl fmt::Display for UnknownOwnerSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = OwnerSource::ALL.map(OwnerSource::name).join(", ");
        write!(f, "no source of owners is called {:?}; they are {names}", self.0)
    }
}

impl std::error::Error for UnknownOwnerSource {}
