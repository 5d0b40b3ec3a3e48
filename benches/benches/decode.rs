//! Decoding a tcp table of 100,000 rows in memory: `operation/input/implementation`.

use std::{hint::black_box, io::BufReader};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use procnet_benches::table;
use procnet_core::{ByteOrder, Lines, addr, table::inet};

const ROWS: usize = 100_000;

/// The columns that every implementation decodes, summed so that none is optimized away.
#[derive(Default, PartialEq, Eq, Debug, Clone, Copy)]
struct Sum {
    rows: u64,
    ports: u64,
    addresses: u64,
    states: u64,
    uids: u64,
    inodes: u64,
}

fn ours(text: &[u8]) -> Sum {
    let mut sum = Sum::default();
    for row in inet::Table::tcp4(ByteOrder::Little).rows(text) {
        let row = row.and_then(|row| row.brief()).expect("a row");
        sum.rows += 1;
        sum.ports += u64::from(row.local.port()) + u64::from(row.remote.port());
        sum.addresses =
            sum.addresses.wrapping_add(address(row.local)).wrapping_add(address(row.remote));
        sum.states += u64::from(row.state.0);
        sum.uids += u64::from(row.uid);
        sum.inodes += row.inode.map_or(0, procnet_core::Inode::get);
    }
    sum
}

fn ours_all(text: &[u8]) -> Sum {
    let mut sum = Sum::default();
    for row in inet::Table::tcp4(ByteOrder::Little).rows(text) {
        let record = black_box(row.and_then(|row| row.record())).expect("a row");
        sum.rows += 1;
        sum.ports += u64::from(record.local.port()) + u64::from(record.remote.port());
        sum.addresses =
            sum.addresses.wrapping_add(address(record.local)).wrapping_add(address(record.remote));
        sum.states += u64::from(record.state.0);
        sum.uids += u64::from(record.uid);
        sum.inodes += record.inode.map_or(0, procnet_core::Inode::get);
    }
    sum
}

fn procfs(text: &[u8]) -> Sum {
    use procfs_core::{FromBufReadSI as _, net::TcpNetEntries};
    let system = procfs_core::ExplicitSystemInfo {
        boot_time_secs: 0,
        ticks_per_second: 100,
        page_size: 4096,
        is_little_endian: true,
    };
    let entries = TcpNetEntries::from_buf_read(BufReader::new(text), &system).expect("its table");
    let mut sum = Sum::default();
    for entry in entries.0 {
        sum.rows += 1;
        sum.ports += u64::from(entry.local_address.port()) + u64::from(entry.remote_address.port());
        sum.addresses = sum
            .addresses
            .wrapping_add(address(entry.local_address))
            .wrapping_add(address(entry.remote_address));
        sum.states += entry.state.to_u8() as u64;
        sum.uids += u64::from(entry.uid);
        sum.inodes += entry.inode;
    }
    sum
}

fn address(address: std::net::SocketAddr) -> u64 {
    match address.ip() {
        std::net::IpAddr::V4(ip) => u64::from(u32::from(ip)),
        std::net::IpAddr::V6(ip) => u128::from(ip) as u64,
    }
}

fn decode(criterion: &mut Criterion) {
    let text = table::tcp(ROWS);
    let rows = Lines::new(&text).count() as u64 - 1;
    assert_eq!(ours(&text), ours_all(&text));
    assert_eq!(ours(&text), procfs(&text));
    assert_eq!(ours(&text).rows, rows);

    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Elements(rows));
    group.bench_function("lines/tcp-100k/memchr", |bencher| {
        bencher.iter(|| memchr::memchr_iter(b'\n', black_box(&text)).map(black_box).count());
    });
    group.bench_function("lines/tcp-100k/procnet", |bencher| {
        bencher.iter(|| Lines::new(black_box(&text)).map(black_box).count());
    });
    group.bench_function("join-columns/tcp-100k/procnet", |bencher| {
        bencher.iter(|| ours(black_box(&text)));
    });
    group.bench_function("all-columns/tcp-100k/procnet", |bencher| {
        bencher.iter(|| ours_all(black_box(&text)));
    });
    group.sample_size(20);
    group.bench_function("join-columns/tcp-100k/procfs", |bencher| {
        bencher.iter(|| procfs(black_box(&text)));
    });
    group.finish();
}

/// Only addresses: eight hexadecimal digits each, of both ends of every row.
fn hex(criterion: &mut Criterion) {
    let text = table::tcp(ROWS);
    let column = |line: &[u8], at: usize| -> Option<[u8; 8]> {
        let colon = line.iter().position(|byte| *byte == b':')?;
        line.get(colon + at..)?.first_chunk().copied()
    };
    let rows = Lines::new(&text).skip(1);
    let digits: Vec<[u8; 8]> =
        rows.flat_map(|line| [column(line, 2), column(line, 16)]).flatten().collect();
    assert_eq!(digits.len(), 2 * ROWS);

    let ours = |digits: &[[u8; 8]]| -> u64 {
        let address = |digits| addr::ipv4(digits, ByteOrder::Big).expect("an address");
        digits.iter().map(|digits| u64::from(u32::from(address(digits)))).sum()
    };
    let std = |digits: &[[u8; 8]]| -> u64 {
        let number = |digits: &[u8; 8]| {
            let text = std::str::from_utf8(digits).expect("text");
            u32::from_str_radix(text, 16).expect("a number")
        };
        digits.iter().map(|digits| u64::from(number(digits))).sum()
    };
    assert_eq!(ours(&digits), std(&digits));

    let mut group = criterion.benchmark_group("hex");
    group.throughput(Throughput::Elements(digits.len() as u64));
    group.bench_function("addresses-200k/procnet", |bencher| {
        bencher.iter(|| ours(black_box(&digits)));
    });
    group.bench_function("addresses-200k/std", |bencher| {
        bencher.iter(|| std(black_box(&digits)));
    });
    group.finish();
}

criterion_group!(benches, decode, hex);
criterion_main!(benches);
