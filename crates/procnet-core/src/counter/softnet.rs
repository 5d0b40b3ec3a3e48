//! `/proc/net/softnet_stat` (net/core/net-procfs.c `softnet_seq_show`): per-CPU statistics of
//! packet processing, one line for each online CPU.
//!
//! There is no heading; columns are identified by position. Kernels have appended some: 9 columns
//! up to 2.6.24, 10 in 3.0, 11 in 4.4, 13 in 5.10, 15 in 6.12. Columns beyond these are kept
//! without a name. All are 32 bits wide and printed in hexadecimal; counters wrap.
//!
//! The 13th column is the number of the CPU. In kernels without it the CPU is unknown, as offline
//! CPUs have no line.

use crate::{Column, Error, field::Fields, table::impl_table};

const PROCESSED: Column = Column::new(&"processed");
const DROPPED: Column = Column::new(&"dropped");
const TIME_SQUEEZE: Column = Column::new(&"time_squeeze");
const UNUSED: Column = Column::new(&"unused");
const CPU_COLLISION: Column = Column::new(&"cpu_collision");
const RECEIVED_RPS: Column = Column::new(&"received_rps");
const FLOW_LIMIT_COUNT: Column = Column::new(&"flow_limit_count");
const BACKLOG_LEN: Column = Column::new(&"backlog_len");
const CPU: Column = Column::new(&"cpu");
const INPUT_QLEN: Column = Column::new(&"input_qlen");
const PROCESS_QLEN: Column = Column::new(&"process_qlen");
const FURTHER: Column = Column::new(&"further");

/// The table of per-CPU statistics.
///
/// ```
/// use procnet_core::counter::softnet;
///
/// let file = b"0000075b 00000002 00000001 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000003\n";
/// let row = softnet::Table.rows(file).next().unwrap()?;
/// assert_eq!((row.cpu, row.processed, row.dropped), (Some(3), 0x75b, 2));
/// assert_eq!(row.input_qlen, None); // in newer kernels only
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table;

impl_table! { Table: |_, line| Row::decode(line) }

/// The statistics of one CPU. Columns that the kernel does not print are `None`.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Packets processed, from devices and from the backlog.
    pub processed: u32,
    /// Packets dropped because the backlog was full.
    pub dropped: u32,
    /// The number of times that `net_rx_action` stopped with work left, as its time or budget was
    /// used up.
    pub time_squeeze: u32,
    /// The number of times that another CPU held the lock of a device on transmit; 0 since 4.19.
    pub cpu_collision: u32,
    /// The number of times that another CPU woke this one to process packets (receive packet
    /// steering).
    pub received_rps: Option<u32>,
    /// Packets dropped because their flow exceeded its share of the backlog (flow limit).
    pub flow_limit_count: Option<u32>,
    /// Packets in the backlog; a gauge.
    pub backlog_len: Option<u32>,
    /// The CPU number.
    pub cpu: Option<u32>,
    /// Packets of the backlog in the input queue; a gauge.
    pub input_qlen: Option<u32>,
    /// Packets of the backlog in the processing queue; a gauge.
    pub process_qlen: Option<u32>,
    further: Fields<'a>,
}

impl<'a> Row<'a> {
    /// Decodes a line.
    ///
    /// # Errors
    ///
    /// If one of the first nine columns is missing, or one of the first 15 is not a hexadecimal
    /// number of 32 bits.
    pub fn decode(line: &'a [u8]) -> Result<Row<'a>, Error> {
        let mut fields = Fields::new(line, 0);
        let processed = fields.next(PROCESSED)?.hex32()?;
        let dropped = fields.next(DROPPED)?.hex32()?;
        let time_squeeze = fields.next(TIME_SQUEEZE)?.hex32()?;
        for _fastroute in 0..5 {
            fields.next(UNUSED)?.hex32()?;
        }
        let cpu_collision = fields.next(CPU_COLLISION)?.hex32()?;
        let mut newer = |column| fields.next_if_any(column).map(|field| field.hex32()).transpose();
        Ok(Row {
            processed,
            dropped,
            time_squeeze,
            cpu_collision,
            received_rps: newer(RECEIVED_RPS)?,
            flow_limit_count: newer(FLOW_LIMIT_COUNT)?,
            backlog_len: newer(BACKLOG_LEN)?,
            cpu: newer(CPU)?,
            input_qlen: newer(INPUT_QLEN)?,
            process_qlen: newer(PROCESS_QLEN)?,
            further: fields,
        })
    }

    /// The columns that are present, with their names, in the order of the line. The five unused
    /// ones, which are always 0, are left out.
    pub fn columns(&self) -> impl Iterator<Item = (&'static str, u32)> + use<> {
        let named = [
            (PROCESSED, Some(self.processed)),
            (DROPPED, Some(self.dropped)),
            (TIME_SQUEEZE, Some(self.time_squeeze)),
            (CPU_COLLISION, Some(self.cpu_collision)),
            (RECEIVED_RPS, self.received_rps),
            (FLOW_LIMIT_COUNT, self.flow_limit_count),
            (BACKLOG_LEN, self.backlog_len),
            (CPU, self.cpu),
            (INPUT_QLEN, self.input_qlen),
            (PROCESS_QLEN, self.process_qlen),
        ];
        named.into_iter().filter_map(|(column, value)| Some((column.name(), value?)))
    }

    /// The columns after the 15th, which newer kernels may print.
    #[must_use]
    pub fn further(&self) -> Further<'a> {
        Further(self.further)
    }
}

/// Columns without names: see [`Row::further`].
///
/// A column that is not a hexadecimal number of 32 bits is one `Err` item, and the iteration
/// continues.
#[derive(Clone, Debug)]
pub struct Further<'a>(Fields<'a>);

impl Iterator for Further<'_> {
    type Item = Result<u32, Error>;

    fn next(&mut self) -> Option<Result<u32, Error>> {
        self.0.next_if_any(FURTHER).map(|field| field.hex32())
    }
}
