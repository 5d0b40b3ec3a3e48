//! What there is to be listed.

use serde::{Deserialize, Serialize};

/// A host that is made for a comparison.
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
pub(crate) enum Scene {
    /// TCP connections over IPv4, in one network namespace.
    #[default]
    Tcp,
    /// UDP sockets over IPv4, in one network namespace.
    Udp,
    /// TCP connections over IPv4, in many network namespaces; and as many in one.
    Namespaces,
}

impl Scene {
    pub(crate) const ALL: [Scene; 3] = [Scene::Tcp, Scene::Udp, Scene::Namespaces];

    /// As it is typed.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Scene::Tcp => "tcp",
            Scene::Udp => "udp",
            Scene::Namespaces => "namespaces",
        }
    }

    /// The kind of its sockets, as engines know it.
    pub(crate) fn kind(self) -> &'static str {
        if self == Scene::Udp { "udp4" } else { "tcp4" }
    }
}
