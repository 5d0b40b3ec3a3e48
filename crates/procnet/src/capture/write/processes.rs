//! The processes of a capture: what the join needs of them.

use std::os::fd::{AsFd as _, OwnedFd};

use rustix::{
    fs::{Mode, OFlags, openat, readlinkat},
    io::Errno,
};

use super::{Captured, Directory, names};
use crate::{ProcRoot, file, root::number};

/// The files of each process: its name and start time, its users, its control group.
const FILES: [&str; 3] = ["stat", "status", "cgroup"];

/// Longer than what the kernel prints for a descriptor that is no file.
const LONGEST: usize = 64;

/// Captures every process.
pub(super) fn write(
    root: &ProcRoot,
    directory: &Directory,
    captured: &mut Captured,
) -> Result<(), Errno> {
    let (mut buffer, mut pids) = (Vec::new(), Vec::new());
    if let Err(error) = root.list_pids(&mut buffer, &mut pids) {
        let errno = error.failure().map_or(Errno::ACCESS, crate::coverage::errno);
        captured.unread("processes", b"the list of processes", errno);
        return Ok(());
    }
    captured.hides_processes = root.hides_processes(&pids);
    pids.sort_unstable();
    pids.into_iter().try_for_each(|pid| process(root, pid, directory, captured))
}

fn process(
    root: &ProcRoot,
    pid: u32,
    directory: &Directory,
    captured: &mut Captured,
) -> Result<(), Errno> {
    let name = pid.to_string();
    // The open directory stays that of this process, even if its pid is reused.
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let process = match openat(root.dir(), &name, flags, Mode::empty()) {
        Ok(process) => process,
        Err(Errno::NOENT | Errno::SRCH) => return Ok(()),
        Err(errno) => {
            captured.unread("process", name.as_bytes(), errno);
            return directory.directory(name.as_bytes());
        }
    };
    let fd = format!("{name}/fd");
    let (fds, numbers) = match descriptors_of(&process, pid) {
        Ok(listed) => listed,
        // It has exited.
        Err(Errno::NOENT | Errno::SRCH) => return Ok(()),
        // That there is no `fd` says that its descriptors are unknown.
        Err(errno) => {
            captured.unread("fd", fd.as_bytes(), errno);
            directory.directory(name.as_bytes())?;
            return files(&process, &name, directory, captured);
        }
    };
    let mut links = Vec::new();
    for number in numbers {
        match readlinkat(&fds, &number[..], Vec::new()) {
            // Closed meanwhile.
            Err(Errno::NOENT | Errno::SRCH) => {}
            link => links.push((number, link)),
        }
    }
    // Whoever may not read one may read none (fs/proc/base.c `proc_fd_access_allowed`).
    let denied = |errno: &Errno| matches!(*errno, Errno::ACCESS | Errno::PERM);
    if let Some(errno) =
        links.iter().find_map(|(_, link)| link.as_ref().err().filter(|e| denied(e)))
    {
        captured.unread("fd", fd.as_bytes(), *errno);
        directory.directory(name.as_bytes())?;
        return files(&process, &name, directory, captured);
    }
    directory.directory(fd.as_bytes())?;
    captured.processes += 1;
    for (number, link) in links {
        let to = [fd.as_bytes(), b"/", &number].concat();
        captured.descriptors += 1;
        match link {
            Ok(target) => directory.link(&to, shown(target.as_bytes()))?,
            // A file that is no link says that the descriptor is unknown.
            Err(errno) => {
                captured.unread("descriptor", &to, errno);
                directory.file(&to, b"")?;
            }
        }
    }
    files(&process, &name, directory, captured)
}

/// Captures the files of a process, and the link to its network namespace.
fn files(
    process: &OwnedFd,
    name: &str,
    directory: &Directory,
    captured: &mut Captured,
) -> Result<(), Errno> {
    for file in FILES {
        let to = format!("{name}/{file}");
        match directory.copy(process.as_fd(), file.as_bytes(), to.as_bytes())? {
            // It has exited, or the kernel has no control groups.
            Ok(()) | Err(Errno::NOENT | Errno::SRCH) => {}
            Err(errno) => captured.unread(file, to.as_bytes(), errno),
        }
    }
    // Without it, it is unknown whether the tables are those of the process's network.
    if let Ok(target) = readlinkat(process, "ns/net", Vec::new()) {
        directory.directory(format!("{name}/ns").as_bytes())?;
        directory.link(format!("{name}/ns/net").as_bytes(), shown(target.as_bytes()))?;
    }
    Ok(())
}

/// The target of a descriptor without any path: no link of a capture leads anywhere.
fn shown(target: &[u8]) -> &[u8] {
    if target.contains(&b'/') || target.len() > LONGEST { b"file:" } else { target }
}

/// A directory of descriptors, and their numbers.
type Descriptors = (OwnedFd, Vec<Vec<u8>>);

/// The descriptors of a process: those of another thread if its leader has exited.
fn descriptors_of(process: &OwnedFd, pid: u32) -> Result<Descriptors, Errno> {
    let own = descriptors(process, "fd")?;
    let survivor = if own.1.is_empty() { survivor(process, pid) } else { None };
    Ok(survivor.unwrap_or(own))
}

fn descriptors(process: &OwnedFd, path: &str) -> Result<Descriptors, Errno> {
    let fds = file::open_dir(process, path.as_bytes())?;
    let mut numbers = names(&fds)?;
    numbers.retain(|name| number(name).is_some());
    Ok((fds, numbers))
}

fn survivor(process: &OwnedFd, pid: u32) -> Option<Descriptors> {
    let tasks = names(file::open_dir(process, b"task").ok()?).ok()?;
    let tids = tasks.iter().filter_map(|name| number(name)).filter(|tid| *tid != pid);
    let mut found = tids.filter_map(|tid| descriptors(process, &format!("task/{tid}/fd")).ok());
    found.find(|(_, numbers)| !numbers.is_empty())
}
