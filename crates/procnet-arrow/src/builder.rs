//! Builds batches of sockets.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, DictionaryArray, Int32Array, RecordBatch, StringArray, TimestampNanosecondArray,
    builder::{BooleanBuilder, UInt16Builder, UInt32Builder, UInt64Builder},
    types::Int32Type,
};
use procnet::{Inode, Kind};

use crate::{
    Host,
    columns::{Addresses, Names, OrderedBy, Owners, Sparse, Words, reordered},
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
pub struct SocketColumns {
    host: Host,
    time: i64,
    rows: usize,
    netns: UInt64Builder,
    kind: Words,
    family: Words,
    state: Words,
    local: Addresses,
    local_port: UInt16Builder,
    remote: Addresses,
    remote_port: UInt16Builder,
    uid: UInt32Builder,
    inode: UInt64Builder,
    cookie: UInt64Builder,
    rx_queue: UInt32Builder,
    tx_queue: UInt32Builder,
    backlog: Sparse<UInt32Builder>,
    drops: Sparse<UInt32Builder>,
    interface: Sparse<UInt32Builder>,
    kind_of_own: Words,
    name: Names,
    protocol: Sparse<UInt32Builder>,
    running: Sparse<BooleanBuilder>,
    port_id: Sparse<UInt32Builder>,
    groups: Sparse<UInt32Builder>,
    peer: Sparse<UInt64Builder>,
    owners: Owners,
    rtt: Sparse<UInt32Builder>,
    min_rtt: Sparse<UInt32Builder>,
    total_retrans: Sparse<UInt32Builder>,
    bytes_acked: Sparse<UInt64Builder>,
    bytes_received: Sparse<UInt64Builder>,
    bytes_sent: Sparse<UInt64Builder>,
    bytes_retrans: Sparse<UInt64Builder>,
    delivery_rate: Sparse<UInt64Builder>,
    suspect: BooleanBuilder,
    pub(crate) community_id: CommunityIds,
}

impl Default for SocketColumns {
    fn default() -> SocketColumns {
        SocketColumns::new()
    }
}

impl std::fmt::Debug for SocketColumns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SocketColumns").field("rows", &self.rows).finish_non_exhaustive()
    }
}

impl SocketColumns {
    /// No rows.
    #[must_use]
    pub fn new() -> SocketColumns {
        let rows = BATCH_ROWS;
        SocketColumns {
            host: Host::default(),
            time: 0,
            rows: 0,
            netns: UInt64Builder::with_capacity(rows),
            kind: Words::with_capacity(rows),
            family: Words::with_capacity(rows),
            state: Words::with_capacity(rows),
            local: Addresses::with_capacity(rows),
            local_port: UInt16Builder::with_capacity(rows),
            remote: Addresses::with_capacity(rows),
            remote_port: UInt16Builder::with_capacity(rows),
            uid: UInt32Builder::with_capacity(rows),
            inode: UInt64Builder::with_capacity(rows),
            cookie: UInt64Builder::with_capacity(rows),
            rx_queue: UInt32Builder::with_capacity(rows),
            tx_queue: UInt32Builder::with_capacity(rows),
            backlog: Sparse::default(),
            drops: Sparse::default(),
            interface: Sparse::default(),
            kind_of_own: Words::with_capacity(rows),
            name: Names::with_capacity(rows),
            protocol: Sparse::default(),
            running: Sparse::default(),
            port_id: Sparse::default(),
            groups: Sparse::default(),
            peer: Sparse::default(),
            owners: Owners::default(),
            rtt: Sparse::default(),
            min_rtt: Sparse::default(),
            total_retrans: Sparse::default(),
            bytes_acked: Sparse::default(),
            bytes_received: Sparse::default(),
            bytes_sent: Sparse::default(),
            bytes_retrans: Sparse::default(),
            delivery_rate: Sparse::default(),
            suspect: BooleanBuilder::with_capacity(rows),
            community_id: CommunityIds::default(),
        }
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
        self.rows
    }

    /// Whether a batch is to be taken.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.rows >= BATCH_ROWS
    }

    /// Adds a socket and its owners. `program` is asked once for each process.
    #[inline]
    pub fn push<O: OwnerFields>(
        &mut self,
        socket: &Row<'_>,
        owners: impl IntoIterator<Item = O>,
        program: impl FnMut(&O) -> Program,
    ) {
        let row = self.rows;
        let Row { local, remote, kind, .. } = *socket;
        self.netns.append_option(socket.netns);
        self.kind.push(kind as u8, || kind.name().to_owned());
        self.family.push(kind as u8, || family(kind).to_owned());
        self.state.push(socket.state.0, || socket.state.to_string());
        self.local.push(local.map(|local| local.ip()));
        self.local_port.append_option(local.map(|local| local.port()));
        self.remote.push(remote.map(|remote| remote.ip()));
        self.remote_port.append_option(remote.map(|remote| remote.port()));
        self.uid.append_option(socket.uid);
        self.inode.append_option(socket.inode.map(Inode::get));
        self.cookie.append_option(socket.cookie);
        self.rx_queue.append_option(socket.rx_queue);
        self.tx_queue.append_option(socket.tx_queue);
        self.backlog.push(row, socket.backlog);
        self.drops.push(row, socket.drops);
        self.interface.push(row, socket.interface);
        self.suspect.append_value(socket.suspect);
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
        self.rows += 1;
        if local.is_some() {
            self.kind_of_own.push_null();
            self.name.push_null();
            return;
        }
        let own = &socket.own;
        match own.kind {
            Some(kind) => {
                self.kind_of_own.push(u8::try_from(kind.0).unwrap_or(u8::MAX), || kind.to_string());
            }
            None => self.kind_of_own.push_null(),
        }
        match &own.name {
            Some(name) => self.name.push(name),
            None => self.name.push_null(),
        }
        self.protocol.push(row, own.protocol);
        self.running.push(row, own.running);
        self.port_id.push(row, own.port_id);
        self.groups.push(row, own.groups);
        self.peer.push(row, own.peer);
    }

    /// Takes the rows that were pushed since the last batch. They are ordered by the pid of their first owner,
    /// then the remote address, in the order in which addresses were pushed first, then by inode: so they
    /// take less space in a file. Another version may order them in another way.
    ///
    /// # Errors
    ///
    /// If one batch has more owners or text than Arrow's offsets of 32 bits can count.
    pub fn take(&mut self) -> Result<RecordBatch, Error> {
        let rows = std::mem::take(&mut self.rows);
        let [local_addr, local_ip] = self.local.take();
        let [remote_addr, remote_ip] = self.remote.take();
        let inode: ArrayRef = Arc::new(self.inode.finish());
        let owners = self.owners.take();
        let by = OrderedBy { owners: &owners, remote_addr: &remote_addr, inode: &inode };
        let order = by.rows();
        // The same in every row.
        let mut columns: Vec<ArrayRef> = vec![
            repeated(Some(&self.host.name), rows),
            repeated(self.host.boot_id.as_deref(), rows),
            Arc::new(TimestampNanosecondArray::from(vec![self.time; rows]).with_timezone("UTC")),
        ];
        let in_kernel_order: Vec<ArrayRef> = vec![
            Arc::new(self.netns.finish()),
            self.kind.take(),
            self.family.take(),
            self.state.take(),
            local_addr,
            local_ip,
            Arc::new(self.local_port.finish()),
            remote_addr,
            remote_ip,
            Arc::new(self.remote_port.finish()),
            Arc::new(self.uid.finish()),
            inode,
            Arc::new(self.cookie.finish()),
            Arc::new(self.rx_queue.finish()),
            Arc::new(self.tx_queue.finish()),
            self.backlog.take(rows),
            self.drops.take(rows),
            self.interface.take(rows),
            self.kind_of_own.take(),
            self.name.take(),
            self.protocol.take(rows),
            self.running.take(rows),
            self.port_id.take(rows),
            self.groups.take(rows),
            self.peer.take(rows),
            owners,
            self.rtt.take(rows),
            self.min_rtt.take(rows),
            self.total_retrans.take(rows),
            self.bytes_acked.take(rows),
            self.bytes_received.take(rows),
            self.bytes_sent.take(rows),
            self.bytes_retrans.take(rows),
            self.delivery_rate.take(rows),
            Arc::new(self.suspect.finish()),
            self.community_id.take(rows),
        ];
        for column in in_kernel_order {
            columns.push(reordered(column, &order)?);
        }
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
