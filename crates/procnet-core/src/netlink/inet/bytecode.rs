//! Filters that the kernel evaluates for each socket of a dump
//! (net/ipv4/inet_diag.c `inet_diag_bc_run`, `inet_diag_bc_audit`).
//!
//! An instruction is `struct inet_diag_bc_op { code, yes, no }` and its operand; `yes` and `no`
//! are jump distances in bytes. Jumping exactly to the end of the program accepts the socket,
//! jumping four bytes beyond it rejects the socket.
//!
//! The audit follows the `yes` jumps to validate instructions, and rejects a `no` jump to an
//! instruction that it has not reached. So `yes` always leads to the next instruction here, and
//! `no` further ahead. An unconditional jump is an instruction that never holds.

use core::{net::IpAddr, ops::RangeInclusive};

use super::{AF_INET, AF_INET6};
use crate::{ByteOrder, netlink::writer::TooSmall};

/// `INET_DIAG_BC_*`.
const JMP: u8 = 1;
const S_GE: u8 = 2;
const S_LE: u8 = 3;
const D_GE: u8 = 4;
const D_LE: u8 = 5;
const AUTO: u8 = 6;
const S_COND: u8 = 7;
const D_COND: u8 = 8;
const DEV_COND: u8 = 9;
const MARK_COND: u8 = 10;
const CGROUP_COND: u8 = 13;

/// Conditions, written into a buffer of the caller and combined with a logical and, except with
/// [`or`](Bytecode::or) and [`negated`](Bytecode::negated).
///
/// A filter saves the kernel the message, but not the walk over its hash table.
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
/// // Connections to one of two ports, but not to a loopback address.
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
    /// The number of bytes written: whole instructions, and few enough for a jump over all of
    /// them. A `no` of 0 is unresolved: it leads to the failure target of the enclosing group,
    /// which is known at its end.
    length: usize,
    /// The start of the group that is being written.
    start: usize,
    order: ByteOrder,
}

/// An attribute, including its header, is shorter than 2^16 bytes.
const MAX_LENGTH: usize = 65_528;

impl<'b> Bytecode<'b> {
    /// An empty filter, which accepts every socket.
    #[must_use]
    pub fn new(buffer: &'b mut [u8], order: ByteOrder) -> Bytecode<'b> {
        Bytecode { buffer, length: 0, start: 0, order }
    }

    /// The local port is `port`.
    ///
    /// # Errors
    ///
    /// If the instruction does not fit the buffer. As for every condition, the filter is then
    /// unchanged.
    pub fn source_port(&mut self, port: u16) -> Result<&mut Bytecode<'b>, TooSmall> {
        self.host(S_COND, None, 0, Some(port))
    }

    /// The remote port is `port`.
    ///
    /// # Errors
    ///
    /// If the instruction does not fit the buffer.
    pub fn destination_port(&mut self, port: u16) -> Result<&mut Bytecode<'b>, TooSmall> {
        self.host(D_COND, None, 0, Some(port))
    }

    /// The local port is in the range. An empty range matches no socket.
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

    /// The remote port is in the range. An empty range matches no socket.
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

    /// The local address has the prefix of `bits` bits of `address`; `bits` is clamped to its
    /// length.
    ///
    /// An IPv4 prefix also matches IPv4-mapped addresses of IPv6 sockets. A prefix of 0 bits
    /// matches the family.
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

    /// The remote address has the prefix of `bits` bits of `address`, as for
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

    /// The local port was not named in `bind` (`SOCK_BINDPORT_LOCK`): the kernel chose it, or the
    /// socket is a minisock, or was accepted by a listener. The kernel does not report it.
    ///
    /// # Errors
    ///
    /// If the instruction does not fit the buffer.
    pub fn autobound(&mut self) -> Result<&mut Bytecode<'b>, TooSmall> {
        self.push(AUTO, &[])?;
        Ok(self)
    }

    /// The socket is bound to the interface with this index; 0: to none. Since Linux 4.8; earlier
    /// kernels reject the request (`EINVAL`).
    ///
    /// # Errors
    ///
    /// If the instruction does not fit the buffer.
    pub fn interface(&mut self, index: u32) -> Result<&mut Bytecode<'b>, TooSmall> {
        self.push(DEV_COND, &self.order.bytes(index))?;
        Ok(self)
    }

    /// The mark of the socket, masked with `mask`, is `mark`. Since Linux 4.9; requires
    /// `CAP_NET_ADMIN` (else `EPERM`).
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

    /// The socket is in the cgroup v2 with this id, which is the inode of the cgroup directory.
    /// Since Linux 5.8; earlier kernels reject the request (`EINVAL`). `TIME_WAIT` and request
    /// socks are in no cgroup.
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

    /// A condition that no socket meets.
    ///
    /// # Errors
    ///
    /// If the instruction does not fit the buffer.
    pub fn nothing(&mut self) -> Result<&mut Bytecode<'b>, TooSmall> {
        self.push(JMP, &[])?;
        Ok(self)
    }

    /// The conditions that `write` adds, as one group: an [`or`](Bytecode::or) in it applies to
    /// the group only.
    ///
    /// # Errors
    ///
    /// The error of `write`; the filter is then unchanged.
    pub fn all(
        &mut self,
        write: impl FnOnce(&mut Bytecode<'b>) -> Result<(), TooSmall>,
    ) -> Result<&mut Bytecode<'b>, TooSmall> {
        // If one condition fails, the enclosing group fails: its jumps stay unresolved.
        self.group(write)?;
        Ok(self)
    }

    /// Either the conditions written so far in this group, or those that `write` adds. If there
    /// are none so far, which every socket meets, nothing is added.
    ///
    /// # Errors
    ///
    /// The error of `write`, or if there is no space for the jump of four bytes between the two;
    /// the filter is then unchanged.
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
        if let Err(error) = self.group(write) {
            self.length = end;
            return Err(error);
        }
        // On failure the first alternative continues at the other; on success it jumps over it.
        self.resolve(start, end, other);
        self.resolve(end, other, self.length);
        Ok(self)
    }

    /// The negation of the conditions that `write` adds, taken together.
    ///
    /// # Errors
    ///
    /// The error of `write`, or if there is no space for the jump of four bytes after them; the
    /// filter is then unchanged.
    pub fn negated(
        &mut self,
        write: impl FnOnce(&mut Bytecode<'b>) -> Result<(), TooSmall>,
    ) -> Result<&mut Bytecode<'b>, TooSmall> {
        let start = self.length;
        self.group(write)?;
        let end = self.length;
        // If all hold, this jump fails; if one does not, evaluation continues after it.
        if let Err(error) = self.push(JMP, &[]) {
            self.length = start;
            return Err(error);
        }
        self.resolve(start, end, self.length);
        Ok(self)
    }

    /// The bytecode for a request.
    #[must_use]
    pub fn finish(mut self) -> &'b [u8] {
        let end = self.length;
        self.resolve(0, end, end.saturating_add(4));
        self.buffer.get_mut(..end).unwrap_or_default()
    }

    /// Writes a group with `write`; on error, nothing is added.
    fn group(
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

    /// Resolves the failure jumps from `start` to `end` that are still unresolved to `target`.
    fn resolve(&mut self, start: usize, end: usize, target: usize) {
        let mut at = start;
        while at < end {
            let Some([_, yes, no @ ..]) = self.buffer.get_mut(at..) else { break };
            let Some(no) = no.first_chunk_mut() else { break };
            if *no == [0, 0] {
                // `push` ensures that it fits 16 bits.
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
        // The operand is a second `inet_diag_bc_op`, whose `no` is the port.
        let port = |port: u16| {
            let [first, second] = self.order.of_u16(port);
            [0, 0, first, second]
        };
        let (start, end) = (port(*ports.start()), port(*ports.end()));
        // An exhausted iterator is an empty range, whatever its bounds.
        let (start, end) = if ports.is_empty() { (port(1), port(0)) } else { (start, end) };
        let before = self.length;
        // Bounds that every port meets are omitted. Both instructions fit, or neither is written.
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

    /// `struct inet_diag_hostcond`: family, prefix length, two bytes of padding, a port or -1, and
    /// the address.
    fn host(
        &mut self,
        code: u8,
        address: Option<IpAddr>,
        bits: u8,
        port: Option<u16>,
    ) -> Result<&mut Bytecode<'b>, TooSmall> {
        let mut condition = [0; 24];
        let [family, length, _, _, p0, p1, p2, p3, octets @ ..] = &mut condition;
        [*p0, *p1, *p2, *p3] = self.order.bytes(port.map_or(u32::MAX, u32::from));
        let size = match address {
            None => 8,
            Some(IpAddr::V4(ip)) => {
                (*family, *length) = (AF_INET, bits.min(32));
                let [a, b, c, d, ..] = octets;
                [*a, *b, *c, *d] = ip.octets();
                12
            }
            Some(IpAddr::V6(ip)) => {
                (*family, *length) = (AF_INET6, bits.min(128));
                *octets = ip.octets();
                24
            }
        };
        self.push(code, condition.get(..size).unwrap_or_default())?;
        Ok(self)
    }

    /// Appends an instruction that continues with the next on success; its failure jump is
    /// resolved later.
    fn push(&mut self, code: u8, operand: &[u8]) -> Result<(), TooSmall> {
        let size = operand.len().saturating_add(4);
        let yes = u8::try_from(size).map_err(|_| TooSmall)?;
        let end = self.length.checked_add(size).filter(|end| *end <= MAX_LENGTH).ok_or(TooSmall)?;
        let space = self.buffer.get_mut(self.length..end).ok_or(TooSmall)?;
        let (head, body) = space.split_first_chunk_mut::<4>().ok_or(TooSmall)?;
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
