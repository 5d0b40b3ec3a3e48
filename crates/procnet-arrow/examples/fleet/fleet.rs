//! The invented fleet: four tiers, and the truths that are planted in it.
//!
//! A quarter of the hosts each are web, app, db and cache. Host `k` of a tier is a client of the hosts `k`
//! to `k + 9` of the next, so both ends of every connection are known without a list of them.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    rc::Rc,
};

use procnet::{Inode, Kind, State, decode::table::SocketType};
use procnet_arrow::{Host, OwnFields, Row, TcpNumbers};

use crate::{
    age::{CLIENT, NEWER, POOLED, age, number, random},
    host::{Holder, Invented, Process},
    looks::{Moment, TODAY},
};

pub(crate) struct Fleet {
    pub(crate) hosts: u32,
    /// Of each host, about.
    pub(crate) sockets: u32,
    pub(crate) times: u32,
    pub(crate) tcp_info: bool,
    /// Looks that have aggregates, a minute apart, from each moment on.
    pub(crate) aggregates: u32,
    /// Whether looks have aggregates only.
    pub(crate) only_aggregates: bool,
}

const TIERS: [&str; 4] = ["web", "app", "db", "cache"];
/// A client has connections to so many servers of the next tier.
const SERVERS: u32 = 10;
const PORTS: [u16; 4] = [443, 8080, 5432, 6379];
pub(crate) const EPHEMERAL: u16 = 32768;
/// The address that nobody should talk to.
pub(crate) const BAD: SocketAddr =
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(203, 0, 113, 66)), 4444);

impl Fleet {
    pub(crate) fn name(&self, host: u32) -> String {
        format!("{}-{:05}", TIERS[self.tier(host)], host / 4)
    }

    fn tier(&self, host: u32) -> usize {
        host as usize % 4
    }

    pub(crate) fn address(&self, host: u32) -> Ipv4Addr {
        Ipv4Addr::from_bits(Ipv4Addr::new(10, 0, 1, 0).to_bits() + host)
    }

    pub(crate) fn rack(&self, host: u32) -> String {
        format!("r{:03}", host / 8)
    }

    pub(crate) fn host(&self, host: u32) -> Host {
        Host::new(&self.name(host), Some(&format!("6d3f0c7a-1b22-4d2e-8f0e-{host:012x}")))
    }

    /// Planted: what host 7 could not see.
    pub(crate) fn gaps(&self, host: u32) -> Vec<String> {
        let gap = "3 processes: cannot read descriptors (permission denied)".to_owned();
        (host == 7).then_some(gap).into_iter().collect()
    }

    /// Connections from one client to one server.
    fn width(&self) -> u32 {
        (self.sockets / 2 / SERVERS).max(1)
    }

    /// The hosts of a tier.
    fn tier_hosts(&self) -> u32 {
        self.hosts / 4
    }

    pub(crate) fn process(
        &self,
        host: u32,
        comm: &'static str,
        exe: &str,
        unit: &str,
        worker: u32,
    ) -> Rc<Process> {
        let number = comm.bytes().fold(0, |sum, byte| sum * 7 % 9973 + u32::from(byte)) + worker;
        let container = (comm == "java").then(|| format!("{:064x}", u64::from(host) + 1));
        Rc::new(Process {
            pid: 300 + (number + host * 7) % 30_000,
            start_time: 1000 + u64::from(number * 3),
            comm,
            exe: exe.to_owned(),
            unit: unit.to_owned(),
            container,
        })
    }

    pub(crate) fn sockets(&self, host: u32, moment: Moment) -> Vec<Invented> {
        let mut made = Made {
            fleet: self,
            host,
            moment,
            random: u64::from(host) << 20 | 1,
            sockets: Vec::new(),
            processes: BTreeMap::new(),
        };
        made.listeners();
        made.tiers();
        made.planted();
        made.filler();
        let random = made.random();
        age(&mut made.sockets, random);
        number(made.sockets)
    }
}

/// The sockets of a host, each with its place in the kernel's hash.
struct Made<'f> {
    fleet: &'f Fleet,
    host: u32,
    moment: Moment,
    random: u64,
    sockets: Vec<(u64, Invented)>,
    /// The processes, each of which holds many sockets, by name and number of the worker.
    processes: BTreeMap<(&'static str, u32), Rc<Process>>,
}

impl Made<'_> {
    fn random(&mut self) -> u64 {
        random(&mut self.random)
    }

    fn process(&mut self, comm: &'static str, exe: &str, unit: &str, worker: u32) -> Rc<Process> {
        let made = || self.fleet.process(self.host, comm, exe, unit, worker);
        Rc::clone(self.processes.entry((comm, worker)).or_insert_with(made))
    }

    fn add(&mut self, mut row: Row<'static>, owners: Vec<Holder>) {
        let random = self.random();
        let has_file = row.state != State::TIME_WAIT;
        if has_file {
            row.inode = Inode::new(NEWER + (random & 0x3F_FFFF));
            row.uid = Some(if self.host.is_multiple_of(4) { 33 } else { 1000 });
        }
        row.netns = Some(4_026_531_840);
        if self.fleet.tcp_info && row.kind == Kind::Tcp && has_file && row.state != State::LISTEN {
            let mut info = TcpNumbers::default();
            info.rtt = Some(180 + (random >> 24) as u32 % 400);
            info.min_rtt = Some(150);
            // Planted: rack 2 loses segments.
            info.total_retrans =
                Some(if self.host / 8 == 2 { 7 } else { u32::from(random.is_multiple_of(50)) });
            info.bytes_acked = Some((random >> 30) % 1_000_000);
            info.bytes_received = Some((random >> 40) % 1_000_000);
            info.bytes_sent = info.bytes_acked;
            info.bytes_retrans = info.total_retrans.map(|segments| u64::from(segments) * 1448);
            row.tcp_info = Some(info);
        }
        self.sockets.push((random >> 16, Invented { row, owners }));
    }

    fn listen(&mut self, local: &str, queue: (u32, u32), owners: Vec<Holder>) {
        let Ok(local) = local.parse::<SocketAddr>() else { return };
        let kind = if local.is_ipv4() { Kind::Tcp } else { Kind::Tcp6 };
        let mut row = Row::new(kind, State::LISTEN);
        let any = if local.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        (row.local, row.remote) = (Some(local), any.parse().ok());
        (row.rx_queue, row.tx_queue, row.backlog) = (Some(queue.0), None, Some(queue.1));
        self.add(row, owners);
    }

    fn connect(
        &mut self,
        local: SocketAddr,
        remote: SocketAddr,
        state: State,
        owners: Vec<Holder>,
    ) {
        let mut row = Row::new(Kind::Tcp, state);
        (row.local, row.remote) = (Some(local), Some(remote));
        (row.rx_queue, row.tx_queue) = (Some(0), Some(0));
        self.add(row, owners);
    }

    fn hold(process: &Rc<Process>, fd: u32) -> Vec<Holder> {
        vec![Holder { process: Rc::clone(process), fd }]
    }

    fn own(&self) -> IpAddr {
        IpAddr::V4(self.fleet.address(self.host))
    }

    /// The process that serves, one of several workers.
    fn server(&mut self, worker: u32) -> Rc<Process> {
        // Planted: hosts 4 and 8 run an old nginx.
        let nginx = if matches!(self.host, 4 | 8) { "1.18" } else { "1.24" };
        match self.host % 4 {
            0 => self.process(
                "nginx",
                &format!("/opt/nginx-{nginx}/sbin/nginx"),
                "nginx.service",
                worker,
            ),
            1 => self.process("java", "/usr/lib/jvm/bin/java", "docker-billing.scope", 0),
            2 => self.process(
                "postgres",
                "/usr/lib/postgresql/15/bin/postgres",
                "postgresql.service",
                worker,
            ),
            _ => self.process("redis-server", "/usr/bin/redis-server", "redis.service", 0),
        }
    }

    fn listeners(&mut self) {
        let sshd = self.process("sshd", "/usr/sbin/sshd", "ssh.service", 0);
        self.listen("0.0.0.0:22", (0, 128), Self::hold(&sshd, 3));
        self.listen("[::]:22", (0, 128), Self::hold(&sshd, 4));
        let exporter =
            self.process("node_exporter", "/usr/bin/node_exporter", "node-exporter.service", 0);
        self.listen(&format!("{}:9100", self.own()), (0, 4096), Self::hold(&exporter, 3));
        let port = PORTS[self.fleet.tier(self.host)];
        // Planted: host 15, a cache, listens to the world.
        let address = if port == 443 || self.host == 15 {
            "0.0.0.0".to_owned()
        } else {
            self.own().to_string()
        };
        let workers = if port == 443 { 4 } else { 1 };
        let owners = (0..workers).map(|it| Holder { process: self.server(it), fd: 6 }).collect();
        // Planted: host 5, of app, does not keep up.
        let queue = if self.host == 5 { (129, 128) } else { (0, 511) };
        self.listen(&format!("{address}:{port}"), queue, owners);
    }

    /// Connections to the next tier, and from the one before.
    fn tiers(&mut self) {
        let (tier, n, width) = (self.host % 4, self.fleet.tier_hosts(), self.fleet.width());
        let index = self.host / 4;
        if tier < 3 {
            for server in 0..SERVERS.min(n) {
                let to = (index + server) % n * 4 + tier + 1;
                for one in 0..width {
                    let local = SocketAddr::new(self.own(), client_port(server * width + one));
                    let to = SocketAddr::new(
                        IpAddr::V4(self.fleet.address(to)),
                        PORTS[tier as usize + 1],
                    );
                    let owners = Self::hold(&self.server(one % 4), POOLED);
                    self.connect(local, to, State::ESTABLISHED, owners);
                }
            }
        }
        if tier > 0 {
            for server in 0..SERVERS.min(n) {
                let from = (index + n - server) % n * 4 + tier - 1;
                for one in 0..width {
                    let local = SocketAddr::new(self.own(), PORTS[tier as usize]);
                    let port = client_port(server * width + one);
                    let from = SocketAddr::new(IpAddr::V4(self.fleet.address(from)), port);
                    let owners = Self::hold(&self.server(one % 4), POOLED);
                    self.connect(local, from, State::ESTABLISHED, owners);
                }
            }
        }
    }

    fn planted(&mut self) {
        let is_at_0312 = self.moment.time == TODAY;
        let is_today = self.moment.time >= TODAY;
        let own = self.own();
        // Host 3 talks to an address that it should not, at 03:12 only.
        if self.host == 3 && is_at_0312 {
            let process = self.process("kworkerd", "/tmp/.x/kworkerd", "cron.service", 0);
            self.connect(
                SocketAddr::new(own, 40_404),
                BAD,
                State::ESTABLISHED,
                Self::hold(&process, 3),
            );
        }
        // Host 6 listens since today, with a program that has been deleted.
        if self.host == 6 && is_today {
            let process = self.process("nc", "/tmp/nc (deleted)", "session-4.scope", 0);
            self.listen("0.0.0.0:31337", (0, 1), Self::hold(&process, 3));
        }
        // Host 11, too, but its sockets of yesterday were not all written.
        if self.host == 11 && is_today {
            let process = self.process("socat", "/usr/bin/socat", "session-9.scope", 0);
            let local = format!("{own}:7070");
            self.listen(&local, (0, 5), Self::hold(&process, 5));
        }
        // Host 1 does not close connections: one more each minute.
        if self.host == 1 {
            for leaked in 0..10 * (self.moment.at as u16 + 1) + self.moment.minute as u16 {
                let peer = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7)), 443);
                let owners = Self::hold(&self.server(0), 1000 + u32::from(leaked));
                self.connect(
                    SocketAddr::new(own, 20_000 + leaked),
                    peer,
                    State::CLOSE_WAIT,
                    owners,
                );
            }
        }
        // Host 13 has a connection to a db that the db does not have.
        if self.host == 13 {
            let db = SocketAddr::new(IpAddr::V4(self.fleet.address(2)), 5432);
            let owners = Self::hold(&self.server(0), 19);
            self.connect(SocketAddr::new(own, 19_999), db, State::ESTABLISHED, owners);
        }
        // Host 10 drops packets.
        let mut dns = Row::new(Kind::Udp, State::CLOSE);
        dns.local = Some(SocketAddr::new(IpAddr::V4(Ipv4Addr::new(127, 0, 0, 53)), 53));
        dns.remote = "0.0.0.0:0".parse().ok();
        dns.drops = Some(if self.host == 10 { 4711 } else { 0 });
        let resolved = self.process(
            "systemd-resolve",
            "/lib/systemd/systemd-resolved",
            "systemd-resolved.service",
            0,
        );
        self.add(dns, Self::hold(&resolved, 12));
    }

    /// Connections from the internet, remains of connections, and unix sockets, up to the wanted number.
    fn filler(&mut self) {
        let wanted = (self.fleet.sockets as usize).saturating_sub(self.sockets.len());
        let journal = self.process(
            "systemd-journal",
            "/lib/systemd/systemd-journald",
            "systemd-journald.service",
            0,
        );
        for one in 0..wanted as u32 {
            let random = self.random();
            let state =
                if random.is_multiple_of(8) { State::TIME_WAIT } else { State::ESTABLISHED };
            if self.host.is_multiple_of(4) || state == State::TIME_WAIT {
                let client =
                    Ipv4Addr::from_bits(0x5000_0000 | ((random >> 32) as u32 % 5000 * 40_503));
                let peer =
                    SocketAddr::new(IpAddr::V4(client), 1024 + (random >> 16) as u16 % 60_000);
                let local = SocketAddr::new(self.own(), PORTS[self.fleet.tier(self.host)]);
                let owners = match state {
                    State::TIME_WAIT => Vec::new(),
                    _ => Self::hold(&self.server(one % 4), CLIENT),
                };
                self.connect(local, peer, state, owners);
            } else {
                let mut row = Row::new(Kind::Unix, State::ESTABLISHED);
                let mut own = OwnFields::default();
                own.kind = Some(SocketType::STREAM);
                own.name = random
                    .is_multiple_of(2)
                    .then_some(Cow::Borrowed(&b"/run/systemd/journal/stdout"[..]));
                own.peer = Some(NEWER + (random >> 8 & 0x3F_FFFF));
                row.own = own;
                self.add(row, Self::hold(&journal, CLIENT));
            }
        }
    }
}

/// The port of a client's connection, in no order.
fn client_port(number: u32) -> u16 {
    EPHEMERAL + (number * 7919 % 28_232) as u16
}
