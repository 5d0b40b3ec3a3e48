//! The parts of a walk, of about equal work: a small process is one part, and one with many
//! descriptors is several, so that a process that holds most of them does not delay the rest.

use rustix::fs::{self, AtFlags};

use crate::{ProcRoot, file};

/// Descriptors in one part: about 10 ms of work.
const PART_SIZE: u32 = 4096;

/// The assumed number of descriptors of a process if the kernel does not report it.
const ASSUMED_DESCRIPTORS: u64 = 16;

/// A part of the walk: the descriptors of one process in a range of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) pid: u32,
    /// 0 in the first part of a process; only that part counts the process.
    pub(crate) from: u32,
    /// The first number after the part.
    pub(crate) to: u32,
    /// Whether the process shows no descriptors: its leader alone may have exited.
    pub(crate) empty: bool,
}

impl Part {
    /// The whole process.
    pub(crate) fn whole(pid: u32) -> Part {
        Part { pid, from: 0, to: u32::MAX, empty: false }
    }
}

/// Divides the walk over these processes into `parts`. Returns the approximate number of descriptors.
/// `is_sized`: whether the size of an `fd` directory is the number of descriptors.
pub(super) fn divide(root: &ProcRoot, pids: &[u32], is_sized: bool, parts: &mut Vec<Part>) -> u64 {
    parts.clear();
    let mut descriptors = 0;
    for pid in pids {
        let whole = Part::whole(*pid);
        if !is_sized {
            descriptors += ASSUMED_DESCRIPTORS;
            parts.push(whole);
            continue;
        }
        let path = file::path(format_args!("{pid}/fd"));
        // Errors are handled when the process is walked.
        let stat = fs::statat(root.dir(), &path[..], AtFlags::empty());
        let size = stat.map_or(1, |stat| u64::try_from(stat.st_size).unwrap_or(0));
        descriptors += size;
        if size == 0 {
            parts.push(Part { empty: true, ..whole });
            continue;
        }
        // The lowest free number is assigned first, so the highest is about the number of
        // descriptors.
        let cuts = u32::try_from(size.div_ceil(u64::from(PART_SIZE))).unwrap_or(1);
        for cut in 0..cuts {
            let to = if cut + 1 == cuts { u32::MAX } else { (cut + 1) * PART_SIZE };
            parts.push(Part { from: cut * PART_SIZE, to, ..whole });
        }
    }
    // Parts of one process far from each other: its directory and table of descriptors have
    // locks and reference counts, which cost two walkers up to a tenth.
    parts.sort_unstable_by_key(|part| part.from);
    descriptors
}
