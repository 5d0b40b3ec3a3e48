//! What the sockets of a group have in common.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use procnet::Kind;

use super::{Service, Services, holders::Names};
use crate::Row;

/// What the sockets of a group have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Group {
    pub(super) names: Names,
    pub(super) kind: Kind,
    /// The number of the state.
    pub(super) state: u8,
    pub(super) ports: Ports,
}

/// On which side of a connection a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Ports {
    /// Neither port is that of a service.
    Unknown,
    /// On this host: its port.
    Service(u16),
    /// On the other: its network, and its port.
    Server(IpAddr, u16),
}

/// The lengths of the prefixes by which servers are grouped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prefixes {
    pub(super) ipv4: u8,
    pub(super) ipv6: u8,
}

impl Ports {
    #[inline]
    pub(super) fn of(socket: &Row<'_>, services: &mut Services, prefixes: Prefixes) -> Ports {
        let Row { kind, state, local, remote, .. } = *socket;
        match (services.service(kind, state, local, remote), remote) {
            (Service::Local(port), _) => Ports::Service(port),
            (Service::Remote(port), Some(remote)) => {
                Ports::Server(prefixes.network(remote.ip()), port)
            }
            _ => Ports::Unknown,
        }
    }
}

impl Prefixes {
    /// The network of an address. An IPv4 address in IPv6 form is one of IPv4.
    fn network(self, address: IpAddr) -> IpAddr {
        let Prefixes { ipv4, ipv6 } = self;
        match address.to_canonical() {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(ipv4)).unwrap_or(0);
                Ipv4Addr::from_bits(address.to_bits() & mask).into()
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(ipv6)).unwrap_or(0);
                Ipv6Addr::from_bits(address.to_bits() & mask).into()
            }
        }
    }

    /// A network as text; an address if its prefix has all bits.
    pub(super) fn text(self, network: IpAddr) -> String {
        let (length, whole) = match network {
            IpAddr::V4(_) => (self.ipv4, 32),
            IpAddr::V6(_) => (self.ipv6, 128),
        };
        if length == whole { network.to_string() } else { format!("{network}/{length}") }
    }
}

#[cfg(test)]
mod tests {
    use procnet::State;

    use super::*;

    #[test]
    fn servers_are_grouped_by_their_prefix() {
        let of = |prefixes: Prefixes, local: &str, remote: &str| {
            let mut row = Row::new(Kind::Tcp, State::ESTABLISHED);
            (row.local, row.remote) = (local.parse().ok(), remote.parse().ok());
            Ports::of(&row, &mut Services::new(32768), prefixes)
        };
        let (short, whole) = (Prefixes { ipv4: 24, ipv6: 0 }, Prefixes { ipv4: 32, ipv6: 128 });
        let server = of(short, "10.0.0.1:40000", "10.1.2.3:80");
        assert_eq!(server, Ports::Server([10, 1, 2, 0].into(), 80));
        assert_eq!(short.text([10, 1, 2, 0].into()), "10.1.2.0/24");
        assert_eq!(whole.text([10, 1, 2, 3].into()), "10.1.2.3");
        let server = of(short, "[::1]:40000", "[2001:db8::1]:80");
        assert_eq!(server, Ports::Server("::".parse().unwrap(), 80));
        assert_eq!(short.text("::".parse().unwrap()), "::/0");
        let mapped = of(whole, "[::ffff:10.0.0.1]:40000", "[::ffff:10.0.0.2]:443");
        assert_eq!(mapped, Ports::Server([10, 0, 0, 2].into(), 443));
        assert_eq!(of(whole, "10.0.0.1:443", "10.0.0.2:80"), Ports::Service(443));
        assert_eq!(of(whole, "10.0.0.1:40000", "10.0.0.2:40000"), Ports::Unknown);
    }
}
