//! What is counted in one refresh, in memory that is kept from one to the next.
//!
//! Every table is bounded. What does not fit is counted in its `other`, so that sums are right whatever names
//! and addresses others choose; and a socket is counted once in each family, whoever holds it.

mod counts;
mod flows;
mod largest;
mod listeners;
mod names;
mod peers;
mod ports;
mod processes;
mod quantiles;

use procnet::{
    Kind, ProcRoot, Process, Socket, State, decode::table::inet::Timer, socket::UnixName,
};
use procnet_arrow::Services;

pub use self::{
    counts::{Counts, Queues},
    flows::{Flow, Flows},
    listeners::{At, Listener, ListenerCounts, Listeners},
    names::{Label, Names, Slot},
    peers::{Peers, Prefix},
    ports::Ports,
    processes::{Details, Processes},
    quantiles::Quantiles,
};
use crate::config::Options;

/// The states by their number; a larger one is counted as the last.
const STATES: usize = 16;

/// What is counted in one refresh.
#[derive(Debug)]
pub struct Aggregates {
    /// By kind, then by state.
    states: [[u64; STATES]; Kind::ALL.len()],
    /// By kind, without listeners.
    pub queues: [Queues; Kind::ALL.len()],
    /// By kind.
    pub drops: [u64; Kind::ALL.len()],
    /// Sockets without a file: nobody can hold them.
    pub without_inode: u64,
    /// TCP sockets that wait for an acknowledgement of what they have sent again.
    pub retransmitting: u64,
    /// Of connections, if `tcp_info` was asked for.
    pub retransmissions: u64,
    /// Round-trip times in microseconds, if `tcp_info` was asked for.
    pub rtt: Quantiles,
    /// By the name of the process.
    pub comms: Names,
    /// By systemd unit.
    pub units: Names,
    /// By container.
    pub containers: Names,
    /// Sockets whose unit and container could not be read.
    pub units_unread: u64,
    processes: Processes,
    /// TCP sockets by local port.
    pub tcp_ports: Ports,
    /// UDP sockets by local port.
    pub udp_ports: Ports,
    /// By the network of the peer.
    pub peers: Peers,
    /// By process, peer and port.
    pub flows: Flows,
    /// TCP listeners.
    pub listeners: Listeners,
    /// Unix sockets that listen. They have places of their own: there are many, and whoever is local can
    /// create more.
    pub unix_listeners: Listeners,
    /// Their names, with `@` for the leading NUL of an abstract one.
    pub unix_names: Names,
    /// What is in the agent's own network namespace, as node_exporter counts it.
    pub own: OwnNamespace,
    own_netns: Option<u64>,
    units_wanted: bool,
}

/// The sockets of one network namespace, as node_exporter counts them.
#[derive(Clone, Debug, Default)]
pub struct OwnNamespace {
    /// TCP sockets by state.
    pub tcp_states: [u64; STATES],
    /// The queues of TCP sockets; of listeners too, with their backlog and its limit.
    pub tcp: Queues,
    /// The queues of UDP sockets over IPv4.
    pub udp: Queues,
    /// The queues of UDP sockets over IPv6.
    pub udp6: Queues,
}

impl Aggregates {
    /// Empty ones, of an agent in the network namespace with this inode, on a host with these services.
    #[must_use]
    pub fn new(own_netns: Option<u64>, services: Services) -> Aggregates {
        Aggregates {
            states: [[0; STATES]; Kind::ALL.len()],
            queues: [Queues::default(); Kind::ALL.len()],
            drops: [0; Kind::ALL.len()],
            without_inode: 0,
            retransmitting: 0,
            retransmissions: 0,
            rtt: Quantiles::default(),
            comms: Names::default(),
            units: Names::default(),
            containers: Names::default(),
            units_unread: 0,
            processes: Processes::default(),
            tcp_ports: Ports::default(),
            udp_ports: Ports::default(),
            peers: Peers::default(),
            flows: Flows::new(services),
            listeners: Listeners::default(),
            unix_listeners: Listeners::default(),
            unix_names: Names::default(),
            own: OwnNamespace::default(),
            own_netns,
            units_wanted: false,
        }
    }

    /// Sets all counts to 0. What is known of processes is kept.
    pub fn begin(&mut self, options: &Options) {
        self.states = [[0; STATES]; Kind::ALL.len()];
        self.queues = [Queues::default(); Kind::ALL.len()];
        self.drops = [0; Kind::ALL.len()];
        (self.without_inode, self.units_unread) = (0, 0);
        self.retransmitting = 0;
        self.retransmissions = 0;
        self.rtt.clear();
        self.own = OwnNamespace::default();
        let names = [&mut self.comms, &mut self.units, &mut self.containers];
        if names.iter().any(|names| names.is_full()) || options.units != self.units_wanted {
            // Names that nobody has any more may fill it, so all are looked up again.
            names.into_iter().for_each(Names::forget);
            self.processes.forget();
            self.flows.forget();
        } else {
            names.into_iter().for_each(Names::clear);
        }
        self.units_wanted = options.units;
        self.processes.keep_programs(options.writes_looks());
        self.processes.begin();
        self.tcp_ports.clear();
        self.udp_ports.clear();
        let other_prefixes = self.peers.begin(options.prefix_ipv4, options.prefix_ipv6);
        if other_prefixes {
            self.flows.forget();
        }
        self.flows.clear();
        self.listeners.clear();
        self.unix_listeners.clear();
        if self.unix_names.is_full() {
            self.unix_names.forget();
            self.unix_listeners.forget();
        }
    }

    /// Once all sockets are counted, chooses which listeners and flows have series of their own, and adds up
    /// what was counted by flow.
    pub fn finish(&mut self, options: &Options) {
        self.flows.choose(options.flows);
        let (flows, other) = self.flows.all();
        flows.for_each(|(flow, sockets)| self.peers.add(Some(flow.peer), sockets));
        self.peers.add(None, other);
        for listeners in [&mut self.listeners, &mut self.unix_listeners] {
            listeners.choose(options.listeners, options.interval);
        }
    }

    /// Counts a socket.
    pub fn add(&mut self, socket: &Socket<'_>, root: &ProcRoot) {
        let kind = Kind::ALL.iter().position(|kind| *kind == socket.kind).unwrap_or_default();
        let state = usize::from(socket.state.0).min(STATES - 1);
        let listens = socket.kind.is_tcp() && socket.state == State::LISTEN;
        self.states[kind][state] += 1;
        self.without_inode += u64::from(socket.inode.is_none());
        let queues = Queues::of(socket);
        if !listens {
            self.queues[kind] += queues;
        }
        self.drops[kind] += u64::from(socket.drops().unwrap_or(0));
        if socket.netns.is_none_or(|netns| netns.inode == self.own_netns) {
            self.own.add(socket, state, queues);
        }
        let counts = Counts {
            sockets: 1,
            queues: if listens { Queues::default() } else { queues },
            close_wait: u64::from(socket.state == State::CLOSE_WAIT),
        };
        let comm = match socket.owners.oldest() {
            None => {
                for names in [&mut self.comms, &mut self.units, &mut self.containers] {
                    names.add(Slot::None, counts);
                }
                Slot::None
            }
            Some(process) => {
                let Aggregates { comms, units, containers, .. } = self;
                let units = self.units_wanted.then_some((units, containers));
                let slots = self.processes.slots(process, root, comms, units);
                self.units_unread += u64::from(slots.unread);
                self.comms.add(slots.comm, counts);
                self.units.add(slots.unit, counts);
                self.containers.add(slots.container, counts);
                slots.comm
            }
        };
        if socket.kind == Kind::Unix && socket.state == State::LISTEN {
            self.add_unix_listener(socket, comm);
        }
        let Some((local, remote)) = socket.local().zip(socket.remote()) else { return };
        match socket.kind {
            Kind::Tcp | Kind::Tcp6 => {
                self.tcp_ports.add(local.port(), listens);
                self.add_tcp(socket);
                if listens {
                    let at = At::Address(local);
                    self.listeners.add(Listener { kind: socket.kind, at, comm }, socket);
                }
            }
            Kind::Udp | Kind::Udp6 => {
                self.udp_ports.add(local.port(), socket.state == State::CLOSE);
            }
            _ => {}
        }
        let peer = self.peers.network(remote);
        self.flows.add(socket, peer, comm);
    }

    /// What is known of an owner besides its name.
    pub fn details(&mut self, process: &Process, root: &ProcRoot) -> Details {
        self.processes.details(process, root)
    }

    fn add_unix_listener(&mut self, socket: &Socket<'_>, comm: Slot) {
        let slot = match socket.name() {
            None => Slot::None,
            Some(UnixName::Exact(name)) if name.is_abstract() => {
                // As `UnixName::to_bytes`, without allocating (include/uapi/linux/un.h `UNIX_PATH_MAX`).
                let mut bytes = [0; 108];
                let name = name.as_bytes();
                let length = name.len().min(bytes.len());
                bytes[..length].copy_from_slice(&name[..length]);
                bytes[0] = b'@';
                self.unix_names.slot(&bytes[..length])
            }
            Some(UnixName::Exact(name)) => self.unix_names.slot(name.as_bytes()),
            Some(UnixName::Printed(name)) => self.unix_names.slot(name.as_bytes()),
        };
        let listener = Listener { kind: Kind::Unix, at: At::Name(slot), comm };
        self.unix_listeners.add(listener, socket);
    }

    fn add_tcp(&mut self, socket: &Socket<'_>) {
        let again = socket.timer().is_some_and(|timer| {
            timer.retransmits > 0 && !matches!(timer.kind, Timer::KEEPALIVE | Timer::PROBE)
        });
        self.retransmitting += u64::from(again);
        if socket.state == State::LISTEN {
            return;
        }
        let Some(info) = socket.details().and_then(|details| details.tcp_info()) else { return };
        self.retransmissions += u64::from(info.total_retrans().unwrap_or(0));
        if let Some(time) = info.rtt().filter(|time| *time > 0) {
            self.rtt.add(time);
        }
    }

    /// The number of sockets of each kind in each state, without zeros.
    pub fn states(&self) -> impl Iterator<Item = (Kind, State, u64)> {
        Kind::ALL.into_iter().zip(&self.states).flat_map(|(kind, states)| {
            let counted = (0_u8..).zip(states).filter(|(_, sockets)| **sockets > 0);
            counted.map(move |(state, sockets)| (kind, State(state), *sockets))
        })
    }

    /// The number of sockets.
    #[must_use]
    pub fn sockets(&self) -> u64 {
        self.states.iter().flatten().sum()
    }
}

impl OwnNamespace {
    fn add(&mut self, socket: &Socket<'_>, state: usize, queues: Queues) {
        match socket.kind {
            Kind::Tcp | Kind::Tcp6 => {
                self.tcp_states[state] += 1;
                self.tcp += queues;
                // The kernel reports the limit of a listener as its send queue (net/ipv4/tcp_diag.c
                // `tcp_diag_get_info`), and so does node_exporter.
                self.tcp.send += u64::from(socket.backlog().unwrap_or(0));
            }
            Kind::Udp => self.udp += queues,
            Kind::Udp6 => self.udp6 += queues,
            _ => {}
        }
    }
}
