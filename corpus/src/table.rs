//! The list of tables: every file format that is decoded, with all that its decoder is tested by.
//!
//! A new table is a module here, and a line in [`ALL`]. Most tables have a row per line and implement
//! [`LineTable`]; those that are decoded as whole files are a [`FileTable`]; the others implement
//! [`Table`]. The modules of a table:
//!
//! - `naive`: a decoder that shares no code with procnet-core;
//! - `render`: the table as kernels print it;
//! - `capture`: its files in the rendered captures;
//! - `generate`: random files for proptest (feature `generate`);
//! - and, unless it is a [`LineTable`], `check`: its properties.

mod file_table;
mod line_table;

pub mod arp;
pub mod conntrack;
pub mod ctnetlink;
pub mod dev;
pub mod if_inet6;
pub mod igmp;
pub mod igmp6;
pub mod inet;
pub mod ipv6_route;
pub mod netlink;
pub mod nf_conntrack;
pub mod packet;
pub mod process;
pub mod protocols;
pub mod ptype;
pub mod route;
pub mod snmp;
pub mod snmp6;
pub mod sock_diag;
pub mod sockstat;
pub mod softnet;
pub mod unix;
pub mod wireless;

use procnet_core::ByteOrder;
#[cfg(feature = "generate")]
use proptest::strategy::BoxedStrategy;

pub use self::{
    file_table::FileTable,
    line_table::{CoreRow, LineTable},
};
use crate::{
    check,
    golden::Rows,
    render::{File, Host},
};

/// All tables.
pub static ALL: [&dyn Table; 25] = [
    &arp::Arp,
    &conntrack::CONNTRACK,
    &ctnetlink::Ctnetlink,
    &dev::Dev,
    &if_inet6::IfInet6,
    &igmp::Igmp,
    &igmp6::Igmp6,
    &inet::Inet,
    &ipv6_route::Ipv6Route,
    &netlink::Netlink,
    &nf_conntrack::NfConntrack,
    &packet::Packet,
    &process::LINK,
    &process::STAT,
    &process::STATUS,
    &protocols::PROTOCOLS,
    &ptype::Ptype,
    &route::Route,
    &snmp::SNMP,
    &snmp6::Snmp6,
    &sock_diag::SockDiag,
    &sockstat::SOCKSTAT,
    &softnet::SOFTNET,
    &unix::Unix,
    &wireless::Wireless,
];

/// A file format, and all that its decoder is tested by.
pub trait Table: Sync {
    /// Its name: of its fuzz target, and of its folders in `malformed/`, `pathological/` and
    /// `regressions/`.
    fn name(&self) -> &'static str;

    /// The files of this format, by the end of their path in a capture; `*` is any name.
    fn files(&self) -> &'static [&'static str];

    /// Whether rows are decoded by the byte order of the host.
    fn depends_on_byte_order(&self) -> bool {
        false
    }

    /// Asserts every property of the decoder for a file.
    fn check(&self, bytes: &[u8], variant: Variant);

    /// The rows of a file in words, as the golden files contain them.
    fn rows(&self, bytes: &[u8], variant: Variant) -> Rows;

    /// A file decoded and printed again by a host, or `None` if only a part of it is decoded.
    fn print(&self, bytes: &[u8], variant: Variant, host: Host) -> Option<Vec<u8>>;

    /// The files of this format in the rendered capture of a host.
    fn rendered(&self, host: Host) -> Vec<File>;

    /// Random files, as kernels print them.
    #[cfg(feature = "generate")]
    fn generate(&self) -> BoxedStrategy<(Vec<u8>, Variant)>;

    /// How many random files the property tests take.
    fn cases(&self) -> u32 {
        1000
    }

    /// How many lines a sample of a file needs: headings and one row.
    fn sample(&self) -> usize {
        3
    }

    /// The input by which a fuzz target reads a file: one byte for the byte order if that matters,
    /// then the file.
    fn fuzz_input(&self, bytes: &[u8], variant: Variant) -> Vec<u8> {
        let order = self.depends_on_byte_order().then_some(u8::from(variant.is_big_endian()));
        order.into_iter().chain(bytes.iter().copied()).collect()
    }

    /// The fuzz target; takes what [`fuzz_input`](Table::fuzz_input) returns.
    fn fuzz(&self, input: &[u8]) {
        let file = self.files()[0];
        if !self.depends_on_byte_order() {
            self.check(input, Variant { file, order: ByteOrder::NATIVE });
        } else if let Some((first, bytes)) = input.split_first() {
            self.check(bytes, Variant { file, order: Variant::order_of(*first) });
        }
    }

    /// Seeds for the fuzz target from a file: runs of a few lines, which a fuzzer mutates best.
    fn seeds(&self, bytes: &[u8], variant: Variant) -> Vec<Vec<u8>> {
        let runs = file_table::runs::<3>(bytes).into_iter();
        runs.map(|run| self.fuzz_input(&run, variant)).collect()
    }
}

/// Which of a table's files it is, and which host printed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variant {
    /// One of [`Table::files`].
    pub file: &'static str,
    /// The byte order of the host.
    pub order: ByteOrder,
}

impl Variant {
    /// Whether the host is big-endian.
    #[must_use]
    pub fn is_big_endian(self) -> bool {
        self.order == ByteOrder::Big
    }

    /// The byte order that the first byte of a fuzz target's input chooses.
    #[must_use]
    pub fn order_of(byte: u8) -> ByteOrder {
        if byte & 1 == 0 { ByteOrder::Little } else { ByteOrder::Big }
    }
}

/// The table of a path: of a file in a capture (`net/tcp`, `7/status`), or of a folder in
/// `malformed/` or `pathological/`, which has the name of a table or of one of its files.
#[must_use]
pub fn find(path: &str, order: ByteOrder) -> Option<(&'static dyn Table, Variant)> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let files =
        || ALL.into_iter().flat_map(|table| table.files().iter().map(move |file| (table, *file)));
    let (table, file) = files()
        .find(|(_, file)| ends_with(path, file))
        .or_else(|| files().find(|(table, _)| table.name() == name))
        .or_else(|| files().find(|(_, file)| ends_with(file, name)))?;
    Some((table, Variant { file, order }))
}

/// Whether the last parts of a path are those of `end`.
fn ends_with(path: &str, end: &str) -> bool {
    let mut parts = path.rsplit('/');
    end.rsplit('/')
        .all(|expected| parts.next().is_some_and(|part| part == expected || expected == "*"))
}

/// Asserts every property of a file: those of its decoder, of lines in a window, and of escapes.
pub fn check(table: &dyn Table, bytes: &[u8], variant: Variant) {
    table.check(bytes, variant);
    if [sock_diag::NAME, ctnetlink::NAME].contains(&table.name()) {
        // Datagrams have no lines.
        return;
    }
    // Windows over long files take too long at every split.
    if bytes.len() < 1 << 14 {
        check::window::every(bytes);
    }
    check::escape::bytes(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_found_by_its_path_and_every_table_by_its_name() {
        for table in ALL {
            let by_name = find(table.name(), ByteOrder::Little).expect("a table");
            assert_eq!(by_name.0.name(), table.name());
            for file in table.files() {
                let path = format!("somewhere/{}", file.replace('*', "any"));
                let (found, variant) = find(&path, ByteOrder::Little).expect("a table");
                assert_eq!((found.name(), variant.file), (table.name(), *file));
            }
        }
        let name = |path: &str| find(path, ByteOrder::Big).map(|(table, _)| table.name());
        assert_eq!(name("malformed/tcp6"), Some("inet"));
        assert_eq!(name("malformed/softnet_stat"), Some("softnet"));
        assert_eq!(name("ORIGIN"), None);
    }
}
