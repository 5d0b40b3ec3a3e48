//! The processes of a tree, and which sockets they hold.

use std::{
    collections::HashMap,
    fs, io,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use super::Refusal;
use crate::table::process::naive as process;

/// The processes of a tree, and what they hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Processes {
    /// The listed pids.
    pub pids: Vec<u32>,
    /// How many of them no longer have descriptors.
    pub vanished: u64,
    /// How many of them cannot be read.
    pub hidden: u64,
    /// The number of links that were read.
    pub descriptors: u64,
    /// The number of entries beside them that are no links.
    pub not_links: u64,
    /// Who holds an inode, by pid, then by descriptor.
    pub holders: HashMap<u64, Vec<Owner>>,
    /// Whether the leader of a process has no links, and its threads do not all have the same, or
    /// not like those of a process whose leader has ended; or whether a thread has others than its
    /// leader, which may own sockets that have no other owner.
    pub unshared: bool,
}

/// A process and the descriptor by which it holds a socket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Owner {
    /// The process's pid.
    pub pid: u32,
    /// The descriptor's number.
    pub fd: u32,
    /// The process's name; empty if unknown.
    pub comm: Vec<u8>,
    /// When it started, if known.
    pub start_time: Option<u64>,
}

/// The content of a directory `fd`.
#[derive(Clone, Debug, Default, PartialEq)]
struct Descriptors {
    sockets: Vec<(u32, u64)>,
    links: u64,
    /// Links and others.
    entries: usize,
}

/// All processes.
pub(super) fn all(root: &Path) -> Processes {
    let mut all = Processes::default();
    let listed = fs::read_dir(root).expect("the root of a tree");
    let mut pids: Vec<u32> = numbers(listed).into_iter().map(|(pid, _)| pid).collect();
    pids.sort_unstable();
    for pid in &pids {
        match walk(root, *pid, &mut all) {
            Ok(()) => {}
            Err(Refusal::NoSuchProcess) => all.vanished += 1,
            Err(_) => all.hidden += 1,
        }
    }
    Processes { pids, ..all }
}

/// One process.
pub(super) fn one(root: &Path, pid: u32) -> Result<Processes, Refusal> {
    let mut one = Processes { pids: vec![pid], ..Processes::default() };
    let is_there = root.join(pid.to_string()).exists();
    match walk(root, pid, &mut one) {
        Err(Refusal::NoSuchProcess) if is_there => Err(Refusal::NotCaptured),
        walked => walked.map(|()| one),
    }
}

/// The directory with the tables of a process's network: its own, or that of one of its threads.
pub(super) fn net(root: &Path, pid: u32) -> Result<PathBuf, Refusal> {
    let process = root.join(pid.to_string());
    if process.is_file() {
        return Err(Refusal::Unreadable);
    }
    let threads = fs::read_dir(process.join("task")).into_iter().flat_map(numbers);
    let threads = threads.map(|(_, thread)| thread.join("net"));
    let mut places = [process.join("net")].into_iter().chain(threads);
    places.find(|net| net.exists()).map_or_else(|| of_capture(root, &process), Ok)
}

/// The tables of a capture, if the process is in it.
fn of_capture(root: &Path, process: &Path) -> Result<PathBuf, Refusal> {
    if process.exists() { super::net(root) } else { Err(Refusal::NoSuchProcess) }
}

/// Adds what a process holds.
fn walk(root: &Path, pid: u32, all: &mut Processes) -> Result<(), Refusal> {
    let process = root.join(pid.to_string());
    let own = descriptors(&process.join("fd"), all)?;
    let mut held = own.sockets.clone();
    // The leader has ended, but threads may live on.
    if own.links == 0 {
        let mut first: Option<Descriptors> = None;
        let mut failed = Ok(());
        let threads = threads(&process.join("task"), pid).inspect_err(|_| all.unshared = true)?;
        for thread in threads {
            match descriptors(&thread.join("fd"), all) {
                Ok(shown) => {
                    held.extend(&shown.sockets);
                    let first = first.get_or_insert_with(|| shown.clone());
                    all.unshared |= *first != shown || own.entries > 0;
                }
                Err(Refusal::NoSuchProcess) => {}
                Err(refusal) => failed = Err(refusal),
            }
        }
        all.unshared |= failed.is_err();
        failed?;
    } else {
        let mut uncounted = Processes::default();
        for thread in threads(&process.join("task"), pid).unwrap_or_default() {
            let shown = descriptors(&thread.join("fd"), &mut uncounted);
            all.unshared |= shown.is_ok_and(|shown| shown != own);
        }
    }
    held.sort_unstable();
    held.dedup();
    let stat = fs::read(process.join("stat")).ok().and_then(|bytes| process::stat(&bytes));
    let comm = stat.as_ref().map(|stat| stat.comm.clone()).unwrap_or_default();
    let start_time = stat.map(|stat| stat.start_time);
    for (fd, inode) in held {
        let owner = Owner { pid, fd, comm: comm.clone(), start_time };
        all.holders.entry(inode).or_default().push(owner);
    }
    Ok(())
}

/// The threads of a process, except its leader.
fn threads(task: &Path, pid: u32) -> Result<Vec<PathBuf>, Refusal> {
    let listed = match fs::read_dir(task) {
        Ok(listed) => numbers(listed),
        // A tree may contain no threads.
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(_) => return Err(Refusal::Unreadable),
    };
    Ok(listed.into_iter().filter(|(tid, _)| *tid != pid).map(|(_, path)| path).collect())
}

/// The links in a directory `fd`.
fn descriptors(fd: &Path, all: &mut Processes) -> Result<Descriptors, Refusal> {
    let listed = fs::read_dir(fd).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Refusal::NoSuchProcess,
        _ => Refusal::Unreadable,
    })?;
    let mut shown = Descriptors::default();
    for (fd, path) in numbers(listed) {
        shown.entries += 1;
        let Ok(target) = fs::read_link(path) else {
            all.not_links += 1;
            continue;
        };
        let target = target.as_os_str().as_bytes();
        shown.links += 1;
        all.descriptors += 1;
        // The kernel's longest is `socket:[18446744073709551615]`.
        let inode = process::socket_inode(target).filter(|_| target.len() < 32);
        shown.sockets.extend(inode.map(|inode| (fd, inode)));
    }
    shown.sockets.sort_unstable();
    Ok(shown)
}

/// The entries whose names are numbers as the kernel reads them (fs/proc/util.c
/// `name_to_int`): no sign, no leading zero, and not the last few below 2³².
fn numbers(listed: fs::ReadDir) -> Vec<(u32, PathBuf)> {
    let mut found = Vec::new();
    for entry in listed {
        let entry = entry.expect("an entry of a directory");
        let name = entry.file_name();
        let number = name.to_str().and_then(|name| name.parse::<u32>().ok());
        let number = number.filter(|number| name.to_str() == Some(&number.to_string()));
        found.extend(number.filter(|number| *number < 4_294_967_280).map(|it| (it, entry.path())));
    }
    found
}
