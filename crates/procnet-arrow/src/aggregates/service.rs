//! On which side of a connection a service is.

use std::{fmt, fs, net::SocketAddr};

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

/// Tells services from those who use them, by their ports. A port is that of a service if it is below the ephemeral
/// ones, or if a socket of this host listens at it, in whichever network namespace.
///
/// Sockets come in any order, so a listener is known from the look in which it is seen on, or from the next one.
/// sock_diag reports listeners first.
///
/// ```
/// use procnet::{Kind, State};
/// use procnet_arrow::{Service, Services};
///
/// let mut services = Services::new(32768);
/// let mut of = |state, local: &str, remote: &str| {
///     services.service(Kind::Tcp, state, local.parse().ok(), remote.parse().ok())
/// };
/// let established = State::ESTABLISHED;
/// assert_eq!(of(established, "10.0.0.7:443", "10.0.0.8:40000"), Service::Local(443));
/// assert_eq!(of(established, "10.0.0.7:40000", "10.0.0.8:5432"), Service::Remote(5432));
/// assert_eq!(of(established, "10.0.0.7:50051", "10.0.0.8:40000"), Service::Unknown);
/// assert_eq!(of(State::LISTEN, "0.0.0.0:50051", "0.0.0.0:0"), Service::Local(50051));
/// assert_eq!(of(established, "10.0.0.7:50051", "10.0.0.8:40000"), Service::Local(50051));
/// ```
#[derive(Clone, Debug)]
pub struct Services {
    first_ephemeral: u16,
    /// The ports at which a socket listened in the last look, and in this one.
    listening: [PortSet; 2],
}

impl Services {
    /// Ports below this one are those of services.
    #[must_use]
    pub fn new(first_ephemeral: u16) -> Services {
        Services { first_ephemeral, listening: [PortSet::default(), PortSet::default()] }
    }

    /// The same with the [ephemeral ports](first_ephemeral_port) of the host that this root is of.
    #[must_use]
    pub fn of(root: &ProcRoot) -> Services {
        Services::new(first_ephemeral_port(root))
    }

    /// Begins another look: who listened before the last one is forgotten.
    pub fn begin(&mut self) {
        let [before, now] = &mut self.listening;
        std::mem::swap(before, now);
        now.clear();
    }

    /// The service of a socket: its local port if that is of one, or if it listens, else the port of its peer.
    #[inline]
    pub fn service(
        &mut self,
        kind: Kind,
        state: State,
        local: Option<SocketAddr>,
        remote: Option<SocketAddr>,
    ) -> Service {
        let (true, Some(local)) = (has_ports(kind), local) else {
            return Service::Unknown;
        };
        let is_service = |port: u16| port != 0 && port < self.first_ephemeral;
        let port = local.port();
        if state == State::LISTEN {
            self.listening[1].insert(port);
            return Service::Local(port);
        }
        if is_service(port) || self.listening.iter().any(|ports| ports.has(port)) {
            return Service::Local(port);
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

/// Ports, a bit each.
#[derive(Clone)]
struct PortSet(Box<[u64]>);

impl Default for PortSet {
    fn default() -> PortSet {
        PortSet(vec![0; (1 << 16) / 64].into())
    }
}

impl fmt::Debug for PortSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries((0..=u16::MAX).filter(|port| self.has(*port))).finish()
    }
}

impl PortSet {
    fn clear(&mut self) {
        self.0.fill(0);
    }

    #[inline]
    fn insert(&mut self, port: u16) {
        self.0[usize::from(port / 64)] |= 1 << (port % 64);
    }

    #[inline]
    fn has(&self, port: u16) -> bool {
        self.0[usize::from(port / 64)] & (1 << (port % 64)) != 0
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
        let of = |first: u16, kind, state, local: &str, remote: &str| {
            let mut services = Services::new(first);
            services.service(kind, state, local.parse().ok(), remote.parse().ok())
        };
        let tcp6 = |state, local, remote| of(32768, Kind::Tcp6, state, local, remote);
        let (listen, established) = (State::LISTEN, State::ESTABLISHED);
        assert_eq!(tcp6(listen, "[::]:61000", "[::]:0"), Service::Local(61000));
        assert_eq!(tcp6(established, "[::1]:443", "[::1]:40000"), Service::Local(443));
        assert_eq!(tcp6(established, "[::1]:443", "[::1]:80"), Service::Local(443));
        assert_eq!(tcp6(established, "[::1]:40000", "[::1]:443"), Service::Remote(443));
        assert_eq!(tcp6(established, "[::1]:40000", "[::1]:32768"), Service::Unknown);
        assert_eq!(tcp6(State::CLOSE, "[::]:40000", "[::]:0"), Service::Unknown);
        // Another range.
        let udp = of(1024, Kind::Udp, established, "10.0.0.1:1023", "10.0.0.2:2000");
        assert_eq!(udp, Service::Local(1023));
        // The local port of a raw socket is its protocol.
        let raw = of(32768, Kind::Raw, State::CLOSE, "0.0.0.0:1", "0.0.0.0:0");
        assert_eq!(raw, Service::Unknown);
        assert_eq!(of(32768, Kind::Unix, established, "", ""), Service::Unknown);
    }

    #[test]
    fn a_port_is_that_of_a_service_while_a_socket_listens_at_it() {
        let mut services = Services::new(32768);
        let of = |services: &mut Services, state, local: &str, remote: &str| {
            services.service(Kind::Tcp, state, local.parse().ok(), remote.parse().ok())
        };
        let (listen, established) = (State::LISTEN, State::ESTABLISHED);
        let ends = ("10.0.0.1:50051", "10.0.0.2:40000");
        assert_eq!(of(&mut services, established, ends.0, ends.1), Service::Unknown);
        assert_eq!(of(&mut services, listen, "0.0.0.0:50051", "0.0.0.0:0"), Service::Local(50051));
        // In this look and in the next, in which the listener may come last.
        for _ in 0..2 {
            assert_eq!(of(&mut services, established, ends.0, ends.1), Service::Local(50051));
            services.begin();
        }
        assert_eq!(of(&mut services, established, ends.0, ends.1), Service::Unknown);
        // A listener at the port of the peer is on this host, the peer is not.
        assert_eq!(of(&mut services, listen, "[::]:65535", "[::]:0"), Service::Local(65535));
        assert_eq!(of(&mut services, established, ends.1, "10.0.0.3:65535"), Service::Unknown);
        assert_eq!(format!("{:?}", services.listening), "[{}, {65535}]");
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
            assert_eq!(Services::of(&root).first_ephemeral, first);
        }
    }
}
