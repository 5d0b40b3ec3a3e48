//! The naive decoder.

use procnet_core::network::ptype::{Function, PacketType, Row, Table};

use crate::naive::fields::{hex, is_blank, words};

/// The row in a line.
#[must_use]
pub fn row(_: Table, line: &[u8], number: usize) -> Option<Option<Row<'_>>> {
    let heading = number == 1 && line.starts_with(b"Type ");
    (!heading && !words(line).is_empty()).then(|| decode(line))
}

/// A type; a device, if it directly follows; the rest is the function.
fn decode(line: &[u8]) -> Option<Row<'_>> {
    if line.contains(&b'\t') {
        return None;
    }
    let kind = words(line)[0];
    let start = line.iter().position(|byte| !is_blank(*byte))?;
    let rest = &line[start + kind.len()..];
    let kind = if kind == b"ALL" { PacketType::ALL } else { PacketType(hex(kind)?) };
    let gap = rest.iter().take_while(|byte| is_blank(**byte)).count();
    let beside = gap == 1 || gap == 2 && kind == PacketType::ALL && rest.starts_with(b"  ");
    let mut device = None;
    let mut function = rest;
    if beside && gap < rest.len() {
        let name = words(rest)[0];
        device = Some(name);
        function = &rest[gap + name.len()..];
    }
    let function = function.trim_ascii();
    let function = (!function.is_empty()).then(|| Function::new(function))?;
    Some(Row { kind, device, function })
}
