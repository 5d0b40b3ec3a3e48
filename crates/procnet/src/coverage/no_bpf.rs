//! Why owners were found by a walk, and not by BPF.

use std::{fmt, sync::Arc};

use super::Failure;

/// Why the owners of sockets were found by walking `/proc/PID/fd`, and not by a BPF iterator. Nothing
/// is missing because of that.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoBpf {
    /// The library was built without its feature `bpf`.
    NotBuilt,
    /// The root is not a `/proc` of this process's own pid namespace: an iterator reports only the
    /// processes of that.
    OtherRoot,
    /// There are so few descriptors that reading them takes less time than loading a program.
    FewDescriptors,
    /// The kernel, or its configuration, does not permit it.
    Refused(BpfRefusal),
    /// The pass ended early.
    Failed(Failure),
}

impl NoBpf {
    /// A short name; that of a refusal is its [own](BpfRefusal::name).
    pub(crate) fn name(&self) -> &'static str {
        match self {
            NoBpf::NotBuilt => "not-built",
            NoBpf::OtherRoot => "other-root",
            NoBpf::FewDescriptors => "few-descriptors",
            NoBpf::Refused(refusal) => refusal.name(),
            NoBpf::Failed(_) => "failed",
        }
    }

    /// What would help, as a sentence without a full stop; `None` if nothing has to be done.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            NoBpf::NotBuilt => Some("build it with the feature bpf"),
            NoBpf::OtherRoot => Some(
                "mount the /proc of this pid namespace, or run it in that of the host (docker run --pid=host)",
            ),
            NoBpf::FewDescriptors => None,
            NoBpf::Refused(refusal) => Some(refusal.help()),
            NoBpf::Failed(_) => Some("try again; if it happens again, report it"),
        }
    }
}

impl fmt::Display for NoBpf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoBpf::NotBuilt => f.write_str("built without BPF"),
            NoBpf::OtherRoot => f.write_str("not the /proc of this process's pid namespace"),
            NoBpf::FewDescriptors => f.write_str("a walk of so few descriptors is faster"),
            NoBpf::Refused(refusal) => refusal.fmt(f),
            NoBpf::Failed(failure) => write!(f, "the BPF iterator ended early: {failure}"),
        }
    }
}

impl std::error::Error for NoBpf {}

/// Why a BPF program could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BpfRefusal {
    name: &'static str,
    message: Arc<str>,
    help: &'static str,
}

impl BpfRefusal {
    #[cfg(feature = "bpf")]
    pub(crate) fn new(refusal: &procnet_bpf::Refusal) -> BpfRefusal {
        let message = match std::error::Error::source(refusal) {
            Some(cause) => format!("{refusal}: {cause}"),
            None => refusal.to_string(),
        };
        BpfRefusal { name: refusal.name(), message: message.into(), help: refusal.help() }
    }

    /// A short name that does not change: `capabilities`, `seccomp`, `no-types`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What would help, as a sentence without a full stop.
    #[must_use]
    pub fn help(&self) -> &'static str {
        self.help
    }
}

impl fmt::Display for BpfRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
