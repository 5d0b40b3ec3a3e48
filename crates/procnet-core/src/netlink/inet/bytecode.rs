//! Filters that the kernel runs before it tells of a socket
//! (net/ipv4/inet_diag.c `inet_diag_bc_run`, `inet_diag_bc_audit`).
//!
//! An instruction is `struct inet_diag_bc_op { code, yes, no }` and what it compares with;
//! `yes` and `no` say how many bytes to go on. A program that ends exactly at its end lets
//! the socket pass, one that ends four bytes beyond it does not.
//!
//! The kernel follows each `yes` to see that all instructions are well made, and takes no jump
//! to one that it has not found so. So `yes` always leads to the next instruction here, and
//! `no` somewhere behind it: what leads elsewhere if it holds is an instruction that never does.

use core::{net::IpAddr, ops::RangeInclusive};

use super::{AF_INET, AF_INET6};
use crate::{ByteOrder, netlink::writer::TooSmall};

/// `INET_DIAG_BC_*`.
const JMP: u8 = 1;
const S_GE: u8 = 2;
const S_LE: u8 = 3;
const D_GE: u8 = 4;
const D_LE: u8 = 5;
const S_COND: u8 = 7;
const D_COND: u8 = 8;
const DEV_COND: u8 = 9;
const MARK_COND: u8 = 10;
const CGROUP_COND: u8 = 13;

/// Conditions, written into a buffer of the caller; sockets pass that meet all of them, unless
/// [`or`](Bytecode::or) and [`negated`](Bytecode::negated) say otherwise.
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
/// assert_eq!(filter.finish().len(), 12 + 8 + 16);
///
/// // Whoever speaks to one of two ports, but not over the loopback.
/// let mut filter = Bytecode::new(&mut buffer, ByteOrder::NATIVE);
/// filter.all(|ports| {
///     ports.destination_port(80)?.or(|port| port.destination_port(443).map(drop))?;
///     Ok(())
/// })?;
/// filter.negated(|prefix| prefix.destination_prefix([127, 0, 0, 0].into(), 8).map(drop))?;
/// assert_eq!(filter.finish().len(), 12 + 4 + 12 + 16 + 4);
/// # Ok::<(), procnet_core::netlink::TooSmall>(())
/// ```
#[derive(Debug)]
pub struct Bytecode<'b> {
    buffer: &'b mut [u8],
    /// Bytes written: whole instructions, and few enough for a jump over all of them. A `no` of
    /// 0 leads to where all fails, which is known at the end of what it stands in.
    length: usize,
    /// Where that begins.
    start: usize,
    order: ByteOrder,
}

/// An attribute holds less than 2^16 bytes, its header included.
const LONGEST: usize = 65_528;

impl<'b> Bytecode<'b> {
    /// No condition yet: nothing is filtered.
    #[must_use]
    pub fn new(buffer: &'b mut [u8], order: ByteOrder) -> Bytecode<'b> {
        Bytecode { buffer, length: 0, start: 0, order }
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
    /// If its instructions, one for each bound, do not fit the buffer.
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
    /// If its instructions, one for each bound, do not fit the buffer.
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

    /// It is bound to the interface with this index; 0: to none. Since Linux 4.8; earlier
    /// kernels refuse the request (`EINVAL`).
    ///
    /// # Errors
    ///
    /// If the instruction does not fit the buffer.
    pub fn interface(&mut self, index: u32) -> Result<&mut Bytecode<'b>, TooSmall> {
        self.push(DEV_COND, &self.order.bytes(index))?;
        Ok(self)
    }

    /// Its mark is this one, in the bits that the mask has; the mark has no others. Since Linux
    /// 4.9; who has no `CAP_NET_ADMIN` is refused (`EPERM`).
    ///
    /// # Errors
    ///
    /// If the instruction does not fit the buffer.
    pub fn mark(&mut self, mark: u32, mask: u32) -> Result<&mut Bytecode<'b>, TooSmall> {
        let [a, b, c, d] = self.order.bytes(mark);
        let [e, f, g, h] = self.order.bytes(mask);
        self.push(MARK_COND, &[a, b, c, d, e, f, g, h])?;
        Ok(self)
    }

    /// It is in the control group of version 2 with this number, which is the inode of the
    /// group's directory. Since Linux 5.8; earlier kernels refuse the request (`EINVAL`), and
    /// `TIME_WAIT` and request socks are in none.
    ///
    /// # Errors
    ///
    /// If the instruction does not fit the buffer.
    pub fn control_group(&mut self, id: u64) -> Result<&mut Bytecode<'b>, TooSmall> {
        let bytes = match self.order {
            ByteOrder::Little => id.to_le_bytes(),
            ByteOrder::Big => id.to_be_bytes(),
        };
        self.push(CGROUP_COND, &bytes)?;
        Ok(self)
    }

    /// What no socket meets.
    ///
    /// # Errors
    ///
    /// If the instruction does not fit the buffer.
    pub fn nothing(&mut self) -> Result<&mut Bytecode<'b>, TooSmall> {
        self.push(JMP, &[])?;
        Ok(self)
    }

    /// All of what `write` adds, as one condition: an [`or`](Bytecode::or) in it is about what
    /// is in it.
    ///
    /// # Errors
    ///
    /// What `write` returns; the filter is then as it was before.
    pub fn all(
        &mut self,
        write: impl FnOnce(&mut Bytecode<'b>) -> Result<(), TooSmall>,
    ) -> Result<&mut Bytecode<'b>, TooSmall> {
        // Where one of them fails, all does: it goes where what this stands in fails.
        self.part(write)?;
        Ok(self)
    }

    /// Either what was written so far, or what `write` adds. After nothing, which every socket
    /// meets, nothing is added.
    ///
    /// # Errors
    ///
    /// What `write` returns, or if there is no room for four bytes between the two; the filter
    /// is then as it was before.
    pub fn or(
        &mut self,
        write: impl FnOnce(&mut Bytecode<'b>) -> Result<(), TooSmall>,
    ) -> Result<&mut Bytecode<'b>, TooSmall> {
        let (start, end) = (self.start, self.length);
        if start == end {
            return Ok(self);
        }
        self.push(JMP, &[])?;
        let other = self.length;
        if let Err(error) = self.part(write) {
            self.length = end;
            return Err(error);
        }
        // What fails goes on with the other, and what holds beyond it.
        self.resolve(start, end, other);
        self.resolve(end, other, self.length);
        Ok(self)
    }

    /// Not what `write` adds, taken together.
    ///
    /// # Errors
    ///
    /// What `write` returns, or if there is no room for four bytes behind that; the filter is
    /// then as it was before.
    pub fn negated(
        &mut self,
        write: impl FnOnce(&mut Bytecode<'b>) -> Result<(), TooSmall>,
    ) -> Result<&mut Bytecode<'b>, TooSmall> {
        let start = self.length;
        self.part(write)?;
        let end = self.length;
        // What holds fails here, and what fails goes on behind.
        if let Err(error) = self.push(JMP, &[]) {
            self.length = start;
            return Err(error);
        }
        self.resolve(start, end, self.length);
        Ok(self)
    }

    /// The bytes for a request.
    #[must_use]
    pub fn finish(mut self) -> &'b [u8] {
        let end = self.length;
        self.resolve(0, end, end.saturating_add(4));
        self.buffer.get_mut(..end).unwrap_or_default()
    }

    /// What `write` adds, or nothing.
    fn part(
        &mut self,
        write: impl FnOnce(&mut Bytecode<'b>) -> Result<(), TooSmall>,
    ) -> Result<(), TooSmall> {
        let (start, length) = (self.start, self.length);
        self.start = length;
        let written = write(self);
        self.start = start;
        if written.is_err() {
            self.length = length;
        }
        written
    }

    /// Lets the instructions from `start` to `end` that fail go on at `target`, where nothing
    /// is said yet.
    fn resolve(&mut self, start: usize, end: usize, target: usize) {
        let mut at = start;
        while at < end {
            let Some([_, yes, no @ ..]) = self.buffer.get_mut(at..) else { break };
            let Some(no) = no.first_chunk_mut() else { break };
            if *no == [0, 0] {
                // `push` has kept it in 16 bits.
                let jump = u16::try_from(target.saturating_sub(at)).unwrap_or(u16::MAX);
                *no = self.order.of_u16(jump);
            }
            at = at.saturating_add(usize::from(*yes).max(4));
        }
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
        // What every port meets need not be asked.
        if *ports.start() > 0 || ports.is_empty() {
            self.push(least, &start)?;
        }
        if *ports.end() == u16::MAX && !ports.is_empty() {
            return Ok(self);
        }
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

    /// An instruction that goes on behind itself; where it goes on if not, is known later.
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
mod tests;
