//! The table as kernels print it.

use procnet_core::network::arp::{HardwareAddress, Row};

use crate::render::{
    Host, Kernel,
    fields::{line, padded},
};

/// The heading, with its `\n`.
pub const HEADING: &str =
    "IP address       HW type     Flags       HW address            Mask     Device\n";

/// A row, with its `\n`: net/ipv4/arp.c `arp_format_neigh_entry`. Up to 3.0 the hardware
/// address was not padded; 2.6.24 printed it in upper case.
#[must_use]
pub fn row(host: Host, row: &Row<'_>) -> Vec<u8> {
    let fixed = format!("{:<16} 0x{:<10x}0x{:<10x}", row.address, row.hardware_type, row.flags.0);
    let hardware = match row.hardware {
        Some(HardwareAddress::Octets(text)) if host.kernel == Kernel::V2_6_24 => {
            text.to_ascii_uppercase()
        }
        Some(HardwareAddress::Octets(text)) => text.to_ascii_lowercase(),
        Some(HardwareAddress::CallSign(text)) => text.to_vec(),
        None => Vec::new(),
    };
    let width = if host.kernel <= Kernel::V3_0 { 0 } else { -17 };
    line(&[fixed.as_bytes(), &padded(&hardware, width), b"     *        ", row.device])
}
