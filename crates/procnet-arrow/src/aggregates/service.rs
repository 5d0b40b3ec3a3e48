//! On which side of a connection a service is.

use std::{fs, net::SocketAddr};

use procnet::{Kind, ProcRoot, State};

/// On which side of a connection a service is, and its port. The other side has a port that the kernel gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Service {
    /// Neither port is that of a service.
    Unknown,
    /// On this host: the local port.
    Local(u16),
    /// On the other: the port of the peer.
    Remote(u16),
}

/// How services are told from those who use them: by their ports.
///
/// ```
/// use procnet::{Kind, State};
/// use procnet_arrow::{Service, ServiceRule};
///
/// let rule = ServiceRule::new(32768);
/// let of = |local: &str, remote: &str| {
///     rule.service(Kind::Tcp, State::ESTABLISHED, local.parse().ok(), remote.parse().ok())
/// };
/// assert_eq!(of("10.0.0.7:443", "10.0.0.8:40000"), Service::Local(443));
/// assert_eq!(of("10.0.0.7:40000", "10.0.0.8:5432"), Service::Remote(5432));
/// assert_eq!(of("10.0.0.7:40000", "10.0.0.8:50000"), Service::Unknown);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceRule {
    first_ephemeral: u16,
}

impl ServiceRule {
    /// Ports below this one are those of services.
    #[must_use]
    pub fn new(first_ephemeral: u16) -> ServiceRule {
        ServiceRule { first_ephemeral }
    }

    /// The same with the [ephemeral ports](first_ephemeral_port) of the host that this root is of.
    #[must_use]
    pub fn of(root: &ProcRoot) -> ServiceRule {
        ServiceRule::new(first_ephemeral_port(root))
    }

    /// The service of a socket: its local port if that is of one, or if it listens, else the port of its peer.
    #[inline]
    #[must_use]
    pub fn service(
        self,
        kind: Kind,
        state: State,
        local: Option<SocketAddr>,
        remote: Option<SocketAddr>,
    ) -> Service {
        let (true, Some(local)) = (has_ports(kind), local) else {
            return Service::Unknown;
        };
        let is_service = |port: u16| port != 0 && port < self.first_ephemeral;
        if state == State::LISTEN || is_service(local.port()) {
            return Service::Local(local.port());
        }
        match remote {
            Some(remote)
                if is_service(remote.port()) && !remote.ip().to_canonical().is_unspecified() =>
            {
                Service::Remote(remote.port())
            }
            _ => Service::Unknown,
        }
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

    #[test]
    fn a_service_is_where_the_port_is_not_ephemeral() {
        let of = |rule: ServiceRule, kind, state, local: &str, remote: &str| {
            rule.service(kind, state, local.parse().ok(), remote.parse().ok())
        };
        let rule = ServiceRule::new(32768);
        let tcp6 = |state, local, remote| of(rule, Kind::Tcp6, state, local, remote);
        let (listen, established) = (State::LISTEN, State::ESTABLISHED);
        assert_eq!(tcp6(listen, "[::]:61000", "[::]:0"), Service::Local(61000));
        assert_eq!(tcp6(established, "[::1]:443", "[::1]:40000"), Service::Local(443));
        assert_eq!(tcp6(established, "[::1]:443", "[::1]:80"), Service::Local(443));
        assert_eq!(tcp6(established, "[::1]:40000", "[::1]:443"), Service::Remote(443));
        assert_eq!(tcp6(established, "[::1]:40000", "[::1]:32768"), Service::Unknown);
        assert_eq!(tcp6(State::CLOSE, "[::]:40000", "[::]:0"), Service::Unknown);
        // Another range.
        let low = ServiceRule::new(1024);
        let udp = of(low, Kind::Udp, established, "10.0.0.1:1023", "10.0.0.2:2000");
        assert_eq!(udp, Service::Local(1023));
        // The local port of a raw socket is its protocol.
        let raw = of(rule, Kind::Raw, State::CLOSE, "0.0.0.0:1", "0.0.0.0:0");
        assert_eq!(raw, Service::Unknown);
        assert_eq!(of(rule, Kind::Unix, established, "", ""), Service::Unknown);
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
            assert_eq!(ServiceRule::of(&root), ServiceRule::new(first));
        }
    }
}
