//! Processes that leave ever more connections in `CLOSE_WAIT`: the peer has closed them, and they
//! have not.

use std::collections::HashMap;

use procnet::{Owner, Socket, State, snapshot::Snapshot};

/// How often the number has to rise, without falling between.
const RISES: u32 = 3;

/// A process, by its pid and start time.
type Pid = (u32, Option<u64>);

#[derive(Default)]
pub(super) struct Leaks(HashMap<Pid, Count>);

#[derive(Clone, Copy, Default)]
struct Count {
    sockets: u64,
    rises: u32,
}

impl Leaks {
    /// After each look.
    pub(super) fn update(&mut self, now: &Snapshot) {
        let mut counts: HashMap<Pid, u64> = HashMap::new();
        for socket in now.iter().filter(|socket| socket.state == State::CLOSE_WAIT) {
            // Owners are sorted by pid, which makes duplicates adjacent.
            let mut last = None;
            for pid in socket.owners.iter().map(pid) {
                if last.replace(pid) != Some(pid) {
                    *counts.entry(pid).or_default() += 1;
                }
            }
        }
        self.count(counts);
    }

    fn count(&mut self, counts: HashMap<Pid, u64>) {
        let Leaks(before) = self;
        let counted = counts.into_iter().map(|(pid, sockets)| {
            let Count { sockets: last, rises } = before.get(&pid).copied().unwrap_or_default();
            let rises = match sockets.cmp(&last) {
                // Those of the first look may be old.
                std::cmp::Ordering::Greater if last > 0 => rises + 1,
                std::cmp::Ordering::Equal => rises,
                _ => 0,
            };
            (pid, Count { sockets, rises })
        });
        *before = counted.collect();
    }

    /// Whether it is a connection that a leaking process has not closed.
    pub(super) fn has(&self, socket: &Socket<'_>) -> bool {
        socket.state == State::CLOSE_WAIT
            && socket.owners.iter().any(|owner| self.is_leaking(pid(owner)))
    }

    fn is_leaking(&self, pid: Pid) -> bool {
        self.0.get(&pid).is_some_and(|count| count.rises >= RISES)
    }
}

fn pid(owner: Owner<'_>) -> Pid {
    (owner.pid(), owner.process.start_time)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether there is a leak after each of these numbers.
    fn leaks(counts: &[u64]) -> Vec<bool> {
        let (mut leaks, pid) = (Leaks::default(), (7, None));
        let each = counts.iter().map(|count| {
            let counts = if *count > 0 { HashMap::from([(pid, *count)]) } else { HashMap::new() };
            leaks.count(counts);
            leaks.is_leaking(pid)
        });
        each.collect()
    }

    #[test]
    fn a_number_that_has_risen_three_times_and_never_fallen_is_a_leak() {
        assert_eq!(leaks(&[5, 6, 7, 8, 8, 9]), [false, false, false, true, true, true]);
        assert_eq!(leaks(&[5, 6, 6, 7, 6, 7, 8]), [false; 7]);
        assert_eq!(leaks(&[0, 1, 2, 3, 4, 2]), [false, false, false, false, true, false]);
        assert_eq!(leaks(&[500, 500, 500, 500, 500]), [false; 5]);
    }
}
