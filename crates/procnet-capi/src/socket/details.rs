//! What few callers ask of a socket, and what was asked for by `procnet_query_set_details`.
#![expect(unsafe_code, reason = "`no_mangle` of exported functions")]

use std::{
    ffi::{c_char, c_void},
    os::unix::ffi::OsStrExt as _,
};

use procnet::{Socket, details::SocketDetails, socket::Raw};

use super::procnet_socket;
use crate::{
    border::{BytesOut, Callback, ErrorOut, Out, guard, not_null, put, run},
    error::Failure,
    owner::{self, procnet_owner_callback},
    result::{PROCNET_NOT_FOUND, PROCNET_NULL, PROCNET_OK, PROCNET_PANIC, procnet_result},
};

/// Writes one value of a socket.
fn value<T>(
    socket: Option<&procnet_socket>,
    out: Out<T>,
    get: impl FnOnce(&Socket<'_>) -> Option<T>,
) -> procnet_result {
    guard(PROCNET_PANIC, || {
        let Some(socket) = socket.and_then(procnet_socket::more) else { return PROCNET_NULL };
        if out.is_none() {
            return PROCNET_NULL;
        }
        match get(socket) {
            Some(value) => {
                put(out, value);
                PROCNET_OK
            }
            None => PROCNET_NOT_FOUND,
        }
    })
}

/// Writes one of the details of a socket.
fn detail<T>(
    socket: Option<&procnet_socket>,
    out: Out<T>,
    get: impl FnOnce(SocketDetails<'_>) -> Option<T>,
) -> procnet_result {
    value(socket, out, |socket| get(socket.details()?))
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_socket_drops(
    socket: Option<&procnet_socket>,
    drops: Out<u32>,
) -> procnet_result {
    #[expect(clippy::redundant_closure_for_method_calls, reason = "the method is of one lifetime")]
    value(socket, drops, |socket| socket.drops())
}

/// A timer of a TCP socket.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct procnet_timer {
    pub kind: u32,
    pub retransmits: u32,
    pub expires_ms: u64,
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_socket_timer(
    socket: Option<&procnet_socket>,
    timer: Out<procnet_timer>,
) -> procnet_result {
    value(socket, timer, |socket| {
        let timer = socket.timer()?;
        Some(procnet_timer {
            kind: timer.kind.0.into(),
            retransmits: timer.retransmits,
            expires_ms: u64::try_from(timer.expires.as_millis()).unwrap_or(u64::MAX),
        })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_socket_tcp_info(
    socket: Option<&procnet_socket>,
    info: BytesOut<'_>,
    size: usize,
    length: Out<usize>,
) -> procnet_result {
    let mut info = Some(info);
    let mut known = 0;
    let result = detail(socket, Some((&mut known).into()), |details| {
        let bytes = details.tcp_info()?;
        if let Some(info) = info.take() {
            info.fill(size, bytes.as_bytes());
        }
        Some(bytes.as_bytes().len())
    });
    put(length, known);
    result
}

/// The memory of a socket, in bytes.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct procnet_memory {
    pub receive: u32,
    pub receive_limit: u32,
    pub transmit: u32,
    pub transmit_limit: u32,
    pub forward: u32,
    pub queued: u32,
    pub options: u32,
    pub backlog: u32,
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_socket_memory(
    socket: Option<&procnet_socket>,
    memory: Out<procnet_memory>,
) -> procnet_result {
    detail(socket, memory, |details| {
        let memory = details.memory()?;
        Some(procnet_memory {
            receive: memory.receive,
            receive_limit: memory.receive_limit,
            transmit: memory.transmit,
            transmit_limit: memory.transmit_limit,
            forward: memory.forward,
            queued: memory.queued,
            options: memory.options,
            backlog: memory.backlog.unwrap_or(0),
        })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_socket_congestion(
    socket: Option<&procnet_socket>,
    name: BytesOut<'_>,
    size: usize,
) -> procnet_result {
    let (mut name, mut done) = (Some(name), ());
    detail(socket, Some((&mut done).into()), |details| {
        let bytes = details.congestion()?;
        if let (Some(name), 1..) = (name.take(), size) {
            name.fill(size, &bytes[..bytes.len().min(size - 1)]);
        }
        Some(())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_socket_type_of_service(
    socket: Option<&procnet_socket>,
    value: Out<u32>,
) -> procnet_result {
    detail(socket, value, |details| {
        details.type_of_service().or_else(|| details.traffic_class()).map(u32::from)
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_socket_control_group(
    socket: Option<&procnet_socket>,
    id: Out<u64>,
) -> procnet_result {
    detail(socket, id, |details| details.control_group())
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_socket_mark(
    socket: Option<&procnet_socket>,
    mark: Out<u32>,
) -> procnet_result {
    detail(socket, mark, |details| details.mark())
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_socket_shutdown(
    socket: Option<&procnet_socket>,
    directions: Out<u32>,
) -> procnet_result {
    detail(socket, directions, |details| details.shutdown().map(|directions| directions.0.into()))
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_socket_v6_only(
    socket: Option<&procnet_socket>,
    only: Out<bool>,
) -> procnet_result {
    detail(socket, only, |details| details.v6_only())
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_socket_unix_queues(
    socket: Option<&procnet_socket>,
    receive: Out<u32>,
    transmit: Out<u32>,
) -> procnet_result {
    let mut queues = (0, 0);
    let result = detail(socket, Some((&mut queues).into()), |details| {
        details.queue().map(|queue| (queue.receive, queue.transmit))
    });
    if result == PROCNET_OK {
        put(receive, queues.0);
        put(transmit, queues.1);
    }
    result
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_socket_netlink(
    socket: Option<&procnet_socket>,
    port: Out<u32>,
    groups: Out<u32>,
) -> procnet_result {
    let mut found = (0, 0);
    let result = value(socket, Some((&mut found).into()), |socket| {
        socket.netlink().map(|netlink| (netlink.port, netlink.groups))
    });
    if result == PROCNET_OK {
        put(port, found.0);
        put(groups, found.1);
    }
    result
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_socket_netns(
    socket: Option<&procnet_socket>,
    pid: Out<u32>,
    path: Out<*const c_char>,
    length: Out<usize>,
) -> procnet_result {
    let mut found = (0, std::ptr::null(), 0);
    let result = value(socket, Some((&mut found).into()), |socket| {
        let netns = socket.netns?;
        let path = netns.path.as_deref().map(|path| path.as_os_str().as_bytes());
        let path = path.map_or((std::ptr::null(), 0), |path| (path.as_ptr().cast(), path.len()));
        Some((netns.pid.unwrap_or(0), path.0, path.1))
    });
    if result == PROCNET_OK {
        put(pid, found.0);
        put(path, found.1);
        put(length, found.2);
    }
    result
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_socket_raw(
    socket: Option<&procnet_socket>,
    bytes: Out<*const c_void>,
    length: Out<usize>,
) -> u32 {
    let mut found = (0, std::ptr::null(), 0);
    value(socket, Some((&mut found).into()), |socket| {
        let (form, bytes) = match socket.raw() {
            Raw::Line(bytes) => (PROCNET_RAW_LINE, bytes),
            Raw::InetDiag(bytes) => (PROCNET_RAW_INET_DIAG, bytes),
            Raw::UnixDiag(bytes) => (PROCNET_RAW_UNIX_DIAG, bytes),
            Raw::Bpf(bytes) => (PROCNET_RAW_BPF, bytes),
            _ => return None,
        };
        Some((form, bytes.as_ptr().cast(), bytes.len()))
    });
    put(bytes, found.1);
    put(length, found.2);
    found.0
}

pub const PROCNET_RAW_NONE: u32 = 0;
pub const PROCNET_RAW_LINE: u32 = 1;
pub const PROCNET_RAW_INET_DIAG: u32 = 2;
pub const PROCNET_RAW_UNIX_DIAG: u32 = 3;
pub const PROCNET_RAW_BPF: u32 = 4;

#[unsafe(no_mangle)]
pub extern "C" fn procnet_socket_peer_owners(
    socket: Option<&procnet_socket>,
    callback: procnet_owner_callback,
    userdata: *mut c_void,
    error: ErrorOut,
) -> procnet_result {
    run(error, || {
        let callback = Callback::new(callback, userdata)?;
        let socket = not_null(socket.and_then(procnet_socket::more), "socket")?;
        if socket.peer().is_none() {
            return Err(Failure::new(PROCNET_NOT_FOUND, "the peer is unknown".into()));
        }
        owner::each(socket.peer_owners(), &callback);
        Ok(())
    })
}
