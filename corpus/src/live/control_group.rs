//! Control groups of a test.

use std::{
    fs,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

/// A version 2 control group, which is removed at the end.
#[derive(Debug)]
pub struct ControlGroup(PathBuf);

/// Where the hierarchy is mounted on hosts with both versions, and on others.
const MOUNTS: [&str; 2] = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"];

impl ControlGroup {
    /// One below the root of the mounted hierarchy; `None` where this process may not create any.
    #[must_use]
    pub fn new(name: &str) -> Option<ControlGroup> {
        let is_mount = |mount: &&str| fs::metadata(format!("{mount}/cgroup.procs")).is_ok();
        let path = PathBuf::from(MOUNTS.into_iter().find(is_mount)?).join(name);
        fs::create_dir(&path).ok().map(|()| ControlGroup(path))
    }

    /// One below this.
    ///
    /// # Panics
    ///
    /// If it cannot be created, though its parent could.
    #[must_use]
    pub fn below(&self, name: &str) -> ControlGroup {
        let path = self.0.join(name);
        fs::create_dir(&path).expect("as its parent could be created");
        ControlGroup(path)
    }

    /// Moves a process into it.
    ///
    /// # Panics
    ///
    /// If that is refused.
    pub fn take(&self, pid: u32) {
        let moved = fs::write(self.0.join("cgroup.procs"), pid.to_string());
        moved.expect("a process can be moved where control groups can be created");
    }

    /// Its directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Its ID.
    ///
    /// # Panics
    ///
    /// If it was removed.
    #[must_use]
    pub fn id(&self) -> u64 {
        fs::metadata(&self.0).expect("it is there").ino()
    }
}

impl Drop for ControlGroup {
    fn drop(&mut self) {
        // A process that was killed leaves it a moment later.
        for _attempt in 0..100 {
            if fs::remove_dir(&self.0).is_ok() {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
    }
}
