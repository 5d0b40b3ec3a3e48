//! Columns of rows with another layout, split at blanks, and the errors of all rows.

use core::net::{IpAddr, SocketAddr};

use super::Row;
use crate::{
    Column, Error, ErrorKind, addr,
    field::{Field, Fields},
    number,
    table::inet::{Family, LOCAL, REMOTE, RETRANSMITS, SL, STATE, TIMER, TX_QUEUE, Table},
};

/// The columns that follow the row number, in order.
const COLUMNS: [Column; 6] = [LOCAL, REMOTE, STATE, TX_QUEUE, TIMER, RETRANSMITS];

impl<'a> Row<'a> {
    /// The offset after the colon of the row number, for a line without the predicted layout
    /// that has all columns up to `retrnsmt`.
    #[cold]
    #[inline(never)]
    pub(super) fn fallback_body(line: &'a [u8], table: Table) -> Result<usize, Error> {
        let colon = memchr::memchr(b':', line);
        let colon = colon.ok_or_else(|| Error::new(ErrorKind::Separator, SL, line.len()))?;
        let Table { family, tail, order } = table;
        let row = Row { line, family, tail, order, body: colon + 1, head: None };
        row.column(RETRANSMITS)?;
        Ok(row.body)
    }

    /// One of [`COLUMNS`] that did not decode on the fast path: it is malformed, or the row has
    /// another layout and is split at blanks.
    ///
    /// In a row with the predicted layout an invalid byte, even a blank or a colon, affects only
    /// its own column and never shifts another.
    #[cold]
    pub(super) fn column(&self, wanted: Column) -> Result<Field<'a>, Error> {
        if self.head.is_none() {
            return self.fallback_column(wanted);
        }
        let address = match self.family {
            Family::V4 => 8,
            Family::V6 => 32,
        };
        // The width of each column, and the offset of its colon (or the width if it has none).
        let endpoint = (address + 5, address);
        let layout = [endpoint, endpoint, (2, 2), (17, 8), (11, 2), (8, 8)];
        let mut start = self.body + 1;
        for (column, (width, colon)) in COLUMNS.into_iter().zip(layout) {
            if column == wanted {
                let bytes = self.line.get(start..start + width).unwrap_or_default();
                let wrong = |(at, byte): (usize, &u8)| at != colon && !byte.is_ascii_hexdigit();
                let at = bytes.iter().enumerate().position(wrong).unwrap_or(0);
                return Err(Error::new(ErrorKind::NotHex, wanted, start + at));
            }
            start += width + 1;
        }
        Err(Error::new(ErrorKind::Missing, wanted, self.line.len()))
    }

    /// One of [`COLUMNS`] of a row that is split at blanks.
    fn fallback_column(&self, wanted: Column) -> Result<Field<'a>, Error> {
        let mut fields = Fields::new(self.line, self.body);
        for column in COLUMNS {
            let field = fields.next(column)?;
            if column == wanted {
                return Ok(field);
            }
        }
        Err(Error::new(ErrorKind::Missing, wanted, self.line.len()))
    }

    /// An address and a port that did not decode on the fast path.
    #[cold]
    pub(super) fn fallback_endpoint(&self, column: Column) -> Result<SocketAddr, Error> {
        let (digits, port) = self.column(column)?.split(b':', column)?;
        let order = self.order;
        let ip = match self.family {
            Family::V4 => addr::ipv4(digits.array()?, order).map(IpAddr::V4),
            Family::V6 => addr::ipv6(digits.array()?, order).map(IpAddr::V6),
        };
        let not_hex = || digits.error(ErrorKind::NotHex, number::first_not_hex(digits.bytes));
        Ok(SocketAddr::new(ip.ok_or_else(not_hex)?, port.hex16()?))
    }
}
