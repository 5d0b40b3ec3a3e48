//! Calls that neither the standard library nor rustix offers safely: all unsafe code of the test
//! harness.
#![expect(unsafe_code, reason = "four C library calls; each block states why it is sound")]

use std::{
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
    let length = u32::try_from(size_of_val(&seconds)).unwrap_or_default();
    // SAFETY: the kernel reads `length` bytes from the pointer, which points to an integer of
    // that size.
    let done = unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            libc::IPPROTO_TCP,
            libc::TCP_DEFER_ACCEPT,
            (&raw const seconds).cast(),
            length,
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Binds a socket to an interface (`SO_BINDTODEVICE`).
///
/// # Errors
///
/// If there is no such interface, or without the privilege.
pub fn bind_to_device(socket: impl AsFd, interface: &str) -> io::Result<()> {
    let length = libc::socklen_t::try_from(interface.len()).unwrap_or_default();
    // SAFETY: the kernel reads `length` bytes from the pointer, which points to as many.
    let done = unsafe {
        libc::setsockopt(
            socket.as_fd().as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_BINDTODEVICE,
            interface.as_ptr().cast(),
            length,
        )
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
