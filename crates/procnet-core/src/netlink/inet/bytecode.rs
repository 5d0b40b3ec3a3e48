//! Filters that the kernel runs before it tells of a socket
//! (net/ipv4/inet_diag.c `inet_diag_bc_run`, `inet_diag_bc_audit`).
//!
//! An instruction is `struct inet_diag_bc_op { code, yes, no }` and what it compares with;
//! `yes` and `no` say how many bytes to go on. A program that ends exactly at its end lets
//! the socket pass, one that ends four bytes beyond it does not. Here each condition goes on
//! to the next, or beyond the end: all of them have to hold.

use core::{net::IpAddr, ops::RangeInclusive};

use super::{AF_INET, AF_INET6};
use crate::{ByteOrder, netlink::writer::TooSmall};

/// `INET_DIAG_BC_*`.
const S_GE: u8 = 2;
const S_LE: u8 = 3;
const D_GE: u8 = 4;
const D_LE: u8 = 5;
const S_COND: u8 = 7;
const D_COND: u8 = 8;

/// Conditions, written into a buffer of the caller; sockets pass that meet all of them.
///
/// A filter spares the kernel the message, not the walk over its hash.
///
/// ```
/// use procnet_core::{ByteOrder, netlink::inet::Bytecode};
///
/// let mut buffer = [0; 64];
/// let mut filter = Bytecode::new(&mut buffer, ByteOrder::NATIVE);
/// filter.source_port(443)?.destination_ports(1024..=65535)?;
/// filter.destination_prefix([10, 0, 0, 0].into(), 8)?;
/// assert_eq!(filter.finish().len(), 12 + 16 + 16);
/// # Ok::<(), procnet_core::netlink::TooSmall>(())
/// ```
#[derive(Debug)]
pub struct Bytecode<'b> {
    buffer: &'b mut [u8],
    /// Bytes written: whole instructions, and few enough for a jump over all of them.
    length: usize,
    order: ByteOrder,
}

/// An attribute holds less than 2^16 bytes, its header included.
const LONGEST: usize = 65_528;

impl<'b> Bytecode<'b> {
    /// No condition yet: nothing is filtered.
    #[must_use]
    pub fn new(buffer: &'b mut [u8], order: ByteOrder) -> Bytecode<'b> {
        Bytecode { buffer, length: 0, order }
    }

    /// This end's port is this one.
    ///
    /// # Errors
    ///
    /// If the instruction does not fit the buffer. So it is for every condition, and the
    /// filter is then as it was before.
    pub fn source_port(&mut self, port: u16) -> Result<&mut Bytecode<'b>, TooSmall> {
        self.host(S_COND, None, 0, Some(port))
    }

    /// The other end's port is this one.
    ///
    /// # Errors
    ///
    /// If the instruction does not fit the buffer.
    pub fn destination_port(&mut self, port: u16) -> Result<&mut Bytecode<'b>, TooSmall> {
        self.host(D_COND, None, 0, Some(port))
    }

    /// This end's port is one of these. From an empty range nothing passes.
    ///
    /// # Errors
    ///
    /// If both instructions do not fit the buffer.
    pub fn source_ports(
        &mut self,
        ports: RangeInclusive<u16>,
    ) -> Result<&mut Bytecode<'b>, TooSmall> {
        self.ports(S_GE, S_LE, &ports)
    }

    /// The other end's port is one of these. From an empty range nothing passes.
    ///
    /// # Errors
    ///
    /// If both instructions do not fit the buffer.
    pub fn destination_ports(
        &mut self,
        ports: RangeInclusive<u16>,
    ) -> Result<&mut Bytecode<'b>, TooSmall> {
        self.ports(D_GE, D_LE, &ports)
    }

    /// This end's address begins with as many bits of this one; more than it has are all.
    ///
    /// A prefix of IPv4 also matches mapped addresses of IPv6 sockets. One of no bits asks for
    /// the family.
    ///
    /// # Errors
    ///
    /// If the instruction does not fit the buffer.
    pub fn source_prefix(
        &mut self,
        address: IpAddr,
        bits: u8,
    ) -> Result<&mut Bytecode<'b>, TooSmall> {
        self.host(S_COND, Some(address), bits, None)
    }

    /// The other end's address begins with as many bits of this one, as for
    /// [`source_prefix`](Bytecode::source_prefix).
    ///
    /// # Errors
    ///
    /// If the instruction does not fit the buffer.
    pub fn destination_prefix(
        &mut self,
        address: IpAddr,
        bits: u8,
    ) -> Result<&mut Bytecode<'b>, TooSmall> {
        self.host(D_COND, Some(address), bits, None)
    }

    /// The bytes for a request.
    #[must_use]
    pub fn finish(self) -> &'b [u8] {
        let program = self.buffer.get_mut(..self.length).unwrap_or_default();
        let mut at = 0;
        while let Some(rest) = program.get_mut(at..) {
            let beyond = rest.len().saturating_add(4);
            let [_, yes, no @ ..] = rest else { break };
            let Some(no) = no.first_chunk_mut() else { break };
            // `push` has kept it in 16 bits.
            *no = self.order.of_u16(u16::try_from(beyond).unwrap_or(u16::MAX));
            at = at.saturating_add(usize::from(*yes));
        }
        program
    }

    fn ports(
        &mut self,
        least: u8,
        greatest: u8,
        ports: &RangeInclusive<u16>,
    ) -> Result<&mut Bytecode<'b>, TooSmall> {
        // Both or neither. The second operation has the port where it would have its jump.
        let port = |port: u16| {
            let [first, second] = self.order.of_u16(port);
            [0, 0, first, second]
        };
        let (start, end) = (port(*ports.start()), port(*ports.end()));
        // An iterated range may be empty though its ends are not.
        let (start, end) = if ports.is_empty() { (port(1), port(0)) } else { (start, end) };
        let before = self.length;
        self.push(least, &start)?;
        let second = self.push(greatest, &end);
        if second.is_err() {
            self.length = before;
        }
        second.map(|()| self)
    }

    /// `struct inet_diag_hostcond`: family, bits, two bytes of padding, a port or -1, and the
    /// address.
    fn host(
        &mut self,
        code: u8,
        address: Option<IpAddr>,
        bits: u8,
        port: Option<u16>,
    ) -> Result<&mut Bytecode<'b>, TooSmall> {
        let mut condition = [0; 24];
        let [family, length, _, _, p0, p1, p2, p3, place @ ..] = &mut condition;
        [*p0, *p1, *p2, *p3] = self.order.bytes(port.map_or(u32::MAX, u32::from));
        let size = match address {
            None => 8,
            Some(IpAddr::V4(ip)) => {
                (*family, *length) = (AF_INET, bits.min(32));
                let [a, b, c, d, ..] = place;
                [*a, *b, *c, *d] = ip.octets();
                12
            }
            Some(IpAddr::V6(ip)) => {
                (*family, *length) = (AF_INET6, bits.min(128));
                *place = ip.octets();
                24
            }
        };
        self.push(code, condition.get(..size).unwrap_or_default())?;
        Ok(self)
    }

    /// An instruction that goes on behind itself; where it goes on if not, is known at the end.
    fn push(&mut self, code: u8, operand: &[u8]) -> Result<(), TooSmall> {
        let size = operand.len().saturating_add(4);
        let yes = u8::try_from(size).map_err(|_| TooSmall)?;
        let end = self.length.checked_add(size).filter(|end| *end <= LONGEST).ok_or(TooSmall)?;
        let place = self.buffer.get_mut(self.length..end).ok_or(TooSmall)?;
        let (head, body) = place.split_first_chunk_mut::<4>().ok_or(TooSmall)?;
        *head = [code, yes, 0, 0];
        if body.len() == operand.len() {
            body.copy_from_slice(operand);
        }
        self.length = end;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{vec, vec::Vec};

    use super::*;

    fn bytes(
        order: ByteOrder,
        build: impl FnOnce(&mut Bytecode<'_>) -> Result<(), TooSmall>,
    ) -> Vec<u8> {
        let mut buffer = [0xAA; 100];
        let mut filter = Bytecode::new(&mut buffer, order);
        build(&mut filter).unwrap();
        filter.finish().to_vec()
    }

    #[test]
    fn instructions_are_those_that_the_kernel_runs() {
        let port = bytes(ByteOrder::Little, |filter| filter.source_port(0x1234).map(|_| ()));
        assert_eq!(port, [7, 12, 16, 0, 0, 0, 0, 0, 0x34, 0x12, 0, 0]);
        let all = bytes(ByteOrder::Big, |filter| {
            filter.destination_ports(1..=0x1234)?.source_prefix([10, 0, 0, 0].into(), 99)?;
            Ok(())
        });
        let ports = [4, 8, 0, 36, 0, 0, 0, 1, 5, 8, 0, 28, 0, 0, 0x12, 0x34];
        let prefix = [7, 16, 0, 20, 2, 32, 0, 0, 255, 255, 255, 255, 10, 0, 0, 0];
        assert_eq!(all, [ports, prefix].concat());
        let address = core::net::Ipv6Addr::LOCALHOST;
        let six = bytes(ByteOrder::Little, |filter| {
            filter.destination_prefix(address.into(), 64).map(|_| ())
        });
        assert_eq!(six[..12], [8, 28, 32, 0, 10, 64, 0, 0, 255, 255, 255, 255]);
        assert_eq!(six[12..], address.octets());
    }

    #[test]
    fn an_empty_range_stays_empty() {
        let mut ports = 5..=5;
        ports.next();
        let empty = bytes(ByteOrder::Little, |filter| filter.source_ports(ports).map(|_| ()));
        assert_eq!(empty, [2, 8, 20, 0, 0, 0, 1, 0, 3, 8, 12, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_condition_that_does_not_fit_leaves_the_filter_as_it_was() {
        let mut buffer = [0; 27];
        let mut filter = Bytecode::new(&mut buffer, ByteOrder::Little);
        filter.source_port(1).unwrap();
        assert!(filter.destination_ports(1..=2).is_err());
        assert!(filter.destination_prefix([0; 4].into(), 0).is_err());
        filter.destination_port(2).unwrap();
        assert_eq!(filter.finish().len(), 24);
        // A jump over all of it has 16 bits.
        let mut buffer = vec![0; 1 << 17];
        let mut filter = Bytecode::new(&mut buffer, ByteOrder::Little);
        while filter.source_port(1).is_ok() {}
        let filter = filter.finish();
        let length = filter.len();
        assert!(length > 65_500, "{length}");
        assert_eq!(usize::from(u16::from_le_bytes([filter[2], filter[3]])), length + 4);
    }
}
