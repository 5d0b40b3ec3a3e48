//! `procnet decode`.

use std::path::PathBuf;

use clap::{
    ValueEnum,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser as _, ValueParser},
};
use procnet::ByteOrder;

use super::Printing;
use crate::command::decode;

const EXAMPLES: &str = "\
Examples:
  procnet decode tcp6 capture.txt
  ssh host cat /proc/net/tcp | procnet decode tcp -
  procnet decode udp --byte-order big s390x.txt --format ndjson

A row that does not decode is named on standard error, as FILE: line L,
column C; the others are still printed.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Decode {
    /// Which table it is, named as under /proc/net.
    #[arg(value_name = "KIND", value_parser = tables())]
    pub(crate) table: &'static decode::Table,
    /// The captured table; `-` is standard input.
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub(crate) file: PathBuf,
    /// The byte order of the host that printed it.
    #[arg(long, value_enum, value_name = "ORDER", default_value_t = Order::NATIVE)]
    pub(crate) byte_order: Order,
    #[command(flatten)]
    pub(crate) printing: Printing,
}

fn tables() -> ValueParser {
    let values = decode::TABLES.iter().map(|table| {
        let value = PossibleValue::new(table.name);
        value.aliases(table.aliases)
    });
    let find = |name: String| decode::Table::find(&name).ok_or("not a table");
    PossibleValuesParser::new(values).try_map(find).into()
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
