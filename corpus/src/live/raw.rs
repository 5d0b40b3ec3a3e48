//! The calls that neither the standard library nor rustix offers safely: all of the
//! harness's unsafe code.
#![expect(unsafe_code, reason = "three calls of the C library; each block says why it is sound")]

use std::{
    io,
    os::fd::{AsFd, AsRawFd as _},
    ptr,
};

/// What a signal does to the thread that takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing, but that a call that waits returns `EINTR`.
    Interrupt,
    /// It ends: that thread alone, even if it is the process's first.
    EndThread,
}

extern "C" fn interrupt(_signal: libc::c_int) {}

extern "C" fn end_thread(_signal: libc::c_int) {
    // SAFETY: the call takes an integer and does not return. Nothing that the thread owns is
    // dropped or freed, so what other threads borrowed from its stack stays where it is.
    unsafe {
        libc::syscall(libc::SYS_exit, 0);
    }
}

/// Lets `SIGUSR1` do something else than end the process.
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
    // interrupted) and with an empty mask; the handlers have the type that such a one calls,
    // and make no call but that of a system call, which is allowed in any handler.
    let done = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as libc::sighandler_t;
        libc::sigaction(libc::SIGUSR1, &raw const action, ptr::null_mut())
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Makes a listening TCP socket complete a connection only when data comes (`TCP_DEFER_ACCEPT`),
/// for at least so many seconds: until then it is a request sock, `SYN_RECV`.
///
/// # Errors
///
/// If the socket is none of TCP.
pub fn defer_accept(socket: impl AsFd, seconds: libc::c_int) -> io::Result<()> {
    let length = u32::try_from(size_of_val(&seconds)).unwrap_or_default();
    // SAFETY: the kernel reads `length` bytes from the pointer, which is an integer of that size.
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
