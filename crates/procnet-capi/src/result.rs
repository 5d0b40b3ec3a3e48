//! Result codes.

use std::ffi::CStr;

use procnet::ErrorKind;

/// The result of a function: one of the codes below.
pub type procnet_result = i32;

pub const PROCNET_OK: procnet_result = 0;
pub const PROCNET_PANIC: procnet_result = 1;
pub const PROCNET_NULL: procnet_result = 2;
pub const PROCNET_INVALID: procnet_result = 3;
pub const PROCNET_BUSY: procnet_result = 4;
pub const PROCNET_PERMISSION: procnet_result = 5;
pub const PROCNET_NOT_FOUND: procnet_result = 6;
pub const PROCNET_NOT_LOADED: procnet_result = 7;
pub const PROCNET_UNSUPPORTED: procnet_result = 8;
pub const PROCNET_MALFORMED: procnet_result = 9;
pub const PROCNET_IO: procnet_result = 10;

/// What a code means.
pub(crate) fn meaning(code: procnet_result) -> Option<&'static CStr> {
    Some(match code {
        PROCNET_OK => c"success",
        PROCNET_PANIC => c"a fault in the library",
        PROCNET_NULL => c"an argument is NULL",
        PROCNET_INVALID => c"an argument is invalid",
        PROCNET_BUSY => c"the scanner is in use",
        PROCNET_PERMISSION => c"insufficient privilege",
        PROCNET_NOT_FOUND => c"not found",
        PROCNET_NOT_LOADED => c"connection tracking is not loaded",
        PROCNET_UNSUPPORTED => c"not supported by this kernel",
        PROCNET_MALFORMED => c"a file is malformed",
        PROCNET_IO => c"a file cannot be read",
        _ => return None,
    })
}

/// The code of an error of the library.
pub(crate) fn of(kind: ErrorKind, errno: Option<i32>) -> procnet_result {
    const ENOENT: i32 = 2;
    match kind {
        ErrorKind::NoSuchProcess | ErrorKind::NotCaptured => PROCNET_NOT_FOUND,
        ErrorKind::PermissionDenied => PROCNET_PERMISSION,
        ErrorKind::ConntrackNotLoaded => PROCNET_NOT_LOADED,
        ErrorKind::Absent | ErrorKind::NoNetlink | ErrorKind::NoBpf => PROCNET_UNSUPPORTED,
        ErrorKind::NotNamespace
        | ErrorKind::NotProc
        | ErrorKind::InvalidQuery
        | ErrorKind::InvalidFilter => PROCNET_INVALID,
        ErrorKind::Malformed => PROCNET_MALFORMED,
        ErrorKind::Io if errno == Some(ENOENT) => PROCNET_NOT_FOUND,
        _ => PROCNET_IO,
    }
}
