//! Counts by local port.

use super::largest::keep_largest;

/// Counts of the sockets of one protocol by local port, without a limit: there are 65,536 ports.
#[derive(Debug)]
pub struct Ports {
    sockets: Vec<u32>,
    listens: Vec<bool>,
}

impl Default for Ports {
    fn default() -> Ports {
        Ports { sockets: vec![0; 1 << 16], listens: vec![false; 1 << 16] }
    }
}

impl Ports {
    pub(super) fn clear(&mut self) {
        self.sockets.fill(0);
        self.listens.fill(false);
    }

    #[inline]
    pub(super) fn add(&mut self, port: u16, listens: bool) {
        self.sockets[usize::from(port)] += 1;
        self.listens[usize::from(port)] |= listens;
    }

    /// The ports on which a socket waits for others, with the most sockets, in their order; and the number
    /// of sockets of all other ports.
    #[must_use]
    pub fn top(&self, most: usize) -> (Vec<(u16, u64)>, u64) {
        let all = (0_u16..=u16::MAX).zip(&self.sockets).zip(&self.listens);
        let mut sum = 0;
        let mut top = Vec::new();
        for ((port, sockets), listens) in all {
            let sockets = u64::from(*sockets);
            sum += sockets;
            if *listens && sockets > 0 {
                top.push((port, sockets));
            }
        }
        keep_largest(&mut top, most);
        let named: u64 = top.iter().map(|(_, sockets)| sockets).sum();
        (top, sum - named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_are_counted_at_the_ports_of_listeners() {
        let mut ports = Ports::default();
        for (port, listens) in
            [(443, true), (443, false), (80, true), (50_000, false), (443, false)]
        {
            ports.add(port, listens);
        }
        assert_eq!(ports.top(10), (vec![(80, 1), (443, 3)], 1));
        assert_eq!(ports.top(1), (vec![(443, 3)], 2));
        ports.clear();
        assert_eq!(ports.top(10), (vec![], 0));
    }
}
