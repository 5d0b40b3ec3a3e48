//! `procnet decode`.

use std::path::PathBuf;

use clap::{
    ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _, ValueParser},
};
use procnet::{Kind, decode::ByteOrder};

use super::Printing;
use crate::command::decode::Decodable;

const EXAMPLES: &str = "\
Examples:
  procnet decode tcp6 capture.txt
  ssh host cat /proc/net/tcp | procnet decode tcp -
  procnet decode udp --byte-order big s390x.txt --format ndjson
  ss -D tcp.diag; procnet decode diag tcp.diag

A malformed row is reported on standard error, as FILE: line L, column C, and
skipped; a malformed message as FILE: byte B.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Decode {
    /// The table: its name under /proc/net; or diag, for the messages of sock_diag that `procnet -D` and
    /// `ss -D` write
    #[arg(value_name = "TABLE", value_parser = tables())]
    pub(crate) table: Decodable,
    /// The captured file; - for standard input
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// Byte order of the host it was captured on
    #[arg(long, value_enum, value_name = "ORDER", default_value_t = Order::NATIVE)]
    pub(crate) byte_order: Order,
    /// Of diag: the protocol that was asked for, which messages do not say [default: tcp]
    #[arg(long, value_enum, value_name = "PROTOCOL")]
    pub(crate) protocol: Option<DiagProtocol>,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

fn tables() -> ValueParser {
    let values = Decodable::all().map(|table| {
        let (name, aliases) = table.names();
        PossibleValue::new(name).aliases(aliases)
    });
    let find = |name: String| {
        let matches = |table: &Decodable| {
            let (first, aliases) = table.names();
            first == name || aliases.contains(&&*name)
        };
        Decodable::all().find(matches).ok_or("not a table")
    };
    PossibleValuesParser::new(values).try_map(find).into()
}

/// A protocol of which sock_diag sends messages of the same form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DiagProtocol {
    Tcp,
    Udp,
    Udplite,
    Raw,
}

impl From<DiagProtocol> for Kind {
    fn from(protocol: DiagProtocol) -> Kind {
        match protocol {
            DiagProtocol::Tcp => Kind::Tcp,
            DiagProtocol::Udp => Kind::Udp,
            DiagProtocol::Udplite => Kind::UdpLite,
            DiagProtocol::Raw => Kind::Raw,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Order {
    Little,
    Big,
}

impl Order {
    const NATIVE: Order = match ByteOrder::NATIVE {
        ByteOrder::Little => Order::Little,
        ByteOrder::Big => Order::Big,
    };
}

impl From<Order> for ByteOrder {
    fn from(order: Order) -> ByteOrder {
        match order {
            Order::Little => ByteOrder::Little,
            Order::Big => ByteOrder::Big,
        }
    }
}
