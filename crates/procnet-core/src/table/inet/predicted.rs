//! The fast path for rows in the layout that kernels print: columns at fixed offsets, decoded
//! many digits at a time.
//!
//! Every separator and every digit is verified. On any mismatch these functions return `None`,
//! and [`Row`](super::Row) falls back to splitting at blanks.

use core::net::{IpAddr, Ipv6Addr, SocketAddr};

use super::{Brief, Family, Record, Tail, Timer};
use crate::{ByteOrder, Inode, State, addr, word};

mod numbers;

use numbers::users;
pub(super) use numbers::{inode, uid};

/// ` %08X:%04X`
const ENDPOINT4: usize = 14;
/// ` %08X%08X%08X%08X:%04X`
const ENDPOINT6: usize = 38;
/// ` %02X %08X:%08X %02X:%08lX %08X`
const MIDDLE: usize = 42;

/// Both endpoints, the columns up to `retrnsmt`, and the blank after them.
const HEAD4: usize = 2 * ENDPOINT4 + MIDDLE + 1;
const HEAD6: usize = 2 * ENDPOINT6 + MIDDLE + 1;

/// The columns of a row up to `retrnsmt` and the blank after it, every separator verified.
#[derive(Clone, Copy, Debug)]
pub(super) enum Head<'a> {
    V4(&'a [u8; HEAD4]),
    V6(&'a [u8; HEAD6]),
}

impl<'a> Head<'a> {
    /// The offset after the colon of the row number, which has at most seven digits.
    #[inline(always)]
    pub(super) fn body(line: &[u8]) -> Option<usize> {
        let colon = word::before(u64::from_le_bytes(*line.first_chunk()?), b':');
        (colon < 8).then_some(colon + 1)
    }

    /// The head at the start of `bytes`, if it has the predicted layout.
    #[inline(always)]
    pub(super) fn new(bytes: &'a [u8], family: Family) -> Option<Head<'a>> {
        let (head, endpoints) = match family {
            Family::V4 => {
                let head = bytes.first_chunk::<HEAD4>()?;
                (Head::V4(head), is_endpoint(head, 0, 8) && is_endpoint(head, ENDPOINT4, 8))
            }
            Family::V6 => {
                let head = bytes.first_chunk::<HEAD6>()?;
                (Head::V6(head), is_endpoint(head, 0, 32) && is_endpoint(head, ENDPOINT6, 32))
            }
        };
        let middle = head.middle();
        let matches = endpoints
            && middle[0] == b' '
            && middle[3] == b' '
            && middle[12] == b':'
            && middle[21] == b' '
            && middle[24] == b':'
            && middle[33] == b' '
            && middle[MIDDLE] == b' ';
        matches.then_some(head)
    }

    /// Its length, without the blank after it.
    #[inline]
    pub(super) fn len(&self) -> usize {
        match self {
            Head::V4(_) => HEAD4 - 1,
            Head::V6(_) => HEAD6 - 1,
        }
    }

    #[inline(always)]
    fn middle(&self) -> &'a [u8; MIDDLE + 1] {
        match self {
            Head::V4(head) => part(*head, 2 * ENDPOINT4),
            Head::V6(head) => part(*head, 2 * ENDPOINT6),
        }
    }

    #[inline]
    pub(super) fn local(&self, order: ByteOrder) -> Option<SocketAddr> {
        match self {
            Head::V4(head) => endpoint4(part(*head, 1), part(*head, 10), order),
            Head::V6(head) => endpoint6(part(*head, 1), part(*head, 34), order),
        }
    }

    #[inline]
    pub(super) fn remote(&self, order: ByteOrder) -> Option<SocketAddr> {
        match self {
            Head::V4(head) => {
                endpoint4(part(*head, ENDPOINT4 + 1), part(*head, ENDPOINT4 + 10), order)
            }
            Head::V6(head) => {
                endpoint6(part(*head, ENDPOINT6 + 1), part(*head, ENDPOINT6 + 34), order)
            }
        }
    }

    /// Both endpoints and the state, decoded together.
    #[inline(always)]
    fn endpoints_and_state(&self, order: ByteOrder) -> Option<(SocketAddr, SocketAddr, State)> {
        let state = word::hex(part::<2>(self.middle(), 1));
        let (local, remote, ports, wrong) = match self {
            Head::V4(head) => {
                let local = word::hex(part::<8>(*head, 1));
                let remote = word::hex(part::<8>(*head, ENDPOINT4 + 1));
                let wrong = local | remote;
                let local = IpAddr::V4(order.bytes(local as u32).into());
                let remote = IpAddr::V4(order.bytes(remote as u32).into());
                let one = word::hex(part::<4>(*head, 10));
                let two = word::hex(part::<4>(*head, ENDPOINT4 + 10));
                (local, remote, [one, two], wrong)
            }
            Head::V6(head) => {
                let (local, wrong) = ipv6(part(*head, 1), order);
                let (remote, also_wrong) = ipv6(part(*head, ENDPOINT6 + 1), order);
                let one = word::hex(part::<4>(*head, 34));
                let two = word::hex(part::<4>(*head, ENDPOINT6 + 34));
                (IpAddr::V6(local), IpAddr::V6(remote), [one, two], wrong | also_wrong)
            }
        };
        let wrong = (wrong | ports[0] | ports[1] | state) >= word::NO_DIGIT;
        let local = SocketAddr::new(local, ports[0] as u16);
        let remote = SocketAddr::new(remote, ports[1] as u16);
        (!wrong).then_some((local, remote, State(state as u8)))
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
}

#[inline]
fn endpoint4(ip: &[u8; 8], port: &[u8; 4], order: ByteOrder) -> Option<SocketAddr> {
    Some(SocketAddr::new(IpAddr::V4(addr::ipv4(ip, order)?), word::hex4(port)?))
}

#[inline]
fn endpoint6(ip: &[u8; 32], port: &[u8; 4], order: ByteOrder) -> Option<SocketAddr> {
    Some(SocketAddr::new(IpAddr::V6(addr::ipv6(ip, order)?), word::hex4(port)?))
}

/// Whether an endpoint with an address of `digits` digits has its blank and its colon.
#[inline(always)]
fn is_endpoint<const N: usize>(head: &[u8; N], at: usize, digits: usize) -> bool {
    let [blank] = *part::<1>(head, at);
    let [colon] = *part::<1>(head, at + 1 + digits);
    blank == b' ' && colon == b':'
}

#[inline(always)]
fn ipv6(digits: &[u8; 32], order: ByteOrder) -> (Ipv6Addr, u64) {
    let (mut address, mut wrong) = (0, 0);
    for digits in digits.chunks_exact(8).filter_map(<[u8]>::first_chunk::<8>) {
        let word = word::hex(digits);
        address = address << 32 | u128::from(u32::from_be_bytes(order.bytes(word as u32)));
        wrong |= word;
    }
    (Ipv6Addr::from_bits(address), wrong)
}

#[inline(always)]
pub(super) fn brief(head: &Head<'_>, tail: &[u8], order: ByteOrder) -> Option<Brief> {
    let (local, remote, state) = head.endpoints_and_state(order)?;
    let (uid, _, mut rest) = users(tail)?;
    Some(Brief { local, remote, state, uid, inode: Inode::new(rest.next()?) })
}

/// All columns; `line` starts with the row number, whose colon precedes `body`.
#[inline(always)]
pub(super) fn record(
    line: &[u8],
    body: usize,
    head: &Head<'_>,
    tail: &[u8],
    (order, last): (ByteOrder, Tail),
) -> Option<Record> {
    let slot = numbers::slot(line, body)?;
    let (local, remote, state) = head.endpoints_and_state(order)?;
    let middle = head.middle();
    let (tx_queue, rx_queue, timer, timer_ticks, retransmits) = if is_idle(middle) {
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
    let (uid, timeout, mut rest) = users(tail)?;
    let inode = Inode::new(rest.next()?);
    let refs = rest.small32()?;
    rest.skip_pointer()?;
    let (drops, tcp) = rest.last(last)?;
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

/// Whether nothing is queued and no timer is pending, as for most sockets.
///
/// Compares overlapping parts that fit a register: a comparison of 39 bytes compiles to a call.
#[inline(always)]
fn is_idle(middle: &[u8; MIDDLE + 1]) -> bool {
    const IDLE: &[u8; 39] = b" 00000000:00000000 00:00000000 00000000";
    part::<16>(middle, 3) == part::<16>(IDLE, 0)
        && part::<16>(middle, 19) == part::<16>(IDLE, 16)
        && part::<8>(middle, 34) == part::<8>(IDLE, 31)
}

/// `N` bytes of an array at an offset. Bytes beyond its end read as NULs, which are no digits;
/// as callers pass constant offsets, that case is compiled away.
#[inline(always)]
fn part<const N: usize>(bytes: &[u8], at: usize) -> &[u8; N] {
    bytes.get(at..).and_then(<[u8]>::first_chunk).unwrap_or(&[0; N])
}
