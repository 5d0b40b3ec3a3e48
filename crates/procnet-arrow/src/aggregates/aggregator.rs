//! Adds sockets up as they are visited.

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use procnet::{Kind, ProcRoot};

use super::{
    Services,
    columns::batch,
    first_ephemeral_port,
    group::{Group, Ports, Prefixes},
    holders::Holders,
    sums::Sums,
};
use crate::{
    Host, RecordBatch,
    error::Error,
    row::{OwnerFields, Program, Row},
};

/// The most groups that are told apart, unless it is set.
const CAPACITY: usize = 1 << 14;

/// Adds the sockets of a look at a host up, by process name, unit, container, kind, state and service.
///
/// Each socket is counted once: for the process that started first of those that hold it, which is the one
/// that created it unless that has ended; see [`procnet::owners::seniority`]. A *service* is the local port of a
/// listener, or one below the ephemeral ports, as [`Services`] has it; a *server* is a peer with such a port, if
/// the socket has no such port itself.
///
/// Its memory is bounded, and kept from look to look. Sockets of groups for which there is no room are counted
/// in rows with `other`, one for each kind and state, so that sums by those are right whatever names and
/// addresses others choose.
///
/// ```
/// use procnet::{Kind, State};
/// use procnet_arrow::{Aggregator, Host, OwnerRow, Program, Row};
///
/// let mut aggregator = Aggregator::new(32768);
/// aggregator.begin(&Host::new("web-7", None), 1_764_536_400_000_000_000);
/// for port in [443, 443, 80] {
///     let mut row = Row::new(Kind::Tcp, State::ESTABLISHED);
///     (row.local, row.remote) = (Some(([10, 0, 0, 7], port).into()), Some("10.0.0.8:40000".parse()?));
///     let owner = OwnerRow { pid: 812, start_time: Some(1044), fd: 6, comm: b"nginx" };
///     aggregator.push(&row, [owner], |_| Program::default());
/// }
/// assert_eq!((aggregator.sockets(), aggregator.rows()), (3, 2));
/// let batch = aggregator.take()?;
/// assert_eq!((batch.num_rows(), batch.schema()), (2, procnet_arrow::schema::aggregates()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Aggregator {
    host: Host,
    time: i64,
    services: Services,
    prefixes: Prefixes,
    capacity: usize,
    holders: Holders,
    groups: HashMap<Group, Sums, RandomState>,
    /// What had no room, by kind and the number of the state.
    other: HashMap<(Kind, u8), Sums, RandomState>,
}

impl std::fmt::Debug for Aggregator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Aggregator").field("rows", &self.rows()).finish_non_exhaustive()
    }
}

impl Aggregator {
    /// No sockets. Ports below this one are those of services.
    #[must_use]
    pub fn new(first_ephemeral: u16) -> Aggregator {
        Aggregator {
            host: Host::default(),
            time: 0,
            services: Services::new(first_ephemeral),
            prefixes: Prefixes { ipv4: 32, ipv6: 128 },
            capacity: CAPACITY,
            holders: Holders::default(),
            groups: HashMap::default(),
            other: HashMap::default(),
        }
    }

    /// The same with the [ephemeral ports](first_ephemeral_port) of the host that this root is of.
    #[must_use]
    pub fn of(root: &ProcRoot) -> Aggregator {
        Aggregator::new(first_ephemeral_port(root))
    }

    /// How many groups are told apart at most, by default 16,384. A group takes some 150 bytes.
    #[must_use]
    pub fn capacity(mut self, groups: usize) -> Aggregator {
        self.capacity = groups;
        self
    }

    /// Groups servers by prefixes of these lengths, of IPv4 and of IPv6; by default by their address. A length
    /// that is too large is the largest.
    #[must_use]
    pub fn server_prefixes(mut self, ipv4: u8, ipv6: u8) -> Aggregator {
        self.prefixes = Prefixes { ipv4: ipv4.min(32), ipv6: ipv6.min(128) };
        self
    }

    /// Begins the sockets of a host at a moment, in nanoseconds since 1970, UTC. What was added before is
    /// discarded, unless it was taken.
    pub fn begin(&mut self, host: &Host, time: i64) {
        self.services.begin();
        if self.host != *host {
            // Those who listen are known for one look longer, but not at another host.
            self.services.begin();
            self.host.clone_from(host);
        }
        self.time = time;
        self.groups.clear();
        self.other.clear();
        self.holders.begin();
    }

    /// Adds a socket. `program` is asked once for each process.
    #[inline]
    pub fn push<O: OwnerFields>(
        &mut self,
        socket: &Row<'_>,
        owners: impl IntoIterator<Item = O>,
        program: impl FnOnce(&O) -> Program,
    ) {
        let (kind, state) = (socket.kind, socket.state.0);
        let has_room = self.groups.len() < self.capacity;
        let ports = Ports::of(socket, &mut self.services, self.prefixes);
        let names = self.holders.names(owners, program);
        let group = names.map(|names| Group { names, kind, state, ports });
        let sums = match group {
            Some(group) if has_room => Some(self.groups.entry(group).or_default()),
            Some(group) => self.groups.get_mut(&group),
            None => None,
        };
        sums.unwrap_or_else(|| self.other.entry((kind, state)).or_default()).add(socket);
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.groups.len() + self.other.len()
    }

    /// The number of sockets that were added.
    #[must_use]
    pub fn sockets(&self) -> u64 {
        self.groups.values().map(|sums| sums.sockets).sum::<u64>() + self.other()
    }

    /// The number of sockets in groups for which there was no room.
    #[must_use]
    pub fn other(&self) -> u64 {
        self.other.values().map(|sums| sums.sockets).sum()
    }

    /// Takes the rows, sorted by their columns.
    ///
    /// # Errors
    ///
    /// If there is more text than Arrow's offsets of 32 bits can count.
    pub fn take(&mut self) -> Result<RecordBatch, Error> {
        let mut groups: Vec<_> = self.groups.drain().collect();
        groups.sort_unstable_by_key(|(group, _)| *group);
        let mut other: Vec<_> = self.other.drain().collect();
        other.sort_unstable_by_key(|(group, _)| *group);
        batch((&self.host, self.time), self.prefixes, &mut self.holders.texts, &groups, &other)
    }
}
