//! Filters of inet sockets: the kernel takes the bytecode, and it means the conditions.

use std::net::SocketAddr;

use procnet_core::{ByteOrder, netlink::inet::Bytecode};

use crate::naive::filter::{self, Condition};

/// Conditions, each of the source or (`true`) of the destination, written into a buffer of
/// such a size and run for sockets with such ends. What does not fit is no condition.
pub fn conditions(
    conditions: &[(bool, Condition)],
    size: usize,
    sockets: &[[SocketAddr; 2]],
    order: ByteOrder,
) {
    let mut buffer = vec![0xAA; size];
    let mut bytecode = Bytecode::new(&mut buffer, order);
    let mut written = Vec::new();
    for condition in conditions {
        let fits = match *condition {
            (false, Condition::Port(port)) => bytecode.source_port(port),
            (true, Condition::Port(port)) => bytecode.destination_port(port),
            (false, Condition::Ports(first, last)) => bytecode.source_ports(first..=last),
            (true, Condition::Ports(first, last)) => bytecode.destination_ports(first..=last),
            (false, Condition::Prefix(ip, bits)) => bytecode.source_prefix(ip, bits),
            (true, Condition::Prefix(ip, bits)) => bytecode.destination_prefix(ip, bits),
        };
        if fits.is_ok() {
            written.push(*condition);
        }
    }
    let code = bytecode.finish();
    assert!(size < 28 * conditions.len() || written.len() == conditions.len(), "{size} bytes");
    for ends in sockets {
        let holds = |(destination, condition): &(bool, Condition)| {
            condition.holds(ends[usize::from(*destination)])
        };
        let expected = written.iter().all(holds);
        assert_eq!(
            filter::passes(code, *ends, order),
            Some(expected),
            "{ends:?}: {written:?} as {code:?}"
        );
    }
}
