//! Builds batches of sockets.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray, TimestampNanosecondArray,
    UInt16Array, UInt32Array, UInt64Array, types::Int32Type,
};
use procnet::{Inode, Kind};

use crate::{
    Host,
    columns::{Addresses, Fields, Has, Names, Order, OrderedBy, Owners, Rows, Sparse, Words},
    community_ids::CommunityIds,
    error::Error,
    row::{OwnerFields, Program, Row},
    schema,
};

/// The rows of a batch: some hundred bytes each, so 2 MiB.
pub const BATCH_ROWS: usize = 8192;

/// Sockets as columns, of one look at one host at a time.
///
/// ```
/// use procnet::{Kind, State};
/// use procnet_arrow::{Host, OwnerRow, Program, Row, SocketColumns};
///
/// let mut columns = SocketColumns::new();
/// columns.begin(&Host::new("web-7", None), 1_764_536_400_000_000_000);
/// let mut row = Row::new(Kind::Tcp, State::LISTEN);
/// row.local = Some("0.0.0.0:443".parse()?);
/// let owner = OwnerRow { pid: 812, start_time: Some(1044), fd: 6, comm: b"nginx" };
/// columns.push(&row, [owner], |_| Program::default());
/// let batch = columns.take()?;
/// assert_eq!((batch.num_rows(), batch.schema()), (1, procnet_arrow::schema::sockets()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct SocketColumns {
    host: Host,
    time: i64,
    rows: Rows,
    order: Order,
    kind: Words,
    family: Words,
    state: Words,
    local: Addresses,
    remote: Addresses,
    backlog: Sparse<u32>,
    drops: Sparse<u32>,
    interface: Sparse<u32>,
    kind_of_own: Words,
    name: Names,
    protocol: Sparse<u32>,
    running: Sparse<bool>,
    port_id: Sparse<u32>,
    groups: Sparse<u32>,
    peer: Sparse<u64>,
    owners: Owners,
    rtt: Sparse<u32>,
    min_rtt: Sparse<u32>,
    total_retrans: Sparse<u32>,
    bytes_acked: Sparse<u64>,
    bytes_received: Sparse<u64>,
    bytes_sent: Sparse<u64>,
    bytes_retrans: Sparse<u64>,
    delivery_rate: Sparse<u64>,
    pub(crate) community_id: CommunityIds,
}

impl std::fmt::Debug for SocketColumns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SocketColumns").field("rows", &self.rows()).finish_non_exhaustive()
    }
}

impl SocketColumns {
    /// No rows.
    #[must_use]
    pub fn new() -> SocketColumns {
        SocketColumns::default()
    }

    /// Begins the sockets of a host at a moment, in nanoseconds since 1970, UTC. Rows that were pushed
    /// before have to be taken before.
    pub fn begin(&mut self, host: &Host, time: i64) {
        self.owners.forget_processes();
        self.host.clone_from(host);
        self.time = time;
    }

    /// The number of rows since the last batch was taken.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.rows.len()
    }

    /// Whether a batch is to be taken.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rows() >= BATCH_ROWS
    }

    /// Adds a socket and its owners. `program` is asked once for each process.
    #[inline]
    pub fn push<O: OwnerFields>(
        &mut self,
        socket: &Row<'_>,
        owners: impl IntoIterator<Item = O>,
        program: impl FnMut(&O) -> Program,
    ) {
        let row = self.rows.len();
        let Row { local, remote, kind, .. } = *socket;
        let mut has = Has::default();
        let mut fields = Fields {
            netns: has.value(Has::NETNS, socket.netns),
            kind: self.kind.key(kind as u8, || kind.name().to_owned()),
            family: self.family.key(kind as u8, || family(kind).to_owned()),
            state: self.state.key(socket.state.0, || socket.state.to_string()),
            local: self.local.number(local.map(|local| local.ip())),
            local_port: has.value(Has::LOCAL, local.map(|local| local.port())),
            remote: self.remote.number(remote.map(|remote| remote.ip())),
            remote_port: has.value(Has::REMOTE, remote.map(|remote| remote.port())),
            uid: has.value(Has::UID, socket.uid),
            inode: has.value(Has::INODE, socket.inode.map(Inode::get)),
            cookie: has.value(Has::COOKIE, socket.cookie),
            rx_queue: has.value(Has::RX_QUEUE, socket.rx_queue),
            tx_queue: has.value(Has::TX_QUEUE, socket.tx_queue),
            ..Fields::default()
        };
        has.value(Has::SUSPECT, socket.suspect.then_some(()));
        self.backlog.push(row, socket.backlog);
        self.drops.push(row, socket.drops);
        self.interface.push(row, socket.interface);
        self.community_id.push(kind, local, remote);
        self.owners.push(owners, program);
        if let Some(info) = &socket.tcp_info {
            self.rtt.push(row, info.rtt);
            self.min_rtt.push(row, info.min_rtt);
            self.total_retrans.push(row, info.total_retrans);
            self.bytes_acked.push(row, info.bytes_acked);
            self.bytes_received.push(row, info.bytes_received);
            self.bytes_sent.push(row, info.bytes_sent);
            self.bytes_retrans.push(row, info.bytes_retrans);
            self.delivery_rate.push(row, info.delivery_rate);
        }
        if local.is_none() {
            let own = &socket.own;
            let kind = own.kind.map(|kind| {
                let number = u8::try_from(kind.0).unwrap_or(u8::MAX);
                self.kind_of_own.key(number, || kind.to_string())
            });
            fields.kind_of_own = has.value(Has::KIND_OF_OWN, kind);
            fields.name = self.name.number(own.name.as_deref());
            self.protocol.push(row, own.protocol);
            self.running.push(row, own.running);
            self.port_id.push(row, own.port_id);
            self.groups.push(row, own.groups);
            self.peer.push(row, own.peer);
        }
        fields.has = has;
        self.rows.push(fields);
    }

    /// Takes the rows that were pushed since the last batch. They are ordered by the pid of their first owner,
    /// then the remote address, in the order in which addresses were pushed first, then by inode: so they
    /// take less space in a file. Another version may order them in another way.
    ///
    /// # Errors
    ///
    /// If one batch has more owners or text than Arrow's offsets of 32 bits can count.
    pub fn take(&mut self) -> Result<RecordBatch, Error> {
        let rows = self.rows();
        let by = self.rows.iter().zip(self.owners.first_pids());
        let by = by.map(|(row, pid)| OrderedBy { pid, remote: row.remote, inode: row.inode });
        self.order.sort(by);
        let order = &self.order;
        let places = Some(order.places());
        let of = self.rows.take(order.rows());
        let valid = of.valid;
        let [local_addr, local_ip] = self.local.take(&of.local, valid.nulls(Has::LOCAL));
        let [remote_addr, remote_ip] = self.remote.take(&of.remote, valid.nulls(Has::REMOTE));
        let columns: Vec<ArrayRef> = vec![
            // The same in every row.
            repeated(Some(&self.host.name), rows),
            repeated(self.host.boot_id.as_deref(), rows),
            Arc::new(TimestampNanosecondArray::from(vec![self.time; rows]).with_timezone("UTC")),
            Arc::new(UInt64Array::new(of.netns.into(), valid.nulls(Has::NETNS))),
            self.kind.column(of.kind, None),
            self.family.column(of.family, None),
            self.state.column(of.state, None),
            local_addr,
            local_ip,
            Arc::new(UInt16Array::new(of.local_port.into(), valid.nulls(Has::LOCAL))),
            remote_addr,
            remote_ip,
            Arc::new(UInt16Array::new(of.remote_port.into(), valid.nulls(Has::REMOTE))),
            Arc::new(UInt32Array::new(of.uid.into(), valid.nulls(Has::UID))),
            Arc::new(UInt64Array::new(of.inode.into(), valid.nulls(Has::INODE))),
            Arc::new(UInt64Array::new(of.cookie.into(), valid.nulls(Has::COOKIE))),
            Arc::new(UInt32Array::new(of.rx_queue.into(), valid.nulls(Has::RX_QUEUE))),
            Arc::new(UInt32Array::new(of.tx_queue.into(), valid.nulls(Has::TX_QUEUE))),
            self.backlog.take(rows, places),
            self.drops.take(rows, places),
            self.interface.take(rows, places),
            self.kind_of_own.column(of.kind_of_own, valid.nulls(Has::KIND_OF_OWN)),
            self.name.take(&of.name),
            self.protocol.take(rows, places),
            self.running.take(rows, places),
            self.port_id.take(rows, places),
            self.groups.take(rows, places),
            self.peer.take(rows, places),
            self.owners.take(order.rows()),
            self.rtt.take(rows, places),
            self.min_rtt.take(rows, places),
            self.total_retrans.take(rows, places),
            self.bytes_acked.take(rows, places),
            self.bytes_received.take(rows, places),
            self.bytes_sent.take(rows, places),
            self.bytes_retrans.take(rows, places),
            self.delivery_rate.take(rows, places),
            Arc::new(valid.column(Has::SUSPECT)),
            order.reordered(self.community_id.take(rows))?,
        ];
        Ok(RecordBatch::try_new(schema::sockets(), columns)?)
    }
}

/// The address family.
pub(crate) fn family(kind: Kind) -> &'static str {
    match kind {
        Kind::Unix => "unix",
        Kind::Packet => "packet",
        Kind::Netlink => "netlink",
        Kind::Tcp6 | Kind::Udp6 | Kind::UdpLite6 | Kind::Raw6 | Kind::Icmp6 => "inet6",
        _ => "inet",
    }
}

/// A column of one text.
pub(crate) fn repeated(text: Option<&str>, rows: usize) -> ArrayRef {
    let keys = match text {
        Some(_) => Int32Array::from(vec![0; rows]),
        None => Int32Array::new_null(rows),
    };
    let texts = Arc::new(StringArray::from_iter_values(text));
    Arc::new(DictionaryArray::<Int32Type>::new(keys, texts))
}
