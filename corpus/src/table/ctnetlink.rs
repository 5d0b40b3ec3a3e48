//! Connection tracking over netlink: datagrams of `NETLINK_NETFILTER`.

pub mod check;
#[cfg(feature = "generate")]
mod generate;
mod golden;
pub mod naive;
pub mod render;

use super::{Table, Variant, sock_diag::datagrams_of_two};
use crate::{
    golden::Rows,
    render::{File, Host},
};

pub(super) const NAME: &str = "ctnetlink";
const FILE: &str = "ctnetlink/*";

/// Datagrams of connection tracking, one behind the other.
pub struct Ctnetlink;

impl Table for Ctnetlink {
    fn name(&self) -> &'static str {
        NAME
    }

    fn files(&self) -> &'static [&'static str] {
        &[FILE]
    }

    fn depends_on_byte_order(&self) -> bool {
        true
    }

    fn check(&self, bytes: &[u8], variant: Variant) {
        check::datagram(bytes, variant.order);
    }

    fn rows(&self, bytes: &[u8], variant: Variant) -> Rows {
        golden::rows(bytes, variant.order)
    }

    /// Of a connection, only a part is decoded.
    fn print(&self, _: &[u8], _: Variant, _: Host) -> Option<Vec<u8>> {
        None
    }

    fn rendered(&self, _: Host) -> Vec<File> {
        Vec::new()
    }

    #[cfg(feature = "generate")]
    fn generate(&self) -> proptest::strategy::BoxedStrategy<(Vec<u8>, Variant)> {
        generate::files()
    }

    fn seeds(&self, bytes: &[u8], variant: Variant) -> Vec<Vec<u8>> {
        let seeds = datagrams_of_two(bytes, variant.order).into_iter();
        seeds.map(|seed| self.fuzz_input(&seed, variant)).collect()
    }
}
