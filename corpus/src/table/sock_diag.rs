//! Socket diagnostics: datagrams of `NETLINK_SOCK_DIAG`.

pub mod check;
mod families;
#[cfg(feature = "generate")]
mod generate;
mod golden;
pub mod naive;
pub mod render;

use std::iter;

use procnet_core::ByteOrder;

use super::{Table, Variant};
use crate::{
    golden::Rows,
    render::{File, Host},
};

pub(super) use self::golden::rows_of;

pub(super) const NAME: &str = "sock_diag";
const FILE: &str = "netlink/*";

/// Datagrams of socket diagnostics, one behind the other.
pub struct SockDiag;

impl Table for SockDiag {
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

    fn print(&self, bytes: &[u8], Variant { order, .. }: Variant, _: Host) -> Option<Vec<u8>> {
        let mut printed = Vec::new();
        let (messages, whole) = naive::messages(bytes, order);
        assert!(whole, "not messages alone");
        for mut message in messages {
            if let Some(socket) = naive::inet(&message.payload, order) {
                message.payload = render::inet(&socket, order);
            } else if let Some(socket) = naive::unix(&message.payload, order) {
                message.payload = render::unix(&socket, order);
            }
            printed.extend(render::message(&message, order));
        }
        Some(printed)
    }

    fn rendered(&self, _: Host) -> Vec<File> {
        Vec::new()
    }

    #[cfg(feature = "generate")]
    fn generate(&self) -> proptest::strategy::BoxedStrategy<(Vec<u8>, Variant)> {
        generate::files()
    }

    fn cases(&self) -> u32 {
        1500
    }

    fn seeds(&self, bytes: &[u8], variant: Variant) -> Vec<Vec<u8>> {
        let seeds = datagrams_of_two(bytes, variant.order).into_iter();
        seeds.map(|seed| self.fuzz_input(&seed, variant)).collect()
    }
}

/// Two messages each, of any protocol; what is not a message is a datagram as it is.
pub(super) fn datagrams_of_two(bytes: &[u8], order: ByteOrder) -> Vec<Vec<u8>> {
    let (messages, whole) = naive::messages(bytes, order);
    let datagram = |run: &[naive::Message]| -> Vec<u8> {
        run.iter().flat_map(|message| render::message(message, order)).collect()
    };
    let rest = iter::repeat_n(bytes.to_vec(), usize::from(!whole));
    messages.chunks(2).map(datagram).chain(rest).collect()
}
