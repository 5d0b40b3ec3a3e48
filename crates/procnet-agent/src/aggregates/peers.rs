//! Counts by the network of the peer: the sums of [flows](super::Flows), of which there are at most so many.

use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use foldhash::fast::RandomState;

use super::largest::keep_largest;

/// Counts by the network of the peer.
#[derive(Debug, Default)]
pub struct Peers {
    networks: HashMap<Prefix, u64, RandomState>,
    lengths: (u8, u8),
    other: u64,
    none: u64,
}

/// A network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Prefix {
    address: IpAddr,
    length: u8,
}

impl Prefix {
    /// The network of an address. An IPv4 address in IPv6 form is one of IPv4.
    #[must_use]
    pub fn of(address: IpAddr, (ipv4, ipv6): (u8, u8)) -> Prefix {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(ipv4)).unwrap_or(0);
                let address = Ipv4Addr::from_bits(address.to_bits() & mask);
                Prefix { address: address.into(), length: ipv4 }
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(ipv6)).unwrap_or(0);
                let address = Ipv6Addr::from_bits(address.to_bits() & mask);
                Prefix { address: address.into(), length: ipv6 }
            }
        }
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.length)
    }
}

impl Peers {
    /// Sets all counts to 0, with these lengths of prefixes. Whether they were others before.
    pub(super) fn begin(&mut self, ipv4: u8, ipv6: u8) -> bool {
        self.networks.clear();
        (self.other, self.none) = (0, 0);
        std::mem::replace(&mut self.lengths, (ipv4, ipv6)) != (ipv4, ipv6)
    }

    /// The network of this peer; `None` if it is none, which is counted.
    #[inline]
    pub(super) fn network(&mut self, remote: SocketAddr) -> Option<Prefix> {
        if remote.ip().to_canonical().is_unspecified() {
            self.none += 1;
            return None;
        }
        Some(Prefix::of(remote.ip(), self.lengths))
    }

    /// Counts sockets with a peer in this network, or in one that is not known.
    pub(super) fn add(&mut self, network: Option<Prefix>, sockets: u64) {
        match network {
            Some(network) => *self.networks.entry(network).or_default() += sockets,
            None => self.other += sockets,
        }
    }

    /// The networks with the most sockets, in their order; and the number of sockets of all others, and
    /// of those that have no peer.
    #[must_use]
    pub fn top(&self, most: usize) -> (Vec<(Prefix, u64)>, u64, u64) {
        let counted = self.networks.iter();
        let mut top: Vec<_> = counted.map(|(prefix, sockets)| (*prefix, *sockets)).collect();
        keep_largest(&mut top, most);
        let named: u64 = top.iter().map(|(_, sockets)| sockets).sum();
        let other = self.other + self.networks.values().sum::<u64>() - named;
        (top, other, self.none)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(peers: &mut Peers, all: &[&str]) {
        for peer in all {
            if let Some(network) = peers.network(peer.parse().unwrap()) {
                peers.add(Some(network), 1);
            }
        }
    }

    #[test]
    fn peers_are_counted_by_network() {
        let mut peers = Peers::default();
        peers.begin(24, 48);
        let all = [
            "10.1.2.3:1",
            "10.1.2.200:2",
            "[::ffff:10.1.2.9]:3",
            "[2001:db8:1:2::3]:4",
            "0.0.0.0:0",
            "[::]:0",
        ];
        count(&mut peers, &all);
        let (top, other, none) = peers.top(10);
        let top: Vec<_> =
            top.iter().map(|(prefix, sockets)| format!("{prefix} {sockets}")).collect();
        assert_eq!(top, ["10.1.2.0/24 3", "2001:db8:1::/48 1"]);
        assert_eq!((other, none), (0, 2));
        assert_eq!(peers.top(1).1, 1);
        peers.begin(32, 128);
        count(&mut peers, &all);
        assert_eq!(peers.top(10).0.len(), 4);
    }

    #[test]
    fn sockets_whose_network_is_not_known_are_others() {
        let mut peers = Peers::default();
        peers.begin(32, 128);
        count(&mut peers, &["10.0.0.1:1", "10.0.0.1:2", "10.0.0.2:1"]);
        peers.add(None, 500);
        let (top, other, none) = peers.top(1);
        assert_eq!((top[0].1, other, none), (2, 501, 0));
    }
}
