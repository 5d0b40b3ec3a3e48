//! Reading a pass to its end, in blocks of whole records.

use std::{fmt, io, os::fd::OwnedFd};

use rustix::{io::Errno, param::page_size};

/// Why a pass ended early. What it has reported until then is right, but not everything.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The kernel did not begin the pass: `BPF_ITER_CREATE`, or to select a process `BPF_LINK_CREATE`.
    Create {
        /// The number of the error.
        errno: i32,
    },
    /// Reading failed.
    Read {
        /// The number of the error.
        errno: i32,
    },
    /// The program was loaded in another PID namespace than this process is in, and would report PIDs of
    /// that one.
    PidNamespace,
    /// The pass ended within a record, or a record states a length that it cannot have.
    Record,
}

impl Error {
    pub(crate) fn create(errno: Errno) -> Error {
        Error::Create { errno: errno.raw_os_error() }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |errno: &i32| io::Error::from_raw_os_error(*errno);
        match self {
            Error::Create { errno } => {
                write!(f, "a BPF iterator cannot be created: {}", text(errno))
            }
            Error::Read { errno } => write!(f, "a BPF iterator cannot be read: {}", text(errno)),
            Error::PidNamespace => write!(f, "BPF program loaded in another PID namespace"),
            Error::Record => write!(f, "a BPF iterator provides an incomplete record"),
        }
    }
}

impl std::error::Error for Error {}

/// The memory into which passes are read. Kept from pass to pass, so that those allocate nothing.
#[derive(Clone, Debug)]
pub struct Buffer {
    bytes: Box<[u8]>,
}

impl Buffer {
    /// Allocates eight pages: with less room, the kernel splits its blocks (`bpf_seq_read` in
    /// kernel/bpf/bpf_iter.c).
    #[must_use]
    pub fn new() -> Buffer {
        Buffer { bytes: vec![0; 8 * page_size()].into() }
    }
}

impl Default for Buffer {
    fn default() -> Buffer {
        Buffer::new()
    }
}

/// Reads an iterator to its end. `take` gets all bytes that have not been taken yet, and returns how
/// many it took, as whole records; `None` if they are no records.
pub(crate) fn read(
    iterator: &OwnedFd,
    buffer: &mut Buffer,
    take: impl FnMut(&[u8]) -> Option<usize>,
) -> Result<(), Error> {
    read_by(|bytes| rustix::io::read(iterator, bytes), &mut buffer.bytes, take)
}

fn read_by(
    mut read: impl FnMut(&mut [u8]) -> Result<usize, Errno>,
    buffer: &mut [u8],
    mut take: impl FnMut(&[u8]) -> Option<usize>,
) -> Result<(), Error> {
    let mut filled = 0;
    loop {
        // A record that does not fit is none.
        let room = buffer.get_mut(filled..).filter(|room| !room.is_empty()).ok_or(Error::Record)?;
        match read(room) {
            Ok(0) if filled == 0 => return Ok(()),
            Ok(0) => return Err(Error::Record),
            Ok(length) => {
                let length = filled + length;
                let taken = buffer.get(..length).and_then(&mut take).ok_or(Error::Record)?;
                if taken < length {
                    buffer.copy_within(taken..length, 0);
                }
                filled = length.checked_sub(taken).ok_or(Error::Record)?;
            }
            // The kernel has looked at a million objects without a record, and goes on from there.
            Err(Errno::AGAIN | Errno::INTR) => {}
            Err(errno) => return Err(Error::Read { errno: errno.raw_os_error() }),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use proptest::prelude::*;

    use super::*;

    /// Reads what a script says, and returns the records of two bytes that were taken.
    fn run(script: Vec<Result<Vec<u8>, Errno>>, size: usize) -> (Result<(), Error>, Vec<[u8; 2]>) {
        let mut script = VecDeque::from(script);
        let mut records = Vec::new();
        let read = |room: &mut [u8]| {
            let Some(next) = script.pop_front() else { return Ok(0) };
            let mut bytes = next?;
            let rest = bytes.split_off(bytes.len().min(room.len()));
            room[..bytes.len()].copy_from_slice(&bytes);
            if !rest.is_empty() {
                script.push_front(Ok(rest));
            }
            Ok(bytes.len())
        };
        let result = read_by(read, &mut vec![0; size], |bytes| {
            records.extend(bytes.chunks_exact(2).map(|record| [record[0], record[1]]));
            Some(bytes.len() / 2 * 2)
        });
        (result, records)
    }

    #[test]
    fn eagain_and_eintr_only_mean_that_the_pass_goes_on() {
        let script = vec![
            Err(Errno::AGAIN),
            Ok(vec![1, 2]),
            Err(Errno::AGAIN),
            Err(Errno::INTR),
            Ok(vec![3, 4]),
            Err(Errno::AGAIN),
        ];
        assert_eq!(run(script, 8), (Ok(()), vec![[1, 2], [3, 4]]));
    }

    #[test]
    fn other_errors_end_the_pass() {
        let (result, records) = run(vec![Ok(vec![1, 2]), Err(Errno::NOMEM), Ok(vec![3, 4])], 8);
        assert_eq!(result, Err(Error::Read { errno: Errno::NOMEM.raw_os_error() }));
        assert_eq!(records, [[1, 2]]);
    }

    #[test]
    fn a_pass_that_ends_within_a_record_is_an_error() {
        let (result, records) = run(vec![Ok(vec![1, 2, 3])], 8);
        assert_eq!((result, records), (Err(Error::Record), vec![[1, 2]]));
    }

    #[test]
    fn a_record_that_does_not_fit_into_the_buffer_is_an_error() {
        assert_eq!(run(vec![Ok(vec![1, 2])], 1).0, Err(Error::Record));
    }

    proptest! {
        #[test]
        fn records_do_not_depend_on_how_they_are_split(
            records in prop::collection::vec(any::<[u8; 2]>(), 0..50),
            cuts in prop::collection::vec(1_usize..9, 100),
            size in 2_usize..20,
        ) {
            let mut bytes = records.concat();
            let mut script = Vec::new();
            for cut in cuts {
                let rest = bytes.split_off(cut.min(bytes.len()));
                if bytes.is_empty() { break }
                script.push(Ok(bytes));
                bytes = rest;
            }
            script.push(Ok(bytes));
            script.retain(|read| read.as_ref().is_ok_and(|bytes| !bytes.is_empty()));
            prop_assert_eq!(run(script, size), (Ok(()), records));
        }
    }
}
