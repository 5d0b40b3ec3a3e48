//! The processes that the command was started from: closing their sockets may end the session in which
//! it runs, such as that of sshd.

use std::fs;

use procnet::{Socket, decode::process::stat::Stat};

use crate::messages::message;

/// More processes than one is started through.
const MAX: usize = 64;

/// The parent of this process, its parent and so on, without process 1.
fn pids() -> Vec<u32> {
    let mut pids = Vec::new();
    let mut pid = std::process::id();
    while pids.len() < MAX {
        let Ok(stat) = fs::read(format!("/proc/{pid}/stat")) else { break };
        match Stat::decode(&stat).map(|stat| stat.ppid) {
            Ok(parent @ 2..) => pids.push(parent),
            _ => break,
        }
        pid = pids.last().copied().unwrap_or_default();
    }
    pids
}

/// Names the ancestors of this process that hold any of the sockets.
pub(super) fn warn<'a>(sockets: impl Iterator<Item = Socket<'a>>) {
    let ancestors = pids();
    let mut known = Vec::new();
    for socket in sockets {
        for owner in socket.owners {
            let pid = owner.pid();
            if ancestors.contains(&pid) && !known.contains(&pid) {
                known.push(pid);
                let comm = owner.comm();
                message!("this command was started from {comm}({pid}), which holds some of these");
            }
        }
    }
}
