//! The error handle.
#![expect(unsafe_code, reason = "`no_mangle` of exported functions")]

use std::{
    error::Error,
    ffi::{CString, c_char},
    io,
    os::unix::ffi::OsStrExt as _,
    ptr,
};

use procnet::filter::FilterError;

use crate::{
    border::{guard, into_handle},
    result::{self, PROCNET_INVALID, PROCNET_OK, procnet_result},
};

/// Why a call failed.
pub struct procnet_error {
    code: procnet_result,
    message: CString,
    /// Its message and those of its causes.
    text: CString,
    causes: Vec<CString>,
    path: Option<CString>,
    line: u64,
    column: u64,
    errno: i32,
}

/// A failure within this crate.
pub struct Failure(Box<procnet_error>);

impl Failure {
    #[cold]
    pub(crate) fn new(code: procnet_result, message: String) -> Failure {
        let message = c_string(message);
        Failure(Box::new(procnet_error {
            code,
            text: message.clone(),
            message,
            causes: Vec::new(),
            path: None,
            line: 0,
            column: 0,
            errno: 0,
        }))
    }

    #[cold]
    pub(crate) fn invalid(message: impl Into<String>) -> Failure {
        Failure::new(PROCNET_INVALID, message.into())
    }

    pub(crate) fn code(&self) -> procnet_result {
        self.0.code
    }

    pub(crate) fn into_raw(self) -> *mut procnet_error {
        into_handle(*self.0)
    }
}

impl From<procnet::Error> for Failure {
    #[cold]
    fn from(error: procnet::Error) -> Failure {
        let mut causes: Vec<&(dyn Error + 'static)> = Vec::new();
        let mut next = error.source();
        while let Some(cause) = next {
            causes.push(cause);
            next = cause.source();
        }
        let errno = causes
            .iter()
            .find_map(|cause| cause.downcast_ref::<io::Error>().and_then(io::Error::raw_os_error));
        let column = causes.iter().find_map(|cause| {
            let filter = cause.downcast_ref::<FilterError>().map(FilterError::offset);
            filter.or_else(|| {
                cause.downcast_ref::<procnet::decode::Error>().map(procnet::decode::Error::offset)
            })
        });
        let mut failure = Failure::new(result::of(error.kind(), errno), error.to_string());
        let this = &mut failure.0;
        this.causes = causes.iter().map(|cause| c_string(cause.to_string())).collect();
        let all = std::iter::once(&this.message).chain(&this.causes);
        this.text = joined(all);
        let path = error.path().as_os_str().as_bytes();
        this.path = (!path.is_empty()).then(|| c_string(path));
        this.line = error.line().map_or(0, |line| line as u64);
        this.column = column.map_or(0, |offset| offset as u64 + 1);
        this.errno = errno.unwrap_or(0);
        failure
    }
}

/// Texts with `: ` between them.
fn joined<'a>(texts: impl Iterator<Item = &'a CString>) -> CString {
    let mut all = Vec::new();
    for text in texts {
        if !all.is_empty() {
            all.extend_from_slice(b": ");
        }
        all.extend_from_slice(text.as_bytes());
    }
    c_string(all)
}

/// A string for C. Texts are escaped, and paths end at their first NUL, so they have none.
pub(crate) fn c_string(text: impl Into<Vec<u8>>) -> CString {
    let mut text = text.into();
    text.retain(|byte| *byte != 0);
    CString::new(text).unwrap_or_default()
}

fn pointer(text: Option<&CString>) -> *const c_char {
    text.map_or(ptr::null(), |text| text.as_ptr())
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_error_code(error: Option<&procnet_error>) -> procnet_result {
    error.map_or(PROCNET_OK, |error| error.code)
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_error_text(error: Option<&procnet_error>) -> *const c_char {
    error.map_or(c"".as_ptr(), |error| error.text.as_ptr())
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_error_message(error: Option<&procnet_error>) -> *const c_char {
    error.map_or(c"".as_ptr(), |error| error.message.as_ptr())
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_error_cause(
    error: Option<&procnet_error>,
    index: usize,
) -> *const c_char {
    pointer(error.and_then(|error| error.causes.get(index)))
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_error_path(error: Option<&procnet_error>) -> *const c_char {
    pointer(error.and_then(|error| error.path.as_ref()))
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_error_line(error: Option<&procnet_error>) -> u64 {
    error.map_or(0, |error| error.line)
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_error_column(error: Option<&procnet_error>) -> u64 {
    error.map_or(0, |error| error.column)
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_error_errno(error: Option<&procnet_error>) -> i32 {
    error.map_or(0, |error| error.errno)
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_error_free(error: Option<Box<procnet_error>>) {
    guard((), || drop(error));
}
