//! `/proc/net/nf_conntrack` (net/netfilter/nf_conntrack_standalone.c `ct_seq_show`): the
//! connections that are tracked. It may have a million rows.
//!
//! ```text
//! ipv4     2 tcp      6 431999 ESTABLISHED src=192.0.2.1 dst=192.0.2.2 sport=48858 dport=443
//!   src=192.0.2.2 dst=192.0.2.1 sport=443 dport=48858 [ASSURED] mark=0 zone=0 use=2
//! ```
//!
//! (One line.) Names and numbers of the two protocols, then words: seconds left, a state, and
//! `KEY=VALUE`, of which those of addresses, ports and counters stand once for each direction.
//! Which words there are depends on protocol, kernel and its configuration, so a row goes by
//! their keys; keys and words in brackets that are not known are passed over. `use` is the last
//! of them in every kernel, so a row without it was cut and is none.
//!
//! Lines of the older `/proc/net/ip_conntrack`, which have no columns of a network protocol, are
//! rows of IPv4.
//!
//! Nobody chooses any of it but who may configure the host; the `secctx` of some security
//! modules holds blanks, and reaches up to the next key that the kernel prints.

use core::net::IpAddr;

mod word;

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

/// One tracked connection. What the kernel did not print is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'a> {
    /// The network protocol: `ipv4` is 2, `ipv6` 10.
    pub network: Protocol<'a>,
    /// The transport protocol: `tcp` is 6, `udp` 17; `unknown` for those without a name.
    pub transport: Protocol<'a>,
    /// Seconds until it is forgotten; `None` while it is offloaded.
    pub timeout: Option<i64>,
    /// The state of the connection, of protocols that have one.
    pub state: Option<&'a [u8]>,
    /// Timeouts of a GRE connection, seconds: without and with an answer.
    pub gre_timeouts: Option<(u32, u32)>,
    /// What its first packet said.
    pub original: Direction,
    /// What an answer to that says; other than the reverse of it under address translation.
    pub reply: Direction,
    /// No answer was seen.
    pub unreplied: bool,
    /// It is not forgotten early when the table is full.
    pub assured: bool,
    /// Its packets go past the rules.
    pub offload: Option<Offload>,
    /// The mark that rules gave it.
    pub mark: Option<u32>,
    /// The security module's context for it.
    pub secctx: Option<&'a [u8]>,
    /// The security module's mark for it, of 2.6 kernels.
    pub secmark: Option<u32>,
    /// The zone that it is tracked in, if that is one for both directions.
    pub zone: Option<u16>,
    /// Seconds since it was first seen.
    pub delta_time: Option<u64>,
    /// Who refers to it within the kernel.
    pub uses: u32,
}

/// A protocol by name and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protocol<'a> {
    /// Its name, as printed.
    pub name: &'a [u8],
    /// Its number.
    pub number: u16,
}

/// One direction of a connection: ports of tcp, udp, sctp and dccp, or what other protocols
/// have in their place.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Direction {
    /// Where packets come from.
    pub source: Option<IpAddr>,
    /// Where packets go.
    pub destination: Option<IpAddr>,
    /// The port that they come from.
    pub source_port: Option<u16>,
    /// The port that they go to.
    pub destination_port: Option<u16>,
    /// The type of an ICMP message.
    pub icmp_type: Option<u8>,
    /// The code of an ICMP message.
    pub icmp_code: Option<u8>,
    /// The identifier of an ICMP message.
    pub icmp_id: Option<u16>,
    /// The GRE key of the source.
    pub source_key: Option<u16>,
    /// The GRE key of the destination.
    pub destination_key: Option<u16>,
    /// The zone of this direction, if the two differ.
    pub zone: Option<u16>,
    /// Packets seen, where they are counted.
    pub packets: Option<u64>,
    /// Bytes seen, where they are counted.
    pub bytes: Option<u64>,
}

/// What takes packets past the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Offload {
    /// A flow table of the kernel.
    Software,
    /// The device.
    Hardware,
}

impl<'a> Row<'a> {
    /// Decodes a line.
    ///
    /// # Errors
    ///
    /// If a column is missing, not of the kernel's form, or there once too often.
    pub fn decode(line: &'a [u8]) -> Result<Row<'a>, Error> {
        let mut fields = Fields::new(line, 0);
        let (network, transport) = protocols(&mut fields)?;
        let mut words = word::Words::new(Row::new(network, transport));
        let ahead = fields;
        match fields.next_if_any(TIMEOUT) {
            Some(field) if field.bytes.first().is_some_and(starts_number) => {
                words.row.timeout = Some(field.signed64()?);
            }
            _ => fields = ahead,
        }
        while let Some(field) = fields.next_if_any(STATE) {
            words.take(field, &mut fields)?;
        }
        words.finish(line)
    }

    fn new(network: Protocol<'a>, transport: Protocol<'a>) -> Row<'a> {
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

/// The network protocol, which ip_conntrack leaves out, and the transport protocol.
fn protocols<'a>(fields: &mut Fields<'a>) -> Result<(Protocol<'a>, Protocol<'a>), Error> {
    let name = named(fields.next(NETWORK)?)?;
    let number = fields.next(NETWORK_NUMBER)?.decimal16()?;
    let first = Protocol { name, number };
    let ahead = *fields;
    let name = fields.next(TRANSPORT)?.bytes;
    if name.first().is_some_and(starts_number) {
        *fields = ahead;
        return Ok((Protocol { name: b"ipv4", number: 2 }, first));
    }
    let number = fields.next(TRANSPORT_NUMBER)?.decimal16()?;
    Ok((first, Protocol { name, number }))
}

/// The name of a protocol: no kernel knows one that begins like a number, and where one would stand
/// is how the two forms of a line are told apart.
fn named(field: Field<'_>) -> Result<&[u8], Error> {
    let starts = field.bytes.first().is_some_and(starts_number);
    if starts { Err(field.error(ErrorKind::Unexpected, 0)) } else { Ok(field.bytes) }
}

/// An error about a column that the line does not have.
fn missing(column: Column, line: &[u8]) -> Error {
    Error::new(ErrorKind::Missing, column, line.len())
}
