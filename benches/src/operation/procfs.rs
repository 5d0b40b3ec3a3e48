//! The crate `procfs`, used as in its own example `netstat`: rows are looked up in a map from the
//! inodes that processes hold.

use std::collections::HashMap;

use procfs::{
    ProcError,
    net::TcpNetEntry,
    process::{FDTarget, Stat, all_processes},
};

use super::{Prepared, count, timed, version_of};
use crate::protocol::Answer;

pub(super) fn prepare() -> Prepared {
    let operation = || {
        let (found, time) = timed(sockets)?;
        let owned = found.iter().filter(|(_, owner)| owner.is_some()).count();
        Ok((Answer { sockets: count(found.len()), owned: count(owned) }, time))
    };
    Ok((Box::new(operation), version_of("procfs")))
}

fn sockets() -> Result<Vec<(TcpNetEntry, Option<Stat>)>, ProcError> {
    let mut holders = HashMap::new();
    for process in all_processes()? {
        // A process that ends meanwhile is passed over.
        let Ok(process) = process else { continue };
        let (Ok(stat), Ok(fds)) = (process.stat(), process.fd()) else { continue };
        for fd in fds.flatten() {
            if let FDTarget::Socket(inode) = fd.target {
                holders.insert(inode, stat.clone());
            }
        }
    }
    let with_holder = |entry: TcpNetEntry| {
        let holder = holders.get(&entry.inode).cloned();
        (entry, holder)
    };
    Ok(procfs::net::tcp()?.into_iter().map(with_holder).collect())
}
