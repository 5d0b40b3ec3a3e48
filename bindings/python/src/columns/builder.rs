//! Builds the columns. Their names and meanings are the keys of `docs/formats.md`.

use std::sync::Arc;

use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{
        BooleanBuilder, PrimitiveBuilder, StringBuilder, UInt16Builder, UInt32Builder,
        UInt64Builder,
    },
    types::ArrowPrimitiveType,
};
use arrow_schema::{DataType, Field, Schema};
use procnet::{Inode, decode::escape::Escaped};
use pyo3::PyResult;

use super::{fields::Fields, ip::IpText, owners::OwnersBuilder, words::Words};
use crate::arrow;

/// Builds columns, row by row.
pub(crate) struct Builder {
    rows: usize,
    kind: Words,
    state: Words,
    local_addr: IpText,
    local_port: UInt16Builder,
    remote_addr: IpText,
    remote_port: UInt16Builder,
    uid: UInt32Builder,
    inode: UInt64Builder,
    rx_queue: UInt32Builder,
    tx_queue: UInt32Builder,
    backlog: UInt32Builder,
    drops: UInt32Builder,
    kind_of_own: Words,
    name: StringBuilder,
    peer: Sparse<UInt64Builder>,
    protocol: Sparse<UInt32Builder>,
    interface: Sparse<UInt32Builder>,
    running: Sparse<BooleanBuilder>,
    port_id: Sparse<UInt32Builder>,
    groups: Sparse<UInt32Builder>,
    cookie: UInt64Builder,
    netns: Sparse<UInt64Builder>,
    owners: OwnersBuilder,
    peer_owners: OwnersBuilder,
    suspect: BooleanBuilder,
}

/// A column in which most rows are null: they are not appended one by one.
#[derive(Default)]
struct Sparse<B> {
    builder: B,
    rows: usize,
}

impl<T: ArrowPrimitiveType> Sparse<PrimitiveBuilder<T>> {
    #[inline]
    fn push(&mut self, row: usize, value: Option<T::Native>) {
        if let Some(value) = value {
            self.fill(row);
            self.builder.append_value(value);
            self.rows = row + 1;
        }
    }

    fn fill(&mut self, rows: usize) {
        self.builder.append_nulls(rows - self.rows);
    }

    fn finish(mut self, rows: usize) -> ArrayRef {
        self.fill(rows);
        Arc::new(self.builder.finish())
    }
}

impl Sparse<BooleanBuilder> {
    fn push(&mut self, row: usize, value: bool) {
        self.builder.append_nulls(row - self.rows);
        self.builder.append_value(value);
        self.rows = row + 1;
    }

    fn finish(mut self, rows: usize) -> ArrayRef {
        self.builder.append_nulls(rows - self.rows);
        Arc::new(self.builder.finish())
    }
}

impl Builder {
    /// With memory for this many rows.
    pub(crate) fn new(rows: usize) -> Builder {
        Builder {
            rows: 0,
            kind: Words::with_capacity(rows),
            state: Words::with_capacity(rows),
            local_addr: IpText::with_capacity(rows),
            local_port: UInt16Builder::with_capacity(rows),
            remote_addr: IpText::with_capacity(rows),
            remote_port: UInt16Builder::with_capacity(rows),
            uid: UInt32Builder::with_capacity(rows),
            inode: UInt64Builder::with_capacity(rows),
            rx_queue: UInt32Builder::with_capacity(rows),
            tx_queue: UInt32Builder::with_capacity(rows),
            backlog: UInt32Builder::with_capacity(rows),
            drops: UInt32Builder::with_capacity(rows),
            kind_of_own: Words::with_capacity(rows),
            name: StringBuilder::with_capacity(rows, 0),
            peer: Sparse::default(),
            protocol: Sparse::default(),
            interface: Sparse::default(),
            running: Sparse::default(),
            port_id: Sparse::default(),
            groups: Sparse::default(),
            cookie: UInt64Builder::with_capacity(rows),
            netns: Sparse::default(),
            owners: OwnersBuilder::with_capacity(rows),
            peer_owners: OwnersBuilder::default(),
            suspect: BooleanBuilder::with_capacity(rows),
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    #[inline]
    pub(crate) fn push(&mut self, socket: &impl Fields) {
        let row = self.rows;
        let (local, remote) = (socket.local(), socket.remote());
        self.kind.push(socket.kind() as u8, || socket.kind().name().to_owned());
        self.state.push(socket.state().0, || socket.state().to_string());
        self.local_addr.push(local.map(|local| local.ip()));
        self.local_port.append_option(local.map(|local| local.port()));
        self.remote_addr.push(remote.map(|remote| remote.ip()));
        self.remote_port.append_option(remote.map(|remote| remote.port()));
        self.uid.append_option(socket.uid());
        self.inode.append_option(socket.inode().map(Inode::get));
        self.rx_queue.append_option(socket.rx_queue());
        self.tx_queue.append_option(socket.tx_queue());
        self.backlog.append_option(socket.backlog());
        self.drops.append_option(socket.drops());
        self.cookie.append_option(socket.cookie());
        self.interface.push(row, socket.interface());
        self.netns.push(row, socket.netns());
        self.suspect.append_value(socket.suspect());
        self.owners.push(row, |visit| socket.owners(visit));
        self.rows += 1;
        if local.is_some() {
            self.kind_of_own.push_null();
            self.name.append_null();
            return;
        }
        let own = socket.own();
        match own.kind {
            Some(kind) => {
                self.kind_of_own.push(u8::try_from(kind.0).unwrap_or(u8::MAX), || kind.to_string());
            }
            None => self.kind_of_own.push_null(),
        }
        match own.name {
            Some(name) => self.name.append_value(Escaped(&name).to_string()),
            None => self.name.append_null(),
        }
        self.peer.push(row, own.peer);
        self.protocol.push(row, own.protocol);
        self.port_id.push(row, own.port_id);
        self.groups.push(row, own.groups);
        if let Some(running) = own.running {
            self.running.push(row, running);
        }
        if own.peer.is_some() {
            self.peer_owners.push(row, |visit| socket.peer_owners(visit));
        }
    }

    pub(crate) fn finish(mut self) -> PyResult<RecordBatch> {
        let rows = self.rows;
        let columns: [(&str, ArrayRef); 25] = [
            ("kind", self.kind.finish()),
            ("state", self.state.finish()),
            ("local_addr", self.local_addr.finish()),
            ("local_port", Arc::new(self.local_port.finish())),
            ("remote_addr", self.remote_addr.finish()),
            ("remote_port", Arc::new(self.remote_port.finish())),
            ("uid", Arc::new(self.uid.finish())),
            ("inode", Arc::new(self.inode.finish())),
            ("rx_queue", Arc::new(self.rx_queue.finish())),
            ("tx_queue", Arc::new(self.tx_queue.finish())),
            ("backlog", Arc::new(self.backlog.finish())),
            ("drops", Arc::new(self.drops.finish())),
            ("type", self.kind_of_own.finish()),
            ("name", Arc::new(self.name.finish())),
            ("protocol", self.protocol.finish(rows)),
            ("interface", self.interface.finish(rows)),
            ("running", self.running.finish(rows)),
            ("port_id", self.port_id.finish(rows)),
            ("groups", self.groups.finish(rows)),
            ("owners", self.owners.finish(rows)),
            ("peer", self.peer.finish(rows)),
            ("peer_owners", self.peer_owners.finish(rows)),
            ("netns", self.netns.finish(rows)),
            ("cookie", Arc::new(self.cookie.finish())),
            ("suspect", Arc::new(self.suspect.finish())),
        ];
        let fields: Vec<Field> = columns.iter().map(|(name, column)| field(name, column)).collect();
        let columns = columns.iter().map(|(_, column)| Arc::clone(column)).collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), columns)
            .map_err(|error| arrow::error(&error))
    }
}

/// Every column may be null, except those that never are.
fn field(name: &str, column: &ArrayRef) -> Field {
    let never_null = matches!(name, "kind" | "state" | "owners" | "suspect");
    let kind: DataType = column.data_type().clone();
    Field::new(name, kind, !never_null)
}
