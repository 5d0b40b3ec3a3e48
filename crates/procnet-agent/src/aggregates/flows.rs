//! Counts by process, peer and port.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use procnet::Socket;
use procnet_arrow::{Service, Services};

use super::{Prefix, Slot, largest::keep_largest};

/// The most flows that are told apart. The rest is counted as `other`.
const CAPACITY: usize = 1 << 16;

/// What sockets are grouped by: the process, the network of their peers, and the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Flow {
    /// The name of its kind, without the 6 of IPv6: a server's socket may have peers of both.
    pub protocol: &'static str,
    /// On which side the service is, and its port.
    pub service: Service,
    /// The network of the peer.
    pub peer: Prefix,
    /// The name of the process.
    pub comm: Slot,
}

impl Flow {
    /// The direction: `in` if the service is on this host.
    #[must_use]
    pub fn direction(&self) -> &'static str {
        match self.service {
            Service::Local(_) => "in",
            Service::Remote(_) => "out",
            Service::Unknown => "unknown",
        }
    }

    /// The port of the service.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        match self.service {
            Service::Local(port) | Service::Remote(port) => Some(port),
            Service::Unknown => None,
        }
    }
}

/// Counts by flow.
#[derive(Debug)]
pub struct Flows {
    services: Services,
    known: HashMap<Flow, Counted, RandomState>,
    other: u64,
    /// Those that have series of their own, in their order.
    chosen: Vec<(Flow, u64)>,
    /// What all others have.
    others: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counted {
    sockets: u64,
    has_series: bool,
}

impl Counted {
    /// A flow that has a series keeps it until there are others with more than twice its sockets: those
    /// with nearly as many do not take turns.
    fn weight(self) -> u64 {
        if self.has_series { self.sockets.saturating_mul(2) } else { self.sockets }
    }
}

impl Flows {
    pub(super) fn new(services: Services) -> Flows {
        Flows { services, known: HashMap::default(), other: 0, chosen: Vec::new(), others: 0 }
    }

    /// Sets all counts to 0.
    pub(super) fn clear(&mut self) {
        self.services.begin();
        if self.known.len() > CAPACITY / 2 {
            self.known.retain(|_, counted| counted.sockets > 0);
        }
        self.known.values_mut().for_each(|counted| counted.sockets = 0);
        self.other = 0;
    }

    /// Forgets all flows: their names or prefixes are others from now on.
    pub(super) fn forget(&mut self) {
        self.known.clear();
        self.chosen.clear();
        (self.other, self.others) = (0, 0);
    }

    /// Each flow, with its sockets; and the number of sockets of flows for which there was no room.
    pub(super) fn all(&self) -> (impl Iterator<Item = (Flow, u64)>, u64) {
        let counted = self.known.iter().filter(|(_, counted)| counted.sockets > 0);
        (counted.map(|(flow, counted)| (*flow, counted.sockets)), self.other)
    }

    /// Counts a socket with a peer in this network. One without a peer may be a listener, whose port is known from
    /// now on.
    #[inline]
    pub(super) fn add(&mut self, socket: &Socket<'_>, peer: Option<Prefix>, comm: Slot) {
        let (local, remote) = (socket.local(), socket.remote());
        let service = self.services.service(socket.kind, socket.state, local, remote);
        let Some(peer) = peer else { return };
        let protocol = socket.kind.name().trim_end_matches('6');
        self.count(Flow { protocol, service, peer, comm });
    }

    fn count(&mut self, flow: Flow) {
        if let Some(counted) = self.known.get_mut(&flow) {
            counted.sockets += 1;
        } else if self.known.len() < CAPACITY {
            self.known.insert(flow, Counted { sockets: 1, has_series: false });
        } else {
            self.other += 1;
        }
    }

    /// Chooses the flows that have series of their own.
    pub(super) fn choose(&mut self, most: usize) {
        let Flows { known, chosen, .. } = self;
        chosen.clear();
        let counted = known.iter().filter(|(_, counted)| counted.sockets > 0);
        // For now, with the weights.
        chosen.extend(counted.map(|(flow, counted)| (*flow, counted.weight())));
        keep_largest(chosen, most);
        known.values_mut().for_each(|counted| counted.has_series = false);
        for (flow, sockets) in chosen.iter_mut() {
            if let Some(counted) = known.get_mut(flow) {
                counted.has_series = true;
                *sockets = counted.sockets;
            }
        }
        let all = known.values().map(|counted| counted.sockets).sum::<u64>() + self.other;
        self.others = all - chosen.iter().map(|(_, sockets)| sockets).sum::<u64>();
    }

    /// The flows that were chosen, in their order, with their sockets; and the number of sockets of all others.
    #[must_use]
    pub fn chosen(&self) -> (&[(Flow, u64)], u64) {
        (&self.chosen, self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flows() -> Flows {
        Flows::new(Services::new(32768))
    }

    fn flow(number: u32) -> Flow {
        let [_, a, b, c] = number.to_be_bytes();
        let peer = Prefix::of([10, a, b, c].into(), (32, 128));
        Flow { protocol: "tcp", service: Service::Local(443), peer, comm: Slot::Name(0) }
    }

    /// Counts each flow as often as it says, and the flows that then have series.
    fn refresh(flows: &mut Flows, most: usize, sockets: &[(u32, u64)]) -> (Vec<(u32, u64)>, u64) {
        flows.clear();
        for (number, sockets) in sockets {
            (0..*sockets).for_each(|_| flows.count(flow(*number)));
        }
        flows.choose(most);
        let (chosen, other) = flows.chosen();
        let all = sockets.iter();
        let number = |of: &Flow| all.clone().find(|(number, _)| flow(*number) == *of).unwrap().0;
        (chosen.iter().map(|(flow, sockets)| (number(flow), *sockets)).collect(), other)
    }

    #[test]
    fn the_flows_with_the_most_sockets_have_series_and_the_sum_is_right() {
        let mut flows = flows();
        let all = [(1, 3), (2, 1), (3, 5), (4, 2)];
        assert_eq!(refresh(&mut flows, 2, &all), (vec![(1, 3), (3, 5)], 3));
        assert_eq!(refresh(&mut flows, 9, &all), (all.to_vec(), 0));
        assert_eq!(refresh(&mut flows, 0, &all), (vec![], 11));
        assert_eq!(refresh(&mut flows, 2, &[]), (vec![], 0));
    }

    #[test]
    fn a_flow_keeps_its_series_until_another_has_more_than_twice_its_sockets() {
        let mut flows = flows();
        assert_eq!(refresh(&mut flows, 1, &[(1, 5), (2, 4)]), (vec![(1, 5)], 4));
        assert_eq!(refresh(&mut flows, 1, &[(1, 5), (2, 10)]), (vec![(1, 5)], 10));
        assert_eq!(refresh(&mut flows, 1, &[(1, 5), (2, 11)]), (vec![(2, 11)], 5));
        // From now on it is the other way round; one that is gone keeps nothing.
        assert_eq!(refresh(&mut flows, 1, &[(1, 20), (2, 11)]), (vec![(2, 11)], 20));
        assert_eq!(refresh(&mut flows, 1, &[(1, 1)]), (vec![(1, 1)], 0));
    }

    #[test]
    fn the_sum_is_right_however_many_flows_there_are() {
        let mut flows = flows();
        let more = u32::try_from(CAPACITY).unwrap() + 100;
        (0..more).for_each(|number| flows.count(flow(number)));
        flows.choose(10);
        let (chosen, others) = flows.chosen();
        assert_eq!((chosen.len(), others), (10, u64::from(more) - 10));
        // Those that are gone make room.
        flows.clear();
        flows.clear();
        flows.count(flow(more));
        assert_eq!((flows.known.len(), flows.other), (1, 0));
        flows.forget();
        flows.choose(10);
        assert_eq!(flows.chosen(), (&[][..], 0));
    }

    #[test]
    fn processes_peers_ports_sides_and_protocols_make_different_flows() {
        let mut flows = flows();
        let one = flow(1);
        let peer = Prefix::of("2001:db8::1".parse().unwrap(), (24, 48));
        let others = [
            Flow { comm: Slot::None, ..one },
            Flow { comm: Slot::Other, ..one },
            Flow { service: Service::Remote(443), ..one },
            Flow { service: Service::Local(444), ..one },
            Flow { service: Service::Unknown, ..one },
            Flow { protocol: "udp", ..one },
            Flow { peer, ..one },
        ];
        flows.count(one);
        others.iter().for_each(|other| flows.count(*other));
        flows.choose(100);
        let (chosen, other) = flows.chosen();
        assert_eq!((chosen.len(), other), (8, 0));
        assert!(chosen.iter().all(|(_, sockets)| *sockets == 1));
    }
}
