//! What the sockets of a group have in common.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use procnet::{Kind, ProcRoot, State};

use super::holders::Names;
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

/// How ports and addresses are grouped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// Ports below are those of services.
    pub(super) first_ephemeral: u16,
    /// The lengths of the prefixes of servers, of IPv4 and IPv6.
    pub(super) prefixes: (u8, u8),
}

impl Rule {
    #[inline]
    pub(super) fn ports(self, socket: &Row<'_>) -> Ports {
        let (true, Some(local)) = (has_ports(socket.kind), socket.local) else {
            return Ports::Unknown;
        };
        let is_service = |port: u16| port != 0 && port < self.first_ephemeral;
        if socket.state == State::LISTEN || is_service(local.port()) {
            return Ports::Service(local.port());
        }
        let server = |remote: &SocketAddr| {
            is_service(remote.port()) && !remote.ip().to_canonical().is_unspecified()
        };
        match socket.remote.filter(server) {
            Some(remote) => Ports::Server(self.network(remote.ip()), remote.port()),
            None => Ports::Unknown,
        }
    }

    /// The network of an address. An IPv4 address in IPv6 form is one of IPv4.
    fn network(self, address: IpAddr) -> IpAddr {
        let (ipv4, ipv6) = self.prefixes;
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
            IpAddr::V4(_) => (self.prefixes.0, 32),
            IpAddr::V6(_) => (self.prefixes.1, 128),
        };
        if length == whole { network.to_string() } else { format!("{network}/{length}") }
    }
}

/// Whether sockets of this kind have ports: those of raw and ICMP sockets are protocols and identifiers.
fn has_ports(kind: Kind) -> bool {
    !matches!(kind, Kind::Raw | Kind::Raw6 | Kind::Icmp | Kind::Icmp6)
}

/// The first port that the kernel gives to those who ask for none: the first number of
/// `/proc/sys/net/ipv4/ip_local_port_range`, of the network namespace of the caller; the kernel's default,
/// 32768, if that cannot be read.
#[must_use]
pub fn first_ephemeral_port(root: &ProcRoot) -> u16 {
    let path = root.path().join("sys/net/ipv4/ip_local_port_range");
    let text = fs::read_to_string(path).unwrap_or_default();
    text.split_ascii_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(32768)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule = Rule { first_ephemeral: 32768, prefixes: (32, 128) };

    fn ports(rule: Rule, kind: Kind, state: State, local: &str, remote: &str) -> Ports {
        let mut row = Row::new(kind, state);
        (row.local, row.remote) = (local.parse().ok(), remote.parse().ok());
        rule.ports(&row)
    }

    #[test]
    fn a_service_is_where_the_port_is_not_ephemeral() {
        let of = |state, local, remote| ports(RULE, Kind::Tcp6, state, local, remote);
        let (listen, established) = (State::LISTEN, State::ESTABLISHED);
        assert_eq!(of(listen, "[::]:61000", "[::]:0"), Ports::Service(61000));
        assert_eq!(of(established, "[::1]:443", "[::1]:40000"), Ports::Service(443));
        assert_eq!(of(established, "[::1]:443", "[::1]:80"), Ports::Service(443));
        let mapped = of(established, "[::ffff:10.0.0.1]:40000", "[::ffff:10.0.0.2]:443");
        assert_eq!(mapped, Ports::Server([10, 0, 0, 2].into(), 443));
        assert_eq!(of(established, "[::1]:40000", "[::1]:32768"), Ports::Unknown);
        assert_eq!(of(State::CLOSE, "[::]:40000", "[::]:0"), Ports::Unknown);
        // Another range.
        let rule = Rule { first_ephemeral: 1024, ..RULE };
        let of = ports(rule, Kind::Udp, established, "10.0.0.1:1023", "10.0.0.2:2000");
        assert_eq!(of, Ports::Service(1023));
        // The local port of a raw socket is its protocol.
        assert_eq!(ports(RULE, Kind::Raw, State::CLOSE, "0.0.0.0:1", "0.0.0.0:0"), Ports::Unknown);
        assert_eq!(ports(RULE, Kind::Unix, established, "", ""), Ports::Unknown);
    }

    #[test]
    fn servers_are_grouped_by_their_prefix() {
        let rule = Rule { prefixes: (24, 0), ..RULE };
        let of = |local, remote| ports(rule, Kind::Tcp, State::ESTABLISHED, local, remote);
        let server = of("10.0.0.1:40000", "10.1.2.3:80");
        assert_eq!(server, Ports::Server([10, 1, 2, 0].into(), 80));
        assert_eq!(rule.text([10, 1, 2, 0].into()), "10.1.2.0/24");
        assert_eq!(RULE.text([10, 1, 2, 3].into()), "10.1.2.3");
        let server = of("[::1]:40000", "[2001:db8::1]:80");
        assert_eq!(server, Ports::Server("::".parse().unwrap(), 80));
        assert_eq!(rule.text("::".parse().unwrap()), "::/0");
    }

    #[test]
    fn the_first_ephemeral_port_is_that_of_the_kernel() {
        let directory = tempfile::tempdir().unwrap();
        let root = ProcRoot::at(directory.path()).unwrap();
        assert_eq!(first_ephemeral_port(&root), 32768);
        let path = directory.path().join("sys/net/ipv4");
        fs::create_dir_all(&path).unwrap();
        for (text, first) in [("1024\t65535\n", 1024), ("x\n", 32768), ("99999\t1\n", 32768)] {
            fs::write(path.join("ip_local_port_range"), text).unwrap();
            assert_eq!(first_ephemeral_port(&root), first);
        }
    }
}
