//! What else is known of a process that holds sockets: read once for each, below the root, as
//! far as it may be read.
//!
//! All of it is the process's own word, or that of who started it: any bytes, escaped wherever
//! they are shown.

mod cgroup;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    fs::File,
    io::Read as _,
    os::fd::OwnedFd,
    rc::Rc,
};

use procnet::{Name, Owner, ProcRoot, core::process::stat::Stat};
use rustix::{
    fs::{CWD, Mode, OFlags, openat, readlinkat},
    io::Errno,
};

/// What a process is, beside its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Detail {
    pub(crate) ppid: Option<u32>,
    pub(crate) exe: Option<Vec<u8>>,
    /// What it was started with, word by word; `Some` of none for a thread of the kernel.
    pub(crate) cmdline: Option<Vec<Vec<u8>>>,
    /// Its control group: of version 2, or else the one that tells most.
    pub(crate) cgroup: Option<Vec<u8>>,
}

impl Detail {
    /// The container that its control group is of.
    pub(crate) fn container(&self) -> Option<&[u8]> {
        cgroup::container(self.cgroup.as_deref()?)
    }

    /// The unit of systemd that its control group is of.
    pub(crate) fn unit(&self) -> Option<&[u8]> {
        cgroup::unit(self.cgroup.as_deref()?)
    }
}

/// The longest command line that is kept; the kernel gives megabytes.
const LONGEST: u64 = 32 << 10;
/// So many are kept for the next look.
const KEPT: usize = 1 << 16;

/// A process is its number, when it started, and what it runs.
type Key = (u32, Option<u64>, Name);

/// Processes of a root, each read when it is first asked for.
pub(crate) struct Processes {
    root: Option<OwnedFd>,
    known: RefCell<HashMap<Key, Rc<Detail>>>,
    refused: Cell<u64>,
}

impl Processes {
    pub(crate) fn of(root: &ProcRoot) -> Processes {
        let root = open(CWD, root.path(), OFlags::DIRECTORY).ok();
        Processes { root, known: RefCell::default(), refused: Cell::new(0) }
    }

    /// What is known of an owner.
    pub(crate) fn detail(&self, owner: Owner<'_>) -> Rc<Detail> {
        let process = owner.process;
        let key = (process.pid, process.start_time, process.comm.clone());
        if let Some(known) = self.known.borrow().get(&key) {
            return Rc::clone(known);
        }
        let detail = Rc::new(self.read(process.pid, process.start_time).unwrap_or_default());
        let mut known = self.known.borrow_mut();
        if known.len() >= KEPT {
            known.clear();
        }
        known.insert(key, Rc::clone(&detail));
        detail
    }

    /// Of how many processes not all could be read that there is.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.get()
    }

    fn read(&self, pid: u32, start_time: Option<u64>) -> Option<Detail> {
        // Through its directory, which belongs to one process for good.
        let dir = open(self.root.as_ref()?, pid.to_string(), OFlags::PATH).ok()?;
        let mut refused = false;
        let mut kept = |error: Errno| {
            refused |= matches!(error, Errno::ACCESS | Errno::PERM);
        };
        let stat = file(&dir, "stat").map_err(&mut kept).ok();
        let stat = stat.as_deref().and_then(|stat| Stat::decode(stat).ok());
        // Another one has its number now.
        if stat.zip(start_time).is_some_and(|(stat, started)| stat.start_time != started) {
            return None;
        }
        let exe = readlinkat(&dir, "exe", Vec::new()).map_err(&mut kept).ok();
        let cmdline = file(&dir, "cmdline").map_err(&mut kept).ok();
        let cgroup = file(&dir, "cgroup").map_err(&mut kept).ok();
        if refused {
            self.refused.set(self.refused.get() + 1);
        }
        Some(Detail {
            ppid: stat.map(|stat| stat.ppid),
            exe: exe.map(std::ffi::CString::into_bytes),
            cmdline: cmdline.as_deref().map(words),
            cgroup: cgroup.as_deref().and_then(cgroup::path).map(<[u8]>::to_vec),
        })
    }
}

fn open(
    dir: impl std::os::fd::AsFd,
    path: impl rustix::path::Arg,
    flags: OFlags,
) -> Result<OwnedFd, Errno> {
    openat(dir, path, flags | OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK, Mode::empty())
}

fn file(dir: &OwnedFd, name: &str) -> Result<Vec<u8>, Errno> {
    let file = File::from(open(dir, name, OFlags::empty())?);
    let mut bytes = Vec::new();
    let read = file.take(LONGEST).read_to_end(&mut bytes);
    read.map_err(|error| Errno::from_io_error(&error).unwrap_or(Errno::IO))?;
    Ok(bytes)
}

/// The words of a command line, each of which ends with a NUL, unless the process has written
/// over them.
fn words(cmdline: &[u8]) -> Vec<Vec<u8>> {
    let cmdline = cmdline.strip_suffix(b"\0").unwrap_or(cmdline);
    if cmdline.is_empty() {
        return Vec::new();
    }
    cmdline.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_command_line_is_its_words() {
        assert_eq!(words(b"nginx\0-g\0\0daemon off;\0").len(), 4);
        assert_eq!(words(b"a title written over it"), [b"a title written over it"]);
        assert_eq!(words(b""), Vec::<Vec<u8>>::new());
        assert_eq!(words(b"\0"), Vec::<Vec<u8>>::new());
    }
}
