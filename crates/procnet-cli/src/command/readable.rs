//! Waiting for either of two sources.

use std::{
    io,
    os::fd::{AsFd, BorrowedFd, OwnedFd},
};

use rustix::event::epoll::{self, CreateFlags, EventData, EventFlags};

/// A descriptor that can be read when one of others can.
pub(super) struct Readable(OwnedFd);

impl Readable {
    pub(super) fn of<'fd>(fds: impl IntoIterator<Item = BorrowedFd<'fd>>) -> io::Result<Readable> {
        let any = epoll::create(CreateFlags::CLOEXEC)?;
        for fd in fds {
            epoll::add(&any, fd, EventData::new_u64(0), EventFlags::IN)?;
        }
        Ok(Readable(any))
    }
}

impl AsFd for Readable {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
