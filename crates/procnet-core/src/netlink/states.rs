//! Sets of states, for requests.

use crate::State;

/// A set of states: bit *n* is the state with number *n*.
///
/// ```
/// use procnet_core::{State, netlink::States};
///
/// let mask = States::of(State::LISTEN).with(State::ESTABLISHED);
/// assert_eq!(mask.0, 1 << 10 | 1 << 1);
/// assert!(mask.contains(State::LISTEN) && !mask.contains(State::CLOSE));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct States(
    /// The kernel's bits.
    pub u32,
);

impl States {
    /// No state: matches no socket.
    pub const NONE: States = States(0);
    /// All states, including those that `/proc/net/tcp` omits.
    pub const ALL: States = States(u32::MAX);
    /// The states that `/proc/net/tcp` includes, 1 to 12.
    pub const TABLE: States = States(0x1FFE);
    /// tcp sockets that are bound but neither connected nor listening: bit 13, since Linux 6.8
    /// (net/ipv4/inet_diag.c `inet_diag_dump_icsk`, `TCPF_BOUND_INACTIVE`). They are reported as
    /// [`State::CLOSE`], whose own bit does not match them.
    pub const BOUND_INACTIVE: States = States::of(State::BOUND_INACTIVE);
    /// `ESTABLISHED` and `CLOSE`: all states of udp, udplite and raw sockets.
    pub const DATAGRAM: States = States::of(State::ESTABLISHED).with(State::CLOSE);

    /// One state. For the kernel, [`State::SYN_RECV`] includes [`State::NEW_SYN_RECV`].
    #[must_use]
    pub const fn of(state: State) -> States {
        match 1_u32.checked_shl(state.0 as u32) {
            Some(bit) => States(bit),
            // The mask has no bit for it.
            None => States::NONE,
        }
    }

    /// The set with one more state.
    #[must_use]
    pub const fn with(self, state: State) -> States {
        States(self.0 | States::of(state).0)
    }

    /// Whether the set contains the state.
    #[must_use]
    pub const fn contains(self, state: State) -> bool {
        self.0 & States::of(state).0 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_sets_contain_the_documented_states() {
        let numbers = |mask: States| (0..=255).filter(move |n| mask.contains(State(*n)));
        assert!(numbers(States::TABLE).eq(1..=12));
        assert!(numbers(States::BOUND_INACTIVE).eq([13]));
        assert!(numbers(States::DATAGRAM).eq([1, 7]));
        assert!(numbers(States::ALL).eq(0..32));
        assert_eq!(States::of(State(32)), States::NONE);
    }
}
