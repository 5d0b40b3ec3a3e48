//! Counts of sockets, from one pass over the tables, without owners.

use std::collections::BTreeMap;

use procnet_core::State;

use crate::{Coverage, Error, Kind, Query, Scanner, Socket};

/// The number of users that are counted separately.
const USERS: usize = 4096;

/// The number of sockets by kind and state, by local port and by user, and the lengths of their
/// queues.
///
/// Its size does not depend on the number of sockets; refilling it allocates nothing.
///
/// ```
/// use procnet::{Kinds, Query, Scanner, State, summary::Summary};
///
/// let mut scanner = Scanner::new()?;
/// let mut summary = Summary::default();
/// scanner.summarize(&Query::new().kinds(Kinds::TCP), &mut summary)?;
/// let waiting: u64 = summary
///     .states()
///     .filter(|(_, state, _)| *state == State::CLOSE_WAIT)
///     .map(|(_, _, sockets)| sockets)
///     .sum();
/// println!("{} sockets, {waiting} in CLOSE_WAIT", summary.sockets());
/// # Ok::<(), procnet::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Summary {
    sockets: u64,
    /// By kind, then by state.
    states: Vec<[u64; STATES]>,
    /// TCP and UDP sockets by local port.
    ports: Vec<u32>,
    users: BTreeMap<u32, u64>,
    other_users: u64,
    receive: Histogram,
    send: Histogram,
}

/// More than the kernel's largest state number; a larger one is counted as the last.
const STATES: usize = 32;

impl Default for Summary {
    fn default() -> Summary {
        Summary {
            sockets: 0,
            states: vec![[0; STATES]; Kind::ALL.len()],
            ports: vec![0; 1 << 16],
            users: BTreeMap::new(),
            other_users: 0,
            receive: Histogram::default(),
            send: Histogram::default(),
        }
    }
}

impl Summary {
    /// The number of sockets.
    #[must_use]
    pub fn sockets(&self) -> u64 {
        self.sockets
    }

    /// The number of sockets of each kind in each state, without zeros.
    pub fn states(&self) -> impl Iterator<Item = (Kind, State, u64)> {
        Kind::ALL.into_iter().zip(&self.states).flat_map(|(kind, states)| {
            let counted = (0_u8..).zip(states).filter(|(_, sockets)| **sockets > 0);
            counted.map(move |(state, sockets)| (kind, State(state), *sockets))
        })
    }

    /// The number of TCP and UDP sockets bound to each local port, in order of the port, without
    /// zeros.
    pub fn ports(&self) -> impl Iterator<Item = (u16, u64)> {
        let counted = (0_u16..=u16::MAX).zip(&self.ports).filter(|(_, sockets)| **sockets > 0);
        counted.map(|(port, sockets)| (port, u64::from(*sockets)))
    }

    /// The number of sockets of each user, in order of the user id, for the first 4,096 users
    /// found. Unix sockets are not included: their table has no user.
    pub fn users(&self) -> impl Iterator<Item = (u32, u64)> {
        let counted = self.users.iter().filter(|(_, sockets)| **sockets > 0);
        counted.map(|(user, sockets)| (*user, *sockets))
    }

    /// The number of sockets of all other users.
    #[must_use]
    pub fn other_users(&self) -> u64 {
        self.other_users
    }

    /// The lengths of receive queues: bytes to be read, or connections to be accepted by a TCP
    /// listener.
    #[must_use]
    pub fn receive_queues(&self) -> &Histogram {
        &self.receive
    }

    /// The lengths of send queues: bytes not yet sent or acknowledged.
    #[must_use]
    pub fn send_queues(&self) -> &Histogram {
        &self.send
    }

    fn clear(&mut self) {
        self.sockets = 0;
        self.other_users = 0;
        self.states.fill([0; STATES]);
        self.ports.fill(0);
        // The entries are kept, so that a refresh allocates nothing for them.
        self.users.values_mut().for_each(|sockets| *sockets = 0);
        self.receive = Histogram::default();
        self.send = Histogram::default();
    }

    fn add(&mut self, socket: &Socket<'_>) {
        self.sockets += 1;
        let state = usize::from(socket.state.0).min(STATES - 1);
        if let Some(at) = Kind::ALL.into_iter().position(|kind| kind == socket.kind) {
            self.states[at][state] += 1;
        }
        let Some(local) = socket.local() else { return };
        self.ports[usize::from(local.port())] += 1;
        socket.rx_queue().into_iter().for_each(|length| self.receive.add(length));
        socket.tx_queue().into_iter().for_each(|length| self.send.add(length));
        let Some(uid) = socket.uid() else { return };
        if self.users.len() < USERS || self.users.contains_key(&uid) {
            *self.users.entry(uid).or_default() += 1;
        } else {
            self.other_users += 1;
        }
    }
}

/// The number of sockets by the length of a queue, in classes of powers of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Histogram {
    /// For the lengths 0, 1, 2 to 3, 4 to 7, …
    counts: [u64; 33],
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram { counts: [0; 33] }
    }
}

impl Histogram {
    fn add(&mut self, length: u32) {
        self.counts[(u32::BITS - length.leading_zeros()) as usize] += 1;
    }

    /// The smallest and the largest length of each class, and its number of sockets, without zeros.
    pub fn classes(&self) -> impl Iterator<Item = (u32, u32, u64)> {
        let classes = (0_u32..).zip(&self.counts).filter(|(_, sockets)| **sockets > 0);
        classes.map(|(class, sockets)| match class.checked_sub(1) {
            None => (0, 0, *sockets),
            Some(power) => (1 << power, u32::MAX >> (31 - power), *sockets),
        })
    }
}

impl Scanner {
    /// Counts the sockets that match `query`, up to its limit. Owners are not looked for, even if the
    /// query asks for them.
    ///
    /// # Errors
    ///
    /// As for [`visit`](Scanner::visit).
    pub fn summarize(&mut self, query: &Query, summary: &mut Summary) -> Result<Coverage, Error> {
        summary.clear();
        self.visit(&query.without_owners(), |socket| summary.add(socket))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_powers_of_two() {
        let mut histogram = Histogram::default();
        for length in [0, 1, 2, 3, 4, 7, 8, u32::MAX] {
            histogram.add(length);
        }
        let classes: Vec<_> = histogram.classes().collect();
        let last = (1 << 31, u32::MAX, 1);
        assert_eq!(classes, [(0, 0, 1), (1, 1, 1), (2, 3, 2), (4, 7, 2), (8, 15, 1), last]);
    }
}
