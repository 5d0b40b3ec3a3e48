//! `/proc/net/snmp6` and `/proc/net/dev_snmp6/INTERFACE` (net/ipv6/proc.c `snmp6_seq_show`,
//! `snmp6_dev_seq_show`): one counter per line, name and value.
//!
//! ```text
//! Ip6InReceives                    1407
//! ```
//!
//! The name is padded to 32 bytes and followed by a tab. There is no heading. The set of counters
//! differs between kernels, and those of single ICMP types (`Icmp6InType1`) are printed only if
//! they are not 0, so values are identified by name. Every name starts with a protocol of IPv6
//! (letters, then a 6) and consists of letters and digits, so most other text is no counter. The
//! file of an interface starts with `ifIndex`, which is the interface index and not a counter.

use crate::{
    Column, Error, ErrorKind,
    field::{Field, Fields},
    table::impl_table,
};

const NAME: Column = Column::new(&"name");
const VALUE: Column = Column::new(&"value");

/// The name of the line in the file of an interface that is not a counter.
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
    /// The name of the counter, prefixed with its protocol: `Ip6`, `Icmp6`, `Udp6`, `UdpLite6`.
    pub name: &'a [u8],
    /// The value.
    pub value: u64,
}

impl<'a> Row<'a> {
    /// Decodes a line. Text after the value is ignored.
    ///
    /// # Errors
    ///
    /// If the name is not that of a counter of IPv6, or there is no value, or it is not a decimal
    /// number of 64 bits.
    pub fn decode(line: &'a [u8]) -> Result<Row<'a>, Error> {
        let mut fields = Fields::new(line, 0);
        let name = counter_name(fields.next(NAME)?)?;
        let value = fields.next(VALUE)?.decimal64()?;
        Ok(Row { name, value })
    }
}

/// A protocol, and letters and digits after it: `Ip6InReceives`, `UdpLite6NoPorts`.
fn counter_name(field: Field<'_>) -> Result<&[u8], Error> {
    let name = field.bytes;
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic();
    let protocol = name.iter().position(|byte| !is_letter(byte)).unwrap_or(name.len());
    match name.iter().position(|byte| !byte.is_ascii_alphanumeric()) {
        Some(at) => Err(field.error(ErrorKind::Unexpected, at)),
        None if name == IF_INDEX => Ok(name),
        None if protocol > 0 && name.get(protocol) == Some(&b'6') => Ok(name),
        None => Err(field.error(ErrorKind::Unexpected, protocol)),
    }
}
