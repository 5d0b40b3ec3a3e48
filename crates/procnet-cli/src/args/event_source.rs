//! How the command detects closed sockets.

/// How closed sockets are detected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum EventSource {
    /// The first of the others that is available
    #[default]
    Auto,
    /// BPF programs
    Bpf,
    /// Destroy notifications of sock_diag
    Netlink,
}
