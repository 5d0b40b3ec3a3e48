//! A row whose columns are decoded in place, on demand.

mod fallback;

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
    /// The fields of its `Table`, apart, so that unused ones need no register.
    family: Family,
    tail: Tail,
    order: ByteOrder,
    /// The offset after the colon of the row number.
    body: usize,
    /// The columns up to `retrnsmt`, if they have the layout that kernels print.
    head: Option<Head<'a>>,
}

impl<'a> Row<'a> {
    /// Locates the columns of a line.
    ///
    /// # Errors
    ///
    /// If there is no colon after the row number, or the line ends before `retrnsmt`.
    #[inline(always)]
    pub fn decode(line: &'a [u8], table: Table) -> Result<Row<'a>, Error> {
        let Table { family, tail, order } = table;
        let predicted =
            Head::body(line).and_then(|body| Some((body, Head::new(line.get(body..)?, family)?)));
        if let Some((body, head)) = predicted {
            return Ok(Row { line, family, tail, order, body, head: Some(head) });
        }
        // The cold path returns little and takes rows by value, so that the row of the fast path
        // is never spilled to memory.
        let body = Row::fallback_body(line, table)?;
        Ok(Row { line, family, tail, order, body, head: None })
    }

    /// The whole line.
    #[must_use]
    pub fn line(&self) -> &'a [u8] {
        self.line
    }

    /// The row number in a tcp table; in the others the hash bucket, which may repeat.
    ///
    /// # Errors
    ///
    /// If it is not a decimal number.
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

    /// The local address and port. For raw sockets the port is the protocol number, for icmp
    /// sockets the identifier.
    ///
    /// # Errors
    ///
    /// If the address does not have the width of the table's family, the port does not fit 16
    /// bits, or a byte is not a hexadecimal digit. The same applies to [`remote`](Row::remote).
    #[inline]
    pub fn local(&self) -> Result<SocketAddr, Error> {
        match self.head.and_then(|head| head.local(self.order)) {
            Some(local) => Ok(local),
            None => self.fallback_endpoint(LOCAL),
        }
    }

    /// The remote address and port; all zeros if the socket is not connected.
    ///
    /// # Errors
    ///
    /// As for [`local`](Row::local).
    #[inline]
    pub fn remote(&self) -> Result<SocketAddr, Error> {
        match self.head.and_then(|head| head.remote(self.order)) {
            Some(remote) => Ok(remote),
            None => self.fallback_endpoint(REMOTE),
        }
    }

    /// The state. Request socks are printed as [`State::SYN_RECV`].
    ///
    /// # Errors
    ///
    /// If it is not a hexadecimal number below 256.
    #[inline]
    pub fn state(&self) -> Result<State, Error> {
        match self.head.and_then(|head| head.state()) {
            Some(state) => Ok(state),
            None => self.column(STATE)?.hex8().map(State),
        }
    }

    /// tcp: bytes written and not acknowledged. Datagrams: memory of unsent packets, in bytes.
    ///
    /// # Errors
    ///
    /// If it is not a hexadecimal number of 32 bits. The same applies to
    /// [`rx_queue`](Row::rx_queue) and [`retransmits`](Row::retransmits).
    #[inline]
    pub fn tx_queue(&self) -> Result<u32, Error> {
        match self.head.and_then(|head| head.tx_queue()) {
            Some(bytes) => Ok(bytes),
            None => self.column(TX_QUEUE)?.split(b':', RX_QUEUE)?.0.hex32(),
        }
    }

    /// tcp: bytes received and not read; for a listener, the number of connections waiting to be
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

    /// The pending timer.
    ///
    /// # Errors
    ///
    /// If it is not a hexadecimal number below 256.
    #[inline]
    pub fn timer(&self) -> Result<Timer, Error> {
        match self.head.and_then(|head| head.timer()) {
            Some(timer) => Ok(timer),
            None => self.column(TIMER)?.split(b':', WHEN)?.0.hex8().map(Timer),
        }
    }

    /// The time until the timer expires, in ticks of 1/`USER_HZ` seconds: 10 ms on all common
    /// architectures. Kernels before 4.4 print an overdue timer as a negative number in two's
    /// complement, `0xFFFF…`.
    ///
    /// # Errors
    ///
    /// If it is not a hexadecimal number of 64 bits.
    #[inline]
    pub fn timer_ticks(&self) -> Result<u64, Error> {
        match self.head.and_then(|head| head.timer_ticks()) {
            Some(ticks) => Ok(ticks),
            None => self.column(TIMER)?.split(b':', WHEN)?.1.hex64(),
        }
    }

    /// The number of unacknowledged retransmissions of the segment at the head of the queue. 0 for
    /// keepalive and window probes, whose number is the [`timeout`](Row::timeout).
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

    /// The uid of the socket, mapped to the user namespace of the reader (65534 if it has no
    /// mapping). Always 0 for `TIME_WAIT`. For other sockets without inode 0 up to kernel 6.12,
    /// the actual uid in 6.18.
    ///
    /// # Errors
    ///
    /// If it is not a decimal number of 32 bits; kernels up to 3.0 print it signed. The same
    /// applies to [`timeout`](Row::timeout), [`refs`](Row::refs) and [`drops`](Row::drops).
    #[inline]
    pub fn uid(&self) -> Result<u32, Error> {
        match self.predicted_tail().and_then(predicted::uid) {
            Some(uid) => Ok(uid),
            None => self.rest()?.next(UID)?.either_sign32(),
        }
    }

    /// tcp: the number of unanswered keepalive and window probes (`icsk_probes_out`). Others: 0.
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

    /// The inode of the socket; `None` if it has no file (printed as 0): `TIME_WAIT`, request
    /// socks, connections not accepted yet, orphans.
    ///
    /// # Errors
    ///
    /// If it is not a decimal number of 64 bits.
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

    /// The reference count of the socket.
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

    /// The number of packets dropped at this socket, modulo 2^32; `None` in a tcp table and in
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

    /// The last columns of a tcp table; `None` in other tables, and for `TIME_WAIT` and request
    /// socks, whose rows do not have them.
    ///
    /// # Errors
    ///
    /// If one is not a decimal number, or there are fewer than five.
    #[inline]
    pub fn tcp(&self) -> Result<Option<TcpTail>, Error> {
        let tail = self.after_pointer()?;
        match self.tail {
            Tail::Tcp => TcpTail::decode(tail),
            Tail::Datagram => Ok(None),
        }
    }

    /// The most commonly used columns, decoded together: faster than one by one.
    ///
    /// # Errors
    ///
    /// The error of the first of them that does not decode.
    #[inline(always)]
    pub fn brief(&self) -> Result<Brief, Error> {
        let predicted = self.head.as_ref().and_then(|head| {
            let tail = self.line.get(self.body + head.len()..)?;
            predicted::brief(head, tail, self.order)
        });
        match predicted {
            Some(brief) => Ok(brief),
            None => self.brief_by_column(),
        }
    }

    #[cold]
    #[inline(never)]
    fn brief_by_column(self) -> Result<Brief, Error> {
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
    /// The error of the first column that does not decode.
    #[inline(always)]
    pub fn record(&self) -> Result<Record, Error> {
        let predicted = self.head.as_ref().and_then(|head| {
            let tail = self.line.get(self.body + head.len()..)?;
            predicted::record(self.line, self.body, head, tail, (self.order, self.tail))
        });
        match predicted {
            Some(record) => Ok(record),
            None => self.record_by_column(),
        }
    }

    #[cold]
    #[inline(never)]
    fn record_by_column(self) -> Result<Record, Error> {
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

    /// The bytes from the blank before `uid` on, if the head has the predicted layout.
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
