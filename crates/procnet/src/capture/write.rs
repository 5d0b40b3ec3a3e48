//! Making a capture of a live /proc.

mod directory;
mod processes;

use std::{
    fmt::{self, Write as _},
    os::fd::AsFd,
    path::{Path, PathBuf},
};

use procnet_core::{ByteOrder, escape::Escaped};
use rustix::{fs::RawDir, io::Errno};

use self::directory::Directory;
use super::manifest;
use crate::{
    Error, ErrorKind, Kind, ProcRoot, counters, coverage::Failure, file, netns::NetnsHandle,
    network,
};

/// Files outside of `net` that answers need.
const SETTINGS: [&str; 3] = [
    "sys/net/netfilter/nf_conntrack_count",
    "sys/net/netfilter/nf_conntrack_max",
    "sys/net/ipv4/ip_local_port_range",
];

/// What a capture has, and what it could not get.
///
/// `Display` writes a line for each thing it could not get, and nothing if it
/// [is complete](Captured::is_complete).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Captured {
    /// The number of tables.
    pub tables: u64,
    /// The number of processes whose descriptors were captured.
    pub processes: u64,
    /// The number of their descriptors.
    pub descriptors: u64,
    /// Files that the host does not have, such as those of IPv6. Nothing is missing because of them.
    pub absent: Vec<PathBuf>,
    /// Files that could not be read, by reason.
    pub unread: Vec<Unread>,
    /// Whether the host hides processes of other users.
    pub hides_processes: bool,
}

/// Files of one sort that could not be read, for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unread {
    /// Their name: `fd` for the descriptors of processes, else a path below /proc.
    pub name: String,
    /// The reason.
    pub failure: Failure,
    /// The number of them.
    pub count: u64,
    /// The first of them.
    pub first: PathBuf,
}

impl Captured {
    /// Whether everything was captured.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.unread.is_empty() && !self.hides_processes
    }

    fn unread(&mut self, name: &str, path: &[u8], errno: Errno) {
        let failure = Failure::new(errno);
        let known = self.unread.iter_mut().find(|it| it.name == name && it.failure == failure);
        if let Some(known) = known {
            known.count += 1;
            return;
        }
        let first = String::from_utf8_lossy(path).into_owned().into();
        self.unread.push(Unread { name: name.to_owned(), failure, count: 1, first });
    }
}

impl fmt::Display for Captured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Unread { failure, count, first, .. } in &self.unread {
            let first = first.to_string_lossy();
            write!(f, "{}: not captured: {failure}", Escaped(first.as_bytes()))?;
            match count - 1 {
                0 => writeln!(f)?,
                1 => writeln!(f, "; and 1 more")?,
                more => writeln!(f, "; and {more} more")?,
            }
        }
        if self.hides_processes {
            writeln!(f, "processes of other users are not listed in this /proc")?;
        }
        Ok(())
    }
}

/// Captures a live /proc into a new directory: the tables of its network namespace, and the
/// descriptors, the name and the users of each process, whose links to files become `file:`, as
/// their paths are nobody's business. What the caller may not read is in the answer, and recorded.
///
/// The directory must not exist. It and all that is in it are readable by the caller alone.
///
/// ```no_run
/// use procnet::{ProcRoot, Scanner, capture};
///
/// let captured = capture::write(&ProcRoot::own()?, "/var/tmp/host-7")?;
/// eprint!("{captured}"); // what could not be read
/// let mut scanner = Scanner::with_root(ProcRoot::at("/var/tmp/host-7")?);
/// # Ok::<(), procnet::Error>(())
/// ```
///
/// # Errors
///
/// If the root is itself a capture or has no tables, if the directory exists, or if something
/// cannot be written; the directory then has no manifest.
pub fn write(root: &ProcRoot, to: impl AsRef<Path>) -> Result<Captured, Error> {
    let to = to.as_ref();
    if !root.is_live() {
        return Err(Error::new(ErrorKind::NotProc, root.path()));
    }
    let netns = NetnsHandle::of_host(root)?;
    let failed = |errno| Error::io(to, errno).with_kind(ErrorKind::CannotWrite);
    let directory = Directory::create(to).map_err(failed)?;
    let mut captured = Captured::default();
    // As in a visit, so that a socket that a process closes meanwhile is not without an owner.
    processes::write(root, &directory, &mut captured).map_err(failed)?;
    tables(root, &netns, &directory, &mut captured).map_err(failed)?;
    let text = manifest(root, &netns, &captured);
    directory.file(manifest::NAME.as_bytes(), text.as_bytes()).map_err(failed)?;
    Ok(captured)
}

/// Captures the tables and settings.
fn tables(
    root: &ProcRoot,
    netns: &NetnsHandle,
    directory: &Directory,
    captured: &mut Captured,
) -> Result<(), Errno> {
    let net = netns.net.clone().unwrap_or_default();
    let source = |name: &str| [&net[..], b"/", name.as_bytes()].concat();
    let sockets = Kind::ALL.iter().filter(|kind| kind.has_table()).map(|kind| kind.name());
    let others = counters::FILES.iter().chain(network::FILES).copied().chain([network::TRACKED]);
    for name in sockets.chain(others) {
        let to = format!("net/{name}");
        captured.tables += u64::from(copy(root, &source(name), &to, directory, captured)?);
    }
    let interfaces = file::open_dir(root.dir(), &source("dev_snmp6"));
    match interfaces.and_then(|listed| names(&listed)) {
        Ok(names) => {
            for name in names {
                let from = [&source("dev_snmp6/")[..], &name].concat();
                let to = [&b"net/dev_snmp6/"[..], &name].concat();
                match directory.copy(root.dir(), &from, &to)? {
                    Ok(()) | Err(Errno::NOENT) => {}
                    Err(errno) => captured.unread("dev_snmp6", &to, errno),
                }
            }
        }
        Err(Errno::NOENT) => captured.absent.push("net/dev_snmp6".into()),
        Err(errno) => captured.unread("dev_snmp6", b"net/dev_snmp6", errno),
    }
    // These show the network namespace of the reader (net/sysctl_net.c `net_ctl_header_lookup`).
    for path in SETTINGS.into_iter().filter(|_| netns.is_callers) {
        copy(root, path.as_bytes(), path, directory, captured)?;
    }
    Ok(())
}

/// Copies a file. Returns whether it could be read.
fn copy(
    root: &ProcRoot,
    from: &[u8],
    to: &str,
    directory: &Directory,
    captured: &mut Captured,
) -> Result<bool, Errno> {
    match directory.copy(root.dir(), from, to.as_bytes())? {
        Ok(()) => return Ok(true),
        Err(Errno::NOENT) => captured.absent.push(to.into()),
        Err(errno) => captured.unread(to, to.as_bytes(), errno),
    }
    Ok(false)
}

/// The names in a directory, but `.` and `..`.
fn names(directory: impl AsFd) -> Result<Vec<Vec<u8>>, Errno> {
    let mut buffer = Vec::with_capacity(32 << 10);
    let mut entries = RawDir::new(directory.as_fd(), buffer.spare_capacity_mut());
    let mut names = Vec::new();
    while let Some(entry) = entries.next() {
        match entry?.file_name().to_bytes() {
            b"." | b".." => {}
            name => names.push(name.to_vec()),
        }
    }
    Ok(names)
}

fn manifest(root: &ProcRoot, netns: &NetnsHandle, captured: &Captured) -> String {
    let mut text = format!("procnet {}\n", env!("CARGO_PKG_VERSION"));
    let order = match ByteOrder::NATIVE {
        ByteOrder::Little => "little",
        ByteOrder::Big => "big",
    };
    // Writing into memory does not fail.
    let mut line = |word: &str, value: &dyn fmt::Display| _ = writeln!(text, "{word} {value}");
    line("byte-order", &order);
    let mut release = Vec::new();
    if let Ok(release) = file::read_small(root.dir(), b"sys/kernel/osrelease", &mut release) {
        line("kernel", &Escaped(release.trim_ascii()));
    }
    line("machine", &std::env::consts::ARCH);
    if let Some((_, inode)) = netns.id {
        line("netns", &inode);
    }
    for path in &captured.absent {
        line("absent", &Escaped(path.to_string_lossy().as_bytes()));
    }
    for Unread { name, failure, count, .. } in &captured.unread {
        line("unread", &format_args!("{}: {failure} ({count})", Escaped(name.as_bytes())));
    }
    if captured.hides_processes {
        line("hidden", &"processes");
    }
    text
}
