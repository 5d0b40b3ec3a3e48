//! A row whose columns are decoded in place, when they are asked for.

mod loose;

use core::net::SocketAddr;

use super::{
    Brief, DROPS, Family, INODE, LOCAL, POINTER, REFS, REMOTE, RETRANSMITS, RX_QUEUE, Record, SL,
    STATE, TIMEOUT, TIMER, TX_QUEUE, Table, Tail, TcpTail, Timer, UID, WHEN,
    predicted::{self, Head},
};
use crate::{ByteOrder, Error, ErrorKind, Inode, State, field::Fields};

/// One row, borrowed from its line.
///
/// Every method decodes one column. The source of each value is net/ipv4/tcp_ipv4.c
/// (`get_tcp4_sock`, `get_openreq4`, `get_timewait4_sock`) and, for datagram sockets,
/// net/ipv4/udp.c (`udp4_format_sock`).
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    line: &'a [u8],
    /// The parts of its table, which a row that stays in registers can do without.
    family: Family,
    tail: Tail,
    order: ByteOrder,
    /// One past the colon behind the row's number.
    body: usize,
    /// The columns up to `retrnsmt`, if they stand as kernels print them.
    head: Option<Head<'a>>,
}

impl<'a> Row<'a> {
    /// Finds the columns of a line.
    ///
    /// # Errors
    ///
    /// If there is no colon behind the row's number, or the line ends before `retrnsmt`.
    #[inline(always)]
    pub fn decode(line: &'a [u8], table: Table) -> Result<Row<'a>, Error> {
        let Table { family, tail, order } = table;
        let predicted = Head::body(line)
            .and_then(|body| Some((body, Head::new(line.get(body..)?, family)?)));
        if let Some((body, head)) = predicted {
            return Ok(Row { line, family, tail, order, body, head: Some(head) });
        }
        // What is rare answers with little and takes rows by value: so a row that stands as
        // predicted is never put into memory.
        let body = Row::loose_body(line, table)?;
        Ok(Row { line, family, tail, order, body, head: None })
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
        match self.head.and_then(|head| head.local(self.order)) {
            Some(local) => Ok(local),
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
        match self.head.and_then(|head| head.remote(self.order)) {
            Some(remote) => Ok(remote),
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
        match self.head.and_then(|head| head.state()) {
            Some(state) => Ok(state),
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
        match self.head.and_then(|head| head.tx_queue()) {
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
        match self.head.and_then(|head| head.rx_queue()) {
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
        match self.head.and_then(|head| head.timer()) {
            Some(timer) => Ok(timer),
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
        match self.head.and_then(|head| head.timer_ticks()) {
            Some(ticks) => Ok(ticks),
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
        match self.head.and_then(|head| head.retransmits()) {
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
        match self.predicted_tail().and_then(predicted::uid) {
            Some(uid) => Ok(uid),
            None => self.rest()?.next(UID)?.either_sign32(),
        }
    }

    /// tcp: keepalive and window probes without an answer (`icsk_probes_out`). Others: 0.
    ///
    /// # Errors
    ///
    /// As for [`uid`](Row::uid).
    #[inline]
    pub fn timeout(&self) -> Result<u32, Error> {
        let mut tail = self.rest()?;
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
        if let Some(inode) = self.predicted_tail().and_then(predicted::inode) {
            return Ok(inode);
        }
        let mut tail = self.rest()?;
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
        match (self.tail, tail.next_if_any(DROPS)) {
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
        match self.tail {
            Tail::Tcp => TcpTail::decode(tail),
            Tail::Datagram => Ok(None),
        }
    }

    /// The columns that most readers ask for, decoded together: less work than one by one.
    ///
    /// # Errors
    ///
    /// That of the first of them that does not decode.
    #[inline(always)]
    pub fn brief(&self) -> Result<Brief, Error> {
        let predicted = self.head.as_ref().and_then(|head| {
            let tail = self.line.get(self.body + head.len()..)?;
            predicted::brief(head, tail, self.order)
        });
        match predicted {
            Some(brief) => Ok(brief),
            None => self.each_of_brief(),
        }
    }

    #[cold]
    #[inline(never)]
    fn each_of_brief(self) -> Result<Brief, Error> {
        Ok(Brief {
            local: self.local()?,
            remote: self.remote()?,
            state: self.state()?,
            uid: self.uid()?,
            inode: self.inode()?,
        })
    }

    /// All columns, decoded together.
    ///
    /// # Errors
    ///
    /// That of the first column that does not decode.
    #[inline(always)]
    pub fn record(&self) -> Result<Record, Error> {
        let predicted = self.head.as_ref().and_then(|head| {
            let tail = self.line.get(self.body + head.len()..)?;
            predicted::record(self.line, self.body, head, tail, (self.order, self.tail))
        });
        match predicted {
            Some(record) => Ok(record),
            None => self.each_of_record(),
        }
    }

    #[cold]
    #[inline(never)]
    fn each_of_record(self) -> Result<Record, Error> {
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

    /// The bytes from the blank before `uid` on, if the head stands as predicted.
    #[inline]
    fn predicted_tail(&self) -> Option<&'a [u8]> {
        self.line.get(self.body + self.head?.len()..)
    }

    /// The columns from `uid` on.
    #[inline]
    fn rest(&self) -> Result<Fields<'a>, Error> {
        let start = match self.head {
            Some(head) => self.body + head.len(),
            None => {
                let last = self.column(RETRANSMITS)?;
                last.offset + last.bytes.len()
            }
        };
        Ok(Fields::new(self.line, start))
    }

    #[inline]
    fn after_inode(&self) -> Result<Fields<'a>, Error> {
        let mut tail = self.rest()?;
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
}
