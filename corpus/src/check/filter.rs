//! Filters of inet sockets: the kernel accepts the bytecode, which means what its conditions say.

use procnet_core::{
    ByteOrder,
    netlink::{TooSmall, inet::Bytecode},
};

use crate::naive::filter::{self, Condition, Entry, Expression};

/// Expressions are written one after the other to a buffer of this size and run for these
/// sockets. A socket passes if it matches all expressions that fit the buffer.
pub fn expressions(expressions: &[Expression], size: usize, sockets: &[Entry], order: ByteOrder) {
    let mut buffer = vec![0xAA; size];
    let mut bytecode = Bytecode::new(&mut buffer, order);
    let mut written = Vec::new();
    for expression in expressions {
        match write(&mut bytecode, expression) {
            Ok(()) => written.push(expression.clone()),
            Err(_) => assert!(size < expressions.iter().map(longest).sum(), "{size} bytes"),
        }
    }
    let code = bytecode.finish();
    let all = Expression::All(written);
    for entry in sockets {
        let passes = filter::passes(code, entry, order);
        assert_eq!(passes, Some(all.holds(entry)), "{entry:?}: {all:?} as {code:?}");
    }
}

/// Adds an expression, or nothing if it does not fit.
fn write(code: &mut Bytecode<'_>, expression: &Expression) -> Result<(), TooSmall> {
    match expression {
        Expression::End(false, Condition::Port(port)) => code.source_port(*port),
        Expression::End(true, Condition::Port(port)) => code.destination_port(*port),
        Expression::End(false, Condition::Ports(from, to)) => code.source_ports(*from..=*to),
        Expression::End(true, Condition::Ports(from, to)) => code.destination_ports(*from..=*to),
        Expression::End(false, Condition::Prefix(ip, bits)) => code.source_prefix(*ip, *bits),
        Expression::End(true, Condition::Prefix(ip, bits)) => code.destination_prefix(*ip, *bits),
        Expression::Interface(index) => code.interface(*index),
        Expression::Mark(mark, mask) => code.mark(*mark, *mask),
        Expression::ControlGroup(id) => code.control_group(*id),
        Expression::Autobound => code.autobound(),
        Expression::Nothing => code.nothing(),
        Expression::All(all) => code.all(|code| all.iter().try_for_each(|part| write(code, part))),
        Expression::Any(any) => code.all(|code| {
            let Some((first, others)) = any.split_first() else { return Ok(()) };
            write(code, first)?;
            others.iter().try_for_each(|part| code.or(|code| write(code, part)).map(drop))
        }),
        Expression::Not(part) => code.negated(|code| write(code, part)),
    }
    .map(drop)
}

/// The maximum length of an expression.
fn longest(expression: &Expression) -> usize {
    match expression {
        Expression::All(parts) | Expression::Any(parts) => {
            parts.iter().map(|part| 4 + longest(part)).sum()
        }
        Expression::Not(part) => 4 + longest(part),
        _ => 28,
    }
}

/// Reads expressions and a socket from any bytes, and checks them.
pub fn bytes(data: &[u8]) {
    let [choice, size, data @ ..] = data else { return };
    let order = if choice & 1 == 0 { ByteOrder::Little } else { ByteOrder::Big };
    let mut data = Bytes(data);
    let entry = Entry {
        ends: [data.end(), data.end()],
        interface: data.next().into(),
        mark: data.next().into(),
        control_group: data.next().into(),
        port_locked: choice & 128 != 0,
    };
    let expressions: Vec<_> = (0..1 + choice / 2 % 4).map(|_| data.expression(6)).collect();
    self::expressions(&expressions, 8 * usize::from(*size), &[entry], order);
}

/// Bytes that are consumed one by one; zeros once there are no more.
struct Bytes<'d>(&'d [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        let Some((byte, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *byte
    }

    fn address(&mut self) -> std::net::IpAddr {
        match self.next() % 3 {
            0 => [127, 0, 0, self.next()].into(),
            1 => std::net::Ipv4Addr::new(127, 0, 0, self.next()).to_ipv6_mapped().into(),
            _ => [0xFE80, 0, 0, 0, 0, 0, 0, u16::from(self.next())].into(),
        }
    }

    fn end(&mut self) -> std::net::SocketAddr {
        (self.address(), self.next().into()).into()
    }

    fn expression(&mut self, deepest: u8) -> Expression {
        let choice = self.next();
        let destination = choice & 16 != 0;
        let parts = |data: &mut Self| {
            (0..choice / 64).map(|_| data.expression(deepest - 1)).collect::<Vec<_>>()
        };
        match choice % 16 {
            0..3 if deepest > 0 => Expression::All(parts(self)),
            3..7 if deepest > 0 => Expression::Any(parts(self)),
            7..10 if deepest > 0 => Expression::Not(Box::new(self.expression(deepest - 1))),
            10 => Expression::Interface(self.next().into()),
            11 => {
                let mask = self.next();
                Expression::Mark((self.next() & mask).into(), mask.into())
            }
            12 => Expression::ControlGroup(self.next().into()),
            13 => Expression::End(destination, Condition::Prefix(self.address(), self.next())),
            14 => {
                let ports = Condition::Ports(self.next().into(), self.next().into());
                Expression::End(destination, ports)
            }
            15 if destination => Expression::Autobound,
            15 => Expression::Nothing,
            _ => Expression::End(destination, Condition::Port(self.next().into())),
        }
    }
}
