//! Random files of a process.

use procnet_core::process::status::Uids;
use proptest::{collection::vec, prelude::*, sample::select};

use super::{naive, render};
use crate::generate::{edges64, name};

/// A link's target.
pub(super) fn link() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        edges64().prop_map(|inode| render::link(inode).into_bytes()),
        "(socket|pipe|net|anon_inode):\\[[0-9]{0,22}\\]?".prop_map(String::into_bytes),
        name(40),
    ]
}

/// A `mountinfo` file with some network namespaces.
pub fn mountinfo() -> impl Strategy<Value = Vec<u8>> {
    let line = "[0-9]{1,3} 2 0:4 ((net|mnt):\\[[0-9]{1,12}\\]|/) /[a-z\\\\0-7/]{0,12} rw( shared:9)?( -)? (nsfs|proc) x rw\n";
    vec(line, 0..6).prop_map(|lines| lines.concat().into_bytes())
}

/// A `status` file.
pub fn status() -> impl Strategy<Value = Vec<u8>> {
    let uids = (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>()).prop_map(
        |(real, effective, saved, filesystem)| Uids { real, effective, saved, filesystem },
    );
    (name(15), any::<u32>(), uids).prop_map(|(comm, pid, uids)| render::status(&comm, pid, uids))
}

/// A `stat` file.
pub fn stat() -> impl Strategy<Value = Vec<u8>> {
    let state = select(b"RSDZTtXIP".to_vec());
    let stat = (any::<u32>(), name(64), state, any::<u32>(), any::<u32>(), edges64());
    stat.prop_map(|(pid, comm, state, ppid, threads, start_time)| {
        render::stat(&naive::Stat { pid, comm, state, ppid, threads, start_time })
    })
}
