//! Decoders of the tables in `procnet_core::network`.

use core::hint::black_box;

use procnet_core::{
    ByteOrder,
    network::{arp, if_inet6, igmp, igmp6, ipv6_route, nf_conntrack, ptype, route, wireless},
    table::Table,
};

use crate::decode::show;

/// Decodes each row of a file and calls `look` with it.
fn rows<T: Table>(table: T, file: &[u8], look: impl Fn(T::Row<'_>)) {
    let mut rows = black_box(table).rows(file);
    while let Some(row) = black_box(&mut rows).next() {
        black_box(rows.line());
        match black_box(row) {
            Ok(row) => look(row),
            Err(error) => show(&error),
        }
    }
}

pub(crate) fn neighbours(file: &[u8]) {
    rows(arp::Table, file, |row| {
        black_box(row.interface());
        show(&row.flags.0);
        if let Some(hardware) = row.hardware {
            black_box(hardware.as_bytes());
            hardware.octets().for_each(|octet| _ = black_box(octet));
            let _ = black_box(core::format_args!("{hardware}"));
        }
    });
    rows(if_inet6::Table, file, |row| {
        show(&row.scope);
        show(&row.flags);
    });
    rows(ptype::Table, file, |row| {
        show(&row.kind);
        black_box((row.function.as_bytes(), row.function.symbol(), row.function.module()));
    });
    rows(wireless::Table, file, |row| _ = black_box((row.level.reading(), row)));
}

pub(crate) fn routes(file: &[u8]) {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        rows(route::Table { order }, file, |row| {
            black_box((row.interface(), row.gateway(), row.prefix_length()));
            show(&row.flags);
        });
    }
    rows(ipv6_route::Table, file, |row| _ = black_box((row.next_hop(), row)));
}

pub(crate) fn groups(file: &[u8]) {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        rows(igmp::Table { order }, file, |row| _ = black_box(row));
    }
    rows(igmp6::Table, file, |row| {
        show(&row.flags);
        black_box(row.timer());
    });
}

pub(crate) fn connections(file: &[u8]) {
    rows(nf_conntrack::Table, file, |row| _ = black_box(row));
}
