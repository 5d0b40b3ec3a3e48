//! Owners.
#![expect(unsafe_code, reason = "`no_mangle` of exported functions")]

use std::ffi::{c_char, c_int, c_void};

use procnet::{Coverage, Inode, Owner, Owners};

use crate::{
    border::{Callback, ErrorOut, Out, put, put_handle, run},
    coverage::procnet_coverage,
    error::Failure,
    result::procnet_result,
    scanner::{Handle, with},
};

pub const PROCNET_OWNER_START_TIME: u32 = 1;
pub const PROCNET_OWNER_UIDS: u32 = 1 << 1;

/// A process, and the descriptor through which it holds a socket.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct procnet_owner {
    pub pid: u32,
    pub fd: u32,
    pub known: u32,
    pub comm_len: u32,
    pub comm: *const c_char,
    pub start_time: u64,
    pub uids: [u32; 4],
}

impl From<Owner<'_>> for procnet_owner {
    #[inline]
    fn from(owner: Owner<'_>) -> procnet_owner {
        let process = owner.process;
        let comm = process.comm.as_bytes();
        let (mut known, mut uids) = (0, [0; 4]);
        if let Some(read) = process.uids {
            known |= PROCNET_OWNER_UIDS;
            uids = [read.real, read.effective, read.saved, read.filesystem];
        }
        if process.start_time.is_some() {
            known |= PROCNET_OWNER_START_TIME;
        }
        procnet_owner {
            pid: process.pid,
            fd: owner.fd,
            known,
            comm_len: u32::try_from(comm.len()).unwrap_or(u32::MAX),
            comm: comm.as_ptr().cast(),
            start_time: process.start_time.unwrap_or(0),
            uids,
        }
    }
}

/// What gets each owner.
pub type procnet_owner_callback = Option<
    unsafe extern "C-unwind" fn(owner: *const procnet_owner, userdata: *mut c_void) -> c_int,
>;

/// Passes each owner to a callback, until it wants no more.
pub(crate) fn each(owners: Owners<'_>, callback: &Callback<procnet_owner>) {
    for owner in owners {
        if !callback.call(&procnet_owner::from(owner)) {
            break;
        }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_scanner_owners_of(
    scanner: Handle,
    inode: u64,
    callback: procnet_owner_callback,
    userdata: *mut c_void,
    coverage: Out<*mut procnet_coverage>,
    error: ErrorOut,
) -> procnet_result {
    put(coverage, std::ptr::null_mut());
    run(error, || {
        let callback = Callback::new(callback, userdata)?;
        let inode = Inode::new(inode).ok_or_else(|| Failure::invalid("inode is 0"))?;
        with(scanner, |inner| {
            let (owners, processes) = inner.scanner.owners_of(inode)?;
            each(owners, &callback);
            let mut seen = Coverage::default();
            seen.processes = Some(processes);
            put_handle(coverage, procnet_coverage::new(seen));
            Ok(())
        })
    })
}
