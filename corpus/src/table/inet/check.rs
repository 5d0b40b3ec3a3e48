//! The properties of the decoder.

use procnet_core::{
    Error, Lines,
    table::{
        self,
        inet::{Brief, Family, Record, Row, Table, Tail},
    },
};

use super::{naive, render};
use crate::{
    check::{inside, same, window},
    render::{Host, Kernel},
};

/// A whole file.
pub fn file(bytes: &[u8], table: Table) {
    for (line, number) in Lines::new(bytes).zip(1..) {
        let fast = table::Table::row(&table, line, number);
        let slow = naive::row(line, number, table);
        assert_eq!(fast.is_some(), slow.is_some(), "is line {number} a row? {line:?}");
        row(line, table);
    }
    window::table(table, bytes, record);
}

fn record(row: Result<Row<'_>, Error>) -> Result<Record, Error> {
    row.and_then(|row| row.record())
}

/// One line.
pub fn row(line: &[u8], table: Table) {
    let (fast, naive) = match (Row::decode(line, table), naive::Row::decode(line, table)) {
        (Ok(fast), Some(naive)) => (fast, naive),
        (Err(error), None) => return inside(error, line),
        (fast, naive) => panic!("row: fast {fast:?}, naive {naive:?}, in {line:?}"),
    };
    assert_eq!(fast.line(), line);
    columns(line, &fast, &naive);
    same("record", line, &fast.record(), &naive.record());
    same("brief", line, &fast.brief(), &brief(&naive));
    if let (Ok(record), Ok(pointer)) = (fast.record(), fast.pointer()) {
        printed_again(&record, pointer, table);
    }
}

/// The columns that most readers decode together.
fn brief(naive: &naive::Row) -> Option<Brief> {
    Some(Brief {
        local: naive.local()?,
        remote: naive.remote()?,
        state: naive.state()?,
        uid: naive.uid()?,
        inode: naive.inode()?,
    })
}

fn columns(line: &[u8], fast: &Row<'_>, naive: &naive::Row) {
    same("sl", line, &fast.slot(), &naive.slot());
    same("local_address", line, &fast.local(), &naive.local());
    same("rem_address", line, &fast.remote(), &naive.remote());
    same("st", line, &fast.state(), &naive.state());
    same("tx_queue", line, &fast.tx_queue(), &naive.tx_queue());
    same("rx_queue", line, &fast.rx_queue(), &naive.rx_queue());
    same("tr", line, &fast.timer(), &naive.timer());
    same("tm->when", line, &fast.timer_ticks(), &naive.timer_ticks());
    same("retrnsmt", line, &fast.retransmits(), &naive.retransmits());
    same("uid", line, &fast.uid(), &naive.uid());
    same("timeout", line, &fast.timeout(), &naive.timeout());
    same("inode", line, &fast.inode(), &naive.inode());
    same("ref", line, &fast.refs(), &naive.refs());
    same("pointer", line, &fast.pointer(), &naive.pointer());
    same("drops", line, &fast.drops(), &naive.drops());
    same("after pointer", line, &fast.tcp(), &naive.tcp());
}

/// In the newest kernel's format and in the oldest's, where they have the row's columns.
fn printed_again(record: &Record, pointer: &[u8], table: Table) {
    let kind = match (table.family, table.tail) {
        (Family::V4, Tail::Tcp) => render::Kind::Tcp,
        (Family::V6, Tail::Tcp) => render::Kind::Tcp6,
        (Family::V4, Tail::Datagram) => render::Kind::Udp,
        (Family::V6, Tail::Datagram) => render::Kind::Udp6,
    };
    for host in [Host::newest(table.order), Host::oldest(table.order)] {
        if record.drops.is_some() && host.kernel == Kernel::V2_6_24 {
            continue;
        }
        let printed = render::row(host, kind, record, pointer);
        let line = printed.strip_suffix(b"\n").unwrap_or(&printed);
        let again = Row::decode(line, table).expect("a printed row");
        assert_eq!(again.record().as_ref(), Ok(record), "printed as {line:?}");
        assert_eq!(again.pointer(), Ok(pointer), "printed as {line:?}");
    }
}

#[cfg(test)]
mod tests {
    use procnet_core::ByteOrder;

    use super::*;

    /// One byte at a time, at every position, is replaced by each byte that could mislead.
    #[test]
    fn properties_hold_for_rows_with_one_wrong_byte() {
        let v4 = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000 \
                  \x20      0 42 1 0000000000000000 100 0 0 10 -1      ";
        let v6 = v4
            .replace("0100007F:1F90", "0000000000000000FFFF00000100007F:1F90")
            .replace("00000000:0000 0A", "00000000000000000000000000000000:0000 0A");
        for (row, table) in [
            (v4, Table::tcp4(ByteOrder::Little)),
            (v4, Table::datagram4(ByteOrder::Big)),
            (&v6, Table::tcp6(ByteOrder::Big)),
            (&v6, Table::datagram6(ByteOrder::Little)),
        ] {
            super::row(row.as_bytes(), table);
            for place in 0..row.len() {
                for byte in b" \t:-+0aFg\r\0\xFF" {
                    let mut line = row.as_bytes().to_vec();
                    line[place] = *byte;
                    super::row(&line, table);
                }
            }
        }
    }
}
