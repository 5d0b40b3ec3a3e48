//! One direction of a connection: `CTA_TUPLE_ORIG` and `CTA_TUPLE_REPLY`
//! (net/netfilter/nf_conntrack_netlink.c `ctnetlink_dump_tuples`).

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Attributes, Payload, for_each, names};
use crate::{Column, Error, network::nf_conntrack::Direction};

/// What the attributes of a direction contain, and its transport protocol.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tuple {
    pub(super) direction: Direction,
    pub(super) protocol: Option<u8>,
}

impl Tuple {
    /// Adds the attributes of a direction.
    pub(super) fn add(&mut self, attributes: Attributes<'_>) -> Result<(), Error> {
        for_each(attributes, |attribute| {
            match attribute.kind() {
                1 => for_each(attribute.nested(), |part| self.address(part.kind(), part.value))?,
                2 => for_each(attribute.nested(), |part| self.protocol(part.kind(), part.value))?,
                3 => {
                    self.direction.zone =
                        Some(attribute.value.be16(Column::new(&"CTA_TUPLE_ZONE"))?);
                }
                _ => {}
            }
            Ok(())
        })
    }

    fn address(&mut self, kind: u16, value: Payload<'_>) -> Result<(), Error> {
        let v4 = |name| value.array(0, name).map(|bytes| IpAddr::V4(Ipv4Addr::from(*bytes)));
        let v6 = |name| value.array::<16>(0, name).map(|bytes| IpAddr::V6(Ipv6Addr::from(*bytes)));
        let direction = &mut self.direction;
        match kind {
            1 => direction.source = Some(v4(Column::new(&"CTA_IP_V4_SRC"))?),
            2 => direction.destination = Some(v4(Column::new(&"CTA_IP_V4_DST"))?),
            3 => direction.source = Some(v6(Column::new(&"CTA_IP_V6_SRC"))?),
            4 => direction.destination = Some(v6(Column::new(&"CTA_IP_V6_DST"))?),
            _ => {}
        }
        Ok(())
    }

    fn protocol(&mut self, kind: u16, value: Payload<'_>) -> Result<(), Error> {
        let byte = |name| value.u8(0, Column::new(name));
        let number = |name| value.be16(Column::new(name));
        let direction = &mut self.direction;
        match kind {
            1 => self.protocol = Some(byte(&"CTA_PROTO_NUM")?),
            2 => direction.source_port = Some(number(&"CTA_PROTO_SRC_PORT")?),
            3 => direction.destination_port = Some(number(&"CTA_PROTO_DST_PORT")?),
            4 => direction.icmp_id = Some(number(&"CTA_PROTO_ICMP_ID")?),
            5 => direction.icmp_type = Some(byte(&"CTA_PROTO_ICMP_TYPE")?),
            6 => direction.icmp_code = Some(byte(&"CTA_PROTO_ICMP_CODE")?),
            7 => direction.icmp_id = Some(number(&"CTA_PROTO_ICMPV6_ID")?),
            8 => direction.icmp_type = Some(byte(&"CTA_PROTO_ICMPV6_TYPE")?),
            9 => direction.icmp_code = Some(byte(&"CTA_PROTO_ICMPV6_CODE")?),
            _ => {}
        }
        Ok(())
    }

    /// Adds the counters of a direction (`ctnetlink_dump_counters`; those of 32 bits until Linux
    /// 2.6.28).
    pub(super) fn add_counters(&mut self, attributes: Attributes<'_>) -> Result<(), Error> {
        let direction = &mut self.direction;
        for_each(attributes, |attribute| {
            let value = attribute.value;
            let wide = |name| value.be64(Column::new(name));
            let narrow = |name| value.be32(Column::new(name)).map(u64::from);
            match attribute.kind() {
                1 => direction.packets = Some(wide(&"CTA_COUNTERS_PACKETS")?),
                2 => direction.bytes = Some(wide(&"CTA_COUNTERS_BYTES")?),
                3 => direction.packets = Some(narrow(&"CTA_COUNTERS32_PACKETS")?),
                4 => direction.bytes = Some(narrow(&"CTA_COUNTERS32_BYTES")?),
                _ => {}
            }
            Ok(())
        })
    }

    /// The direction of a connection over a protocol.
    pub(super) fn direction(self, protocol: u8) -> Direction {
        let direction = self.direction;
        if protocol != names::GRE {
            return direction;
        }
        // The keys of GRE are sent as ports.
        Direction {
            source_key: direction.source_port,
            destination_key: direction.destination_port,
            source_port: None,
            destination_port: None,
            ..direction
        }
    }
}
