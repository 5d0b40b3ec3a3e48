//! Calls that neither the standard library nor rustix offers safely: all unsafe code of the test
//! harness.
#![expect(unsafe_code, reason = "a few C library calls; each block states why it is sound")]

use std::{
    ffi::CString,
    io,
    os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd as _, OwnedFd, RawFd},
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

/// Sends this signal to the leader of this process, and to no other thread. One that is sent to the
/// process may be taken by any thread that looks for signals before the leader runs.
///
/// # Errors
///
/// If the leader has ended.
pub fn send_user_signal_to_leader() -> io::Result<()> {
    // SAFETY: the calls take integers, and no pointers.
    let sent = unsafe {
        let pid = libc::getpid();
        libc::syscall(libc::SYS_tgkill, pid, pid, libc::SIGUSR1)
    };
    if sent == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
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

/// What the congestion control of a TCP socket reports of itself (`TCP_CC_INFO`): the words of a
/// `union tcp_cc_info`, none if it reports nothing.
///
/// # Errors
///
/// If the socket is not a TCP socket.
pub fn congestion_info(socket: impl AsFd) -> io::Result<Vec<u32>> {
    let mut words = [0_u32; 5];
    let mut length = libc::socklen_t::try_from(size_of_val(&words)).expect("a short value");
    // SAFETY: the kernel writes at most `length` bytes to the array, and their number to `length`.
    let done = unsafe {
        let socket = socket.as_fd().as_raw_fd();
        let to = words.as_mut_ptr().cast();
        libc::getsockopt(socket, libc::IPPROTO_TCP, libc::TCP_CC_INFO, to, &raw mut length)
    };
    if done != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(words[..length as usize / 4].to_vec())
}

/// Makes the kernel encrypt what a connected TCP socket sends, with TLS 1.2 and AES-GCM-128, and a key
/// of zeros (`TCP_ULP`, `TLS_TX`).
///
/// # Errors
///
/// If the kernel has no TLS.
pub fn encrypt_in_the_kernel(socket: impl AsFd) -> io::Result<()> {
    const SOL_TLS: libc::c_int = 282; // include/linux/socket.h
    const TLS_TX: libc::c_int = 1; // include/uapi/linux/tls.h
    set_option(&socket, libc::IPPROTO_TCP, libc::TCP_ULP, b"tls")?;
    // `struct tls12_crypto_info_aes_gcm_128`: version and cipher, then 36 bytes of secrets.
    let mut cipher = [0; 40];
    cipher[..2].copy_from_slice(&0x0303_u16.to_ne_bytes());
    cipher[2..4].copy_from_slice(&51_u16.to_ne_bytes());
    set_option(&socket, SOL_TLS, TLS_TX, &cipher)
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

/// Gives the calling thread a descriptor table of its own, a copy of that of its process
/// (`unshare(CLONE_FILES)`).
///
/// What the thread owns in its copy is not in the table of the process, and the other way round: it
/// may use and close only what it opens from now on, and must not hand that to other threads.
///
/// # Errors
///
/// If there is not enough memory.
pub fn unshare_files() -> io::Result<()> {
    // SAFETY: the call takes an integer. The descriptors of this thread stay valid, as the copy has
    // the same ones; the documentation says which of them it may still close.
    let done = unsafe { libc::unshare(libc::CLONE_FILES) };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Forks a child that is the first process of a new PID namespace, and returns what `work` returns in
/// it. Children of this process are in that namespace from then on, so its end ends all of them.
///
/// `work` must neither allocate nor take a lock that another thread of this process may hold.
///
/// # Errors
///
/// If a namespace or a process cannot be created.
pub fn in_child_of_new_pid_namespace(work: impl FnOnce() -> bool) -> io::Result<bool> {
    // SAFETY: the first call takes an integer. The child has one thread, in which `work` runs as
    // described, and leaves without running anything that the parent registered. The parent's
    // pointer is that of an integer of its own.
    unsafe {
        if libc::unshare(libc::CLONE_NEWPID) != 0 {
            return Err(io::Error::last_os_error());
        }
        match libc::fork() {
            -1 => Err(io::Error::last_os_error()),
            0 => libc::_exit(libc::c_int::from(work())),
            child => {
                let mut status = 0;
                if libc::waitpid(child, &raw mut status, 0) != child || !libc::WIFEXITED(status) {
                    return Err(io::Error::last_os_error());
                }
                Ok(libc::WEXITSTATUS(status) == 1)
            }
        }
    }
}

/// Makes bpf(2) fail in the calling thread, as [`forbid`] does.
///
/// # Errors
///
/// If the kernel is built without seccomp.
pub fn forbid_bpf() -> io::Result<()> {
    forbid(libc::SYS_bpf)
}

/// Makes a system call fail with `EPERM` in the calling thread, and in all that it starts, for ever, as
/// container runtimes do (seccomp). It also gives up all privileges that executing a program could
/// bring.
///
/// # Errors
///
/// If the kernel is built without seccomp.
pub fn forbid(system_call: libc::c_long) -> io::Result<()> {
    let statement = |code, k| libc::sock_filter { code, jt: 0, jf: 0, k };
    // The number of the call is the first member of `struct seccomp_data`.
    let number = u32::try_from(system_call).unwrap_or(u32::MAX);
    let errno = u32::try_from(libc::EPERM).unwrap_or_default();
    let mut filter = [
        statement(0x20, 0), // BPF_LD | BPF_W | BPF_ABS
        libc::sock_filter { code: 0x15, jt: 0, jf: 1, k: number }, // BPF_JMP | BPF_JEQ | BPF_K
        statement(0x06, libc::SECCOMP_RET_ERRNO | errno), // BPF_RET | BPF_K
        statement(0x06, libc::SECCOMP_RET_ALLOW),
    ];
    let program = libc::sock_fprog { len: 4, filter: filter.as_mut_ptr() };
    // SAFETY: both calls take numbers; the second one also reads the program, which is as long as
    // stated, and lives until it returns.
    let done = unsafe {
        match libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) {
            0 => libc::prctl(
                libc::PR_SET_SECCOMP,
                libc::SECCOMP_MODE_FILTER,
                &raw const program,
                0,
                0,
            ),
            failed => failed,
        }
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Creates an io_uring instance, and registers files with it. They stay open as long as the instance,
/// even if their descriptors are closed.
///
/// # Errors
///
/// If io_uring is not available here (`ENOSYS`, `EPERM`), or has too little memory.
pub fn ring_with(files: &[BorrowedFd<'_>]) -> io::Result<OwnedFd> {
    /// The size of `struct io_uring_params` (include/uapi/linux/io_uring.h), aligned to 8 bytes.
    const PARAMS: usize = 120 / 8;
    const IORING_REGISTER_FILES: libc::c_uint = 2;
    let mut params = [0_u64; PARAMS];
    // SAFETY: the kernel reads and writes the parameters, which have its size and alignment.
    let ring = unsafe { libc::syscall(libc::SYS_io_uring_setup, 8, params.as_mut_ptr()) };
    let ring = RawFd::try_from(ring).ok().filter(|ring| *ring >= 0);
    let ring = ring.ok_or_else(io::Error::last_os_error)?;
    // SAFETY: the kernel has just opened it, and nothing else owns it.
    let ring = unsafe { OwnedFd::from_raw_fd(ring) };
    let files: Vec<RawFd> = files.iter().map(AsRawFd::as_raw_fd).collect();
    let count = libc::c_uint::try_from(files.len()).unwrap_or(libc::c_uint::MAX);
    // SAFETY: the kernel reads as many integers as the vector has.
    let done = unsafe {
        libc::syscall(
            libc::SYS_io_uring_register,
            ring.as_raw_fd(),
            IORING_REGISTER_FILES,
            files.as_ptr(),
            count,
        )
    };
    if done == 0 { Ok(ring) } else { Err(io::Error::last_os_error()) }
}
