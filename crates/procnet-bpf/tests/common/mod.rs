//! What the live tests share.
#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of it")]

use std::{collections::BTreeSet, fs, path::Path};

use procnet_bpf::{Buffer, Owner, Owners, Refusal};
use procnet_corpus::live;

/// The program, or the end of the running test where BPF is not available to it.
///
/// # Panics
///
/// If the kernel should have accepted it.
pub fn load() -> Owners {
    expect(Owners::load())
}

/// What was loaded, or the end of the running test where BPF is not available to it.
///
/// # Panics
///
/// If the kernel should have accepted it.
pub fn expect<T>(loaded: Result<T, Refusal>) -> T {
    loaded.unwrap_or_else(|refusal| match refusal {
        Refusal::Architecture
        | Refusal::Capabilities
        | Refusal::UserNamespace
        | Refusal::Seccomp
        | Refusal::Denied { .. }
        | Refusal::NoSyscall
        | Refusal::NoTypes { .. }
        | Refusal::NoIterator { .. }
        | Refusal::NoTracepoint { .. }
        | Refusal::NoHelper { .. }
        | Refusal::Lockdown { .. } => live::skip(&format!("{refusal}: {}", refusal.help())),
        refusal => panic!("{refusal}"),
    })
}

/// A pass, without repetitions.
pub fn pass(owners: &Owners) -> BTreeSet<Owner> {
    let mut found = BTreeSet::new();
    let mut insert = |owner| {
        found.insert(owner);
    };
    owners.pass(&mut Buffer::new(), &mut insert).expect("a pass");
    found
}

/// The same by reading every link under /proc/PID/task/TID/fd.
pub fn walk() -> BTreeSet<Owner> {
    let mut found = BTreeSet::new();
    for pid in numbers(Path::new("/proc")) {
        let tasks = Path::new("/proc").join(pid.to_string()).join("task");
        for tid in numbers(&tasks) {
            let folder = tasks.join(tid.to_string()).join("fd");
            for fd in numbers(&folder) {
                let link = fs::read_link(folder.join(fd.to_string())).unwrap_or_default();
                let link = link.to_string_lossy();
                let inode = link.strip_prefix("socket:[").and_then(|link| link.strip_suffix(']'));
                if let Some(inode) = inode {
                    found.insert(Owner { inode: inode.parse().expect("an inode"), pid, fd });
                }
            }
        }
    }
    found
}

/// The names in a folder that are numbers; none if it is gone.
fn numbers(folder: &Path) -> Vec<u32> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}
