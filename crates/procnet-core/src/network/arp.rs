//! `/proc/net/arp` (net/ipv4/arp.c `arp_format_neigh_entry`, `arp_format_pneigh_entry`): IPv4
//! neighbours.
//!
//! ```text
//! IP address       HW type     Flags       HW address            Mask     Device
//! 192.0.2.1        0x1         0x2         02:fc:00:00:00:05     *        eth0
//! ```
//!
//! The hardware address is empty if the device has none, so a row may have one column less. It
//! has at most nine octets; the kernel truncates longer ones. A device may be named `*`: see
//! [`Row::interface`].

use core::{fmt, net::Ipv4Addr};

use super::{address, flags::flags};
use crate::{
    Column, Error, ErrorKind,
    escape::Escaped,
    field::{Field, Fields},
    table::impl_table,
    word,
};

const ADDRESS: Column = Column::new(&"IP address");
const HW_TYPE: Column = Column::new(&"HW type");
const FLAGS: Column = Column::new(&"Flags");
const HW_ADDRESS: Column = Column::new(&"HW address");
const MASK: Column = Column::new(&"Mask");
const DEVICE: Column = Column::new(&"Device");

/// The table of neighbours.
///
/// ```
/// use procnet_core::network::arp;
///
/// let file = b"192.0.2.1        0x1         0x2         02:fc:00:00:00:05     *        eth0\n";
/// let row = arp::Table.rows(file).next().unwrap()?;
/// assert_eq!(row.address.to_string(), "192.0.2.1");
/// assert_eq!(row.hardware.unwrap().to_string(), "02:fc:00:00:00:05");
/// assert_eq!(row.interface(), Some(&b"eth0"[..]));
/// assert!(row.flags.contains(arp::Flags::COMPLETE));
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table;

impl_table! {
    Table: |_, line| Row::decode(line),
    heading: |line, number| number == 1 && line.starts_with(b"IP address"),
}

/// One neighbour, or an address that this host answers for (proxy ARP, `PUBLISHED`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The IPv4 address.
    pub address: Ipv4Addr,
    /// The hardware type of the device (include/uapi/linux/if_arp.h `ARPHRD_…`): 1 is Ethernet.
    pub hardware_type: u16,
    /// Its flags.
    pub flags: Flags,
    /// The hardware address; all zeros while unknown. `None` if the device has no such addresses.
    pub hardware: Option<HardwareAddress<'a>>,
    /// The device as printed; see [`interface`](Row::interface).
    pub device: &'a [u8],
}

impl<'a> Row<'a> {
    /// Decodes a line.
    ///
    /// # Errors
    ///
    /// If a column other than the hardware address is missing, or one is malformed.
    pub fn decode(line: &'a [u8]) -> Result<Row<'a>, Error> {
        let mut fields = Fields::new(line, 0);
        let address = address::dotted(fields.next(ADDRESS)?)?;
        let hardware_type = fields.next(HW_TYPE)?.after_0x()?.hex16()?;
        let flags = Flags(fields.next(FLAGS)?.after_0x()?.hex32()?);
        let first = fields.next(HW_ADDRESS)?;
        let second = fields.next(MASK)?;
        let third = fields.next(DEVICE);
        let (hardware, device) = match (first.bytes, second.bytes, third) {
            (_, b"*", Ok(device)) => (Some(first), device),
            (b"*", ..) => (None, second),
            (_, b"*", Err(error)) => return Err(error),
            _ => return Err(second.error(ErrorKind::Unexpected, 0)),
        };
        let hardware = match hardware {
            Some(field) => Some(HardwareAddress::decode(field, hardware_type)?),
            None => None,
        };
        Ok(Row { address, hardware_type, flags, hardware, device: device.bytes })
    }

    /// The raw interface name; `None` for an address that this host answers for on all
    /// interfaces.
    ///
    /// The kernel prints `*` for those, which is a valid interface name, too. Only a published
    /// row with hardware type 0 is taken to have no device.
    #[must_use]
    pub fn interface(&self) -> Option<&'a [u8]> {
        let everywhere = self.hardware_type == 0 && self.flags.contains(Flags::PUBLISHED);
        (self.device != b"*" || !everywhere).then_some(self.device)
    }
}

/// A hardware address, as printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HardwareAddress<'a> {
    /// Up to nine octets: pairs of hexadecimal digits separated by colons, in upper case in
    /// 2.6.24.
    Octets(&'a [u8]),
    /// An amateur radio call sign (AX.25, NET/ROM).
    CallSign(&'a [u8]),
}

impl<'a> HardwareAddress<'a> {
    /// Hardware types whose addresses may be call signs.
    const NETROM: u16 = 0;
    const AX25: u16 = 3;

    fn decode(field: Field<'a>, hardware_type: u16) -> Result<HardwareAddress<'a>, Error> {
        let text = field.bytes;
        let wrong = text.chunks(3).position(|octet| match octet {
            [a, b, b':'] | [a, b] => word::hex2(&[*a, *b]).is_none(),
            _ => true,
        });
        // A trailing colon.
        let wrong = wrong.or_else(|| text.ends_with(b":").then_some(text.len() / 3));
        match wrong {
            None => Ok(HardwareAddress::Octets(text)),
            Some(_) if matches!(hardware_type, Self::NETROM | Self::AX25) => {
                Ok(HardwareAddress::CallSign(text))
            }
            Some(octet) => Err(field.error(ErrorKind::NotHex, 3 * octet)),
        }
    }

    /// The address as printed.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        match self {
            HardwareAddress::Octets(text) | HardwareAddress::CallSign(text) => text,
        }
    }

    /// The octets; empty for a call sign.
    pub fn octets(&self) -> impl Iterator<Item = u8> + use<'a> {
        let text = match self {
            HardwareAddress::Octets(text) => text,
            HardwareAddress::CallSign(_) => &[][..],
        };
        text.chunks(3).filter_map(|octet| word::hex2(octet.first_chunk()?))
    }
}

/// Octets in lower case, separated by colons; a call sign is escaped.
impl fmt::Display for HardwareAddress<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let HardwareAddress::CallSign(text) = self {
            return Escaped(text).fmt(f);
        }
        for (at, octet) in self.octets().enumerate() {
            write!(f, "{}{octet:02x}", if at == 0 { "" } else { ":" })?;
        }
        Ok(())
    }
}

flags! {
    /// Flags of a neighbour (include/uapi/linux/if_arp.h `ATF_…`).
    Flags: u32 {
        /// The hardware address is known.
        COMPLETE = 0x2,
        /// The entry is permanent.
        PERMANENT = 0x4,
        /// This host answers for it.
        PUBLISHED = 0x8,
        /// The neighbour requested trailers.
        TRAILERS = 0x10,
        /// The entry has a netmask; obsolete.
        NETMASK = 0x20,
        /// This host does not answer for it.
        DONT_PUBLISH = 0x40,
    }
}
