//! The naive decoder.

use procnet_core::network::arp::{Flags, HardwareAddress, Row, Table};

use crate::naive::fields::{dotted, hex, words};

/// The row in a line.
#[must_use]
pub fn row(_: Table, line: &[u8], number: usize) -> Option<Option<Row<'_>>> {
    let heading = number == 1 && line.starts_with(b"IP address");
    (!heading && !words(line).is_empty()).then(|| decode(&words(line)))
}

fn decode<'a>(words: &[&'a [u8]]) -> Option<Row<'a>> {
    let (hardware, device) = match words.get(3..)? {
        [hardware, b"*", device, ..] => (Some(*hardware), *device),
        [b"*", device, ..] => (None, *device),
        _ => return None,
    };
    let hardware_type = hex(words[1].strip_prefix(b"0x")?)?;
    let is_octet = |part: &[u8]| part.len() == 2 && part.iter().all(u8::is_ascii_hexdigit);
    let hardware = match hardware {
        None => None,
        Some(text) if text.split(|byte| *byte == b':').all(is_octet) => {
            Some(HardwareAddress::Octets(text))
        }
        Some(text) if hardware_type == 0 || hardware_type == 3 => {
            Some(HardwareAddress::CallSign(text))
        }
        Some(_) => return None,
    };
    let flags = Flags(hex(words[2].strip_prefix(b"0x")?)?);
    Some(Row { address: dotted(words[0])?, hardware_type, flags, hardware, device })
}
