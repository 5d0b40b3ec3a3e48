//! Filters of inet sockets: what a condition means, and how the kernel runs its bytecode.

use std::net::{IpAddr, SocketAddr};

use procnet_core::ByteOrder;

/// The properties of a socket that a filter can use.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Source and destination.
    pub ends: [SocketAddr; 2],
    /// The index of the interface that it is bound to, or 0.
    pub interface: u32,
    /// Its mark.
    pub mark: u32,
    /// Its control group, or 0.
    pub control_group: u64,
    /// Whether its port was named in `bind`.
    pub port_locked: bool,
}

/// A filter expression.
#[derive(Clone, Debug)]
pub enum Expression {
    /// A condition on the source or (`true`) the destination.
    End(bool, Condition),
    /// The socket is bound to this interface.
    Interface(u32),
    /// The socket has this mark, in the bits of the mask.
    Mark(u32, u32),
    /// The socket is in this control group.
    ControlGroup(u64),
    /// The port of the socket was not named in `bind`.
    Autobound,
    /// Matches no socket.
    Nothing,
    /// All of them match.
    All(Vec<Expression>),
    /// At least one of them matches. An empty list matches every socket.
    Any(Vec<Expression>),
    /// The expression does not match.
    Not(Box<Expression>),
}

impl Expression {
    /// Whether a socket matches.
    #[must_use]
    pub fn holds(&self, entry: &Entry) -> bool {
        match self {
            Expression::End(destination, condition) => {
                condition.holds(entry.ends[usize::from(*destination)])
            }
            Expression::Interface(index) => entry.interface == *index,
            Expression::Mark(mark, mask) => entry.mark & mask == *mark,
            Expression::ControlGroup(id) => entry.control_group == *id,
            Expression::Autobound => !entry.port_locked,
            Expression::Nothing => false,
            Expression::All(all) => all.iter().all(|part| part.holds(entry)),
            Expression::Any(any) => any.is_empty() || any.iter().any(|part| part.holds(entry)),
            Expression::Not(part) => !part.holds(entry),
        }
    }
}

/// A condition on one end of a socket.
#[derive(Clone, Copy, Debug)]
pub enum Condition {
    /// The port is this one.
    Port(u16),
    /// The port is in this inclusive range.
    Ports(u16, u16),
    /// The address starts with this many bits of this one.
    Prefix(IpAddr, u8),
}

impl Condition {
    /// Whether an end matches.
    #[must_use]
    pub fn holds(self, end: SocketAddr) -> bool {
        match (self, end.ip()) {
            (Condition::Port(port), _) => end.port() == port,
            (Condition::Ports(first, last), _) => first <= end.port() && end.port() <= last,
            (Condition::Prefix(IpAddr::V4(prefix), bits), ip) => match ip.to_canonical() {
                IpAddr::V4(ip) => same_bits(&prefix.octets(), &ip.octets(), bits),
                IpAddr::V6(_) => false,
            },
            (Condition::Prefix(IpAddr::V6(prefix), bits), IpAddr::V6(ip)) => {
                same_bits(&prefix.octets(), &ip.octets(), bits)
            }
            (Condition::Prefix(IpAddr::V6(_), _), IpAddr::V4(_)) => false,
        }
    }
}

/// Whether a socket passes the bytecode, or `None` if the kernel rejects it:
/// net/ipv4/inet_diag.c `inet_diag_bc_audit`, `inet_diag_bc_run`.
#[must_use]
pub fn passes(code: &[u8], entry: &Entry, order: ByteOrder) -> Option<bool> {
    audit(code, order)?;
    let mut at = 0;
    while at < code.len() {
        let operation = &code[at..];
        let end = entry.ends[usize::from(matches!(operation[0], 4 | 5 | 8))];
        let port = u32::from(end.port());
        // An operation on ports is followed by one whose jump offset is the port.
        let limit = || u32::from(half(&operation[6..8], order));
        let yes = match operation[0] {
            2 | 4 => port >= limit(),
            3 | 5 => port <= limit(),
            1 => false,
            6 => !entry.port_locked,
            9 => entry.interface == word(&operation[4..8], order),
            10 => {
                let [mark, mask] = [4, 8].map(|at| word(&operation[at..at + 4], order));
                entry.mark & mask == mark
            }
            13 => entry.control_group == long(&operation[4..12], order),
            _ => host(&operation[4..], end, order),
        };
        at += if yes { usize::from(operation[1]) } else { jump(operation, order) };
    }
    Some(at == code.len())
}

/// Checks that all operations are well-formed, and that each jump leads to one of them or to the
/// end.
fn audit(code: &[u8], order: ByteOrder) -> Option<()> {
    let (mut starts, mut targets, mut at) = (vec![code.len(), code.len() + 4], Vec::new(), 0);
    while at < code.len() {
        let operation = &code[at..];
        let [kind, yes, _, _, operand @ ..] = operation else { return None };
        let least = match kind {
            1 | 6 => 4,
            2..=5 | 9 => 8,
            10 | 13 => 12,
            7 | 8 => {
                let [family, bits, ..] = operand else { return None };
                let length = match family {
                    0 => 0,
                    2 => 4,
                    10 => 16,
                    _ => return None,
                };
                (usize::from(*bits) <= 8 * length).then_some(12 + length)?
            }
            _ => return None,
        };
        let (yes, no) = (usize::from(*yes), jump(operation, order));
        for go in [yes, no] {
            (go >= least && go <= operation.len() + 4 && go % 4 == 0).then_some(())?;
        }
        (operation.len() >= least).then_some(())?;
        starts.push(at);
        targets.push(at + no);
        at += yes;
    }
    (at == code.len() && targets.iter().all(|target| starts.contains(target))).then_some(())
}

/// `struct inet_diag_hostcond`.
fn host(condition: &[u8], end: SocketAddr, order: ByteOrder) -> bool {
    let (family, bits) = (condition[0], condition[1]);
    let port: [u8; 4] = condition[4..8].try_into().expect("four bytes");
    let port = match order {
        ByteOrder::Little => i32::from_le_bytes(port),
        ByteOrder::Big => i32::from_be_bytes(port),
    };
    if port != -1 && port != i32::from(end.port()) {
        return false;
    }
    let prefix = &condition[8..];
    match (family, end.ip()) {
        (0, _) => bits == 0,
        (2, IpAddr::V4(ip)) => same_bits(prefix, &ip.octets(), bits),
        (2, IpAddr::V6(ip)) => {
            let octets = ip.octets();
            octets[..12] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
                && same_bits(prefix, &octets[12..], bits)
        }
        (_, IpAddr::V6(ip)) => same_bits(prefix, &ip.octets(), bits),
        (_, IpAddr::V4(_)) => false,
    }
}

fn jump(operation: &[u8], order: ByteOrder) -> usize {
    usize::from(half(&operation[2..4], order))
}

fn half(bytes: &[u8], order: ByteOrder) -> u16 {
    let bytes = bytes.try_into().expect("two bytes");
    match order {
        ByteOrder::Little => u16::from_le_bytes(bytes),
        ByteOrder::Big => u16::from_be_bytes(bytes),
    }
}

fn word(bytes: &[u8], order: ByteOrder) -> u32 {
    let bytes = bytes.try_into().expect("four bytes");
    match order {
        ByteOrder::Little => u32::from_le_bytes(bytes),
        ByteOrder::Big => u32::from_be_bytes(bytes),
    }
}

fn long(bytes: &[u8], order: ByteOrder) -> u64 {
    let bytes = bytes.try_into().expect("eight bytes");
    match order {
        ByteOrder::Little => u64::from_le_bytes(bytes),
        ByteOrder::Big => u64::from_be_bytes(bytes),
    }
}

/// Compares the first bits one by one; a number beyond the length compares all.
fn same_bits(a: &[u8], b: &[u8], bits: u8) -> bool {
    let bit = |bytes: &[u8], at: usize| bytes[at / 8] >> (7 - at % 8) & 1;
    (0..usize::from(bits).min(8 * b.len())).all(|at| bit(a, at) == bit(b, at))
}
