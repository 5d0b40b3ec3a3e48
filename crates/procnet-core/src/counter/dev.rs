//! `/proc/net/dev` (net/core/net-procfs.c `dev_seq_printf_stats`): 16 counters per interface.
//!
//! An interface name may contain any byte except `/`, `:` (since 4.4), white space and NUL, so
//! headings are recognized in the first two lines only, and the name ends at the *last* colon.
//! Kernel 2.6.24 prints no space after that colon.

use core::fmt;

use crate::{Column, Error, ErrorKind, escape::Escaped, field::Fields, table::impl_table};

const FACE: Column = Column::new(&"face");

const COLUMNS: [Column; 16] = [
    Column::new(&"receive bytes"),
    Column::new(&"receive packets"),
    Column::new(&"receive errs"),
    Column::new(&"receive drop"),
    Column::new(&"receive fifo"),
    Column::new(&"receive frame"),
    Column::new(&"receive compressed"),
    Column::new(&"receive multicast"),
    Column::new(&"transmit bytes"),
    Column::new(&"transmit packets"),
    Column::new(&"transmit errs"),
    Column::new(&"transmit drop"),
    Column::new(&"transmit fifo"),
    Column::new(&"transmit colls"),
    Column::new(&"transmit carrier"),
    Column::new(&"transmit compressed"),
];

/// The table of interfaces.
///
/// ```
/// use procnet_core::counter::dev;
///
/// let file = b"    lo: 480 6 0 0 0 0 0 0 480 6 0 0 0 0 0 0\n";
/// let row = dev::Table.rows(file).next().unwrap()?;
/// assert_eq!((row.name(), row.counters.receive.packets), (&b"lo"[..], 6));
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table;

impl_table! {
    Table: |_, line| Row::decode(line),
    heading: |line, number| number <= 2 && line.contains(&b'|'),
}

/// One interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    name: &'a [u8],
    /// Its counters.
    pub counters: Counters,
}

impl<'a> Row<'a> {
    /// Decodes a line.
    ///
    /// # Errors
    ///
    /// If there is no colon after the name, or one of the 16 columns is missing or not a decimal
    /// number of 64 bits.
    pub fn decode(line: &'a [u8]) -> Result<Row<'a>, Error> {
        let missing = || Error::new(ErrorKind::Separator, FACE, line.len());
        let colon = memchr::memrchr(b':', line).ok_or_else(missing)?;
        let name = line.get(..colon).unwrap_or_default().trim_ascii_start();
        if name.is_empty() {
            return Err(Error::new(ErrorKind::Missing, FACE, colon));
        }
        let mut fields = Fields::new(line, colon + 1);
        let mut values = [0; 16];
        for (value, column) in values.iter_mut().zip(COLUMNS) {
            *value = fields.next(column)?.decimal64()?;
        }
        Ok(Row { name, counters: Counters::from(values) })
    }

    /// The raw interface name.
    #[must_use]
    pub fn name(&self) -> &'a [u8] {
        self.name
    }
}

/// The name, escaped as described in [`escape`](crate::escape).
impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Escaped(self.name).fmt(f)
    }
}

/// The 16 counters of an interface. They are 64 bits wide; on 32-bit kernels some wrap at 2^32.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Receive counters.
    pub receive: Receive,
    /// Transmit counters.
    pub transmit: Transmit,
}

/// The receive counters of an interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receive {
    /// Bytes.
    pub bytes: u64,
    /// Packets.
    pub packets: u64,
    /// Packets with an error.
    pub errs: u64,
    /// Packets dropped (`rx_dropped + rx_missed_errors`).
    pub drop: u64,
    /// FIFO overruns.
    pub fifo: u64,
    /// Framing errors (length, over, crc and frame errors).
    pub frame: u64,
    /// Compressed packets.
    pub compressed: u64,
    /// Multicast packets.
    pub multicast: u64,
}

/// The transmit counters of an interface.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Transmit {
    /// Bytes.
    pub bytes: u64,
    /// Packets.
    pub packets: u64,
    /// Packets with an error.
    pub errs: u64,
    /// Packets dropped.
    pub drop: u64,
    /// FIFO overruns.
    pub fifo: u64,
    /// Collisions.
    pub colls: u64,
    /// Carrier losses (carrier, aborted, window and heartbeat errors).
    pub carrier: u64,
    /// Compressed packets.
    pub compressed: u64,
}

/// From the columns, in file order.
impl From<[u64; 16]> for Counters {
    fn from(columns: [u64; 16]) -> Counters {
        let [bytes, packets, errs, drop, fifo, frame, compressed, multicast, sent @ ..] = columns;
        let receive = Receive { bytes, packets, errs, drop, fifo, frame, compressed, multicast };
        let [bytes, packets, errs, drop, fifo, colls, carrier, compressed] = sent;
        let transmit = Transmit { bytes, packets, errs, drop, fifo, colls, carrier, compressed };
        Counters { receive, transmit }
    }
}

/// The columns, in file order.
impl From<Counters> for [u64; 16] {
    fn from(counters: Counters) -> [u64; 16] {
        let Receive { bytes, packets, errs, drop, fifo, frame, compressed, multicast } =
            counters.receive;
        let sent = counters.transmit;
        [
            bytes,
            packets,
            errs,
            drop,
            fifo,
            frame,
            compressed,
            multicast,
            sent.bytes,
            sent.packets,
            sent.errs,
            sent.drop,
            sent.fifo,
            sent.colls,
            sent.carrier,
            sent.compressed,
        ]
    }
}

/// Sums interfaces column by column; sums wrap at 64 bits, as the counters do.
impl core::ops::AddAssign for Counters {
    fn add_assign(&mut self, other: Counters) {
        let mut sum = <[u64; 16]>::from(*self);
        for (left, right) in sum.iter_mut().zip(<[u64; 16]>::from(other)) {
            *left = left.wrapping_add(right);
        }
        *self = Counters::from(sum);
    }
}
