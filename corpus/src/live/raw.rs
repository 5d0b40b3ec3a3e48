//! Calls that neither the standard library nor rustix offers safely: all unsafe code of the test
//! harness.
#![expect(unsafe_code, reason = "four C library calls; each block states why it is sound")]

use std::{
    ffi::CString,
    io,
    os::fd::{AsFd, AsRawFd as _},
    ptr,
};

/// What a signal does to the thread that receives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// A blocking call returns `EINTR`; nothing else happens.
    Interrupt,
    /// Only that thread ends, even if it is the process's leader.
    EndThread,
}

extern "C" fn interrupt(_signal: libc::c_int) {}

extern "C" fn end_thread(_signal: libc::c_int) {
    // SAFETY: the call takes an integer and does not return. Nothing the thread owns is dropped
    // or freed, so what other threads borrowed from its stack stays valid.
    unsafe {
        libc::syscall(libc::SYS_exit, 0);
    }
}

/// Sets what `SIGUSR1` does, in place of ending the process.
///
/// # Errors
///
/// Never on Linux, for this signal.
pub fn on_user_signal(effect: Effect) -> io::Result<()> {
    let handler: extern "C" fn(libc::c_int) = match effect {
        Effect::Interrupt => interrupt,
        Effect::EndThread => end_thread,
    };
    // SAFETY: all zeros is a `sigaction` without flags (so without `SA_RESTART`: calls are
    // interrupted) and with an empty mask; the handlers have the signature that it calls without
    // flags, and do nothing but a system call, which is allowed in any handler.
    let done = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as libc::sighandler_t;
        libc::sigaction(libc::SIGUSR1, &raw const action, ptr::null_mut())
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Makes a listening TCP socket complete a connection only once data arrives
/// (`TCP_DEFER_ACCEPT`), for at least this many seconds: until then the connection is a request
/// sock in `SYN_RECV`.
///
/// # Errors
///
/// If the socket is not a TCP socket.
pub fn defer_accept(socket: impl AsFd, seconds: libc::c_int) -> io::Result<()> {
    set_option(socket, libc::IPPROTO_TCP, libc::TCP_DEFER_ACCEPT, &seconds.to_ne_bytes())
}

/// Binds a socket to an interface (`SO_BINDTODEVICE`).
///
/// # Errors
///
/// If there is no such interface.
pub fn bind_to_device(socket: impl AsFd, interface: &str) -> io::Result<()> {
    set_option(socket, libc::SOL_SOCKET, libc::SO_BINDTODEVICE, interface.as_bytes())
}

/// Marks the packets of a socket (`SO_MARK`).
///
/// # Errors
///
/// Without `CAP_NET_ADMIN`.
pub fn set_mark(socket: impl AsFd, mark: u32) -> io::Result<()> {
    set_option(socket, libc::SOL_SOCKET, libc::SO_MARK, &mark.to_ne_bytes())
}

fn set_option(
    socket: impl AsFd,
    level: libc::c_int,
    option: libc::c_int,
    value: &[u8],
) -> io::Result<()> {
    let length = u32::try_from(value.len()).expect("a short value");
    // SAFETY: the kernel reads `length` bytes from the pointer, which is that of a slice of this
    // length.
    let done = unsafe {
        let socket = socket.as_fd().as_raw_fd();
        libc::setsockopt(socket, level, option, value.as_ptr().cast(), length)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Whether a name matches a pattern in the C library, ignoring case (`FNM_CASEFOLD`), as `ss`
/// compares the names of unix sockets.
///
/// # Panics
///
/// If either contains a NUL.
#[must_use]
pub fn fnmatch_casefold(pattern: &str, name: &[u8]) -> bool {
    let pattern = CString::new(pattern).expect("a pattern without NUL");
    let name = CString::new(name).expect("a name without NUL");
    // SAFETY: both are C strings, which the call only reads.
    unsafe { libc::fnmatch(pattern.as_ptr(), name.as_ptr(), libc::FNM_CASEFOLD) == 0 }
}
