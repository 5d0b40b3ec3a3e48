//! `/proc/net/nf_conntrack` (net/netfilter/nf_conntrack_standalone.c `ct_seq_show`):
//! tracked connections. It may have a million rows.
//!
//! ```text
//! ipv4     2 tcp      6 431999 ESTABLISHED src=192.0.2.1 dst=192.0.2.2 sport=48858 dport=443
//!   src=192.0.2.2 dst=192.0.2.1 sport=443 dport=48858 [ASSURED] mark=0 zone=0 use=2
//! ```
//!
//! (This is one line.) The names and numbers of the two protocols are followed by tokens: the
//! remaining seconds, a state, flags in brackets, and `KEY=VALUE`, where addresses, ports and
//! counters appear once per direction. Which tokens there are depends on the protocol, the kernel
//! and its configuration, so values are identified by their keys; unknown keys, words and flags are
//! ignored. `use` is the last key in every kernel, so a row without it is truncated and an error, and
//! whatever vendors print after it is ignored.
//!
//! Lines of the older `/proc/net/ip_conntrack`, which have no columns for the network protocol,
//! decode as IPv4.
//!
//! Only an administrator of the host can influence the text. The `secctx` of some security
//! modules contains blanks; it extends to the next key that the kernel prints.

use core::net::IpAddr;

mod builder;

use crate::{
    Column, Error, ErrorKind,
    field::{Field, Fields},
    table::impl_table,
};

const NETWORK: Column = Column::new(&"network protocol");
const NETWORK_NUMBER: Column = Column::new(&"network protocol number");
const TRANSPORT: Column = Column::new(&"transport protocol");
const TRANSPORT_NUMBER: Column = Column::new(&"transport protocol number");
const TIMEOUT: Column = Column::new(&"timeout");
const STATE: Column = Column::new(&"state");

/// The table of tracked connections.
///
/// ```
/// use procnet_core::network::nf_conntrack;
///
/// let file = b"ipv4     2 tcp      6 431999 ESTABLISHED src=192.0.2.1 dst=192.0.2.2 \
///     sport=48858 dport=443 src=192.0.2.2 dst=192.0.2.1 sport=443 dport=48858 [ASSURED] use=2\n";
/// let row = nf_conntrack::Table.rows(file).next().unwrap()?;
/// assert_eq!((row.transport.name, row.state), (&b"tcp"[..], Some(&b"ESTABLISHED"[..])));
/// assert_eq!(row.original.destination_port, Some(443));
/// assert_eq!(row.reply.source.unwrap().to_string(), "192.0.2.2");
/// assert!(row.assured && !row.unreplied);
/// # Ok::<(), procnet_core::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Table;

impl_table! { Table: |_, line| Row::decode(line) }

/// One tracked connection. Fields that the kernel did not print are `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The network protocol: `ipv4` is 2, `ipv6` is 10.
    pub network: Protocol<'a>,
    /// The transport protocol: `tcp` is 6, `udp` is 17; `unknown` if the kernel has no name for it.
    pub transport: Protocol<'a>,
    /// The seconds until the entry expires; `None` while the connection is offloaded.
    pub timeout: Option<i64>,
    /// The state of the connection, for protocols that have one.
    pub state: Option<&'a [u8]>,
    /// The timeouts of a GRE connection, in seconds: unreplied, and replied (stream).
    pub gre_timeouts: Option<(u32, u32)>,
    /// The original direction: that of the first packet.
    pub original: Direction,
    /// The expected reply direction; with address translation not the reverse of the original.
    pub reply: Direction,
    /// No reply has been seen.
    pub unreplied: bool,
    /// The entry is not dropped early if the table is full.
    pub assured: bool,
    /// Whether its packets bypass the rules, and where.
    pub offload: Option<Offload>,
    /// The connection mark.
    pub mark: Option<u32>,
    /// The security context.
    pub secctx: Option<&'a [u8]>,
    /// The security mark, in 2.6 kernels.
    pub secmark: Option<u32>,
    /// The conntrack zone, if it is the same for both directions.
    pub zone: Option<u16>,
    /// The age of the connection, in seconds.
    pub delta_time: Option<u64>,
    /// The reference count.
    pub uses: u32,
}

/// A protocol, by name and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocol<'a> {
    /// The name, as printed.
    pub name: &'a [u8],
    /// The number.
    pub number: u16,
}

/// One direction of a connection: addresses, and ports (tcp, udp, sctp, dccp) or the
/// corresponding values of other protocols.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Direction {
    /// The source address.
    pub source: Option<IpAddr>,
    /// The destination address.
    pub destination: Option<IpAddr>,
    /// The source port.
    pub source_port: Option<u16>,
    /// The destination port.
    pub destination_port: Option<u16>,
    /// The ICMP type.
    pub icmp_type: Option<u8>,
    /// The ICMP code.
    pub icmp_code: Option<u8>,
    /// The ICMP identifier.
    pub icmp_id: Option<u16>,
    /// The source GRE key.
    pub source_key: Option<u16>,
    /// The destination GRE key.
    pub destination_key: Option<u16>,
    /// The conntrack zone of this direction, if the two differ.
    pub zone: Option<u16>,
    /// The number of packets, if accounting is enabled.
    pub packets: Option<u64>,
    /// The number of bytes, if accounting is enabled.
    pub bytes: Option<u64>,
}

/// Where an offloaded connection is handled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Offload {
    /// In a flow table of the kernel.
    Software,
    /// In the device.
    Hardware,
}

impl<'a> Row<'a> {
    /// Decodes a line.
    ///
    /// # Errors
    ///
    /// If a column is missing, malformed or repeated.
    pub fn decode(line: &'a [u8]) -> Result<Row<'a>, Error> {
        let mut fields = Fields::new(line, 0);
        let (network, transport) = protocols(&mut fields)?;
        let mut builder = builder::RowBuilder::new(Row::new(network, transport));
        let before = fields;
        match fields.next_if_any(TIMEOUT) {
            Some(field) if field.bytes.first().is_some_and(starts_number) => {
                builder.row.timeout = Some(field.signed64()?);
            }
            _ => fields = before,
        }
        while let Some(field) = fields.next_if_any(STATE) {
            builder.token(field, &mut fields)?;
        }
        builder.finish(line)
    }

    /// A row with its protocols alone.
    pub(crate) fn new(network: Protocol<'a>, transport: Protocol<'a>) -> Row<'a> {
        Row {
            network,
            transport,
            timeout: None,
            state: None,
            gre_timeouts: None,
            original: Direction::default(),
            reply: Direction::default(),
            unreplied: false,
            assured: false,
            offload: None,
            mark: None,
            secctx: None,
            secmark: None,
            zone: None,
            delta_time: None,
            uses: 0,
        }
    }
}

fn starts_number(byte: &u8) -> bool {
    byte.is_ascii_digit() || *byte == b'-'
}

/// The network protocol, which ip_conntrack omits, and the transport protocol.
fn protocols<'a>(fields: &mut Fields<'a>) -> Result<(Protocol<'a>, Protocol<'a>), Error> {
    let name = protocol_name(fields.next(NETWORK)?)?;
    let number = fields.next(NETWORK_NUMBER)?.decimal16()?;
    let first = Protocol { name, number };
    let before = *fields;
    let name = fields.next(TRANSPORT)?.bytes;
    if name.first().is_some_and(starts_number) {
        *fields = before;
        return Ok((Protocol { name: b"ipv4", number: 2 }, first));
    }
    let number = fields.next(TRANSPORT_NUMBER)?.decimal16()?;
    Ok((first, Protocol { name, number }))
}

/// The name of a protocol. No name starts like a number, which is how the two formats of a line are
/// distinguished.
fn protocol_name(field: Field<'_>) -> Result<&[u8], Error> {
    let starts = field.bytes.first().is_some_and(starts_number);
    if starts { Err(field.error(ErrorKind::Unexpected, 0)) } else { Ok(field.bytes) }
}

/// The error for a column that the line does not have.
fn missing(column: Column, line: &[u8]) -> Error {
    Error::new(ErrorKind::Missing, column, line.len())
}
