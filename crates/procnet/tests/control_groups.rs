//! Paths of control groups by their IDs.

use std::{fs, os::unix::fs::MetadataExt as _, path::PathBuf};

use procnet::control_group::ControlGroups;

/// A control group that is removed at the end.
struct Group(PathBuf);

impl Group {
    /// `None` where this test may not create one.
    fn new(name: &str) -> Option<Group> {
        let mounts = ["/sys/fs/cgroup/unified", "/sys/fs/cgroup"];
        let is_mount = |mount: &&str| fs::metadata(format!("{mount}/cgroup.procs")).is_ok();
        let path = PathBuf::from(mounts.into_iter().find(is_mount)?).join(name);
        fs::create_dir(&path).ok().map(|()| Group(path))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        _ = fs::remove_dir(&self.0);
    }
}

#[test]
fn a_path_is_found_until_its_control_group_is_removed() {
    // Whoever may create control groups names them.
    let name = format!("procnet \x1b[31m\u{e9}\\{}", std::process::id());
    let Some(group) = Group::new(&name) else {
        eprintln!("SKIPPED this test may not create control groups");
        return;
    };
    let inner = Group(group.0.join("inner"));
    fs::create_dir(&inner.0).unwrap();
    let [outer_id, inner_id] = [&group, &inner].map(|it| fs::metadata(&it.0).unwrap().ino());
    let mut groups = ControlGroups::new();
    assert_eq!(groups.path(outer_id), Some(format!("/{name}").as_bytes()));
    assert_eq!(groups.path(inner_id), Some(format!("/{name}/inner").as_bytes()));
    drop(inner);
    // It was that of this ID, which is not used again.
    assert!(groups.path(inner_id).is_some());
    let mut groups = ControlGroups::new();
    assert_eq!(groups.path(inner_id), None);
    assert_eq!(groups.path(outer_id), Some(format!("/{name}").as_bytes()));
    let root = group.0.parent().unwrap();
    let is_root = fs::metadata(root).unwrap().ino() == 1;
    assert!(!is_root || !groups.is_partial(), "all of the hierarchy is visible");
    assert!(is_root || groups.is_partial(), "what is mounted is a part");
}
