//! `/proc/net/softnet_stat` (net/core/net-procfs.c `softnet_seq_show`): what each CPU did with
//! the packets that it was given, a line for each CPU that is online.
//!
//! There is no heading: columns go by their place. Kernels have added some at the right: 9
//! columns up to 2.6.24, 10 by 3.0, 11 by 4.4, 13 by 5.10, 15 by 6.12. What more there may be
//! is kept, without a name. All are of 32 bits, printed in hexadecimal; counters wrap.
//!
//! A line is that of the CPU in its 13th column. Before there was one, nothing says which: CPUs
//! that are offline have no line.

use crate::{
    Column, Error,
    field::Fields,
    table::impl_table,
};

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

/// The table of CPUs.
///
/// ```
/// use procnet_core::counter::softnet;
///
/// let file = b"0000075b 00000002 00000001 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000003\n";
/// let row = softnet::Table.rows(file).next().unwrap()?;
/// assert_eq!((row.cpu, row.processed, row.dropped), (Some(3), 0x75b, 2));
/// assert_eq!(row.input_qlen, None); // of newer kernels
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table;

impl_table! { Table: |_, line| Row::decode(line) }

/// What one CPU did. What a kernel has no column of is `None`.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    /// Packets that its network interrupts took from devices and from its backlog.
    pub processed: u32,
    /// Packets dropped because its backlog was full.
    pub dropped: u32,
    /// How often it had to leave packets for later, as its time or its budget was used up.
    pub time_squeeze: u32,
    /// How often another CPU held a device's lock when it was to transmit; 0 since 4.19.
    pub cpu_collision: u32,
    /// How often another CPU woke it to take packets (receive packet steering).
    pub received_rps: Option<u32>,
    /// Packets dropped because their flow had more than its share of the backlog.
    pub flow_limit_count: Option<u32>,
    /// Packets that wait in its backlog; no counter.
    pub backlog_len: Option<u32>,
    /// Its number.
    pub cpu: Option<u32>,
    /// Those of them that were not taken out of the first queue yet; no counter.
    pub input_qlen: Option<u32>,
    /// Those of them that were; no counter.
    pub process_qlen: Option<u32>,
    further: Fields<'a>,
}

impl<'a> Row<'a> {
    /// Decodes a line.
    ///
    /// # Errors
    ///
    /// If one of the first nine columns is missing, or one of the first 15 is no hexadecimal
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

    /// The columns that there are, each under its name, in the order of the line. The five
    /// that are always 0 have no name.
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

    /// The columns behind the 15th, which some newer kernel may have.
    #[must_use]
    pub fn further(&self) -> Further<'a> {
        Further(self.further)
    }
}

/// Columns without a name: see [`Row::further`].
///
/// What is no hexadecimal number of 32 bits is one `Err` item, and the iteration goes on.
#[derive(Clone, Debug)]
pub struct Further<'a>(Fields<'a>);

impl Iterator for Further<'_> {
    type Item = Result<u32, Error>;

    fn next(&mut self) -> Option<Result<u32, Error>> {
        self.0.next_if_any(FURTHER).map(|field| field.hex32())
    }
}
