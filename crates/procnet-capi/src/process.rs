//! Processes.
#![expect(unsafe_code, reason = "`no_mangle` of exported functions")]

use crate::{
    border::{ErrorOut, NumbersOut, Out, not_null, null, put, run},
    result::procnet_result,
    scanner::{Handle, with},
};

#[unsafe(no_mangle)]
pub extern "C" fn procnet_scanner_pids(
    scanner: Handle,
    pids: NumbersOut<'_>,
    capacity: usize,
    count: Out<usize>,
    error: ErrorOut,
) -> procnet_result {
    run(error, || {
        not_null(count, "count")?;
        if pids.is_null() && capacity != 0 {
            return Err(null("pids"));
        }
        let listed = with(scanner, |inner| Ok(inner.scanner.pids()?))?;
        pids.write(capacity, &listed);
        put(count, listed.len());
        Ok(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_scanner_process_uids(
    scanner: Handle,
    pid: u32,
    uids: NumbersOut<'_>,
    error: ErrorOut,
) -> procnet_result {
    run(error, || {
        if uids.is_null() {
            return Err(null("uids"));
        }
        let read = with(scanner, |inner| Ok(inner.scanner.process_uids(pid)?))?;
        uids.write(4, &[read.real, read.effective, read.saved, read.filesystem]);
        Ok(())
    })
}
