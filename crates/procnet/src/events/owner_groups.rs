//! The control groups of the owners of events, which no program reports.

use std::{collections::HashMap, os::fd::AsFd as _};

use procnet_core::process::stat::Stat;

use crate::{ProcRoot, file, process::ControlGroupPath};

/// The most processes that are kept; then it begins anew.
const CAPACITY: usize = 4096;

/// The control groups of processes, each read at its first event: a process that has ended by then is
/// in an unknown one.
#[derive(Debug, Default)]
pub(super) struct OwnerGroups {
    /// By pid and start time.
    known: HashMap<(u32, u64), ControlGroupPath>,
    text: Vec<u8>,
}

impl OwnerGroups {
    /// That of a process, by its start time in ticks.
    pub(super) fn of(&mut self, root: &ProcRoot, pid: u32, start_time: u64) -> ControlGroupPath {
        let key = (pid, start_time);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let read = self.read(root, pid, start_time).unwrap_or_default();
        if self.known.len() >= CAPACITY {
            self.known.clear();
        }
        self.known.insert(key, read.clone());
        read
    }

    /// `None` if it has ended, even if another process has its pid.
    fn read(&mut self, root: &ProcRoot, pid: u32, start_time: u64) -> Option<ControlGroupPath> {
        // The open directory stays that of one process.
        let dir = file::open_dir(root.dir(), &file::path(format_args!("{pid}"))).ok()?;
        let stat = file::read_small(dir.as_fd(), b"stat", &mut self.text).ok()?;
        if Stat::decode(stat).ok()?.start_time != start_time {
            return None;
        }
        let is_whole = root.shows_whole_control_groups();
        ControlGroupPath::read(dir.as_fd(), b"cgroup", is_whole, &mut self.text).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_process_of_this_start_time_is_asked() {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir(directory.path().join("7")).unwrap();
        let write = |name: &str, text: &str| {
            std::fs::write(directory.path().join("7").join(name), text).unwrap();
        };
        let zeros = "0 ".repeat(17);
        write("stat", &format!("7 (x) S {zeros}0 4711 0\n"));
        let root = ProcRoot::at(directory.path()).unwrap();
        let mut groups = OwnerGroups::default();
        assert_eq!(groups.of(&root, 7, 4711).known(), None, "without the file");
        write("cgroup", "0::/system.slice/cron.service\n");
        assert_eq!(groups.of(&root, 7, 4711).known(), None, "it is asked once");
        groups = OwnerGroups::default();
        assert_eq!(groups.of(&root, 7, 4712).known(), None, "another process");
        assert_eq!(groups.of(&root, 7, 4711).known().unwrap().unit(), Some(&b"cron.service"[..]));
        assert_eq!(groups.of(&root, 8, 4711).known(), None);
    }
}
