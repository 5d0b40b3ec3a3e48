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
    fs::File,
    os::fd::{AsRawFd as _, BorrowedFd, FromRawFd as _, OwnedFd, RawFd},
    ptr, slice,
};

use rustix::io::Errno;

const PROG_LOAD: libc::c_long = 5;
const PROG_TEST_RUN: libc::c_long = 10;
const LINK_CREATE: libc::c_long = 28;
const ITER_CREATE: libc::c_long = 33;

/// `BPF_TRACE_ITER`, a type of attachment.
const TRACE_ITER: u32 = 28;
/// The helpers that the programs call are for programs under a licence compatible with the GPL.
const LICENSE: &CStr = c"Dual MIT/GPL";

/// What a program is attached to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `BPF_PROG_TYPE_TRACING`, on an iterator: the number of the target's function.
    Iterator { function: u32 },
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
        Kind::RawTracepoint => (17, 0, 0),
    };
    let mut prog_name = [0; 16];
    // The last byte stays zero.
    for (to, from) in prog_name.iter_mut().take(15).zip(name.bytes()) {
        *to = from;
    }
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
        prog_name,
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
    // null, or those of slices of the stated lengths (the licence: of a string with its zero) that
    // the caller borrows until after this call, the log exclusively.
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

/// A file of sysfs that is memory of the kernel, which nobody changes as long as the host runs.
#[derive(Debug)]
pub(crate) struct KernelMemory(&'static [u8]);

impl KernelMemory {
    /// Maps so many bytes of the kernel's type information, which since Linux 6.16 can be mapped
    /// (kernel/bpf/sysfs_btf.c `btf_sysfs_vmlinux_mmap`: read-only and private).
    pub(crate) fn of_types(file: &File, bytes: usize) -> Result<KernelMemory, Errno> {
        // An ordinary file that is mounted there could change, or become shorter.
        const SYSFS_MAGIC: i64 = 0x6265_6572;
        if rustix::fs::fstatfs(file)?.f_type != SYSFS_MAGIC {
            return Err(Errno::NOTSUP);
        }
        // SAFETY: no address is asked for, so the mapping replaces no memory that is in use.
        let start = unsafe {
            let (protection, flags) = (libc::PROT_READ, libc::MAP_PRIVATE);
            libc::mmap(ptr::null_mut(), bytes, protection, flags, file.as_raw_fd(), 0)
        };
        if start == libc::MAP_FAILED {
            return Err(last_error());
        }
        // SAFETY: the mapping has so many bytes, which are constant, and is there until `drop`, which no
        // borrow of them outlives.
        Ok(KernelMemory(unsafe { slice::from_raw_parts(start.cast(), bytes) }))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.0
    }
}

impl Drop for KernelMemory {
    fn drop(&mut self) {
        let start = self.0.as_ptr().cast_mut().cast();
        // SAFETY: this mapping was made by `of_types`, is removed once, and its bytes are borrowed by
        // none.
        unsafe { libc::munmap(start, self.0.len()) };
    }
}
