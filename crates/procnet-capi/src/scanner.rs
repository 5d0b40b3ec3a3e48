//! Scanners.
#![expect(unsafe_code, reason = "`no_mangle` of exported functions")]

use std::{
    ffi::{OsStr, c_int, c_void},
    ops::ControlFlow,
    os::unix::ffi::OsStrExt as _,
    ptr::{self, NonNull},
};

use procnet::{ProcRoot, Scanner};

use crate::{
    border::{
        Callback, ErrorOut, Exclusive, Out, Text, copy_of, guard, not_null, put, put_handle, run,
    },
    coverage::procnet_coverage,
    error::Failure,
    query::ConstQuery,
    result::procnet_result,
    socket::{Scratch, procnet_socket},
};

/// A scanner, and what is reused from one socket to the next.
pub struct Inner {
    pub(crate) scanner: Scanner,
    pub(crate) scratch: Scratch,
}

/// A scanner behind its handle.
pub type procnet_scanner = Exclusive<Inner>;

/// The handle of a scanner; or NULL.
pub type Handle = Option<NonNull<procnet_scanner>>;

/// What gets each socket.
pub type procnet_socket_callback = Option<
    unsafe extern "C-unwind" fn(socket: *const procnet_socket, userdata: *mut c_void) -> c_int,
>;

/// Passes the scanner to `body`, unless it is in use.
pub(crate) fn with<R>(
    scanner: Handle,
    body: impl FnOnce(&mut Inner) -> Result<R, Failure>,
) -> Result<R, Failure> {
    Exclusive::with(scanner, "scanner", body)
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_scanner_new(
    root: Text<'_>,
    threads: u32,
    scanner: Out<*mut procnet_scanner>,
    error: ErrorOut,
) -> procnet_result {
    put(scanner, ptr::null_mut());
    run(error, || {
        not_null(scanner, "scanner")?;
        let root = match root.bytes() {
            Some(path) => ProcRoot::at(OsStr::from_bytes(path)),
            None => ProcRoot::from_env(),
        }?;
        let mut new = Scanner::with_root(root);
        if threads != 0 {
            new = new.threads(threads as usize);
        }
        put_handle(scanner, Exclusive::new(Inner { scanner: new, scratch: Scratch::default() }));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_scanner_free(scanner: Handle) {
    guard((), || Exclusive::free(scanner));
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_scanner_visit(
    scanner: Handle,
    query: ConstQuery,
    callback: procnet_socket_callback,
    userdata: *mut c_void,
    coverage: Out<*mut procnet_coverage>,
    error: ErrorOut,
) -> procnet_result {
    put(coverage, ptr::null_mut());
    run(error, || {
        let query = copy_of(query, "query")?;
        let callback = Callback::new(callback, userdata)?;
        let seen = with(scanner, |Inner { scanner, scratch }| {
            let (seen, _stopped) = scanner.visit(query.query(), |socket| {
                match callback.call(&scratch.fill(socket)) {
                    true => ControlFlow::Continue(()),
                    false => ControlFlow::Break(()),
                }
            })?;
            Ok(seen)
        })?;
        put_handle(coverage, procnet_coverage::new(seen));
        Ok(())
    })
}
