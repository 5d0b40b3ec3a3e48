//! The whole names of processes whose `comm` the kernel has cut.
//!
//! `comm` has 15 bytes (include/linux/sched.h `TASK_COMM_LEN`): `execve` sets it to the last
//! component of the path of the program, which for a script is that of the script and not of its
//! interpreter (fs/exec.c `begin_new_exec`). The whole component is in the path of the executable, or
//! among the first words of the command line: the program, or the interpreter, its argument and the
//! script (fs/binfmt_script.c `load_script`). Only what begins with `comm` counts, as a process may
//! write whatever it likes into its command line.

use std::{mem::MaybeUninit, os::fd::BorrowedFd};

use rustix::{
    fs::readlinkat_raw,
    io::{Errno, read as read_file, retry_on_intr},
};

use crate::{
    file::{self, RelativePath},
    process::FullNames,
};

/// The length of a name that may be cut.
const CUT: usize = 15;

/// The words of a command line that may be the program.
const WORDS: usize = 3;

/// The longest path (include/uapi/linux/limits.h `PATH_MAX`), and the part of a command line in
/// which these words are looked for.
const MAX: usize = 4096;

/// The whole names of a process; `up` is the path of a file in its directory, relative to `dir`.
pub(super) fn read(
    dir: BorrowedFd<'_>,
    up: impl Fn(&str) -> RelativePath,
    comm: &[u8],
) -> FullNames {
    let mut found = FullNames::default();
    if comm.len() != CUT {
        return found;
    }
    let mut add = |path: &[u8]| {
        let name = path.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        if name.len() > comm.len() && name.starts_with(comm) {
            found.push(name);
        }
    };
    let mut exe = [MaybeUninit::uninit(); MAX];
    let mut is_denied = false;
    match readlinkat_raw(dir, &up("exe")[..], &mut exe) {
        Ok((exe, _)) => add(exe.strip_suffix(b" (deleted)").unwrap_or(exe)),
        Err(errno) => is_denied = matches!(errno, Errno::ACCESS | Errno::PERM),
    }
    let mut command = [0; MAX];
    let opened = file::open(dir, &up("cmdline"));
    let length = opened.and_then(|file| retry_on_intr(|| read_file(&file, &mut command)));
    let command = command.get(..length.unwrap_or_default()).unwrap_or_default();
    command.split(|byte| *byte == 0).take(WORDS).for_each(add);
    found.is_denied = is_denied;
    found
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd as _;

    use super::*;

    #[test]
    fn a_cut_name_is_completed_from_the_program_or_its_command_line() {
        let directory = tempfile::tempdir().unwrap();
        let dir = file::open_dir(rustix::fs::CWD, directory.path().as_os_str().as_encoded_bytes());
        let dir = dir.unwrap();
        let of = |comm: &str| {
            let up = |name: &str| file::path(format_args!("{name}"));
            let found = read(dir.as_fd(), up, comm.as_bytes());
            found.iter().map(|name| String::from_utf8_lossy(name).into_owned()).collect::<Vec<_>>()
        };
        let cut = "unattended-upgr";
        assert!(of(cut).is_empty());
        let exe = directory.path().join("exe");
        std::os::unix::fs::symlink("/usr/bin/unattended-upgrade-3 (deleted)", &exe).unwrap();
        assert_eq!(of(cut), ["unattended-upgrade-3"]);
        let script = b"/usr/bin/python3\0-u\0/bin/unattended-upgrades\0unattended-upgrade-none\0";
        std::fs::write(directory.path().join("cmdline"), script).unwrap();
        assert_eq!(of(cut), ["unattended-upgrade-3", "unattended-upgrades"]);
        // Another name, and a shorter one, which the kernel has not cut.
        assert!(of("unattended-down").is_empty() && of("unattended").is_empty());
    }
}
