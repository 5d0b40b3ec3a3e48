//! The serde forms of sockets, counters and coverage.
//!
//! They are the JSON that the command prints; each implementation documents its keys. Keys are
//! never renamed or removed within a major version.

mod counters;
mod coverage;
mod details;
mod lists;
mod namespace;
mod process;
mod socket;
mod tracked;
mod values;

use procnet_core::escape;
use serde::{Serialize, Serializer};

/// Serializes a value as its `Display` text, without an intermediate string.
struct Shown<T>(T);

impl<T: std::fmt::Display> Serialize for Shown<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Serializes a field as its `Display` text.
pub(crate) fn shown<S: Serializer>(
    value: &impl std::fmt::Display,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// The same for an optional field.
pub(crate) fn shown_option<S: Serializer>(
    value: &Option<impl std::fmt::Display>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.as_ref().map(Shown).serialize(serializer)
}

fn unescape<E: serde::de::Error>(text: &str) -> Result<Vec<u8>, E> {
    let bytes: Result<Vec<u8>, usize> = escape::unescape(text).collect();
    bytes.map_err(|at| E::custom(format!("invalid escape at byte {at} of {text:?}")))
}
