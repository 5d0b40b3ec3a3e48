//! A tracked connection (net/netfilter/nf_conntrack_netlink.c `ctnetlink_fill_info`).

use super::{Attributes, for_each, header, names, tuple::Tuple};
use crate::{
    Column, Error, ErrorKind,
    netlink::Payload,
    network::nf_conntrack::{Direction, Offload, Protocol, Row},
};

const ORIGINAL: Column = Column::new(&"CTA_TUPLE_ORIG");
const REPLY: Column = Column::new(&"CTA_TUPLE_REPLY");
const PROTOCOL: Column = Column::new(&"CTA_PROTO_NUM");
const STATUS: Column = Column::new(&"CTA_STATUS");
const USE: Column = Column::new(&"CTA_USE");

/// Bits of `CTA_STATUS` (include/uapi/linux/netfilter/nf_conntrack_common.h `ip_conntrack_status`).
const SEEN_REPLY: u32 = 1 << 1;
const ASSURED: u32 = 1 << 2;
const OFFLOAD: u32 = 1 << 14;
const HW_OFFLOAD: u32 = 1 << 15;

/// A tracked connection: the record of a row of `/proc/net/nf_conntrack`, and what has no place in
/// one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection<'a> {
    /// The record.
    ///
    /// [`mark`](Row::mark) and [`zone`](Row::zone) are 0 where the kernel sends none, as it leaves
    /// out those that are 0; [`uses`](Row::uses) does not include the reader's own reference. Always
    /// `None` are [`gre_timeouts`](Row::gre_timeouts), which are not sent, and
    /// [`delta_time`](Row::delta_time), which is the time since [`started`](Connection::started).
    pub row: Row<'a>,
    /// When the connection was first seen (`CTA_TIMESTAMP_START`), in nanoseconds since 1970
    /// (`CLOCK_REALTIME`), if the kernel records that (`net.netfilter.nf_conntrack_timestamp`).
    pub started: Option<u64>,
    /// The number of the entry (`CTA_ID`): unique among those that exist at the same time.
    pub id: Option<u32>,
}

impl<'a> Connection<'a> {
    /// Decodes the payload of a message.
    ///
    /// ```
    /// use procnet_core::{ByteOrder, netlink::{Payload, ctnetlink::Connection}};
    ///
    /// fn attribute(kind: u8, value: &[u8]) -> Vec<u8> {
    ///     let mut bytes = vec![4 + value.len() as u8, 0, kind, 0];
    ///     bytes.extend(value);
    ///     bytes.resize(bytes.len().next_multiple_of(4), 0);
    ///     bytes
    /// }
    /// let ends = [attribute(1, &[192, 0, 2, 1]), attribute(2, &[192, 0, 2, 2])].concat();
    /// let tuple = [attribute(1, &ends), attribute(2, &attribute(1, &[17]))].concat();
    /// let status = attribute(3, &8_u32.to_be_bytes());
    /// let uses = attribute(11, &1_u32.to_be_bytes());
    /// let header = vec![2, 0, 0, 0]; // AF_INET
    /// let message = [header, attribute(1, &tuple), attribute(2, &tuple), status, uses].concat();
    ///
    /// let connection = Connection::decode(Payload::of(&message, ByteOrder::Little))?;
    /// assert_eq!(connection.row.transport.name, b"udp");
    /// assert_eq!(connection.row.original.source.unwrap().to_string(), "192.0.2.1");
    /// assert!(connection.row.unreplied);
    /// # Ok::<(), procnet_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If an attribute that every kernel sends is missing, or one is malformed.
    pub fn decode(payload: Payload<'a>) -> Result<Connection<'a>, Error> {
        let (family, _, attributes) = header(payload)?;
        let mut message = Message::default();
        message.add(attributes)?;
        message.connection(family, payload)
    }
}

/// What the attributes of a message contain.
#[derive(Debug, Default)]
struct Message<'a> {
    original: Option<Tuple>,
    reply: Option<Tuple>,
    status: Option<u32>,
    state: Option<&'static [u8]>,
    timeout: Option<u32>,
    mark: Option<u32>,
    uses: Option<u32>,
    id: Option<u32>,
    secmark: Option<u32>,
    zone: Option<u16>,
    secctx: Option<&'a [u8]>,
    started: Option<u64>,
}

impl<'a> Message<'a> {
    fn add(&mut self, attributes: Attributes<'a>) -> Result<(), Error> {
        for_each(attributes, |attribute| {
            let (value, nested) = (attribute.value, attribute.nested());
            let number = |name| value.be32(Column::new(name)).map(Some);
            match attribute.kind() {
                1 => self.original.get_or_insert_default().add(nested)?,
                2 => self.reply.get_or_insert_default().add(nested)?,
                3 => self.status = number(&"CTA_STATUS")?,
                4 => self.protocol_info(nested)?,
                7 => self.timeout = number(&"CTA_TIMEOUT")?,
                8 => self.mark = number(&"CTA_MARK")?,
                9 => self.original.get_or_insert_default().add_counters(nested)?,
                10 => self.reply.get_or_insert_default().add_counters(nested)?,
                11 => self.uses = number(&"CTA_USE")?,
                12 => self.id = number(&"CTA_ID")?,
                17 => self.secmark = number(&"CTA_SECMARK")?,
                18 => self.zone = Some(value.be16(Column::new(&"CTA_ZONE"))?),
                19 => self.security_context(nested)?,
                20 => self.timestamp(nested)?,
                _ => {}
            }
            Ok(())
        })
    }

    /// `CTA_PROTOINFO`: the state, of protocols that have one.
    fn protocol_info(&mut self, attributes: Attributes<'a>) -> Result<(), Error> {
        for_each(attributes, |attribute| {
            let (states, name): (&[&'static [u8]], _) = match attribute.kind() {
                1 => (&names::TCP, Column::new(&"CTA_PROTOINFO_TCP_STATE")),
                2 => (&names::DCCP, Column::new(&"CTA_PROTOINFO_DCCP_STATE")),
                3 => (&names::SCTP, Column::new(&"CTA_PROTOINFO_SCTP_STATE")),
                _ => return Ok(()),
            };
            for_each(attribute.nested(), |part| {
                if part.kind() == 1 {
                    let state = part.value.u8(0, name)?;
                    self.state = states.get(usize::from(state)).copied();
                }
                Ok(())
            })
        })
    }

    /// `CTA_SECCTX`: a string that ends with a NUL.
    fn security_context(&mut self, attributes: Attributes<'a>) -> Result<(), Error> {
        for_each(attributes, |attribute| {
            if attribute.kind() == 1 {
                self.secctx = attribute.value.as_bytes().split(|byte| *byte == 0).next();
            }
            Ok(())
        })
    }

    fn timestamp(&mut self, attributes: Attributes<'a>) -> Result<(), Error> {
        for_each(attributes, |attribute| {
            if attribute.kind() == 1 {
                self.started = Some(attribute.value.be64(Column::new(&"CTA_TIMESTAMP_START"))?);
            }
            Ok(())
        })
    }

    fn connection(self, family: u8, payload: Payload<'a>) -> Result<Connection<'a>, Error> {
        let missing = |column| payload.error(ErrorKind::Missing, column, usize::MAX);
        let original = self.original.ok_or_else(|| missing(ORIGINAL))?;
        let reply = self.reply.ok_or_else(|| missing(REPLY))?;
        let protocol = original.protocol.ok_or_else(|| missing(PROTOCOL))?;
        let status = self.status.ok_or_else(|| missing(STATUS))?;
        let uses = self.uses.ok_or_else(|| missing(USE))?;
        let (original, reply) = (original.direction(protocol), reply.direction(protocol));
        // Network protocols that the kernel has no name for have no addresses.
        if matches!(family, 2 | 10) {
            let is_whole = |of: &Direction| of.source.is_some() && of.destination.is_some();
            is_whole(&original).then_some(()).ok_or_else(|| missing(ORIGINAL))?;
            is_whole(&reply).then_some(()).ok_or_else(|| missing(REPLY))?;
        }
        let has_zones = original.zone.is_some() || reply.zone.is_some();
        let row = Row {
            timeout: self.timeout.map(i64::from),
            state: self.state,
            original,
            reply,
            unreplied: status & SEEN_REPLY == 0,
            assured: status & ASSURED != 0,
            offload: match (status & HW_OFFLOAD != 0, status & OFFLOAD != 0) {
                (true, _) => Some(Offload::Hardware),
                (false, true) => Some(Offload::Software),
                (false, false) => None,
            },
            mark: Some(self.mark.unwrap_or(0)),
            secctx: self.secctx,
            secmark: self.secmark,
            zone: self.zone.or((!has_zones).then_some(0)),
            uses,
            ..Row::new(
                Protocol { name: names::network(family), number: family.into() },
                Protocol { name: names::transport(protocol), number: protocol.into() },
            )
        };
        Ok(Connection { row, started: self.started, id: self.id })
    }
}
