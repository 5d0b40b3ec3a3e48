//! Random files, trees and filters: as kernels print them, and with errors in them. Those of a
//! table are in its own module.

mod filter;
mod mutate;
mod proc_tree;
mod row;
pub mod ss;
mod values;

use procnet_core::ByteOrder;

pub(crate) use self::row::{RandomValues, line_table};
pub use self::{
    filter::{expression, sockets},
    mutate::mutated,
    proc_tree::case,
    values::{edges32, edges64, host, name},
};
use crate::table::Variant;

/// A file whose rows do not depend on the host's byte order.
pub(crate) fn in_file(file: &'static str) -> impl Fn(Vec<u8>) -> (Vec<u8>, Variant) {
    move |bytes| (bytes, Variant { file, order: ByteOrder::NATIVE })
}
