//! The naive decoder.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use procnet_core::{
    ByteOrder, Inode, State,
    table::inet::{Family, Record, Table, Tail, TcpTail, Timer},
};

use crate::naive::text;

/// The format behind the row's number as kernels print it: `x` is a digit, everything else is
/// literal.
const V4: &str = " xxxxxxxx:xxxx xxxxxxxx:xxxx xx xxxxxxxx:xxxxxxxx xx:xxxxxxxx xxxxxxxx ";
const V6: &str = " xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx:xxxx xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx:xxxx \
                  xx xxxxxxxx:xxxxxxxx xx:xxxxxxxx xxxxxxxx ";

/// Digits; `None` for both numbers of a pair without a colon.
type Number = Option<Vec<u8>>;

/// The columns of one line as text.
#[derive(Clone, Debug)]
pub struct Row {
    table: Table,
    slot: Vec<u8>,
    /// Ten numbers: addresses, ports, state, queues, timer, retransmits.
    numbers: Vec<Number>,
    /// The columns from `uid` on.
    tail: Vec<Vec<u8>>,
}

/// The row in a line of a file; `None` for a heading or a blank line, `Some(None)` for a line
/// that is not a row.
#[must_use]
pub fn row(line: &[u8], number: usize, table: Table) -> Option<Option<Row>> {
    let white = |byte: &u8| *byte == b' ' || (b'\t'..=b'\r').contains(byte) && *byte != 0x0B;
    let text: Vec<u8> = line.iter().copied().skip_while(white).collect();
    let heading = number == 1 && text.starts_with(b"sl ");
    let blank = text::columns(line).is_empty();
    if heading || blank { None } else { Some(Row::decode(line, table)) }
}

impl Row {
    /// A row has a colon after its number. The rest has the format that kernels print, or at
    /// least six columns separated by blanks.
    #[must_use]
    pub fn decode(line: &[u8], table: Table) -> Option<Row> {
        let (slot, rest) = text::cut(line, b':')?;
        // No table has a row with a number of eight digits.
        let printed = if slot.len() < 8 { printed(&rest, table.family) } else { None };
        let (numbers, tail) = printed.or_else(|| loose(&rest))?;
        Some(Row { table, slot, numbers, tail })
    }

    fn number(&self, at: usize) -> Option<u64> {
        text::hex(self.numbers[at].as_ref()?)
    }

    fn column(&self, at: usize) -> Option<&[u8]> {
        self.tail.get(at).map(Vec::as_slice)
    }

    fn address(&self, at: usize) -> Option<SocketAddr> {
        let digits = self.numbers[at].as_ref()?;
        let port = u16::try_from(self.number(at + 1)?).ok()?;
        let mut bytes = Vec::new();
        for word in digits.chunks(8) {
            let word = u32::try_from(text::hex(word)?).ok()?;
            bytes.extend(match self.table.order {
                ByteOrder::Little => word.to_le_bytes(),
                ByteOrder::Big => word.to_be_bytes(),
            });
        }
        let ip = match (self.table.family, digits.len()) {
            (Family::V4, 8) => IpAddr::V4(Ipv4Addr::from(<[u8; 4]>::try_from(bytes).ok()?)),
            (Family::V6, 32) => IpAddr::V6(Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?)),
            _ => return None,
        };
        Some(SocketAddr::new(ip, port))
    }

    /// `sl`
    #[must_use]
    pub fn slot(&self) -> Option<u64> {
        match text::columns(&self.slot).as_slice() {
            [only] => text::decimal(only),
            _ => None,
        }
    }

    /// `local_address`
    #[must_use]
    pub fn local(&self) -> Option<SocketAddr> {
        self.address(0)
    }

    /// `rem_address`
    #[must_use]
    pub fn remote(&self) -> Option<SocketAddr> {
        self.address(2)
    }

    /// `st`
    #[must_use]
    pub fn state(&self) -> Option<State> {
        u8::try_from(self.number(4)?).ok().map(State)
    }

    /// `tx_queue`
    #[must_use]
    pub fn tx_queue(&self) -> Option<u32> {
        u32::try_from(self.number(5)?).ok()
    }

    /// `rx_queue`
    #[must_use]
    pub fn rx_queue(&self) -> Option<u32> {
        u32::try_from(self.number(6)?).ok()
    }

    /// `tr`
    #[must_use]
    pub fn timer(&self) -> Option<Timer> {
        u8::try_from(self.number(7)?).ok().map(Timer)
    }

    /// `tm->when`
    #[must_use]
    pub fn timer_ticks(&self) -> Option<u64> {
        self.number(8)
    }

    /// `retrnsmt`
    #[must_use]
    pub fn retransmits(&self) -> Option<u32> {
        u32::try_from(self.number(9)?).ok()
    }

    /// `uid`
    #[must_use]
    pub fn uid(&self) -> Option<u32> {
        text::either_sign(self.column(0)?)
    }

    /// `timeout`
    #[must_use]
    pub fn timeout(&self) -> Option<u32> {
        text::either_sign(self.column(1)?)
    }

    /// `inode`
    #[must_use]
    pub fn inode(&self) -> Option<Option<Inode>> {
        text::decimal(self.column(2)?).map(Inode::new)
    }

    /// `ref`
    #[must_use]
    pub fn refs(&self) -> Option<u32> {
        text::either_sign(self.column(3)?)
    }

    /// `pointer`
    #[must_use]
    pub fn pointer(&self) -> Option<&[u8]> {
        self.column(4)
    }

    /// `drops`
    #[must_use]
    pub fn drops(&self) -> Option<Option<u32>> {
        self.pointer()?;
        match (self.table.tail, self.column(5)) {
            (Tail::Datagram, Some(drops)) => text::either_sign(drops).map(Some),
            _ => Some(None),
        }
    }

    /// The five columns that only full TCP sockets have.
    #[must_use]
    pub fn tcp(&self) -> Option<Option<TcpTail>> {
        self.pointer()?;
        if self.table.tail == Tail::Datagram || self.column(5).is_none() {
            return Some(None);
        }
        Some(Some(TcpTail {
            rto: text::decimal(self.column(5)?)?,
            ato: text::decimal(self.column(6)?)?,
            quick_pingpong: u32::try_from(text::decimal(self.column(7)?)?).ok()?,
            cwnd: u32::try_from(text::decimal(self.column(8)?)?).ok()?,
            ssthresh: i32::try_from(text::signed(self.column(9)?)?).ok()?,
        }))
    }

    /// All columns.
    #[must_use]
    pub fn record(&self) -> Option<Record> {
        Some(Record {
            slot: self.slot()?,
            local: self.local()?,
            remote: self.remote()?,
            state: self.state()?,
            tx_queue: self.tx_queue()?,
            rx_queue: self.rx_queue()?,
            timer: self.timer()?,
            timer_ticks: self.timer_ticks()?,
            retransmits: self.retransmits()?,
            uid: self.uid()?,
            timeout: self.timeout()?,
            inode: self.inode()?,
            refs: self.refs()?,
            drops: self.drops()?,
            tcp: self.tcp()?,
        })
    }
}

/// Numbers and tail of a line in the format that kernels print.
fn printed(rest: &[u8], family: Family) -> Option<(Vec<Number>, Vec<Vec<u8>>)> {
    let format = match family {
        Family::V4 => V4,
        Family::V6 => V6,
    };
    let mut numbers = Vec::new();
    let mut number = Vec::new();
    for (at, expected) in format.bytes().enumerate() {
        let byte = *rest.get(at)?;
        if expected == b'x' {
            number.push(byte);
        } else if byte == expected {
            numbers.push(Some(std::mem::take(&mut number)));
        } else {
            return None;
        }
    }
    // The format begins with a separator.
    numbers.remove(0);
    Some((numbers, text::columns(&rest[format.len()..])))
}

/// Numbers and tail of any other line.
fn loose(rest: &[u8]) -> Option<(Vec<Number>, Vec<Vec<u8>>)> {
    let mut columns = text::columns(rest);
    let tail = (columns.len() >= 6).then(|| columns.split_off(6))?;
    let mut numbers = Vec::new();
    for (at, column) in columns.into_iter().enumerate() {
        let is_pair = [0, 1, 3, 4].contains(&at);
        match text::cut(&column, b':') {
            _ if !is_pair => numbers.push(Some(column)),
            Some((first, second)) => numbers.extend([Some(first), Some(second)]),
            None => numbers.extend([None, None]),
        }
    }
    Some((numbers, tail))
}
