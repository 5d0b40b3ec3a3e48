//! What a call received of a subscription, and what is missing.

use std::{fmt, ops::AddAssign};

/// What one call of [`SocketEvents::read`](super::SocketEvents::read) received; several can be added up.
///
/// `Display` writes a line for each thing that is missing, and nothing if it
/// [is complete](EventsReceived::is_complete).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventsReceived {
    /// The sockets that began passed to the visitor.
    pub began: u64,
    /// The sockets that ended passed to the visitor.
    pub ended: u64,
    /// How many sockets that began were lost, exactly, as the buffer was full: of the selected network
    /// namespaces, IP versions and ports, whether or not they match the rest of the query.
    pub lost_births: u64,
    /// The same of sockets that ended.
    pub lost_ends: u64,
    /// Events that do not decode.
    pub undecodable: u64,
    /// Whether more may be waiting, as the call ended after as many bytes as the buffer has.
    pub more: bool,
}

impl EventsReceived {
    /// Whether nothing was lost.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let EventsReceived { began: _, ended: _, lost_births, lost_ends, undecodable, more: _ } =
            *self;
        (lost_births, lost_ends, undecodable) == (0, 0, 0)
    }
}

/// Adds the counts; of [`more`](EventsReceived::more), that of the later call remains.
impl AddAssign for EventsReceived {
    fn add_assign(&mut self, later: EventsReceived) {
        let EventsReceived { began, ended, lost_births, lost_ends, undecodable, more } = later;
        self.began += began;
        self.ended += ended;
        self.lost_births += lost_births;
        self.lost_ends += lost_ends;
        self.undecodable += undecodable;
        self.more = more;
    }
}

impl fmt::Display for EventsReceived {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let EventsReceived { began: _, ended: _, lost_births, lost_ends, undecodable, more: _ } =
            *self;
        for (lost, verb) in [(lost_births, "began"), (lost_ends, "ended")] {
            if lost > 0 {
                let s = if lost == 1 { "" } else { "s" };
                writeln!(
                    f,
                    "{lost} event{s} of sockets that {verb} lost, as they came faster than they were read"
                )?;
            }
        }
        match undecodable {
            0 => Ok(()),
            1 => writeln!(f, "1 event of a socket does not decode"),
            more => writeln!(f, "{more} events of sockets do not decode"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_counted_and_printed() {
        let mut all = EventsReceived { began: 1, more: true, ..EventsReceived::default() };
        assert!(all.is_complete() && all.to_string().is_empty());
        all += EventsReceived { lost_births: 1, ..EventsReceived::default() };
        assert!(!all.is_complete() && !all.more);
        all += EventsReceived { lost_ends: 20, undecodable: 1, ..EventsReceived::default() };
        assert_eq!(
            all.to_string(),
            "1 event of sockets that began lost, as they came faster than they were read\n\
             20 events of sockets that ended lost, as they came faster than they were read\n\
             1 event of a socket does not decode\n"
        );
    }
}
