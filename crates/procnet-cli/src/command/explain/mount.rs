//! Mount options of the root: `hidepid` and `subset`.

use std::{fs, os::fd::AsRawFd as _, path::Path};

/// Options of a /proc that hide something (fs/proc/root.c `proc_show_options`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mount {
    /// `hidepid`, if enabled: a number, or since Linux 5.8 a word.
    pub(super) hidepid: Option<String>,
    /// `subset=pid`: it has only processes.
    pub(super) pids_only: bool,
}

impl Mount {
    /// The mount of a directory, if this process can see it.
    pub(super) fn of(directory: &Path) -> Mount {
        let found = (|| {
            let file = fs::File::open(directory).ok()?;
            let info =
                fs::read_to_string(format!("/proc/self/fdinfo/{}", file.as_raw_fd())).ok()?;
            let id = info.lines().find_map(|line| line.strip_prefix("mnt_id:"))?.trim();
            let mounts = fs::read(Path::new("/proc/self/mountinfo")).ok()?;
            Mount::numbered(id, &String::from_utf8_lossy(&mounts))
        })();
        found.unwrap_or_default()
    }

    /// The mount with this ID in a `mountinfo`.
    fn numbered(id: &str, mounts: &str) -> Option<Mount> {
        let line = mounts.lines().find(|line| line.split(' ').next() == Some(id))?;
        // The options of the file system come last.
        let (_, options) = line.rsplit_once(' ')?;
        let mut mount = Mount::default();
        for option in options.split(',') {
            match option.split_once('=') {
                Some(("hidepid", "0" | "off")) => {}
                Some(("hidepid", value)) => mount.hidepid = Some(value.to_owned()),
                Some(("subset", "pid")) => mount.pids_only = true,
                _ => {}
            }
        }
        Some(mount)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_those_of_the_mount_with_that_id() {
        let mounts = "\
22 27 0:21 / /proc rw,relatime - proc proc rw
40 27 0:41 / /mnt/pro\\040c rw,relatime shared:3 - proc proc rw,hidepid=invisible,subset=pid
41 27 0:42 / /old rw - proc proc rw,hidepid=2
";
        let plain = Mount::default();
        assert_eq!(Mount::numbered("22", mounts), Some(plain));
        let new = Mount { hidepid: Some("invisible".to_owned()), pids_only: true };
        assert_eq!(Mount::numbered("40", mounts), Some(new));
        let old = Mount { hidepid: Some("2".to_owned()), pids_only: false };
        assert_eq!(Mount::numbered("41", mounts), Some(old));
        assert_eq!(Mount::numbered("4", mounts), None);
    }
}
