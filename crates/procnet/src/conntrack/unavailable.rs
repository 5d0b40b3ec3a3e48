//! The errors if no source answers.

use crate::{
    Error, ErrorKind, ProcRoot, conntrack::is_loaded, coverage::Fallback, netns::NetnsHandle,
};

/// The error if only ctnetlink was asked.
#[cold]
pub(super) fn netlink(root: &ProcRoot, netns: &NetnsHandle, refusal: Fallback) -> Error {
    let kind = match refusal {
        Fallback::NotLoaded => ErrorKind::ConntrackNotLoaded,
        refusal if refusal.failure().is_permission() => ErrorKind::PermissionDenied,
        _ => ErrorKind::NoNetlink,
    };
    Error::refused(kind, netns.path_of(root, ""), refusal)
}

/// The error if /proc was asked last, and ctnetlink refused if it was asked at all.
#[cold]
pub(super) fn both(root: &ProcRoot, error: Error, refusal: Option<Fallback>) -> Error {
    if !error.is_not_found() {
        return error.after(refusal);
    }
    match refusal {
        None | Some(Fallback::OtherRoot) if is_loaded(root) => error.with_kind(ErrorKind::Absent),
        None | Some(Fallback::OtherRoot | Fallback::NotLoaded) => {
            error.with_kind(ErrorKind::ConntrackNotLoaded)
        }
        Some(refusal) if refusal.failure().is_permission() => {
            error.absent_and_refused(ErrorKind::PermissionDenied, refusal)
        }
        Some(refusal) => error.absent_and_refused(ErrorKind::Absent, refusal),
    }
}
