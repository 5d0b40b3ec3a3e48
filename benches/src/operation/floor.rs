//! Floors: the kernel's own cost of the two halves of the answer from /proc. Its cost of socket
//! diagnostics is in [`dump`](super::dump).

use std::{fs::File, hint::black_box, io::Read as _, mem::MaybeUninit};

use procnet::Kinds;
use rustix::fs::{CWD, Mode, OFlags, RawDir, openat, readlinkat_raw};

use super::{Prepared, timed};
use crate::protocol::Answer;

/// Reads the table to its end and discards it.
pub(super) fn read(kinds: Kinds) -> Prepared {
    let path = if kinds == Kinds::UDP4 { "/proc/net/udp" } else { "/proc/net/tcp" };
    let mut buffer = vec![0; 64 << 10];
    let operation = move || {
        let ((), time) = timed(|| {
            let mut table = File::open(path)?;
            while table.read(&mut buffer)? > 0 {
                black_box(&buffer);
            }
            std::io::Result::Ok(())
        })?;
        Ok((Answer::default(), time))
    };
    Ok((Box::new(operation), String::new()))
}

/// Lists and resolves every descriptor of every process on one thread, and keeps nothing.
pub(super) fn walk() -> Prepared {
    let mut pids = vec![MaybeUninit::uninit(); 64 << 10];
    let mut fds = vec![MaybeUninit::uninit(); 1 << 20];
    let operation = move || {
        let ((), time) = timed(|| {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
            let root = openat(CWD, "/proc", flags, Mode::empty())?;
            let mut processes = RawDir::new(&root, &mut pids);
            while let Some(process) = processes.next() {
                let process = process?;
                let name = process.file_name().to_bytes();
                if name.first().is_some_and(u8::is_ascii_digit) {
                    let path = [name, b"/fd"].concat();
                    // A process that has ended or is not accessible is passed over.
                    if let Ok(directory) = openat(&root, &path[..], flags, Mode::empty()) {
                        resolve(&directory, &mut fds)?;
                    }
                }
            }
            rustix::io::Result::Ok(())
        })?;
        Ok((Answer::default(), time))
    };
    Ok((Box::new(operation), String::new()))
}

fn resolve(
    directory: &rustix::fd::OwnedFd,
    buffer: &mut [MaybeUninit<u8>],
) -> rustix::io::Result<()> {
    let mut entries = RawDir::new(directory, buffer);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name();
        if !name.to_bytes().starts_with(b".") {
            let mut target = [MaybeUninit::uninit(); 64];
            // A descriptor that was closed meanwhile has no target.
            let _ = black_box(readlinkat_raw(directory, name, &mut target));
        }
    }
    Ok(())
}
