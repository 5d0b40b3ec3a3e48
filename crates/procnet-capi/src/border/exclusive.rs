//! A handle that one call at a time may use.

use std::{
    cell::UnsafeCell,
    ptr::NonNull,
    sync::atomic::{AtomicU8, Ordering},
};

use crate::{
    error::Failure,
    result::{PROCNET_BUSY, PROCNET_PANIC},
};

const IDLE: u8 = 0;
const BUSY: u8 = 1;
/// Freed while busy: the call that uses it drops it.
const FREED: u8 = 2;
/// A call has panicked and left it in an unknown state.
const POISONED: u8 = 3;

/// A value behind a handle. A call on another thread, or from a callback of the call that uses it, is
/// refused instead of being undefined.
pub struct Exclusive<T> {
    state: AtomicU8,
    value: UnsafeCell<T>,
}

impl<T> Exclusive<T> {
    pub(crate) fn new(value: T) -> Exclusive<T> {
        Exclusive { state: AtomicU8::new(IDLE), value: UnsafeCell::new(value) }
    }

    /// Passes the value to `body`, unless it is in use.
    pub(crate) fn with<R>(
        handle: Option<NonNull<Exclusive<T>>>,
        name: &str,
        body: impl FnOnce(&mut T) -> Result<R, Failure>,
    ) -> Result<R, Failure> {
        let handle = super::not_null(handle, name)?;
        // SAFETY: the caller promises that it has not been freed, or only during a call that still
        // uses it. Not a reference to the whole, which may be freed below.
        let state = unsafe { &(*handle.as_ptr()).state };
        match state.compare_exchange(IDLE, BUSY, Ordering::Acquire, Ordering::Relaxed) {
            Ok(_) => {}
            Err(POISONED) => {
                return Err(Failure::new(
                    PROCNET_PANIC,
                    format!("the {name} cannot be used after a fault: free it and create another"),
                ));
            }
            Err(_) => {
                return Err(Failure::new(
                    PROCNET_BUSY,
                    format!(
                        "the {name} is in use, by another thread or by the call whose callback this is"
                    ),
                ));
            }
        }
        let mut end = End { handle, next: POISONED };
        // SAFETY: nobody else passes the exchange above until `end` is dropped.
        let result = body(unsafe { &mut *(*handle.as_ptr()).value.get() });
        end.next = IDLE;
        result
    }

    /// Drops the value: now, or if it is in use, at the end of that call.
    pub(crate) fn free(handle: Option<NonNull<Exclusive<T>>>) {
        let Some(handle) = handle else { return };
        // SAFETY: the caller promises that it has not been freed.
        let before = unsafe { &(*handle.as_ptr()).state }.swap(FREED, Ordering::AcqRel);
        if matches!(before, IDLE | POISONED) {
            // SAFETY: it came from `into_handle`, and nobody uses it.
            drop(unsafe { Box::from_raw(handle.as_ptr()) });
        }
    }
}

/// Ends the use of a handle, also if its user panics.
struct End<T> {
    handle: NonNull<Exclusive<T>>,
    next: u8,
}

impl<T> Drop for End<T> {
    fn drop(&mut self) {
        let handle = self.handle.as_ptr();
        // SAFETY: only this call may free it while it is busy.
        let state = unsafe { &(*handle).state };
        let ended = state.compare_exchange(BUSY, self.next, Ordering::Release, Ordering::Acquire);
        if ended.is_err() {
            // SAFETY: it was freed by its user meanwhile, so that nobody else will.
            drop(unsafe { Box::from_raw(handle) });
        }
    }
}
