//! The properties of the decoders.

use procnet_core::{
    Inode, Lines,
    process::{link, mountinfo, stat::Stat, status::Uids},
};

use super::{naive, render};
use crate::check::{inside, same};

/// A link's target.
pub fn link(target: &[u8]) {
    let inode = link::socket_inode(target).map(Inode::get);
    assert_eq!(inode, naive::socket_inode(target), "{target:?}");
    if let Some(inode) = inode {
        let printed = render::link(inode);
        assert_eq!(link::socket_inode(printed.as_bytes()).map(Inode::get), Some(inode));
    }
}

/// The target of a link to a namespace, and the same bytes as a `mountinfo` file.
pub fn namespace(bytes: &[u8]) {
    let fast = link::network_namespace(bytes);
    assert_eq!(fast, naive::network_namespace(bytes), "{bytes:?}");
    let fast = mountinfo::mounts(bytes).map(|mount| (mount.namespace, mount.path().collect()));
    let fast: Vec<(u64, Vec<u8>)> = fast.collect();
    assert_eq!(fast, naive::mounts(bytes), "{bytes:?}");
}

/// A `status` file.
pub fn status(bytes: &[u8]) {
    let fast = Uids::decode(bytes);
    if let Err(error) = fast {
        let line = Lines::new(bytes).find(|line| line.starts_with(b"Uid:"));
        inside(error, line.unwrap_or_default());
    }
    let naive = naive::uids(bytes);
    assert_eq!(fast.ok(), naive, "{bytes:?}");
    if let Some(uids) = naive {
        let printed = render::status(b"a\nUid:\t1\\", 7, uids);
        assert_eq!(Uids::decode(&printed), Ok(uids), "printed as {printed:?}");
    }
}

/// A `stat` file.
pub fn stat(bytes: &[u8]) {
    let fast = owned(bytes);
    same("stat", bytes, &fast, &naive::stat(bytes));
    if let Ok(stat) = fast {
        let printed = render::stat(&stat);
        assert_eq!(owned(&printed), Ok(stat), "printed as {printed:?}");
    }
}

fn owned(bytes: &[u8]) -> Result<naive::Stat, procnet_core::Error> {
    let Stat { pid, comm, state, ppid, threads, start_time } = Stat::decode(bytes)?;
    let comm = comm.to_vec();
    Ok(naive::Stat { pid, comm, state, ppid, threads, start_time })
}
