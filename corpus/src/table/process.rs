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
    process::{link, stat, status::Uids},
};
#[cfg(feature = "generate")]
use proptest::strategy::{BoxedStrategy, Strategy as _};

#[cfg(feature = "generate")]
pub use self::generate::{mountinfo, stat as random_stat, status as random_status};
use super::{Table, Variant};
#[cfg(feature = "generate")]
use crate::generate::in_file;
use crate::{
    golden::{Rows, shown},
    render::{File, Host},
};

/// Targets of links, one per line.
pub struct Link;

impl Table for Link {
    fn name(&self) -> &'static str {
        "link"
    }

    fn files(&self) -> &'static [&'static str] {
        &["link"]
    }

    fn check(&self, bytes: &[u8], _: Variant) {
        Lines::new(bytes).for_each(|target| {
            check::link(target);
            check::namespace(target);
        });
        check::namespace(bytes);
    }

    fn rows(&self, bytes: &[u8], _: Variant) -> Rows {
        let inode = |target: &[u8]| shown(link::socket_inode(target));
        (1..).zip(Lines::new(bytes)).map(|(line, target)| (line, Ok(inode(target)))).collect()
    }

    fn print(&self, _: &[u8], _: Variant, _: Host) -> Option<Vec<u8>> {
        None
    }

    fn rendered(&self, _: Host) -> Vec<File> {
        Vec::new()
    }

    #[cfg(feature = "generate")]
    fn generate(&self) -> BoxedStrategy<(Vec<u8>, Variant)> {
        generate::link().prop_map(in_file("link")).boxed()
    }

    fn cases(&self) -> u32 {
        3000
    }

    /// The input is a single target, whatever bytes it contains.
    fn fuzz(&self, input: &[u8]) {
        check::link(input);
        check::namespace(input);
    }

    fn seeds(&self, bytes: &[u8], _: Variant) -> Vec<Vec<u8>> {
        crate::naive::text::lines(bytes)
    }
}

/// `/proc/PID/stat`
pub struct Stat;

impl Table for Stat {
    fn name(&self) -> &'static str {
        "stat"
    }

    fn files(&self) -> &'static [&'static str] {
        &["stat"]
    }

    fn check(&self, bytes: &[u8], _: Variant) {
        check::stat(bytes);
    }

    fn rows(&self, bytes: &[u8], _: Variant) -> Rows {
        let words = stat::Stat::decode(bytes).map(|stat| {
            let stat::Stat { pid, comm, state, ppid, threads, start_time } = stat;
            let (comm, state) = (Escaped(comm), char::from(state));
            format!("{pid} \"{comm}\" {state} ppid={ppid} threads={threads} started={start_time}")
        });
        vec![(1, words)]
    }

    fn print(&self, _: &[u8], _: Variant, _: Host) -> Option<Vec<u8>> {
        None
    }

    fn rendered(&self, _: Host) -> Vec<File> {
        capture::stat()
    }

    #[cfg(feature = "generate")]
    fn generate(&self) -> BoxedStrategy<(Vec<u8>, Variant)> {
        generate::stat().prop_map(in_file("stat")).boxed()
    }

    fn cases(&self) -> u32 {
        3000
    }

    fn seeds(&self, bytes: &[u8], _: Variant) -> Vec<Vec<u8>> {
        vec![bytes.to_vec()]
    }
}

/// `/proc/PID/status`
pub struct Status;

impl Table for Status {
    fn name(&self) -> &'static str {
        "status"
    }

    fn files(&self) -> &'static [&'static str] {
        &["status"]
    }

    fn check(&self, bytes: &[u8], _: Variant) {
        check::status(bytes);
    }

    fn rows(&self, bytes: &[u8], _: Variant) -> Rows {
        // An error's offset is relative to the line of uids.
        let line = Lines::new(bytes).position(|line| line.starts_with(b"Uid:"));
        let uids = Uids::decode(bytes).map(|uids| {
            let Uids { real, effective, saved, filesystem } = uids;
            format!("real={real} effective={effective} saved={saved} filesystem={filesystem}")
        });
        vec![(line.map_or(1, |at| at + 1), uids)]
    }

    fn print(&self, _: &[u8], _: Variant, _: Host) -> Option<Vec<u8>> {
        None
    }

    fn rendered(&self, _: Host) -> Vec<File> {
        capture::status()
    }

    #[cfg(feature = "generate")]
    fn generate(&self) -> BoxedStrategy<(Vec<u8>, Variant)> {
        generate::status().prop_map(in_file("status")).boxed()
    }

    fn cases(&self) -> u32 {
        3000
    }

    fn sample(&self) -> usize {
        9
    }

    /// The first lines, with the uids.
    fn seeds(&self, bytes: &[u8], _: Variant) -> Vec<Vec<u8>> {
        vec![bytes[..bytes.len().min(600)].to_vec()]
    }
}
