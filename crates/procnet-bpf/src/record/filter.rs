//! Which rows a program reports.

use procnet_core::State;

use crate::program::Constants;

/// What the program leaves out, in the kernel. Fixed when it is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowFilter {
    families: u64,
    states: u32,
    protocol: Option<u16>,
    netns: Option<u32>,
}

impl RowFilter {
    /// Nothing is left out.
    pub const ALL: RowFilter =
        RowFilter { families: u64::MAX, states: u32::MAX, protocol: None, netns: None };

    /// Only sockets of these address families, such as `AF_INET`. Numbers from 64 on do not exist, and
    /// are never reported. With `AF_UNSPEC`, 0, files that are no sockets pass as well.
    #[must_use]
    pub fn families(mut self, families: &[u16]) -> RowFilter {
        self.families =
            families.iter().filter(|family| **family < 64).fold(0, |all, one| all | 1 << one);
        self
    }

    /// Only sockets in these states. Those that have no states are in
    /// [`CLOSE`](State::CLOSE), unless they are connected.
    #[must_use]
    pub fn states(mut self, states: &[State]) -> RowFilter {
        let known = states.iter().filter(|state| state.0 < 32);
        self.states = known.fold(0, |all, state| all | 1 << state.0);
        self
    }

    /// Only sockets of this protocol, as [`Row::protocol`](crate::Row::protocol) reports it.
    #[must_use]
    pub fn protocol(mut self, protocol: u16) -> RowFilter {
        self.protocol = Some(protocol);
        self
    }

    /// Only sockets of the network namespace of this number, that in `net:[4026531840]`; 0 is none, and
    /// selects all.
    #[must_use]
    pub fn netns(mut self, number: u32) -> RowFilter {
        self.netns = Some(number).filter(|number| *number != 0);
        self
    }

    pub(crate) fn constants(&self, pid_namespace_level: u32) -> Constants {
        Constants {
            pid_namespace_level,
            families: self.families,
            states: self.states,
            protocol: self.protocol.map_or(Constants::ANY_PROTOCOL, u32::from),
            netns: self.netns.unwrap_or_default(),
            ..Constants::default()
        }
    }
}

impl Default for RowFilter {
    fn default() -> RowFilter {
        RowFilter::ALL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_become_constants_of_the_program() {
        let none = Constants { pid_namespace_level: 2, ..Constants::default() };
        assert_eq!(RowFilter::ALL.constants(2), none);
        let filter = RowFilter::ALL
            .families(&[2, 10, 64, 300])
            .states(&[State::ESTABLISHED, State::LISTEN, State(40)])
            .protocol(6)
            .netns(0xF000_0000);
        let constants = Constants {
            pid_namespace_level: 0,
            families: 1 << 2 | 1 << 10,
            states: 1 << 1 | 1 << 10,
            protocol: 6,
            netns: 0xF000_0000,
            ..Constants::default()
        };
        assert_eq!(filter.constants(0), constants);
    }
}
