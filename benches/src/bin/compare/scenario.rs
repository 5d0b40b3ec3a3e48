//! The sockets to be listed.

use serde::{Deserialize, Serialize};

/// A set of sockets that is created for a comparison.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    clap::ValueEnum,
)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scenario {
    /// TCP connections over IPv4, in one network namespace.
    #[default]
    Tcp,
    /// UDP sockets over IPv4, in one network namespace.
    Udp,
    /// TCP connections over IPv4 in many network namespaces, and the same number in one.
    Namespaces,
}

impl Scenario {
    pub(crate) const ALL: [Scenario; 3] = [Scenario::Tcp, Scenario::Udp, Scenario::Namespaces];

    /// The name on the command line.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Scenario::Tcp => "tcp",
            Scenario::Udp => "udp",
            Scenario::Namespaces => "namespaces",
        }
    }

    /// The kind of its sockets, as passed to operations.
    pub(crate) fn kind(self) -> &'static str {
        if self == Scenario::Udp { "udp4" } else { "tcp4" }
    }
}
