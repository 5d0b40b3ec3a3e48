//! What the border does with faults: no panic crosses it.

use std::{
    ffi::{CStr, c_int, c_void},
    panic,
    ptr::{self, NonNull},
};

use procnet_capi::{
    border::Text,
    coverage::procnet_coverage,
    error::{procnet_error, procnet_error_code, procnet_error_free, procnet_error_message},
    query::{procnet_query, procnet_query_free, procnet_query_new},
    result::{PROCNET_OK, PROCNET_PANIC, procnet_result},
    scanner::{procnet_scanner, procnet_scanner_free, procnet_scanner_new, procnet_scanner_visit},
    snapshot::{
        procnet_scanner_snapshot, procnet_snapshot, procnet_snapshot_free, procnet_snapshot_new,
        procnet_snapshot_visit,
    },
    socket::procnet_socket,
};
use procnet_corpus::live::private;

#[expect(unsafe_code, reason = "the types of exported functions")]
mod callbacks {
    use super::{c_int, c_void, procnet_socket};

    pub(crate) unsafe extern "C-unwind" fn panics(
        _: *const procnet_socket,
        _: *mut c_void,
    ) -> c_int {
        panic!("on purpose")
    }

    pub(crate) unsafe extern "C-unwind" fn panics_oddly(
        _: *const procnet_socket,
        _: *mut c_void,
    ) -> c_int {
        std::panic::panic_any(17)
    }

    pub(crate) unsafe extern "C-unwind" fn stops(
        _: *const procnet_socket,
        _: *mut c_void,
    ) -> c_int {
        1
    }

    /// What C does with the handle of an error.
    pub(crate) fn owned<T>(handle: *mut T) -> Option<Box<T>> {
        // SAFETY: the handles of this test come from the library, and each is freed once.
        (!handle.is_null()).then(|| unsafe { Box::from_raw(handle) })
    }

    pub(crate) fn text(text: *const std::ffi::c_char) -> String {
        // SAFETY: the strings of the library end with NUL.
        unsafe { super::CStr::from_ptr(text) }.to_str().unwrap().to_owned()
    }
}
use callbacks::{owned, panics, panics_oddly, stops, text};

type Callback = unsafe extern "C-unwind" fn(*const procnet_socket, *mut c_void) -> c_int;

fn scanner() -> *mut procnet_scanner {
    let mut scanner = ptr::null_mut();
    assert_eq!(
        procnet_scanner_new(Text::NULL, 0, NonNull::new(&raw mut scanner), None),
        PROCNET_OK
    );
    scanner
}

fn visit(
    scanner: *mut procnet_scanner,
    query: *mut procnet_query,
    callback: Callback,
) -> (procnet_result, String, *mut procnet_coverage) {
    let mut error: *mut procnet_error = ptr::null_mut();
    let mut coverage: *mut procnet_coverage = ptr::null_mut();
    let result = procnet_scanner_visit(
        NonNull::new(scanner),
        NonNull::new(query),
        Some(callback),
        ptr::null_mut(),
        NonNull::new(&raw mut coverage),
        NonNull::new(&raw mut error),
    );
    let error = owned(error);
    assert_eq!(procnet_error_code(error.as_deref()), result);
    let message = text(procnet_error_message(error.as_deref()));
    procnet_error_free(error);
    (result, message, coverage)
}

#[test]
fn a_panic_is_a_result_and_the_scanner_is_used_no_more() {
    private(|_| {
        panic::set_hook(Box::new(|_| {}));
        let _socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let query = procnet_query_new();
        for (callback, said) in [
            (panics as Callback, "a fault in the library: on purpose"),
            (panics_oddly as Callback, "a fault in the library: of unknown kind"),
        ] {
            let scanner = scanner();
            let (result, message, coverage) = visit(scanner, query, callback);
            assert_eq!((result, &*message), (PROCNET_PANIC, said));
            assert!(coverage.is_null());
            // It may be left in any state.
            let (result, message, _) = visit(scanner, query, stops);
            assert_eq!(result, PROCNET_PANIC);
            assert!(message.contains("free it and create another"), "{message}");
            procnet_scanner_free(NonNull::new(scanner));
        }
        procnet_query_free(owned(query));
    });
}

#[test]
fn a_panic_during_a_snapshots_visit_is_a_result() {
    private(|_| {
        panic::set_hook(Box::new(|_| {}));
        let _socket = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let (query, scanner) = (procnet_query_new(), scanner());
        let snapshot: *mut procnet_snapshot = procnet_snapshot_new();
        let handle = NonNull::new(snapshot);
        let (query_handle, scanner_handle) = (NonNull::new(query), NonNull::new(scanner));
        assert_eq!(
            procnet_scanner_snapshot(scanner_handle, query_handle, handle, None, None),
            PROCNET_OK
        );
        for _again in 0..2 {
            let visited = procnet_snapshot_visit(handle, Some(panics), ptr::null_mut(), None);
            assert_eq!(visited, PROCNET_PANIC);
        }
        // The scanner was not in use.
        assert_eq!(visit(scanner, query, stops).0, PROCNET_OK);
        procnet_snapshot_free(handle);
        procnet_scanner_free(scanner_handle);
        procnet_query_free(owned(query));
    });
}
