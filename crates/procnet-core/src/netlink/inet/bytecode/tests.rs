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
fn instructions_have_the_layout_of_the_kernel() {
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
fn jumps_lead_to_the_alternatives_and_the_end() {
    let either = bytes(ByteOrder::Little, |filter| {
        filter.source_port(1)?.or(|other| other.source_port(2)?.source_port(3).map(drop))?;
        filter.interface(5)?;
        Ok(())
    });
    let jumps: Vec<_> = either.iter().copied().enumerate().collect();
    let at = |at: usize| (jumps[at].1, jumps[at + 1].1, jumps[at + 2].1);
    // The first alternative fails to the other, which fails to the end; both succeed to the last.
    assert_eq!([at(0), at(12), at(16)], [(7, 12, 16), (1, 4, 28), (7, 12, 36)]);
    assert_eq!([at(28), at(40)], [(7, 12, 24), (9, 8, 12)]);
    let not = bytes(ByteOrder::Big, |filter| {
        filter.negated(|inner| inner.mark(1, 0xFF)?.control_group(2).map(drop))?;
        Ok(())
    });
    let mark = [10, 12, 0, 28, 0, 0, 0, 1, 0, 0, 0, 0xFF];
    let group = [13, 12, 0, 16, 0, 0, 0, 0, 0, 0, 0, 2];
    assert_eq!(not, [&mark[..], &group, &[1, 4, 0, 8]].concat());
    let nothing = bytes(ByteOrder::Little, |filter| filter.nothing().map(drop));
    assert_eq!(nothing, [1, 4, 8, 0]);
    let everything = bytes(ByteOrder::Little, |filter| {
        filter.source_ports(0..=u16::MAX)?.or(|other| other.nothing().map(drop))?;
        filter.all(|_| Ok(()))?;
        Ok(())
    });
    assert_eq!(everything, []);
}

#[test]
fn an_empty_range_stays_empty() {
    let mut ports = 5..=5;
    ports.next();
    let empty = bytes(ByteOrder::Little, |filter| filter.source_ports(ports).map(|_| ()));
    assert_eq!(empty, [2, 8, 20, 0, 0, 0, 1, 0, 3, 8, 12, 0, 0, 0, 0, 0]);
}

#[test]
fn a_condition_that_does_not_fit_leaves_the_filter_unchanged() {
    let mut buffer = [0; 27];
    let mut filter = Bytecode::new(&mut buffer, ByteOrder::Little);
    filter.source_port(1).unwrap();
    assert!(filter.destination_ports(1..=2).is_err());
    assert!(filter.destination_prefix([0; 4].into(), 0).is_err());
    filter.destination_port(2).unwrap();
    assert_eq!(filter.finish().len(), 24);
    // A jump over the whole program has 16 bits.
    let mut buffer = vec![0; 1 << 17];
    let mut filter = Bytecode::new(&mut buffer, ByteOrder::Little);
    while filter.source_port(1).is_ok() {}
    let filter = filter.finish();
    let length = filter.len();
    assert!(length > 65_500, "{length}");
    assert_eq!(usize::from(u16::from_le_bytes([filter[2], filter[3]])), length + 4);
}
