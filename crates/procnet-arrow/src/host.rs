//! Which host was looked at, and when.

use std::{
    fs,
    time::{SystemTime, UNIX_EPOCH},
};

use procnet::{ProcRoot, decode::escape::Escaped};

/// A host, as rows name it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Host {
    /// Its name, escaped: that of the reader's UTS namespace, unless it is set otherwise. Empty if it is
    /// unknown, as in a capture.
    pub name: String,
    /// `/proc/sys/kernel/random/boot_id`, which is new at each boot: cookies, inodes and pids are
    /// comparable only within one boot. `None` if it cannot be read.
    pub boot_id: Option<String>,
}

impl Host {
    /// A host by its name; `boot_id` if it is known.
    #[must_use]
    pub fn new(name: &str, boot_id: Option<&str>) -> Host {
        let name = Escaped(name.as_bytes()).to_string();
        Host { name, boot_id: boot_id.map(str::to_owned) }
    }

    /// The host whose /proc this is: `sys/kernel/hostname` and `sys/kernel/random/boot_id`.
    ///
    /// In a container, the former is the container's name (kernel/utsname_sysctl.c `get_uts`): set
    /// [`name`](Host::name) to the host's there.
    #[must_use]
    pub fn read(root: &ProcRoot) -> Host {
        let read = |name: &str| {
            let bytes = fs::read(root.path().join("sys/kernel").join(name)).ok()?;
            let text = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
            (!text.is_empty()).then(|| Escaped(text).to_string())
        };
        Host { name: read("hostname").unwrap_or_default(), boot_id: read("random/boot_id") }
    }
}

/// The current time, in nanoseconds since 1970, UTC; clamped to the years that the type has, 1678 to 2261.
#[must_use]
pub fn now() -> i64 {
    nanoseconds(SystemTime::now())
}

/// A moment, in nanoseconds since 1970, UTC; clamped likewise.
pub(crate) fn nanoseconds(time: SystemTime) -> i64 {
    let nanoseconds = |duration: std::time::Duration| i64::try_from(duration.as_nanos());
    match time.duration_since(UNIX_EPOCH) {
        Ok(after) => nanoseconds(after).unwrap_or(i64::MAX),
        Err(error) => nanoseconds(error.duration()).map_or(i64::MIN, |before| -before),
    }
}

/// The time since boot, suspension included, in nanoseconds (`CLOCK_BOOTTIME`): no clock that is set
/// changes it.
pub(crate) fn uptime() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    u64::try_from(time.tv_sec).unwrap_or(0) * 1_000_000_000
        + u64::try_from(time.tv_nsec).unwrap_or(0)
}
