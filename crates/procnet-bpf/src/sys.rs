//! bpf(2), and memory of the kernel. The only module with `unsafe`: rustix has no safe form of either.
//!
//! Each function fills in the members of `union bpf_attr` (include/uapi/linux/bpf.h) that its command
//! reads; a shorter union than the kernel's means that the others are zero. Descriptors that the
//! kernel returns are closed on execution of another program.
#![allow(
    unsafe_code,
    reason = "system calls with pointers, the descriptors and the memory that they return"
)]

use std::{
    ffi::CStr,
    os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd},
    ptr,
};

use rustix::io::Errno;

mod memory;

pub(crate) use memory::{KernelMemory, SharedMemory};

const MAP_CREATE: libc::c_long = 0;
const PROG_LOAD: libc::c_long = 5;
const PROG_TEST_RUN: libc::c_long = 10;
const MAP_GET_FD_BY_ID: libc::c_long = 14;
const OBJ_GET_INFO_BY_FD: libc::c_long = 15;
const RAW_TRACEPOINT_OPEN: libc::c_long = 17;
const BTF_LOAD: libc::c_long = 18;
const LINK_CREATE: libc::c_long = 28;
const ITER_CREATE: libc::c_long = 33;

/// `BPF_TRACE_RAW_TP` and `BPF_TRACE_ITER`, types of attachments.
const TRACE_RAW_TP: u32 = 23;
const TRACE_ITER: u32 = 28;
/// The helpers that the programs call are for programs under a licence compatible with the GPL.
const LICENSE: &CStr = c"Dual MIT/GPL";

/// What a program is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `BPF_PROG_TYPE_TRACING`, on an iterator: the number of the target's function.
    Iterator { function: u32 },
    /// `BPF_PROG_TYPE_TRACING`, on a tracepoint: the number of its typedef.
    Tracepoint { typedef: u32 },
    /// `BPF_PROG_TYPE_RAW_TRACEPOINT`, attached to nothing: it is run once.
    RawTracepoint,
}

#[repr(C)]
struct ProgLoad {
    prog_type: u32,
    insn_cnt: u32,
    insns: *const u64,
    license: *const libc::c_char,
    log_level: u32,
    log_size: u32,
    log_buf: *mut u8,
    kern_version: u32,
    prog_flags: u32,
    prog_name: [u8; 16],
    prog_ifindex: u32,
    expected_attach_type: u32,
    prog_btf_fd: u32,
    func_info_rec_size: u32,
    func_info: u64,
    func_info_cnt: u32,
    line_info_rec_size: u32,
    line_info: u64,
    line_info_cnt: u32,
    attach_btf_id: u32,
    attach_prog_fd: u32,
    core_relo_cnt: u32,
}

/// Loads a program. If there is room for a log, the verifier writes one, with a zero at its end.
pub(crate) fn prog_load(
    name: &str,
    kind: Kind,
    instructions: &[u64],
    log: &mut [u8],
) -> Result<OwnedFd, Errno> {
    let (prog_type, expected_attach_type, attach_btf_id) = match kind {
        Kind::Iterator { function } => (26, TRACE_ITER, function),
        Kind::Tracepoint { typedef } => (26, TRACE_RAW_TP, typedef),
        Kind::RawTracepoint => (17, 0, 0),
    };
    // Without room, the kernel insists on no address either.
    let log_buf = if log.is_empty() { ptr::null_mut() } else { log.as_mut_ptr() };
    let mut attributes = ProgLoad {
        prog_type,
        insn_cnt: length(instructions.len()),
        insns: instructions.as_ptr(),
        license: LICENSE.as_ptr(),
        log_level: u32::from(!log.is_empty()),
        log_size: length(log.len()),
        log_buf,
        kern_version: 0,
        prog_flags: 0,
        prog_name: object_name(name),
        prog_ifindex: 0,
        expected_attach_type,
        prog_btf_fd: 0,
        func_info_rec_size: 0,
        func_info: 0,
        func_info_cnt: 0,
        line_info_rec_size: 0,
        line_info: 0,
        line_info_cnt: 0,
        attach_btf_id,
        attach_prog_fd: 0,
        core_relo_cnt: 0,
    };
    bpf(PROG_LOAD, &mut attributes).map(owned)
}

/// As the kernel lists it; the last byte stays zero.
fn object_name(name: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().take(15).zip(name.bytes()) {
        *to = from;
    }
    bytes
}

#[repr(C)]
struct ProgTestRun {
    prog_fd: RawFd,
    retval: u32,
    unused: [u64; 8],
}

/// Runs a program that needs no context, in the calling thread, and returns what it returns.
pub(crate) fn prog_test_run(program: BorrowedFd<'_>) -> Result<u32, Errno> {
    let prog_fd = program.as_raw_fd();
    let mut attributes = ProgTestRun { prog_fd, retval: 0, unused: [0; 8] };
    bpf(PROG_TEST_RUN, &mut attributes)?;
    Ok(attributes.retval)
}

#[repr(C)]
struct LinkCreate {
    prog_fd: RawFd,
    target_fd: u32,
    attach_type: u32,
    flags: u32,
    iter_info: *const IterInfo,
    iter_info_len: u32,
    unused: u32,
}

/// `union bpf_iter_link_info`, its member `task`.
#[repr(C)]
struct IterInfo {
    tid: u32,
    pid: u32,
    pid_fd: u32,
}

/// Attaches a program to its iterator, of one process or of all.
pub(crate) fn link_create(program: BorrowedFd<'_>, pid: Option<u32>) -> Result<OwnedFd, Errno> {
    let info = pid.map(|pid| IterInfo { tid: 0, pid, pid_fd: 0 });
    let (iter_info, size) = match &info {
        Some(info) => (ptr::from_ref(info), size_of::<IterInfo>()),
        None => (ptr::null(), 0),
    };
    let mut attributes = LinkCreate {
        prog_fd: program.as_raw_fd(),
        target_fd: 0,
        attach_type: TRACE_ITER,
        flags: 0,
        iter_info,
        iter_info_len: length(size),
        unused: 0,
    };
    bpf(LINK_CREATE, &mut attributes).map(owned)
}

#[repr(C)]
struct RawTracepointOpen {
    name: u64,
    prog_fd: RawFd,
    unused: u32,
}

/// Attaches a program to its tracepoint.
pub(crate) fn raw_tracepoint_open(program: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    let prog_fd = program.as_raw_fd();
    let mut attributes = RawTracepointOpen { name: 0, prog_fd, unused: 0 };
    bpf(RAW_TRACEPOINT_OPEN, &mut attributes).map(owned)
}

/// A map to be created.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Map<'a> {
    pub(crate) name: &'a str,
    pub(crate) map_type: u32,
    pub(crate) key_size: u32,
    pub(crate) value_size: u32,
    pub(crate) max_entries: u32,
    pub(crate) flags: u32,
    /// The types of its key and its value.
    pub(crate) types: Option<(BorrowedFd<'a>, [u32; 2])>,
}

#[repr(C)]
struct MapCreate {
    map_type: u32,
    key_size: u32,
    value_size: u32,
    max_entries: u32,
    map_flags: u32,
    inner_map_fd: u32,
    numa_node: u32,
    map_name: [u8; 16],
    map_ifindex: u32,
    btf_fd: RawFd,
    btf_key_type_id: u32,
    btf_value_type_id: u32,
    btf_vmlinux_value_type_id: u32,
}

/// Creates a map.
pub(crate) fn map_create(map: &Map<'_>) -> Result<OwnedFd, Errno> {
    let (btf_fd, [key, value]) = match map.types {
        Some((types, ids)) => (types.as_raw_fd(), ids),
        None => (0, [0, 0]),
    };
    let mut attributes = MapCreate {
        map_type: map.map_type,
        key_size: map.key_size,
        value_size: map.value_size,
        max_entries: map.max_entries,
        map_flags: map.flags,
        inner_map_fd: 0,
        numa_node: 0,
        map_name: object_name(map.name),
        map_ifindex: 0,
        btf_fd,
        btf_key_type_id: key,
        btf_value_type_id: value,
        btf_vmlinux_value_type_id: 0,
    };
    bpf(MAP_CREATE, &mut attributes).map(owned)
}

#[repr(C)]
struct GetById {
    id: u32,
    next_id: u32,
    open_flags: u32,
}

/// Opens a map by its ID.
pub(crate) fn map_by_id(id: u32) -> Result<OwnedFd, Errno> {
    let mut attributes = GetById { id, next_id: 0, open_flags: 0 };
    bpf(MAP_GET_FD_BY_ID, &mut attributes).map(owned)
}

/// The first members of `struct bpf_map_info`.
#[repr(C)]
#[derive(Default)]
struct MapInfo {
    map_type: u32,
    id: u32,
}

#[repr(C)]
struct ObjGetInfo {
    bpf_fd: RawFd,
    info_len: u32,
    info: *mut MapInfo,
}

/// The type of a map, and its ID.
pub(crate) fn map_info(map: BorrowedFd<'_>) -> Result<(u32, u32), Errno> {
    let mut info = MapInfo::default();
    let info_len = length(size_of::<MapInfo>());
    let mut attributes = ObjGetInfo { bpf_fd: map.as_raw_fd(), info_len, info: &raw mut info };
    bpf(OBJ_GET_INFO_BY_FD, &mut attributes)?;
    Ok((info.map_type, info.id))
}

#[repr(C)]
struct BtfLoad {
    btf: *const u8,
    btf_log_buf: u64,
    btf_size: u32,
    btf_log_size: u32,
    btf_log_level: u32,
    unused: u32,
}

/// Loads type information, for maps that need it.
pub(crate) fn btf_load(types: &[u8]) -> Result<OwnedFd, Errno> {
    let mut attributes = BtfLoad {
        btf: types.as_ptr(),
        btf_log_buf: 0,
        btf_size: length(types.len()),
        btf_log_size: 0,
        btf_log_level: 0,
        unused: 0,
    };
    bpf(BTF_LOAD, &mut attributes).map(owned)
}

#[repr(C)]
struct IterCreate {
    link_fd: RawFd,
    flags: u32,
}

/// Begins a pass of an attached iterator, to be read to its end.
pub(crate) fn iter_create(link: BorrowedFd<'_>) -> Result<OwnedFd, Errno> {
    let mut attributes = IterCreate { link_fd: link.as_raw_fd(), flags: 0 };
    bpf(ITER_CREATE, &mut attributes).map(owned)
}

/// Programs and logs are far shorter than 4 GiB.
fn length(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The members of `attributes` have no padding between or behind them.
fn bpf<T>(command: libc::c_long, attributes: &mut T) -> Result<RawFd, Errno> {
    let (pointer, size) = (ptr::from_mut(attributes), size_of::<T>());
    // SAFETY: `attributes` is as long as stated and exclusively borrowed. The addresses in it are
    // null, or those of slices or structures of the stated lengths (the licence: of a string with its
    // zero) that the caller borrows until after this call, the log and what is returned exclusively.
    let returned = unsafe { libc::syscall(libc::SYS_bpf, command, pointer, size) };
    match RawFd::try_from(returned) {
        Ok(returned) if returned >= 0 => Ok(returned),
        _ => Err(last_error()),
    }
}

fn last_error() -> Errno {
    Errno::from_io_error(&std::io::Error::last_os_error()).unwrap_or(Errno::IO)
}

/// For commands that return a new descriptor.
fn owned(descriptor: RawFd) -> OwnedFd {
    // SAFETY: the kernel has just returned this descriptor, so it is open, and nothing else knows of it.
    unsafe { OwnedFd::from_raw_fd(descriptor) }
}
