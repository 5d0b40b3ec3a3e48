//! Memory of the kernel, mapped.

use std::{
    fs::File,
    os::fd::{AsRawFd as _, BorrowedFd, RawFd},
    ptr, slice,
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::io::Errno;

use super::last_error;

/// A file of sysfs that is memory of the kernel, which nobody changes as long as the host runs.
#[derive(Debug)]
pub(crate) struct KernelMemory(&'static [u8]);

impl KernelMemory {
    /// Maps so many bytes of the kernel's type information, which since Linux 6.16 can be mapped
    /// (kernel/bpf/sysfs_btf.c `btf_sysfs_vmlinux_mmap`: read-only and private).
    pub(crate) fn of_types(file: &File, bytes: usize) -> Result<KernelMemory, Errno> {
        // An ordinary file that is mounted there could change, or become shorter.
        const SYSFS_MAGIC: rustix::fs::FsWord = 0x6265_6572;
        if rustix::fs::fstatfs(file)?.f_type != SYSFS_MAGIC {
            return Err(Errno::NOTSUP);
        }
        let start = map(file.as_raw_fd(), 0, bytes, libc::PROT_READ, libc::MAP_PRIVATE)?;
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

/// Memory of a map, shared with the kernel, as words of eight bytes. All of them are read and written
/// as a whole, so nobody who writes at the same time can make more of it than other numbers.
#[derive(Debug)]
pub(crate) struct SharedMemory {
    words: &'static [AtomicU64],
    is_writable: bool,
}

impl SharedMemory {
    /// Maps so many bytes of a map, a multiple of the size of a page, from an offset that is one, too.
    pub(crate) fn new(
        of: BorrowedFd<'_>,
        offset: u64,
        bytes: usize,
        is_writable: bool,
    ) -> Result<SharedMemory, Errno> {
        let protection =
            if is_writable { libc::PROT_READ | libc::PROT_WRITE } else { libc::PROT_READ };
        let offset = libc::off_t::try_from(offset).map_err(|_| Errno::INVAL)?;
        let start = map(of.as_raw_fd(), offset, bytes, protection, libc::MAP_SHARED)?;
        // SAFETY: the mapping has so many bytes, begins at a page and so is aligned, and is there until
        // `drop`, which no borrow of the words outlives. What is not writable is only loaded from.
        let words = unsafe { slice::from_raw_parts(start.cast::<AtomicU64>(), bytes / 8) };
        Ok(SharedMemory { words, is_writable })
    }

    /// A word by its index, and all that was written before it.
    pub(crate) fn load(&self, index: usize) -> Option<u64> {
        self.words.get(index).map(|word| word.load(Ordering::Acquire))
    }

    /// Copies words.
    pub(crate) fn copy<const LENGTH: usize>(&self, index: usize) -> Option<[u64; LENGTH]> {
        let words = self.words.get(index..).and_then(<[AtomicU64]>::first_chunk::<LENGTH>)?;
        Some(words.each_ref().map(|word| word.load(Ordering::Relaxed)))
    }

    /// Writes a word, after all that was read before. Nothing if the memory is not writable.
    pub(crate) fn store(&self, index: usize, value: u64) {
        if let Some(word) = self.words.get(index).filter(|_| self.is_writable) {
            word.store(value, Ordering::Release);
        }
    }
}

impl Drop for SharedMemory {
    fn drop(&mut self) {
        let start = self.words.as_ptr().cast_mut().cast();
        // SAFETY: this mapping was made by `new`, is removed once, and its words are borrowed by none.
        unsafe { libc::munmap(start, self.words.len() * 8) };
    }
}

fn map(
    descriptor: RawFd,
    offset: libc::off_t,
    bytes: usize,
    protection: libc::c_int,
    flags: libc::c_int,
) -> Result<*mut libc::c_void, Errno> {
    // SAFETY: no address is asked for, so the mapping replaces no memory that is in use.
    let start =
        unsafe { libc::mmap(ptr::null_mut(), bytes, protection, flags, descriptor, offset) };
    if start == libc::MAP_FAILED { Err(last_error()) } else { Ok(start) }
}
