//! What of a socket, or of a group, needs attention in a watch.

use std::fmt;

/// What needs attention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Warnings {
    /// Listeners whose queue of connections is full.
    pub(crate) full: u64,
    /// Sockets of processes that leave ever more connections in `CLOSE_WAIT`.
    pub(crate) leaking: u64,
    /// Segments sent again since the last look.
    pub(crate) retransmissions: u64,
    /// Packets dropped since the last look.
    pub(crate) drops: u64,
}

impl Warnings {
    pub(crate) fn is_empty(&self) -> bool {
        *self == Warnings::default()
    }

    /// The most urgent first: a listener that refuses, then what is lost, then what piles up.
    pub(crate) fn rank(&self) -> u8 {
        match self {
            Warnings { full: 1.., .. } => 0,
            Warnings { drops: 1.., .. } | Warnings { retransmissions: 1.., .. } => 1,
            Warnings { leaking: 1.., .. } => 2,
            _ => 3,
        }
    }

    /// Adds those of another socket.
    pub(crate) fn add(&mut self, other: &Warnings) {
        self.full += other.full;
        self.leaking += other.leaking;
        self.retransmissions += other.retransmissions;
        self.drops += other.drops;
    }
}

impl fmt::Display for Warnings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Warnings { full, leaking, retransmissions, drops } = self;
        let mut separator = "";
        let mut part = |count: &u64, text: fmt::Arguments<'_>| {
            if *count == 0 {
                return Ok(());
            }
            write!(f, "{separator}{text}")?;
            separator = ", ";
            Ok(())
        };
        match full {
            0 | 1 => part(full, format_args!("full"))?,
            more => part(full, format_args!("{more} full"))?,
        }
        part(leaking, format_args!("leak"))?;
        part(retransmissions, format_args!("retrans +{retransmissions}"))?;
        part(drops, format_args!("drops +{drops}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Warnings;

    #[test]
    fn each_warning_has_its_word() {
        let mut all = Warnings::default();
        assert!(all.is_empty() && all.to_string().is_empty() && all.rank() == 3);
        assert_eq!(Warnings { leaking: 1, ..all }.rank(), 2);
        all.add(&Warnings { full: 1, drops: 5, ..Warnings::default() });
        assert_eq!(all.to_string(), "full, drops +5");
        assert_eq!(all.rank(), 0);
        all.add(&Warnings { full: 1, leaking: 3, retransmissions: 2, drops: 1 });
        assert_eq!(all.to_string(), "2 full, leak, retrans +2, drops +6");
    }
}
