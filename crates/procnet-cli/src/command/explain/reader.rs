//! The reading process: its user, and its relevant capabilities.

use std::fs;

use crate::row::{Finding, escaped};

/// The privileges of this process, from its `status`.
#[derive(Clone, Debug, Default)]
pub(super) struct Reader {
    uid: Option<u32>,
    capabilities: u64,
    /// In the initial user namespace, where capabilities are not limited to a namespace.
    initial_users: bool,
    /// A seccomp filter is active.
    filtered: bool,
    /// The profile of a security module, escaped.
    profile: Option<String>,
}

/// The relevant capabilities (include/uapi/linux/capability.h).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Capability {
    DacReadSearch = 2,
    NetAdmin = 12,
    SysPtrace = 19,
    SysAdmin = 21,
}

impl Capability {
    const ALL: [Capability; 4] = [
        Capability::DacReadSearch,
        Capability::NetAdmin,
        Capability::SysPtrace,
        Capability::SysAdmin,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Capability::DacReadSearch => "CAP_DAC_READ_SEARCH",
            Capability::NetAdmin => "CAP_NET_ADMIN",
            Capability::SysPtrace => "CAP_SYS_PTRACE",
            Capability::SysAdmin => "CAP_SYS_ADMIN",
        }
    }
}

/// The inode of the initial user namespace (include/linux/proc_ns.h `PROC_USER_INIT_INO`).
const INITIAL_USER_NS: &str = "user:[4026531837]";

impl Reader {
    pub(super) fn own() -> Reader {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let initial_users = fs::read_link("/proc/self/ns/user")
            .is_ok_and(|link| link.as_os_str() == INITIAL_USER_NS);
        let profile = fs::read("/proc/self/attr/current").unwrap_or_default();
        let profile = profile.trim_ascii().strip_suffix(b"\0").unwrap_or(profile.trim_ascii());
        let confined = !matches!(profile, b"" | b"unconfined" | b"kernel");
        let profile = confined.then(|| escaped(profile));
        Reader { initial_users, profile, ..Reader::of(&status) }
    }

    fn of(status: &str) -> Reader {
        let value = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            line.map(str::trim)
        };
        // Real, effective, saved, file system.
        let uid = value("Uid").and_then(|ids| ids.split_whitespace().nth(3)?.parse().ok());
        let capabilities = value("CapEff").and_then(|set| u64::from_str_radix(set, 16).ok());
        let filtered = value("Seccomp") == Some("2");
        let capabilities = capabilities.unwrap_or_default();
        Reader { uid, capabilities, initial_users: false, filtered, profile: None }
    }

    pub(super) fn has(&self, capability: Capability) -> bool {
        self.capabilities & (1 << capability as u32) != 0
    }

    /// The missing ones of these, as text; `None` if it has all.
    pub(super) fn lacks(&self, needed: &[Capability]) -> Option<String> {
        let missing = needed.iter().filter(|capability| !self.has(**capability));
        let names: Vec<&str> = missing.map(|capability| capability.name()).collect();
        (!names.is_empty()).then(|| names.join(" and "))
    }

    pub(super) fn finding(&self) -> Finding {
        let user = match self.uid {
            Some(uid) => format!("uid {uid}"),
            None => "unknown uid".to_owned(),
        };
        let has = Capability::ALL.into_iter().filter(|capability| self.has(*capability));
        let has: Vec<&str> = has.map(Capability::name).collect();
        let mut why = match &has[..] {
            [] => format!("{user}, without any of the relevant capabilities"),
            has => format!("{user}, with {}", has.join(", ")),
        };
        if !self.initial_users {
            why.push_str("; in a user namespace, which limits capabilities to itself");
        }
        if self.filtered {
            why.push_str("; with a seccomp filter");
        }
        if let Some(profile) = &self.profile {
            why.push_str("; confined by the security profile ");
            why.push_str(profile);
        }
        Finding::fact("reader", why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_user_is_that_of_file_access() {
        let status =
            "Name:\tx\nUid:\t1\t2\t3\t4\nCapPrm:\tffff\nCapEff:\t0000000000080004\nSeccomp:\t2\n";
        let reader = Reader::of(status);
        assert_eq!((reader.uid, reader.filtered), (Some(4), true));
        assert!(reader.has(Capability::SysPtrace) && reader.has(Capability::DacReadSearch));
        assert!(!reader.has(Capability::SysAdmin));
        let needed = [Capability::SysPtrace, Capability::SysAdmin, Capability::NetAdmin];
        assert_eq!(reader.lacks(&needed).as_deref(), Some("CAP_SYS_ADMIN and CAP_NET_ADMIN"));
        assert_eq!(reader.lacks(&[Capability::SysPtrace]), None);
        let why = reader.finding().why.unwrap();
        assert!(why.contains("uid 4, with CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE"), "{why}");
        assert!(why.contains("user namespace") && why.contains("filter"), "{why}");
    }
}
