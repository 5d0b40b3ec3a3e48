//! A row whose columns are decoded in place, when they are asked for.

use core::net::{IpAddr, SocketAddr};

use super::{
    DROPS, Family, INODE, LOCAL, POINTER, REFS, REMOTE, RETRANSMITS, RX_QUEUE, Record, SL, STATE,
    TIMEOUT, TIMER, TX_QUEUE, Table, Tail, TcpTail, Timer, UID, WHEN,
};
use crate::{
    Column, Error, ErrorKind, Inode, State, addr,
    field::{Field, Fields},
    number,
};

/// The columns that follow the row's number, in order.
const COLUMNS: [Column; 6] = [LOCAL, REMOTE, STATE, TX_QUEUE, TIMER, RETRANSMITS];

/// ` %08X:%04X`
const END4: usize = 14;
/// ` %08X%08X%08X%08X:%04X`
const END6: usize = 38;
/// ` %02X %08X:%08X %02X:%08lX %08X`
const MIDDLE: usize = 42;

/// One row, borrowed from its line.
///
/// Every method decodes one column. The source of each value is net/ipv4/tcp_ipv4.c
/// (`get_tcp4_sock`, `get_openreq4`, `get_timewait4_sock`) and, for datagram sockets,
/// net/ipv4/udp.c (`udp4_format_sock`).
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    line: &'a [u8],
    table: Table,
    /// One past the colon behind the row's number.
    body: usize,
    shape: Shape<'a>,
}

/// Where the columns up to `retrnsmt` stand.
#[derive(Clone, Copy, Debug)]
enum Shape<'a> {
    /// As the kernel prints them, each separator verified.
    V4 {
        ends: [&'a [u8; END4]; 2],
        middle: &'a [u8; MIDDLE],
    },
    V6 {
        ends: [&'a [u8; END6]; 2],
        middle: &'a [u8; MIDDLE],
    },
    /// Otherwise: to be looked for blank by blank.
    Loose,
}

/// The two addresses of a row.
#[derive(Clone, Copy)]
enum End {
    Local,
    Remote,
}

impl End {
    #[inline]
    fn of<T>(self, [local, remote]: [T; 2]) -> T {
        match self {
            End::Local => local,
            End::Remote => remote,
        }
    }
}

impl<'a> Row<'a> {
    /// Finds the columns of a line.
    ///
    /// # Errors
    ///
    /// If there is no colon behind the row's number, or the line ends before `retrnsmt`.
    #[inline]
    pub fn decode(line: &'a [u8], table: Table) -> Result<Row<'a>, Error> {
        match Row::predicted(line, table) {
            Some(row) => Ok(row),
            None => Row::loose(line, table),
        }
    }

    /// The row, if its line stands as kernels print it.
    #[inline]
    fn predicted(line: &'a [u8], table: Table) -> Option<Row<'a>> {
        // `%4d:` (tcp, raw) or `%5d:` (udp, icmp), and seven digits of a long tcp table.
        let colon = line.iter().take(8).position(|byte| *byte == b':')?;
        let body = colon + 1;
        let (_, rest) = line.split_at_checked(body)?;
        let (shape, rest) = match table.family {
            Family::V4 => {
                let (local, rest) = rest.split_first_chunk::<END4>()?;
                let (remote, rest) = rest.split_first_chunk::<END4>()?;
                let (middle, rest) = rest.split_first_chunk::<MIDDLE>()?;
                let separators = [local[0], local[9], remote[0], remote[9]];
                (separators == *b" : :").then_some(())?;
                (Shape::V4 { ends: [local, remote], middle }, rest)
            }
            Family::V6 => {
                let (local, rest) = rest.split_first_chunk::<END6>()?;
                let (remote, rest) = rest.split_first_chunk::<END6>()?;
                let (middle, rest) = rest.split_first_chunk::<MIDDLE>()?;
                let separators = [local[0], local[33], remote[0], remote[33]];
                (separators == *b" : :").then_some(())?;
                (Shape::V6 { ends: [local, remote], middle }, rest)
            }
        };
        let row = Row { line, table, body, shape };
        let middle = row.middle()?;
        let separators = [middle[0], middle[3], middle[12], middle[21], middle[24], middle[33]];
        (separators == *b"  : : " && rest.first() == Some(&b' ')).then_some(row)
    }

    /// The row of any other line.
    #[cold]
    #[inline(never)]
    fn loose(line: &'a [u8], table: Table) -> Result<Row<'a>, Error> {
        let colon = memchr::memchr(b':', line);
        let colon = colon.ok_or_else(|| Error::new(ErrorKind::Separator, SL, line.len()))?;
        let row = Row { line, table, body: colon + 1, shape: Shape::Loose };
        row.column(RETRANSMITS)?;
        Ok(row)
    }

    /// The whole line.
    #[must_use]
    pub fn line(&self) -> &'a [u8] {
        self.line
    }

    /// The row's number in a tcp table; the hash bucket in the others, where it repeats.
    ///
    /// # Errors
    ///
    /// If it is no decimal number.
    #[inline]
    pub fn slot(&self) -> Result<u64, Error> {
        let end = self.body.saturating_sub(1);
        let before = self.line.get(..end).unwrap_or_default();
        let mut fields = Fields::new(before, 0);
        let slot = fields.next(SL)?.decimal64()?;
        match fields.next_if_any(SL) {
            Some(more) => Err(more.error(ErrorKind::Separator, 0)),
            None => Ok(slot),
        }
    }

    /// The address and port that the socket is bound to. For raw sockets the "port" is the
    /// protocol's number, for icmp sockets the identifier.
    ///
    /// # Errors
    ///
    /// If the address is not of the table's width or the port not of 16 bits, or one has a
    /// byte that is no hexadecimal digit. The same holds for [`remote`](Row::remote).
    #[inline]
    pub fn local(&self) -> Result<SocketAddr, Error> {
        match self.end(End::Local) {
            Some(address) => Ok(address),
            None => self.loose_end(LOCAL),
        }
    }

    /// The peer's address and port; all zeros if the socket is not connected.
    ///
    /// # Errors
    ///
    /// As for [`local`](Row::local).
    #[inline]
    pub fn remote(&self) -> Result<SocketAddr, Error> {
        match self.end(End::Remote) {
            Some(address) => Ok(address),
            None => self.loose_end(REMOTE),
        }
    }

    /// The state. A request sock (SYN received) prints as [`State::SYN_RECV`].
    ///
    /// # Errors
    ///
    /// If it is no hexadecimal number below 256.
    #[inline]
    pub fn state(&self) -> Result<State, Error> {
        match self.middle().and_then(|middle| number::hex2(part(middle, 1))) {
            Some(state) => Ok(State(state)),
            None => self.column(STATE)?.hex8().map(State),
        }
    }

    /// tcp: bytes sent and not acknowledged. Datagrams: memory of unsent packets, in bytes.
    ///
    /// # Errors
    ///
    /// If it is no hexadecimal number of 32 bits. The same holds for
    /// [`rx_queue`](Row::rx_queue) and [`retransmits`](Row::retransmits).
    #[inline]
    pub fn tx_queue(&self) -> Result<u32, Error> {
        match self.middle().and_then(|middle| number::hex8(part(middle, 4))) {
            Some(bytes) => Ok(bytes),
            None => self.column(TX_QUEUE)?.split(b':', RX_QUEUE)?.0.hex32(),
        }
    }

    /// tcp: bytes received and not read; for a listener, connections waiting to be
    /// accepted. Datagrams: memory of unread packets, in bytes.
    ///
    /// # Errors
    ///
    /// As for [`tx_queue`](Row::tx_queue).
    #[inline]
    pub fn rx_queue(&self) -> Result<u32, Error> {
        match self.middle().and_then(|middle| number::hex8(part(middle, 13))) {
            Some(bytes) => Ok(bytes),
            None => self.column(TX_QUEUE)?.split(b':', RX_QUEUE)?.1.hex32(),
        }
    }

    /// Which timer runs.
    ///
    /// # Errors
    ///
    /// If it is no hexadecimal number below 256.
    #[inline]
    pub fn timer(&self) -> Result<Timer, Error> {
        match self.middle().and_then(|middle| number::hex2(part(middle, 22))) {
            Some(timer) => Ok(Timer(timer)),
            None => self.column(TIMER)?.split(b':', WHEN)?.0.hex8().map(Timer),
        }
    }

    /// The ticks until the timer expires, in units of 1/`USER_HZ` seconds: 10 ms on all
    /// common architectures. Kernels before 4.4 print a timer that is overdue as a negative
    /// number in two's complement, `0xFFFF…`.
    ///
    /// # Errors
    ///
    /// If it is no hexadecimal number of 64 bits.
    #[inline]
    pub fn timer_ticks(&self) -> Result<u64, Error> {
        match self.middle().and_then(|middle| number::hex8(part(middle, 25))) {
            Some(ticks) => Ok(u64::from(ticks)),
            None => self.column(TIMER)?.split(b':', WHEN)?.1.hex64(),
        }
    }

    /// How often the segment at the head of the queue was sent again without an answer.
    ///
    /// # Errors
    ///
    /// As for [`tx_queue`](Row::tx_queue).
    #[inline]
    pub fn retransmits(&self) -> Result<u32, Error> {
        match self.middle().and_then(|middle| number::hex8(part(middle, 34))) {
            Some(count) => Ok(count),
            None => self.column(RETRANSMITS)?.hex32(),
        }
    }

    /// The user who made the socket, as the reader's user namespace names it (65534 where
    /// it has no name). Always 0 for `TIME_WAIT`; 0 for every socket without inode up to
    /// kernel 6.12, its real user in 6.18.
    ///
    /// # Errors
    ///
    /// If it is no decimal number of 32 bits; kernels up to 3.0 print it signed. The same
    /// holds for [`timeout`](Row::timeout), [`refs`](Row::refs) and [`drops`](Row::drops).
    #[inline]
    pub fn uid(&self) -> Result<u32, Error> {
        self.tail()?.next(UID)?.either_sign32()
    }

    /// tcp: keepalive and window probes without an answer (`icsk_probes_out`). Others: 0.
    ///
    /// # Errors
    ///
    /// As for [`uid`](Row::uid).
    #[inline]
    pub fn timeout(&self) -> Result<u32, Error> {
        let mut tail = self.tail()?;
        tail.skip(UID)?;
        tail.next(TIMEOUT)?.either_sign32()
    }

    /// The socket's inode; `None` where no file belongs to it (printed as 0): `TIME_WAIT`,
    /// request socks, connections not accepted yet, orphans.
    ///
    /// # Errors
    ///
    /// If it is no decimal number of 64 bits.
    #[inline]
    pub fn inode(&self) -> Result<Option<Inode>, Error> {
        let mut tail = self.tail()?;
        tail.skip(UID)?;
        tail.skip(TIMEOUT)?;
        tail.next(INODE)?.decimal64().map(Inode::new)
    }

    /// References to the kernel's socket.
    ///
    /// # Errors
    ///
    /// As for [`uid`](Row::uid).
    #[inline]
    pub fn refs(&self) -> Result<u32, Error> {
        self.after_inode()?.next(REFS)?.either_sign32()
    }

    /// The kernel's address of the socket as printed: hashed, zeroed or real, and not
    /// always a number (lib/vsprintf.c `restricted_pointer`).
    ///
    /// # Errors
    ///
    /// If the line ends before it.
    pub fn pointer(&self) -> Result<&'a [u8], Error> {
        let mut tail = self.after_inode()?;
        tail.skip(REFS)?;
        tail.next(POINTER).map(|pointer| pointer.bytes)
    }

    /// Packets dropped at this socket, modulo 2^32; `None` in a tcp table, and in those of
    /// kernel 2.6.24.
    ///
    /// # Errors
    ///
    /// As for [`uid`](Row::uid).
    #[inline]
    pub fn drops(&self) -> Result<Option<u32>, Error> {
        let mut tail = self.after_pointer()?;
        match (self.table.tail, tail.next_if_any(DROPS)) {
            (Tail::Datagram, Some(drops)) => drops.either_sign32().map(Some),
            _ => Ok(None),
        }
    }

    /// The last columns of a tcp table; `None` for `TIME_WAIT` and request socks, which end
    /// before them, and in the other tables.
    ///
    /// # Errors
    ///
    /// If they are no decimal numbers, or less than five.
    #[inline]
    pub fn tcp(&self) -> Result<Option<TcpTail>, Error> {
        let tail = self.after_pointer()?;
        match self.table.tail {
            Tail::Tcp => TcpTail::decode(tail),
            Tail::Datagram => Ok(None),
        }
    }

    /// All columns.
    ///
    /// # Errors
    ///
    /// That of the first column that does not decode.
    #[inline]
    pub fn record(&self) -> Result<Record, Error> {
        Ok(Record {
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

    /// An address and a port where they were predicted.
    #[inline]
    fn end(&self, end: End) -> Option<SocketAddr> {
        let order = self.table.order;
        let (ip, port) = match self.shape {
            Shape::V4 { ends, .. } => {
                let end = end.of(ends);
                (IpAddr::V4(addr::ipv4(part(end, 1), order)?), part(end, 10))
            }
            Shape::V6 { ends, .. } => {
                let end = end.of(ends);
                (IpAddr::V6(addr::ipv6(part(end, 1), order)?), part(end, 34))
            }
            Shape::Loose => return None,
        };
        Some(SocketAddr::new(ip, number::hex4(port)?))
    }

    #[inline]
    fn middle(&self) -> Option<&'a [u8; MIDDLE]> {
        match self.shape {
            Shape::V4 { middle, .. } | Shape::V6 { middle, .. } => Some(middle),
            Shape::Loose => None,
        }
    }

    /// The columns from `uid` on.
    #[inline]
    fn tail(&self) -> Result<Fields<'a>, Error> {
        let head = match self.shape {
            Shape::V4 { .. } => 2 * END4 + MIDDLE,
            Shape::V6 { .. } => 2 * END6 + MIDDLE,
            Shape::Loose => {
                let last = self.column(RETRANSMITS)?;
                return Ok(Fields::new(self.line, last.offset + last.bytes.len()));
            }
        };
        Ok(Fields::new(self.line, self.body + head))
    }

    #[inline]
    fn after_inode(&self) -> Result<Fields<'a>, Error> {
        let mut tail = self.tail()?;
        tail.skip(UID)?;
        tail.skip(TIMEOUT)?;
        tail.skip(INODE)?;
        Ok(tail)
    }

    #[inline]
    fn after_pointer(&self) -> Result<Fields<'a>, Error> {
        let mut tail = self.after_inode()?;
        tail.skip(REFS)?;
        tail.skip(POINTER)?;
        Ok(tail)
    }

    /// One of [`COLUMNS`], which did not decode where it was predicted: so it is wrong, or
    /// the row is loose and it is looked for blank by blank.
    ///
    /// In a row that stands as predicted a wrong byte, be it a blank or a colon, costs its
    /// own column and never shifts another.
    #[cold]
    fn column(&self, wanted: Column) -> Result<Field<'a>, Error> {
        let address = match self.shape {
            Shape::V4 { .. } => 8,
            Shape::V6 { .. } => 32,
            Shape::Loose => return self.loose_column(wanted),
        };
        // Each column's width, and where in it the colon stands, if it has one.
        let end = (address + 5, address);
        let places = [end, end, (2, 2), (17, 8), (11, 2), (8, 8)];
        let mut start = self.body + 1;
        for (column, (width, colon)) in COLUMNS.into_iter().zip(places) {
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

    /// One of [`COLUMNS`], looked for blank by blank.
    fn loose_column(&self, wanted: Column) -> Result<Field<'a>, Error> {
        let mut fields = Fields::new(self.line, self.body);
        for column in COLUMNS {
            let field = fields.next(column)?;
            if column == wanted {
                return Ok(field);
            }
        }
        Err(Error::new(ErrorKind::Missing, wanted, self.line.len()))
    }

    /// An address and a port, looked for blank by blank.
    #[cold]
    fn loose_end(&self, column: Column) -> Result<SocketAddr, Error> {
        let (digits, port) = self.column(column)?.split(b':', column)?;
        let order = self.table.order;
        let ip = match self.table.family {
            Family::V4 => addr::ipv4(digits.array()?, order).map(IpAddr::V4),
            Family::V6 => addr::ipv6(digits.array()?, order).map(IpAddr::V6),
        };
        let not_hex = || digits.error(ErrorKind::NotHex, number::first_not_hex(digits.bytes));
        Ok(SocketAddr::new(ip.ok_or_else(not_hex)?, port.hex16()?))
    }
}

/// `N` bytes of an array. Where it has less they read as NULs, which are no digits; the
/// callers' offsets are constants, so that case is compiled away.
#[inline]
fn part<const N: usize>(bytes: &[u8], at: usize) -> &[u8; N] {
    bytes.get(at..).and_then(<[u8]>::first_chunk).unwrap_or(&[0; N])
}
