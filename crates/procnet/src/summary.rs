//! Sockets in numbers: one pass over the tables, no process looked at, nothing kept a row.

use std::collections::BTreeMap;

use procnet_core::State;

use crate::{Coverage, Error, Kind, Query, Scanner, Socket};

/// How many different users are counted one by one.
const USERS: usize = 4096;

/// How many sockets there are, by what an operator asks first.
///
/// Its size does not depend on the number of sockets; filled again, it allocates nothing.
///
/// ```
/// use procnet::{Kinds, Query, Scanner, State, Summary};
///
/// let mut scanner = Scanner::new()?;
/// let mut summary = Summary::default();
/// scanner.summarize(&Query::new().kinds(Kinds::TCP), &mut summary)?;
/// let waiting: u64 = summary
///     .states()
///     .filter(|(_, state, _)| *state == State::CLOSE_WAIT)
///     .map(|(_, _, sockets)| sockets)
///     .sum();
/// println!("{} sockets, {waiting} to be closed", summary.sockets());
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

/// More than the kernel's largest number of a state; a larger one is counted as the last.
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
    /// How many sockets there are.
    #[must_use]
    pub fn sockets(&self) -> u64 {
        self.sockets
    }

    /// How many there are of each kind, in each state that any is in.
    pub fn states(&self) -> impl Iterator<Item = (Kind, State, u64)> {
        Kind::ALL.into_iter().zip(&self.states).flat_map(|(kind, states)| {
            let counted = (0_u8..).zip(states).filter(|(_, sockets)| **sockets > 0);
            counted.map(move |(state, sockets)| (kind, State(state), *sockets))
        })
    }

    /// How many TCP and UDP sockets are bound to each local port that any is bound to, by port.
    pub fn ports(&self) -> impl Iterator<Item = (u16, u64)> {
        let counted = (0_u16..=u16::MAX).zip(&self.ports).filter(|(_, sockets)| **sockets > 0);
        counted.map(|(port, sockets)| (port, u64::from(*sockets)))
    }

    /// How many sockets each user has, by user: of the first 4,096 users that were seen.
    /// Unix sockets are not among them: their table does not tell.
    pub fn users(&self) -> impl Iterator<Item = (u32, u64)> {
        let counted = self.users.iter().filter(|(_, sockets)| **sockets > 0);
        counted.map(|(user, sockets)| (*user, *sockets))
    }

    /// How many sockets all further users have.
    #[must_use]
    pub fn other_users(&self) -> u64 {
        self.other_users
    }

    /// What waits to be read: bytes, and for TCP listeners connections that wait to be
    /// accepted.
    #[must_use]
    pub fn receive_queues(&self) -> &Histogram {
        &self.receive
    }

    /// Bytes that wait to be sent or acknowledged.
    #[must_use]
    pub fn send_queues(&self) -> &Histogram {
        &self.send
    }

    fn clear(&mut self) {
        self.sockets = 0;
        self.other_users = 0;
        self.states.fill([0; STATES]);
        self.ports.fill(0);
        // The users are kept, so that a refresh allocates nothing for them.
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

/// Sockets by the length of a queue, in powers of two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Histogram {
    /// None, 1, 2 to 3, 4 to 7, …
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

    /// The shortest and the longest length of each class that any socket is in, and how many
    /// sockets are.
    pub fn classes(&self) -> impl Iterator<Item = (u32, u32, u64)> {
        let classes = (0_u32..).zip(&self.counts).filter(|(_, sockets)| **sockets > 0);
        classes.map(|(class, sockets)| match class.checked_sub(1) {
            None => (0, 0, *sockets),
            Some(power) => (1 << power, u32::MAX >> (31 - power), *sockets),
        })
    }
}

impl Scanner {
    /// Counts the sockets that `query` asks for. Owners are not looked for, whatever it says;
    /// its limit holds.
    ///
    /// # Errors
    ///
    /// As for [`visit`](Scanner::visit).
    pub fn summarize(&mut self, query: &Query, summary: &mut Summary) -> Result<Coverage, Error> {
        summary.clear();
        let mut query = query.clone().owners(false);
        query.incremental = None;
        self.visit(&query, |socket| summary.add(socket))
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
