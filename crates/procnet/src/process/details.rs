//! What /proc reports about one process.

use std::{borrow::Cow, ffi::CString, os::fd::BorrowedFd};

use procnet_core::process::stat::Stat;
use rustix::{
    fs::{Mode, OFlags, openat, readlinkat},
    io::{Errno, Result as SystemResult},
};

use super::{cgroup, container, pod};
use crate::{Error, ProcRoot, file};

/// What /proc reports about a process besides its name.
///
/// The paths and arguments are chosen by the process or by whoever started it, so they may have any
/// bytes: escape them before showing them, as [`decode::escape`](crate::decode::escape) does.
///
/// A value that could not be read is `None`. Another user's `exe` needs `CAP_SYS_PTRACE`; with
/// `hidepid=1` so does everything else.
///
/// ```
/// use procnet::{ProcRoot, process::ProcessDetails};
///
/// let details = ProcessDetails::read(&ProcRoot::from_env()?, std::process::id())?;
/// assert_eq!(details.cmdline.map(|words| words.len()), Some(std::env::args_os().count()));
/// # Ok::<(), procnet::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProcessDetails {
    /// The pid of its parent, from `/proc/PID/stat`. 0 if it has none in the pid namespace of this
    /// /proc, as process 1 has.
    pub ppid: Option<u32>,
    /// When it started, in ticks of 1/`USER_HZ` seconds after boot, from `/proc/PID/stat`.
    pub start_time: Option<u64>,
    /// The path of its executable, from the link `/proc/PID/exe`: as seen from the reader's mount
    /// namespace, and with ` (deleted)` at the end if the file has been removed. A kernel thread
    /// has none.
    pub exe: Option<Vec<u8>>,
    /// The arguments it was started with, the program first, from `/proc/PID/cmdline`: the first
    /// 32 KiB of it. Empty for a kernel thread and for a zombie. A process may overwrite them, as
    /// `setproctitle` does; the result is then often a single argument.
    pub cmdline: Option<Vec<Vec<u8>>>,
    /// The path of its control group, from `/proc/PID/cgroup`: one that names a container, or else
    /// that of cgroup v2, or of a v1 hierarchy if the v2 path is the root and the other is not. It
    /// is relative to the cgroup namespace of the reader.
    pub cgroup: Option<Vec<u8>>,
    /// Whether the kernel refused at least one of these values for lack of privilege.
    pub denied: bool,
}

/// The maximum size read of each file: a command line may have megabytes.
const MAX_READ: u64 = 32 << 10;

impl ProcessDetails {
    /// Reads the details of a process.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::NoSuchProcess`](crate::ErrorKind::NoSuchProcess), or that its directory cannot
    /// be opened. A single value that cannot be read is `None`.
    pub fn read(root: &ProcRoot, pid: u32) -> Result<ProcessDetails, Error> {
        let details = ProcessDetails::read_below(root.dir(), pid);
        details.map_err(|errno| root.process_error(pid.to_string().as_bytes(), errno))
    }

    pub(super) fn read_below(root: BorrowedFd<'_>, pid: u32) -> SystemResult<ProcessDetails> {
        // The open directory stays that of this process, even if its pid is reused.
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let dir = openat(root, pid.to_string(), flags, Mode::empty())?;
        let mut denied = false;
        let mut note = |errno| denied |= matches!(errno, Errno::ACCESS | Errno::PERM);
        let stat = file::read_start(&dir, b"stat", MAX_READ).map_err(&mut note).ok();
        let exe = readlinkat(&dir, "exe", Vec::new()).map_err(&mut note).ok();
        let cmdline = file::read_start(&dir, b"cmdline", MAX_READ).map_err(&mut note).ok();
        let cgroup = file::read_start(&dir, b"cgroup", MAX_READ).map_err(&mut note).ok();
        let stat = stat.as_deref().and_then(|stat| Stat::decode(stat).ok());
        Ok(ProcessDetails {
            ppid: stat.map(|stat| stat.ppid),
            start_time: stat.map(|stat| stat.start_time),
            exe: exe.map(CString::into_bytes),
            cmdline: cmdline.as_deref().map(arguments),
            cgroup: cgroup.as_deref().and_then(cgroup::path).map(<[u8]>::to_vec),
            denied,
        })
    }

    /// The container its control group belongs to: the id of 64 hexadecimal digits that Docker,
    /// containerd, CRI-O and Podman put into the path, or the name that ECS on Fargate, LXC,
    /// Proxmox, systemd-nspawn, libvirt or Garden put there. The monitor of a container is in none.
    /// A name that systemd escaped is returned as it was before; `docs/containers.md` lists each
    /// runtime's paths.
    ///
    /// This is what the path says. Whoever may create control groups may call them anything.
    ///
    /// ```
    /// use procnet::process::ProcessDetails;
    ///
    /// let mut details = ProcessDetails::default();
    /// details.cgroup = Some(b"/lxc.payload.web/system.slice/nginx.service".to_vec());
    /// assert_eq!(details.container().as_deref(), Some(&b"web"[..]));
    /// assert_eq!(details.unit(), Some(&b"nginx.service"[..]));
    /// ```
    #[must_use]
    pub fn container(&self) -> Option<Cow<'_, [u8]>> {
        container::container(self.cgroup.as_deref()?)
    }

    /// The pod its control group belongs to: of Kubernetes, by its uid as the API has it, or of Podman,
    /// by its id. `docs/containers.md` lists the paths.
    ///
    /// As with [containers](ProcessDetails::container), it is what the path says.
    ///
    /// ```
    /// use procnet::process::ProcessDetails;
    ///
    /// let mut details = ProcessDetails::default();
    /// let slice = "kubepods-pod2f4ab1c0_98b1_4d2e_8f0e_6d3f0c7a1b22.slice";
    /// details.cgroup = Some(format!("/kubepods.slice/{slice}").into_bytes());
    /// assert_eq!(details.pod().as_deref(), Some(&b"2f4ab1c0-98b1-4d2e-8f0e-6d3f0c7a1b22"[..]));
    /// ```
    #[must_use]
    pub fn pod(&self) -> Option<Cow<'_, [u8]>> {
        pod::pod(self.cgroup.as_deref()?)
    }

    /// The systemd unit its control group belongs to: the innermost service or scope in the path.
    #[must_use]
    pub fn unit(&self) -> Option<&[u8]> {
        cgroup::unit(self.cgroup.as_deref()?)
    }
}

/// The arguments in a command line. Each ends with a NUL, unless the process has overwritten them.
fn arguments(cmdline: &[u8]) -> Vec<Vec<u8>> {
    let cmdline = cmdline.strip_suffix(b"\0").unwrap_or(cmdline);
    if cmdline.is_empty() {
        return Vec::new();
    }
    cmdline.split(|byte| *byte == 0).map(<[u8]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::arguments;

    #[test]
    fn a_command_line_is_split_into_its_arguments() {
        assert_eq!(arguments(b"nginx\0-g\0\0daemon off;\0").len(), 4);
        assert_eq!(arguments(b"a title written over it"), [b"a title written over it"]);
        assert_eq!(arguments(b""), Vec::<Vec<u8>>::new());
        assert_eq!(arguments(b"\0"), Vec::<Vec<u8>>::new());
    }
}
