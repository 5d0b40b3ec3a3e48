//! Paths of control groups by their IDs.

use std::{fs, os::unix::fs::MetadataExt as _};

use procnet::control_group::ControlGroups;
use procnet_corpus::live::{ControlGroup, skip_part};

#[test]
fn a_path_is_found_until_its_control_group_is_removed() {
    // Whoever may create control groups names them.
    let name = format!("procnet \x1b[31m\u{e9}\\{}", std::process::id());
    let Some(group) = ControlGroup::new(&name) else {
        return skip_part("paths of control groups", "this test may not create any");
    };
    let inner = group.below("inner");
    let [outer_id, inner_id] = [group.id(), inner.id()];
    let mut groups = ControlGroups::new();
    assert_eq!(groups.path(outer_id), Some(format!("/{name}").as_bytes()));
    assert_eq!(groups.path(inner_id), Some(format!("/{name}/inner").as_bytes()));
    drop(inner);
    // It was that of this ID, which is not used again.
    assert!(groups.path(inner_id).is_some());
    let mut groups = ControlGroups::new();
    assert_eq!(groups.path(inner_id), None);
    assert_eq!(groups.path(outer_id), Some(format!("/{name}").as_bytes()));
    let root = group.path().parent().unwrap();
    let is_root = fs::metadata(root).unwrap().ino() == 1;
    assert!(!is_root || !groups.is_partial(), "all of the hierarchy is visible");
    assert!(is_root || groups.is_partial(), "what is mounted is a part");
}
