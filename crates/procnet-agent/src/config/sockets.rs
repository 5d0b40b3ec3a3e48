//! The options of what is asked of the kernel.

use procnet::Kinds;

use super::parse::{shown_word, word};

/// The network namespaces whose sockets are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamespacesOf {
    /// The agent's own.
    Own,
    /// All that can be found.
    All,
}

/// How owners are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnersBy {
    /// By BPF where that is permitted and takes less, else incrementally.
    Auto,
    /// By BPF only.
    Bpf,
    /// By walking what has changed since the last refresh.
    Incremental,
    /// Not at all.
    None,
}

/// Where births and ends of sockets come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Events {
    /// From BPF where that is permitted, else from sock_diag.
    Auto,
    /// From BPF only.
    Bpf,
    /// Only ends, and only of the agent's own network namespace.
    SockDiag,
    /// From nowhere.
    None,
}

pub(super) fn kinds(text: &str) -> Result<Kinds, String> {
    let each = text.split([',', ' ']).filter(|word| !word.is_empty());
    let each = each.map(|word| word.parse::<Kinds>().map_err(|error| error.to_string()));
    let kinds = each.collect::<Result<Vec<Kinds>, String>>()?;
    let all = kinds.into_iter().reduce(|all, more| all | more);
    all.ok_or_else(|| "no kind is named".to_owned())
}

pub(super) fn shown_kinds(kinds: &Kinds) -> String {
    kinds.iter().map(procnet::Kind::name).collect::<Vec<_>>().join(",")
}

const NAMESPACES: &[(&str, NamespacesOf)] =
    &[("own", NamespacesOf::Own), ("all", NamespacesOf::All)];

pub(super) fn namespaces(text: &str) -> Result<NamespacesOf, String> {
    word(text, NAMESPACES)
}

pub(super) fn shown_namespaces(value: &NamespacesOf) -> String {
    shown_word(value, NAMESPACES)
}

const OWNERS: &[(&str, OwnersBy)] = &[
    ("auto", OwnersBy::Auto),
    ("bpf", OwnersBy::Bpf),
    ("incremental", OwnersBy::Incremental),
    ("none", OwnersBy::None),
];

pub(super) fn owners(text: &str) -> Result<OwnersBy, String> {
    word(text, OWNERS)
}

pub(super) fn shown_owners(value: &OwnersBy) -> String {
    shown_word(value, OWNERS)
}

const EVENTS: &[(&str, Events)] = &[
    ("auto", Events::Auto),
    ("bpf", Events::Bpf),
    ("sock_diag", Events::SockDiag),
    ("none", Events::None),
];

pub(super) fn events(text: &str) -> Result<Events, String> {
    word(text, EVENTS)
}

pub(super) fn shown_events(value: &Events) -> String {
    shown_word(value, EVENTS)
}
