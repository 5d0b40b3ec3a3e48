//! What an answer covers.
#![expect(unsafe_code, reason = "`no_mangle` of exported functions")]

use std::{
    ffi::{CString, c_char},
    sync::OnceLock,
};

use procnet::{Coverage, Source, coverage::Processes};

use crate::{
    border::guard,
    error::c_string,
    query::{kinds_mask, source_of},
};

/// What an answer covers, and what it could not see.
pub struct procnet_coverage {
    coverage: Coverage,
    text: OnceLock<CString>,
}

impl procnet_coverage {
    pub(crate) fn new(coverage: Coverage) -> procnet_coverage {
        procnet_coverage { coverage, text: OnceLock::new() }
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_coverage_is_complete(coverage: Option<&procnet_coverage>) -> bool {
    guard(false, || coverage.is_some_and(|this| this.coverage.is_complete()))
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_coverage_text(coverage: Option<&procnet_coverage>) -> *const c_char {
    guard(c"".as_ptr(), || match coverage {
        Some(this) => this.text.get_or_init(|| c_string(this.coverage.to_string())).as_ptr(),
        None => c"".as_ptr(),
    })
}

pub const PROCNET_COUNT_SOCKETS: u32 = 0;
pub const PROCNET_COUNT_ROWS: u32 = 1;
pub const PROCNET_COUNT_TRUNCATED: u32 = 2;
pub const PROCNET_COUNT_REPEATED: u32 = 3;
pub const PROCNET_COUNT_MAYBE_REPEATED: u32 = 4;
pub const PROCNET_COUNT_RECOVERED: u32 = 5;
pub const PROCNET_COUNT_UNDECODABLE: u32 = 6;
pub const PROCNET_COUNT_SUSPECT: u32 = 7;
pub const PROCNET_COUNT_UNDECIDED: u32 = 8;
pub const PROCNET_COUNT_OWNERLESS: u32 = 9;
pub const PROCNET_COUNT_KERNEL: u32 = 10;
pub const PROCNET_COUNT_WITHOUT_INODE: u32 = 11;
pub const PROCNET_COUNT_FOREIGN: u32 = 12;
pub const PROCNET_COUNT_NAMESPACES: u32 = 13;
pub const PROCNET_COUNT_NAMESPACES_HIDDEN: u32 = 14;
pub const PROCNET_COUNT_PROCESSES: u32 = 15;
pub const PROCNET_COUNT_PROCESSES_VANISHED: u32 = 16;
pub const PROCNET_COUNT_PROCESSES_UNREADABLE: u32 = 17;
pub const PROCNET_COUNT_DESCRIPTORS: u32 = 18;
pub const PROCNET_COUNT_BY_BPF: u32 = 19;
pub const PROCNET_COUNT_LEFT_OUT_SOCKETS: u32 = 20;
pub const PROCNET_COUNT_LEFT_OUT_PROCESSES: u32 = 21;

fn count(coverage: &Coverage, which: u32) -> u64 {
    let of = |get: fn(&Processes) -> u64| coverage.processes.as_ref().map_or(0, get);
    match which {
        PROCNET_COUNT_SOCKETS => coverage.sockets,
        PROCNET_COUNT_ROWS => coverage.rows,
        PROCNET_COUNT_TRUNCATED => coverage.truncated.into(),
        PROCNET_COUNT_REPEATED => coverage.repeated,
        PROCNET_COUNT_MAYBE_REPEATED => coverage.maybe_repeated.count,
        PROCNET_COUNT_RECOVERED => coverage.recovered,
        PROCNET_COUNT_UNDECODABLE => coverage.undecodable.count,
        PROCNET_COUNT_SUSPECT => coverage.suspect.count,
        PROCNET_COUNT_UNDECIDED => coverage.undecided,
        PROCNET_COUNT_OWNERLESS => coverage.ownerless,
        PROCNET_COUNT_KERNEL => coverage.kernel,
        PROCNET_COUNT_WITHOUT_INODE => coverage.without_inode,
        PROCNET_COUNT_FOREIGN => coverage.foreign,
        PROCNET_COUNT_NAMESPACES => coverage.namespaces.visited,
        PROCNET_COUNT_NAMESPACES_HIDDEN => {
            coverage.namespaces.hidden.len() as u64 + coverage.namespaces.unknown
        }
        PROCNET_COUNT_PROCESSES => of(|processes| processes.seen),
        PROCNET_COUNT_PROCESSES_VANISHED => of(|processes| processes.vanished),
        PROCNET_COUNT_PROCESSES_UNREADABLE => of(Processes::unreadable),
        PROCNET_COUNT_DESCRIPTORS => of(|processes| processes.descriptors),
        PROCNET_COUNT_BY_BPF => of(|processes| processes.by_bpf.into()),
        PROCNET_COUNT_LEFT_OUT_SOCKETS => coverage.left_out.sockets,
        PROCNET_COUNT_LEFT_OUT_PROCESSES => coverage.left_out.processes,
        _ => 0,
    }
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_coverage_count(coverage: Option<&procnet_coverage>, which: u32) -> u64 {
    guard(0, || coverage.map_or(0, |this| count(&this.coverage, which)))
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_coverage_kinds_from(
    coverage: Option<&procnet_coverage>,
    source: u32,
) -> u32 {
    guard(0, || {
        let source = source_of(source).unwrap_or(Source::Auto);
        coverage.map_or(0, |this| kinds_mask(this.coverage.from(source)))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_coverage_kinds_absent(coverage: Option<&procnet_coverage>) -> u32 {
    guard(0, || coverage.map_or(0, |this| kinds_mask(this.coverage.absent)))
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_coverage_kinds_unreadable(coverage: Option<&procnet_coverage>) -> u32 {
    guard(0, || {
        let Some(this) = coverage else { return 0 };
        kinds_mask(this.coverage.unreadable.iter().map(|(kind, _)| *kind).collect())
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn procnet_coverage_free(coverage: Option<Box<procnet_coverage>>) {
    guard((), || drop(coverage));
}
