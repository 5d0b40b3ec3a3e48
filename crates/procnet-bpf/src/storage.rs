//! Maps that keep values with sockets, by their ID.

use std::{
    io,
    os::fd::{AsFd as _, OwnedFd},
};

use rustix::io::Errno;

use crate::sys;

/// `BPF_MAP_TYPE_SK_STORAGE` (include/uapi/linux/bpf.h).
pub(crate) const SK_STORAGE: u32 = 24;

/// Opens the map with this ID, which keeps values with sockets (`BPF_MAP_TYPE_SK_STORAGE`). sock_diag
/// reports the values of a map by its descriptor.
///
/// # Errors
///
/// `PermissionDenied` without `CAP_SYS_ADMIN` in the initial user namespace (kernel/bpf/syscall.c
/// `bpf_map_get_fd_by_id`), `NotFound` if there is no such map, `InvalidInput` if it is of another type.
pub fn socket_storage(id: u32) -> io::Result<OwnedFd> {
    let map = sys::map_by_id(id)?;
    match sys::map_info(map.as_fd())? {
        (SK_STORAGE, _) => Ok(map),
        _ => Err(Errno::INVAL.into()),
    }
}
