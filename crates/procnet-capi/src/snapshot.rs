//! Snapshots, and their differences.
#![expect(unsafe_code, reason = "`no_mangle` of exported functions")]

use std::{
    ffi::{c_int, c_void},
    ptr::{self, NonNull},
};

use procnet::snapshot::{Aspects, Change, Snapshot};

use crate::{
    border::{
        Callback, ChangeCallback, ErrorOut, Exclusive, Out, copy_of, guard, into_handle, put,
        put_handle, run,
    },
    coverage::procnet_coverage,
    error::Failure,
    query::ConstQuery,
    result::procnet_result,
    scanner::{self, procnet_socket_callback},
    socket::{Scratch, procnet_socket},
};

/// A snapshot behind its handle.
pub type procnet_snapshot = Exclusive<Snapshot>;

/// The handle of a snapshot; or NULL.
pub type SnapshotHandle = Option<NonNull<procnet_snapshot>>;

pub const PROCNET_CHANGED_STATE: u32 = 1;
pub const PROCNET_CHANGED_OWNERS: u32 = 1 << 1;
pub const PROCNET_CHANGED_ADDRESSES: u32 = 1 << 2;
pub const PROCNET_CHANGED_NAME: u32 = 1 << 3;
pub const PROCNET_CHANGED_USER: u32 = 1 << 4;
pub const PROCNET_CHANGED_QUEUES: u32 = 1 << 5;

/// What gets each difference.
pub type procnet_change_callback = Option<
    unsafe extern "C-unwind" fn(
        before: *const procnet_socket,
        after: *const procnet_socket,
        what: u32,
        userdata: *mut c_void,
    ) -> c_int,
>;

fn with<R>(
    snapshot: SnapshotHandle,
    name: &str,
    body: impl FnOnce(&mut Snapshot) -> Result<R, Failure>,
) -> Result<R, Failure> {
    Exclusive::with(snapshot, name, body)
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_snapshot_new() -> *mut procnet_snapshot {
    guard(ptr::null_mut(), || into_handle(Exclusive::new(Snapshot::default())))
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_snapshot_free(snapshot: SnapshotHandle) {
    guard((), || Exclusive::free(snapshot));
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_scanner_snapshot(
    scanner: scanner::Handle,
    query: ConstQuery,
    snapshot: SnapshotHandle,
    coverage: Out<*mut procnet_coverage>,
    error: ErrorOut,
) -> procnet_result {
    put(coverage, ptr::null_mut());
    run(error, || {
        let query = copy_of(query, "query")?;
        let seen = scanner::with(scanner, |inner| {
            with(snapshot, "snapshot", |snapshot| {
                Ok(inner.scanner.snapshot(query.query(), snapshot)?)
            })
        })?;
        put_handle(coverage, procnet_coverage::new(seen));
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_snapshot_size(snapshot: SnapshotHandle) -> usize {
    guard(0, || with(snapshot, "snapshot", |snapshot| Ok(snapshot.len())).unwrap_or(0))
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_snapshot_visit(
    snapshot: SnapshotHandle,
    callback: procnet_socket_callback,
    userdata: *mut c_void,
    error: ErrorOut,
) -> procnet_result {
    run(error, || {
        let callback = Callback::new(callback, userdata)?;
        with(snapshot, "snapshot", |snapshot| {
            let mut scratch = Scratch::default();
            for socket in snapshot.iter() {
                if !callback.call(&scratch.fill(&socket)) {
                    break;
                }
            }
            Ok(())
        })
    })
}

fn mask(what: Aspects) -> u32 {
    let named = Aspects::NAMED.into_iter().enumerate();
    named.fold(0, |mask, (bit, (_, aspect))| mask | u32::from(what.contains(aspect)) << bit)
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_snapshot_diff(
    before: SnapshotHandle,
    after: SnapshotHandle,
    callback: procnet_change_callback,
    userdata: *mut c_void,
    error: ErrorOut,
) -> procnet_result {
    run(error, || {
        let callback = ChangeCallback::new(callback, userdata)?;
        if before.is_some() && before == after {
            return Err(Failure::invalid("before and after are the same snapshot"));
        }
        with(before, "before", |older| {
            with(after, "after", |newer| {
                let (mut first, mut second) = (Scratch::default(), Scratch::default());
                for change in older.diff(newer) {
                    let wants_more = match change {
                        Change::Appeared(socket) => {
                            callback.call(None, Some(&second.fill(&socket)), 0)
                        }
                        Change::Vanished(socket) => {
                            callback.call(Some(&first.fill(&socket)), None, 0)
                        }
                        Change::Changed { before, after, what } => callback.call(
                            Some(&first.fill(&before)),
                            Some(&second.fill(&after)),
                            mask(what),
                        ),
                        _ => true,
                    };
                    if !wants_more {
                        break;
                    }
                }
                Ok(())
            })
        })
    })
}
