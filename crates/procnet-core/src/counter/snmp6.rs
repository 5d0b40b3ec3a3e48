//! `/proc/net/snmp6` and `/proc/net/dev_snmp6/INTERFACE` (net/ipv6/proc.c `snmp6_seq_show`,
//! `snmp6_dev_seq_show`): a counter a line, its name and its value.
//!
//! ```text
//! Ip6InReceives                    1407
//! ```
//!
//! The kernel prints a tab between them, behind a name that it fills to 32 bytes. There is no
//! heading. Which counters there are differs between kernels, and those of single ICMP types
//! (`Icmp6InType1`) stand there only once they are not 0, so values go by name. The file of an
//! interface begins with `ifIndex`, which is its number and no counter.

use crate::{
    Column, Error,
    field::Fields,
    table::impl_table,
};

const NAME: Column = Column::new(&"name");
const VALUE: Column = Column::new(&"value");

/// The name of the line in an interface's file that is no counter.
pub const IF_INDEX: &[u8] = b"ifIndex";

/// The counters of IPv6.
///
/// ```
/// use procnet_core::counter::snmp6;
///
/// let file = b"Ip6InReceives                   \t1407\n";
/// let row = snmp6::Table.rows(file).next().unwrap()?;
/// assert_eq!((row.name, row.value), (&b"Ip6InReceives"[..], 1407));
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table;

impl_table! { Table: |_, line| Row::decode(line) }

/// One counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The kernel's name, with its protocol before it: `Ip6`, `Icmp6`, `Udp6`, `UdpLite6`.
    pub name: &'a [u8],
    /// Its value.
    pub value: u64,
}

impl<'a> Row<'a> {
    /// Decodes a line. What stands behind the value is passed over.
    ///
    /// # Errors
    ///
    /// If there is no value, or it is no decimal number of 64 bits.
    pub fn decode(line: &'a [u8]) -> Result<Row<'a>, Error> {
        let mut fields = Fields::new(line, 0);
        let name = fields.next(NAME)?.bytes;
        let value = fields.next(VALUE)?.decimal64()?;
        Ok(Row { name, value })
    }
}
