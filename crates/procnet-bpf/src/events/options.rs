//! Which events are reported.

use crate::program::Constants;

/// Which sockets are reported, and what for. Decided in the kernel, and fixed when the programs are
/// loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventOptions {
    families: u64,
    netns: u32,
    local_port: u16,
    remote_port: u16,
    births: bool,
    pub(crate) first_use: bool,
    pub(crate) ring_size: u32,
}

impl EventOptions {
    /// The default size of the ring buffer in bytes. An event takes 144.
    pub const RING_SIZE: u32 = 4 << 20;

    /// All TCP sockets, their births and their ends.
    #[must_use]
    pub fn new() -> EventOptions {
        EventOptions {
            families: u64::MAX,
            netns: 0,
            local_port: 0,
            remote_port: 0,
            births: true,
            first_use: false,
            ring_size: EventOptions::RING_SIZE,
        }
    }

    /// Only sockets of these address families: `AF_INET` (2), `AF_INET6` (10).
    #[must_use]
    pub fn families(mut self, families: &[u16]) -> EventOptions {
        let known = families.iter().filter(|family| **family < 64);
        self.families = known.fold(0, |all, one| all | 1 << one);
        self
    }

    /// Only sockets of the network namespace of this number, that in `net:[4026531840]`; 0 is none, and
    /// selects all.
    #[must_use]
    pub fn netns(mut self, number: u32) -> EventOptions {
        self.netns = number;
        self
    }

    /// Only sockets with this local port; 0 selects all.
    #[must_use]
    pub fn local_port(mut self, port: u16) -> EventOptions {
        self.local_port = port;
        self
    }

    /// Only sockets with this remote port; 0 selects all.
    #[must_use]
    pub fn remote_port(mut self, port: u16) -> EventOptions {
        self.remote_port = port;
        self
    }

    /// Whether sockets that begin are reported, or only those that end. The default is both.
    #[must_use]
    pub fn births(mut self, births: bool) -> EventOptions {
        self.births = births;
        self
    }

    /// Whether programs are attached where the kernel sends and receives (since Linux 6.3): the owner of
    /// an accepted connection is the process that uses it first, and UDP sockets are reported when they
    /// are used for the first time since then. It costs every send and receive of any socket on the host
    /// 0.1 to 0.4 µs, so it is off by default.
    #[must_use]
    pub fn first_use(mut self, first_use: bool) -> EventOptions {
        self.first_use = first_use;
        self
    }

    /// The size of the ring buffer in bytes, which is allocated at once; rounded up to a power of two
    /// that is at least a page.
    #[must_use]
    pub fn ring_size(mut self, bytes: u32) -> EventOptions {
        self.ring_size = bytes;
        self
    }

    /// Of the PID namespace: its level and its number.
    pub(crate) fn constants(&self, (level, number): (u32, u32)) -> Constants {
        Constants {
            pid_namespace_level: level,
            pid_namespace: number,
            families: self.families,
            netns: self.netns,
            local_port: self.local_port,
            remote_port: self.remote_port,
            births: self.births,
            ..Constants::default()
        }
    }
}

impl Default for EventOptions {
    fn default() -> EventOptions {
        EventOptions::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_become_constants_of_the_programs() {
        let all = Constants { pid_namespace_level: 2, pid_namespace: 77, ..Constants::default() };
        assert_eq!(EventOptions::new().constants((2, 77)), all);
        let options = EventOptions::new().families(&[10, 64]).netns(5).local_port(80);
        let constants = Constants {
            families: 1 << 10,
            netns: 5,
            local_port: 80,
            remote_port: 443,
            births: false,
            ..Constants::default()
        };
        assert_eq!(options.remote_port(443).births(false).constants((0, 0)), constants);
    }
}
