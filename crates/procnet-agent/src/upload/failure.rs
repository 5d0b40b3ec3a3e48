//! Why a file was not sent.

use std::{error::Error as _, io};

use object_store::client::{HttpError, HttpErrorKind};

/// The kinds, by their place in [`KINDS`](super::KINDS).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// There is no connection, or it broke.
    Unreachable,
    /// It took too long.
    Timeout,
    /// The credentials are not accepted, or not for this.
    Denied,
    /// There is no such bucket.
    Missing,
    /// There is no room.
    Full,
    /// Any other refusal.
    Rejected,
    /// What arrived is not what was sent.
    Mismatch,
    /// There is another file of that name.
    Conflict,
    /// The file cannot be read or deleted here.
    Unreadable,
}

/// A file was not sent.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    pub(super) reason: String,
}

impl Kind {
    /// Whether it would be the same with any other file.
    pub(super) fn concerns_all(self) -> bool {
        matches!(
            self,
            Kind::Unreachable | Kind::Timeout | Kind::Denied | Kind::Missing | Kind::Full
        )
    }
}

impl From<io::Error> for Failure {
    /// Of this side.
    fn from(error: io::Error) -> Failure {
        Failure { kind: Kind::Unreadable, reason: error.to_string() }
    }
}

impl From<object_store::Error> for Failure {
    fn from(error: object_store::Error) -> Failure {
        let mut reason = error.to_string();
        let mut kind = match &error {
            object_store::Error::NotFound { .. } => Kind::Missing,
            object_store::Error::PermissionDenied { .. }
            | object_store::Error::Unauthenticated { .. } => Kind::Denied,
            _ => Kind::Rejected,
        };
        // The types between are not public, but what they say is.
        if reason.contains("code: 507") || reason.contains("QuotaExceeded") {
            kind = Kind::Full;
        }
        let mut cause = error.source();
        while let Some(error) = cause {
            if let Some(error) = error.downcast_ref::<HttpError>() {
                kind = match error.kind() {
                    HttpErrorKind::Timeout => Kind::Timeout,
                    HttpErrorKind::Decode => Kind::Rejected,
                    _ => Kind::Unreachable,
                };
            }
            if let Some(error) = error.downcast_ref::<io::Error>() {
                kind = match error.kind() {
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Kind::Full,
                    io::ErrorKind::PermissionDenied => Kind::Denied,
                    _ => kind,
                };
            }
            // Not all of them repeat their cause.
            let text = error.to_string();
            if !reason.contains(&text) {
                reason = format!("{reason}: {text}");
            }
            cause = error.source();
        }
        Failure { kind, reason }
    }
}
