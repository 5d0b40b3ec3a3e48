//! Messages with descriptors between a test and its helper processes, over a pair of
//! `SOCK_SEQPACKET` unix sockets.

use std::{
    io::{IoSlice, IoSliceMut},
    mem::MaybeUninit,
    os::fd::{BorrowedFd, OwnedFd},
};

use rustix::{
    cmsg_space,
    io::{Errno, Result, retry_on_intr},
    net::{
        AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
        SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, sendmsg, socketpair,
    },
};

/// The longest message.
pub(super) const MAX_MESSAGE: usize = 60_000;
/// The most descriptors in one message; the kernel's limit is 253 (`SCM_MAX_FD`).
pub(super) const MAX_FDS: usize = 128;

/// Both ends, close-on-exec.
pub(super) fn pair() -> Result<(OwnedFd, OwnedFd)> {
    socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)
}

/// Sends a message of at least one byte.
pub(super) fn send(end: BorrowedFd<'_>, message: &[u8], fds: &[BorrowedFd<'_>]) -> Result<()> {
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MAX_FDS))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(fds)) {
        return Err(Errno::TOOBIG);
    }
    let parts = [IoSlice::new(message)];
    retry_on_intr(|| sendmsg(end, &parts, &mut ancillary, SendFlags::NOSIGNAL)).map(drop)
}

/// Receives a message, or `None` if the other end is closed.
pub(super) fn receive(end: BorrowedFd<'_>) -> Result<Option<(String, Vec<OwnedFd>)>> {
    let mut bytes = vec![0; MAX_MESSAGE];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(MAX_FDS))];
    let mut ancillary = RecvAncillaryBuffer::new(&mut space);
    let mut parts = [IoSliceMut::new(&mut bytes)];
    let flags = RecvFlags::CMSG_CLOEXEC;
    let count = retry_on_intr(|| recvmsg(end, &mut parts, &mut ancillary, flags))?.bytes;
    let mut fds = Vec::new();
    for message in ancillary.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = message {
            fds.extend(received);
        }
    }
    bytes.truncate(count);
    Ok((count > 0).then(|| (String::from_utf8_lossy(&bytes).into_owned(), fds)))
}
