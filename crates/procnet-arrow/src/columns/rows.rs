//! What most sockets have, row by row until a batch is taken.

use arrow_array::BooleanArray;
use arrow_buffer::{BooleanBuffer, NullBuffer};

use super::CHUNK_ROWS;

/// The fields of a row that most sockets have, in 64 bytes; 0 for what it does not have.
#[derive(Clone, Copy, Default)]
pub(crate) struct Fields {
    pub(crate) netns: u64,
    pub(crate) inode: u64,
    pub(crate) cookie: u64,
    pub(crate) uid: u32,
    pub(crate) rx_queue: u32,
    pub(crate) tx_queue: u32,
    /// The numbers of addresses.
    pub(crate) local: u32,
    pub(crate) remote: u32,
    /// The number of a name.
    pub(crate) name: u32,
    pub(crate) local_port: u16,
    pub(crate) remote_port: u16,
    pub(crate) has: Has,
    /// The keys of words.
    pub(crate) kind: i8,
    pub(crate) family: i8,
    pub(crate) state: i8,
    pub(crate) kind_of_own: i8,
}

/// What a row has: a bit each.
#[derive(Clone, Copy, Default)]
pub(crate) struct Has(u16);

impl Has {
    pub(crate) const NETNS: Has = Has(1 << 0);
    pub(crate) const LOCAL: Has = Has(1 << 1);
    pub(crate) const REMOTE: Has = Has(1 << 2);
    pub(crate) const UID: Has = Has(1 << 3);
    pub(crate) const INODE: Has = Has(1 << 4);
    pub(crate) const COOKIE: Has = Has(1 << 5);
    pub(crate) const RX_QUEUE: Has = Has(1 << 6);
    pub(crate) const TX_QUEUE: Has = Has(1 << 7);
    pub(crate) const KIND_OF_OWN: Has = Has(1 << 8);
    pub(crate) const SUSPECT: Has = Has(1 << 9);

    /// Notes whether there is a value, and returns it.
    #[inline]
    pub(crate) fn value<T: Default>(&mut self, bit: Has, value: Option<T>) -> T {
        self.0 |= if value.is_some() { bit.0 } else { 0 };
        value.unwrap_or_default()
    }
}

/// The rows of a batch.
#[derive(Default)]
pub(crate) struct Rows {
    rows: Vec<Fields>,
    /// Some of them, in order.
    chunk: Vec<Fields>,
}

/// The rows of a batch in order, column by column.
#[derive(Default)]
pub(crate) struct Ordered {
    pub(crate) netns: Vec<u64>,
    pub(crate) inode: Vec<u64>,
    pub(crate) cookie: Vec<u64>,
    pub(crate) uid: Vec<u32>,
    pub(crate) rx_queue: Vec<u32>,
    pub(crate) tx_queue: Vec<u32>,
    pub(crate) local: Vec<u32>,
    pub(crate) remote: Vec<u32>,
    pub(crate) name: Vec<u32>,
    pub(crate) local_port: Vec<u16>,
    pub(crate) remote_port: Vec<u16>,
    pub(crate) kind: Vec<i8>,
    pub(crate) family: Vec<i8>,
    pub(crate) state: Vec<i8>,
    pub(crate) kind_of_own: Vec<i8>,
    pub(crate) valid: Valid,
}

/// Which rows have what.
#[derive(Default)]
pub(crate) struct Valid(Vec<Has>);

impl Rows {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    #[inline]
    pub(crate) fn push(&mut self, row: Fields) {
        self.rows.push(row);
    }

    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Fields> {
        self.rows.iter()
    }

    /// The columns of the rows in this order. Then there are no rows.
    pub(crate) fn take(&mut self, order: &[u32]) -> Ordered {
        let mut to = Ordered::with_capacity(order.len());
        for rows in order.chunks(CHUNK_ROWS) {
            self.chunk.clear();
            self.chunk.extend(rows.iter().map(|row| self.rows[*row as usize]));
            to.extend(&self.chunk);
        }
        self.rows.clear();
        to
    }
}

impl Ordered {
    fn with_capacity(rows: usize) -> Ordered {
        Ordered {
            netns: Vec::with_capacity(rows),
            inode: Vec::with_capacity(rows),
            cookie: Vec::with_capacity(rows),
            uid: Vec::with_capacity(rows),
            rx_queue: Vec::with_capacity(rows),
            tx_queue: Vec::with_capacity(rows),
            local: Vec::with_capacity(rows),
            remote: Vec::with_capacity(rows),
            name: Vec::with_capacity(rows),
            local_port: Vec::with_capacity(rows),
            remote_port: Vec::with_capacity(rows),
            kind: Vec::with_capacity(rows),
            family: Vec::with_capacity(rows),
            state: Vec::with_capacity(rows),
            kind_of_own: Vec::with_capacity(rows),
            valid: Valid(Vec::with_capacity(rows)),
        }
    }

    fn extend(&mut self, rows: &[Fields]) {
        self.netns.extend(rows.iter().map(|row| row.netns));
        self.inode.extend(rows.iter().map(|row| row.inode));
        self.cookie.extend(rows.iter().map(|row| row.cookie));
        self.uid.extend(rows.iter().map(|row| row.uid));
        self.rx_queue.extend(rows.iter().map(|row| row.rx_queue));
        self.tx_queue.extend(rows.iter().map(|row| row.tx_queue));
        self.local.extend(rows.iter().map(|row| row.local));
        self.remote.extend(rows.iter().map(|row| row.remote));
        self.name.extend(rows.iter().map(|row| row.name));
        self.local_port.extend(rows.iter().map(|row| row.local_port));
        self.remote_port.extend(rows.iter().map(|row| row.remote_port));
        self.kind.extend(rows.iter().map(|row| row.kind));
        self.family.extend(rows.iter().map(|row| row.family));
        self.state.extend(rows.iter().map(|row| row.state));
        self.kind_of_own.extend(rows.iter().map(|row| row.kind_of_own));
        self.valid.0.extend(rows.iter().map(|row| row.has));
    }
}

impl Valid {
    /// Which rows have this.
    pub(crate) fn bits(&self, bit: Has) -> BooleanBuffer {
        BooleanBuffer::collect_bool(self.0.len(), |row| self.0[row].0 & bit.0 != 0)
    }

    /// Which rows have this, if not all have it.
    pub(crate) fn nulls(&self, bit: Has) -> Option<NullBuffer> {
        let all = self.0.iter().fold(bit.0, |all, has| all & has.0);
        (all & bit.0 == 0).then(|| NullBuffer::new(self.bits(bit)))
    }

    pub(crate) fn column(&self, bit: Has) -> BooleanArray {
        BooleanArray::new(self.bits(bit), None)
    }
}
