//! Files of a process: links of descriptors and namespaces, `stat`, and `status`.

mod capture;
pub mod check;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::{
    Lines,
    escape::Escaped,
    process::{link, stat::Stat, status::Uids},
};
#[cfg(feature = "generate")]
use proptest::strategy::Strategy as _;

use super::file_table::{self, FileTable};
#[cfg(feature = "generate")]
use crate::generate::in_file;
use crate::{
    golden::{Rows, shown},
    naive::text,
};

#[cfg(feature = "generate")]
pub use self::generate::{mountinfo, stat as random_stat, status as random_status};

/// Targets of links, one per line. The input of the fuzz target is a single one, whatever bytes it
/// contains.
pub static LINK: FileTable = FileTable {
    name: "link",
    files: &["link"],
    check: links,
    rows: link_rows,
    print: |_, _| None,
    rendered: |_| Vec::new(),
    #[cfg(feature = "generate")]
    generate: || generate::link().prop_map(in_file("link")).boxed(),
    cases: 3000,
    sample: 3,
    fuzz: Some(link_or_namespace),
    seeds: text::lines,
};

/// `/proc/PID/stat`
pub static STAT: FileTable = FileTable {
    name: "stat",
    files: &["stat"],
    check: check::stat,
    rows: stat_rows,
    print: |_, _| None,
    rendered: |_| capture::stat(),
    #[cfg(feature = "generate")]
    generate: || generate::stat().prop_map(in_file("stat")).boxed(),
    cases: 3000,
    sample: 1,
    fuzz: None,
    seeds: file_table::whole,
};

/// `/proc/PID/status`
pub static STATUS: FileTable = FileTable {
    name: "status",
    files: &["status"],
    check: check::status,
    rows: status_rows,
    print: |_, _| None,
    rendered: |_| capture::status(),
    #[cfg(feature = "generate")]
    generate: || generate::status().prop_map(in_file("status")).boxed(),
    cases: 3000,
    sample: 9,
    fuzz: None,
    seeds: file_table::start::<600>,
};

fn links(bytes: &[u8]) {
    Lines::new(bytes).for_each(link_or_namespace);
    check::namespace(bytes);
}

fn link_or_namespace(target: &[u8]) {
    check::link(target);
    check::namespace(target);
}

fn link_rows(bytes: &[u8]) -> Rows {
    let inode = |target: &[u8]| shown(link::socket_inode(target));
    (1..).zip(Lines::new(bytes)).map(|(line, target)| (line, Ok(inode(target)))).collect()
}

fn stat_rows(bytes: &[u8]) -> Rows {
    let words = Stat::decode(bytes).map(|stat| {
        let Stat { pid, comm, state, ppid, threads, start_time } = stat;
        let (comm, state) = (Escaped(comm), char::from(state));
        format!("{pid} \"{comm}\" {state} ppid={ppid} threads={threads} started={start_time}")
    });
    vec![(1, words)]
}

fn status_rows(bytes: &[u8]) -> Rows {
    // An error's offset is relative to the line of uids.
    let line = Lines::new(bytes).position(|line| line.starts_with(b"Uid:"));
    let uids = Uids::decode(bytes).map(|uids| {
        let Uids { real, effective, saved, filesystem } = uids;
        format!("real={real} effective={effective} saved={saved} filesystem={filesystem}")
    });
    vec![(line.map_or(1, |at| at + 1), uids)]
}
