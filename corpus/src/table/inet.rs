//! tcp, udp, udplite, raw and icmp, each for IPv4 and IPv6: `/proc/net/tcp` and nine others.

mod capture;
pub mod check;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use procnet_core::{
    ByteOrder, Error,
    escape::Escaped,
    table::inet::{Family, Row, Table as Core, Tail},
};

#[cfg(feature = "generate")]
pub use self::generate::inet_record;
use self::render::Kind;
use super::{Table, Variant};
use crate::{
    golden::{Rows, shown},
    render::{File, Host},
};

/// The ten tables of inet sockets.
pub struct Inet;

impl Table for Inet {
    fn name(&self) -> &'static str {
        "inet"
    }

    fn files(&self) -> &'static [&'static str] {
        &render::FILES
    }

    fn depends_on_byte_order(&self) -> bool {
        true
    }

    fn check(&self, bytes: &[u8], variant: Variant) {
        check::file(bytes, core(variant));
    }

    fn rows(&self, bytes: &[u8], variant: Variant) -> Rows {
        let mut found = Rows::new();
        let mut rows = core(variant).rows(bytes);
        while let Some(row) = rows.next() {
            found.push((rows.line(), row.and_then(|row| words(&row))));
        }
        found
    }

    fn print(&self, bytes: &[u8], variant: Variant, host: Host) -> Option<Vec<u8>> {
        let kind = kind(variant);
        let mut printed = render::heading(host, kind).into_bytes();
        for row in core(variant).rows(bytes) {
            let row = row.expect("a row");
            let record = row.record().expect("a record");
            printed.extend(render::row(host, kind, &record, row.pointer().expect("a pointer")));
        }
        Some(printed)
    }

    fn rendered(&self, host: Host) -> Vec<File> {
        let kinds = Kind::ALL.into_iter().filter(|kind| kind.is_in(host.kernel));
        kinds.map(|kind| (kind.path().to_owned(), capture::table(host, kind))).collect()
    }

    #[cfg(feature = "generate")]
    fn generate(&self) -> proptest::strategy::BoxedStrategy<(Vec<u8>, Variant)> {
        generate::files()
    }

    fn cases(&self) -> u32 {
        2000
    }

    /// The first byte selects the decoder: bit 0 IPv6, bit 1 datagrams, bit 2 big-endian.
    fn fuzz_input(&self, bytes: &[u8], variant: Variant) -> Vec<u8> {
        [&[choice(core(variant))], bytes].concat()
    }

    fn fuzz(&self, input: &[u8]) {
        if let Some((choice, bytes)) = input.split_first() {
            check::file(bytes, chosen(*choice));
        }
    }
}

fn kind(variant: Variant) -> Kind {
    Kind::of(variant.file).expect("a table of inet sockets")
}

fn core(variant: Variant) -> Core {
    kind(variant).table(variant.order)
}

/// The byte that chooses a decoder in the input of the fuzz target.
fn choice(table: Core) -> u8 {
    u8::from(table.family == Family::V6)
        | u8::from(table.tail == Tail::Datagram) << 1
        | u8::from(table.order == ByteOrder::Big) << 2
}

fn chosen(choice: u8) -> Core {
    Core {
        family: if choice & 1 == 0 { Family::V4 } else { Family::V6 },
        tail: if choice & 2 == 0 { Tail::Tcp } else { Tail::Datagram },
        order: if choice & 4 == 0 { ByteOrder::Little } else { ByteOrder::Big },
    }
}

fn words(row: &Row<'_>) -> Result<String, Error> {
    let record = row.record()?;
    let inode = shown(record.inode);
    let pointer = Escaped(row.pointer()?);
    let mut text = format!(
        "{} local={} remote={} {} tx={} rx={} timer={}/{} retransmits={} uid={} timeout={} \
         inode={inode} refs={} pointer={pointer}",
        record.slot,
        record.local,
        record.remote,
        record.state,
        record.tx_queue,
        record.rx_queue,
        record.timer,
        record.timer_ticks,
        record.retransmits,
        record.uid,
        record.timeout,
        record.refs,
    );
    if let Some(drops) = record.drops {
        text.push_str(&format!(" drops={drops}"));
    }
    if let Some(tail) = record.tcp {
        text.push_str(&format!(
            " rto={} ato={} quick={} cwnd={} ssthresh={}",
            tail.rto, tail.ato, tail.quick_pingpong, tail.cwnd, tail.ssthresh
        ));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_of_a_decoder_round_trips() {
        for byte in 0..8 {
            assert_eq!(choice(chosen(byte)), byte);
        }
    }

    #[test]
    fn each_table_has_the_path_of_its_name() {
        for kind in Kind::ALL {
            assert_eq!(format!("{kind:?}").to_lowercase(), kind.file());
            assert_eq!(Kind::of(kind.path()), Some(kind));
        }
    }
}
