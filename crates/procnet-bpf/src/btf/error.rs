//! What is wrong with type information, or missing from it.

use std::fmt;

/// Why a type or a member was not found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The input does not begin with the header of BTF in version 1.
    NotBtf,
    /// The input ends before what its header announces, or within the type that begins at this byte
    /// of the types.
    Truncated {
        /// From the start of the types.
        offset: usize,
    },
    /// A type is of a kind that did not exist when this was written, so its length is unknown.
    UnknownKind {
        /// The number of the kind.
        kind: u32,
        /// The number of the type.
        id: u32,
    },
    /// A type refers to one that is not there, or to itself in a circle, or is nested too deeply.
    Malformed {
        /// The number of the type.
        id: u32,
    },
    /// No type, function or enumeration has this name.
    NoType {
        /// The name.
        name: String,
    },
    /// The type has no such member.
    NoField {
        /// The type's name.
        root: String,
        /// The members on the way, separated by dots.
        path: String,
    },
    /// Several types have this name, and have the member in different places.
    Ambiguous {
        /// The type's name.
        root: String,
        /// The members on the way, separated by dots.
        path: String,
    },
    /// The member is a bit field, which does not begin at a byte.
    BitField {
        /// The type's name.
        root: String,
        /// The members on the way, separated by dots.
        path: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NotBtf => write!(f, "no header of BTF, version 1"),
            Error::Truncated { offset } => write!(f, "truncated at byte {offset} of the types"),
            Error::UnknownKind { kind, id } => write!(f, "type {id}: unknown kind {kind}"),
            Error::Malformed { id } => write!(f, "type {id}: refers to no type, or to itself"),
            Error::NoType { name } => write!(f, "no type is called {name}"),
            Error::NoField { root, path } => write!(f, "{root} has no member {path}"),
            Error::Ambiguous { root, path } => {
                write!(f, "several types are called {root}, with {path} in different places")
            }
            Error::BitField { root, path } => write!(f, "{root}: {path} is a bit field"),
        }
    }
}

impl std::error::Error for Error {}
