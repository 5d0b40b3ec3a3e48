//! Rows that stand as kernels print them: fixed columns, decoded many digits at a time.
//!
//! Everything here answers `None` as soon as anything stands otherwise, and
//! [`Row`](super::Row) then looks blank by blank. What is predicted is verified: each
//! separator, each digit.

use core::net::{IpAddr, SocketAddr};

use super::{Brief, Family, Record, Table, Tail, TcpTail, Timer};
use crate::{ByteOrder, Inode, State, addr, word};

/// ` %08X:%04X`
const END4: usize = 14;
/// ` %08X%08X%08X%08X:%04X`
const END6: usize = 38;
/// ` %02X %08X:%08X %02X:%08lX %08X`
const MIDDLE: usize = 42;

/// The columns of a row up to `retrnsmt`, every separator verified.
#[derive(Clone, Copy, Debug)]
pub(super) enum Head<'a> {
    V4 { local: &'a [u8; END4], remote: &'a [u8; END4], middle: &'a [u8; MIDDLE] },
    V6 { local: &'a [u8; END6], remote: &'a [u8; END6], middle: &'a [u8; MIDDLE] },
}

impl<'a> Head<'a> {
    /// One past the colon behind the row's number.
    #[inline]
    pub(super) fn body(line: &[u8]) -> Option<usize> {
        let is_colon = |byte: &u8| *byte == b':';
        match line {
            // `%4d:` (tcp, raw) or `%5d:` (udp, icmp, and tcp beyond the 10,000th row).
            [a, b, c, d, b':', ..] if ![a, b, c, d].into_iter().any(is_colon) => Some(5),
            [a, b, c, d, e, b':', ..] if ![a, b, c, d, e].into_iter().any(is_colon) => Some(6),
            _ => line.iter().take(8).position(is_colon).map(|colon| colon + 1),
        }
    }

    /// The head at the start of `bytes`, if it stands as predicted.
    #[inline]
    pub(super) fn new(bytes: &'a [u8], family: Family) -> Option<Head<'a>> {
        let (head, rest) = match family {
            Family::V4 => {
                let (local, rest) = bytes.split_first_chunk::<END4>()?;
                let (remote, rest) = rest.split_first_chunk::<END4>()?;
                let (middle, rest) = rest.split_first_chunk::<MIDDLE>()?;
                let ends =
                    local[0] == b' ' && local[9] == b':' && remote[0] == b' ' && remote[9] == b':';
                (ends.then_some(Head::V4 { local, remote, middle })?, rest)
            }
            Family::V6 => {
                let (local, rest) = bytes.split_first_chunk::<END6>()?;
                let (remote, rest) = rest.split_first_chunk::<END6>()?;
                let (middle, rest) = rest.split_first_chunk::<MIDDLE>()?;
                let ends = local[0] == b' '
                    && local[33] == b':'
                    && remote[0] == b' '
                    && remote[33] == b':';
                (ends.then_some(Head::V6 { local, remote, middle })?, rest)
            }
        };
        let middle = head.middle();
        let stands = middle[0] == b' '
            && middle[3] == b' '
            && middle[12] == b':'
            && middle[21] == b' '
            && middle[24] == b':'
            && middle[33] == b' '
            && rest.first() == Some(&b' ');
        stands.then_some(head)
    }

    /// How many bytes it has.
    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Head::V4 { .. } => 2 * END4 + MIDDLE,
            Head::V6 { .. } => 2 * END6 + MIDDLE,
        }
    }

    #[inline]
    fn middle(&self) -> &'a [u8; MIDDLE] {
        match self {
            Head::V4 { middle, .. } | Head::V6 { middle, .. } => middle,
        }
    }

    #[inline]
    pub(super) fn local(&self, order: ByteOrder) -> Option<SocketAddr> {
        match self {
            Head::V4 { local, .. } => end4(local, order),
            Head::V6 { local, .. } => end6(local, order),
        }
    }

    #[inline]
    pub(super) fn remote(&self, order: ByteOrder) -> Option<SocketAddr> {
        match self {
            Head::V4 { remote, .. } => end4(remote, order),
            Head::V6 { remote, .. } => end6(remote, order),
        }
    }

    #[inline]
    pub(super) fn state(&self) -> Option<State> {
        word::hex2(part(self.middle(), 1)).map(State)
    }

    #[inline]
    pub(super) fn tx_queue(&self) -> Option<u32> {
        word::hex8(part(self.middle(), 4))
    }

    #[inline]
    pub(super) fn rx_queue(&self) -> Option<u32> {
        word::hex8(part(self.middle(), 13))
    }

    #[inline]
    pub(super) fn timer(&self) -> Option<Timer> {
        word::hex2(part(self.middle(), 22)).map(Timer)
    }

    #[inline]
    pub(super) fn timer_ticks(&self) -> Option<u64> {
        word::hex8(part(self.middle(), 25)).map(u64::from)
    }

    #[inline]
    pub(super) fn retransmits(&self) -> Option<u32> {
        word::hex8(part(self.middle(), 34))
    }

    /// Both ends at once.
    #[inline]
    fn ends(&self, order: ByteOrder) -> Option<(SocketAddr, SocketAddr)> {
        let (local, remote, wrong, ports) = match self {
            Head::V4 { local, remote, .. } => {
                let (one, one_wrong) = word::upper8(u64::from_be_bytes(*part(*local, 1)));
                let (two, two_wrong) = word::upper8(u64::from_be_bytes(*part(*remote, 1)));
                let ips = [one, two].map(|ip| IpAddr::V4(order.bytes(ip).into()));
                (ips[0], ips[1], one_wrong | two_wrong, [part::<4>(*local, 10), part(*remote, 10)])
            }
            Head::V6 { local, remote, .. } => {
                let one = IpAddr::V6(addr::ipv6(part(*local, 1), order)?);
                let two = IpAddr::V6(addr::ipv6(part(*remote, 1), order)?);
                (one, two, 0, [part::<4>(*local, 34), part(*remote, 34)])
            }
        };
        let [one, two] = ports.map(|port| u64::from(u32::from_be_bytes(*port)));
        let (ports, ports_wrong) = word::upper8(one << 32 | two);
        let ends =
            (SocketAddr::new(local, (ports >> 16) as u16), SocketAddr::new(remote, ports as u16));
        ((wrong | ports_wrong) == 0).then_some(ends)
    }
}

#[inline]
fn end4(end: &[u8; END4], order: ByteOrder) -> Option<SocketAddr> {
    let ip = IpAddr::V4(addr::ipv4(part(end, 1), order)?);
    Some(SocketAddr::new(ip, word::hex4(part(end, 10))?))
}

#[inline]
fn end6(end: &[u8; END6], order: ByteOrder) -> Option<SocketAddr> {
    let ip = IpAddr::V6(addr::ipv6(part(end, 1), order)?);
    Some(SocketAddr::new(ip, word::hex4(part(end, 34))?))
}

/// `uid` and `timeout`, if they have the width that kernels pad them to, and what follows.
#[inline]
fn users(tail: &[u8]) -> Option<(u32, u32, &[u8])> {
    // ` %5u %8d `
    let (users, rest) = tail.split_first_chunk::<16>()?;
    let [b' ', a, b, c, d, e, b' ', timeout @ .., b' '] = users else { return None };
    let uid = word::padded8(&[b' ', b' ', b' ', *a, *b, *c, *d, *e])?;
    // Probes without an answer are rare.
    let timeout = if timeout == b"       0" { 0 } else { word::padded8(timeout)? };
    Some((uid, timeout, rest))
}

#[inline]
pub(super) fn uid(tail: &[u8]) -> Option<u32> {
    users(tail).map(|(uid, ..)| uid)
}

#[inline]
pub(super) fn inode(tail: &[u8]) -> Option<Option<Inode>> {
    let (.., rest) = users(tail)?;
    let (inode, _) = word::digits(rest.first_chunk()?)?;
    Some(Inode::new(inode))
}

#[inline]
pub(super) fn brief(head: &Head<'_>, tail: &[u8], order: ByteOrder) -> Option<Brief> {
    let (local, remote) = head.ends(order)?;
    let state = head.state()?;
    let (uid, _, rest) = users(tail)?;
    let (inode, _) = word::digits(rest.first_chunk()?)?;
    Some(Brief { local, remote, state, uid, inode: Inode::new(inode) })
}

/// All columns; `slot` is the row's number without its colon.
#[inline]
pub(super) fn record(slot: &[u8], head: &Head<'_>, tail: &[u8], table: Table) -> Option<Record> {
    let (local, remote) = head.ends(table.order)?;
    let state = head.state()?;
    let slot = match *slot {
        [a, b, c, d] => word::padded8(&[b' ', b' ', b' ', b' ', a, b, c, d])?,
        [a, b, c, d, e] => word::padded8(&[b' ', b' ', b' ', a, b, c, d, e])?,
        _ => return None,
    };
    let middle = head.middle();
    // Most sockets have nothing queued and no timer: 39 bytes compared at once.
    let idle = part::<39>(middle, 3) == b" 00000000:00000000 00:00000000 00000000";
    let (tx_queue, rx_queue, timer, timer_ticks, retransmits) = if idle {
        (0, 0, Timer::OFF, 0, 0)
    } else {
        (
            head.tx_queue()?,
            head.rx_queue()?,
            head.timer()?,
            head.timer_ticks()?,
            head.retransmits()?,
        )
    };
    let (uid, timeout, rest) = users(tail)?;
    let mut rest = Numbers(rest);
    let inode = Inode::new(rest.next()?);
    let refs = u32::try_from(rest.next()?).ok()?;
    rest.skip_pointer()?;
    let (drops, tcp) = match table.tail {
        Tail::Datagram if rest.at_end() => (None, None),
        Tail::Datagram => (Some(u32::try_from(rest.next()?).ok()?), None),
        Tail::Tcp if rest.at_end() => (None, None),
        Tail::Tcp => (None, Some(rest.tcp()?)),
    };
    Some(Record {
        slot: u64::from(slot),
        local,
        remote,
        state,
        tx_queue,
        rx_queue,
        timer,
        timer_ticks,
        retransmits,
        uid,
        timeout,
        inode,
        refs,
        drops,
        tcp,
    })
}

/// Decimal numbers with one blank between them.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    #[inline]
    fn next(&mut self) -> Option<u64> {
        let (number, length) = match self.0.first_chunk() {
            Some(chunk) => word::digits(chunk)?,
            None => word::digits(&self.last_chunk())?,
        };
        // One past the blank; at the end of the line there is none.
        self.0 = self.0.get(length + 1..).unwrap_or_default();
        Some(number)
    }

    /// What is left of the line, filled up with blanks.
    #[inline]
    fn last_chunk(&self) -> [u8; 16] {
        let mut chunk = [b' '; 16];
        for (place, byte) in chunk.iter_mut().zip(self.0) {
            *place = *byte;
        }
        chunk
    }

    /// Passes over the pointer, if it has the 16 digits of 64-bit kernels.
    #[inline]
    fn skip_pointer(&mut self) -> Option<()> {
        let (pointer, rest) = self.0.split_first_chunk::<16>()?;
        let digits = pointer.iter().fold(true, |all, byte| all & (*byte > b' '));
        let rest = match rest {
            [b' ', rest @ ..] => rest,
            [] => rest,
            _ => return None,
        };
        self.0 = rest;
        digits.then_some(())
    }

    /// Whether nothing but blanks is left.
    #[inline]
    fn at_end(&self) -> bool {
        // Mostly there is a number, or padding by the dozen.
        self.0.first().is_none_or(|byte| *byte == b' ') && self.0.iter().all(|byte| *byte == b' ')
    }

    #[inline]
    fn tcp(&mut self) -> Option<TcpTail> {
        let (rto, ato) = (self.next()?, self.next()?);
        let quick_pingpong = u32::try_from(self.next()?).ok()?;
        let cwnd = u32::try_from(self.next()?).ok()?;
        let negative = self.0.first() == Some(&b'-');
        if negative {
            self.0 = self.0.get(1..)?;
        }
        let ssthresh = i32::try_from(self.next()?).ok()?;
        let ssthresh = if negative { -ssthresh } else { ssthresh };
        Some(TcpTail { rto, ato, quick_pingpong, cwnd, ssthresh })
    }
}

/// `N` bytes of an array. Where it has less they read as NULs, which are no digits; the
/// callers' offsets are constants, so that case is compiled away.
#[inline]
fn part<const N: usize>(bytes: &[u8], at: usize) -> &[u8; N] {
    bytes.get(at..).and_then(<[u8]>::first_chunk).unwrap_or(&[0; N])
}
