//! Files that are correct but as awkward as possible, and very long ones.

mod common;

use procnet_core::{
    ByteOrder, Inode, State,
    table::{inet, unix},
};
use procnet_corpus::{
    check, golden,
    render::Host,
    table::{
        self,
        inet::{
            check as inet_check,
            render::{self as inet_render, Kind},
        },
        unix::{naive, render as unix_render},
    },
};

/// `PROCNET_BLESS=1` rewrites the golden files.
#[test]
fn awkward_files_have_the_rows_of_the_golden_files() {
    let bless = std::env::var_os("PROCNET_BLESS").is_some();
    for path in common::files("pathological") {
        if path.extension().is_some_and(|extension| extension == "golden") {
            continue;
        }
        let (table, variant) = common::table_of_folder(&path);
        let bytes = common::read(&path);
        table::check(table, &bytes, variant);
        let rows = golden::text(&table.rows(&bytes, variant));
        let expected = path.with_added_extension("golden");
        if bless {
            std::fs::write(&expected, &rows).expect("a golden file");
        }
        let expected = std::fs::read_to_string(&expected).expect("the golden file beside it");
        assert_eq!(rows, expected, "{}", path.display());
    }
}

const MANY: u32 = 100_000;

#[test]
fn a_hundred_thousand_tcp_rows_decode() {
    let host = Host::newest(ByteOrder::Little);
    let table = inet::Table::tcp4(host.order);
    let record = |number: u32| inet::Record {
        slot: u64::from(number),
        local: ([127, 0, 0, 1], 8080).into(),
        remote: (number.to_be_bytes(), number as u16).into(),
        state: State(number as u8 % 12),
        tx_queue: number,
        rx_queue: 0,
        timer: inet::Timer::OFF,
        timer_ticks: 0,
        retransmits: 0,
        uid: number,
        timeout: 0,
        inode: Inode::new(u64::from(number)),
        refs: 1,
        drops: None,
        tcp: None,
    };
    let mut file = inet_render::heading(host, Kind::Tcp).into_bytes();
    for number in 0..MANY {
        file.extend(inet_render::row(host, Kind::Tcp, &record(number), b"0"));
    }
    let mut rows = table.rows(&file);
    for number in 0..MANY {
        let row = rows.next().expect("a row").expect("a good row");
        assert_eq!(row.record(), Ok(record(number)));
        if number % 101 == 0 {
            inet_check::row(row.line(), table);
        }
    }
    assert!(rows.next().is_none());
    assert_eq!(rows.line(), MANY as usize + 1);
    check::window::table(table, &file, |row| row.and_then(|row| row.inode()));
}

#[test]
fn a_hundred_thousand_unix_rows_decode() {
    let host = Host::newest(ByteOrder::Little);
    let row = |number: u32| naive::Row {
        pointer: b"0000000000000000".to_vec(),
        refs: 2,
        protocol: 0,
        flags: 0,
        kind: 1,
        state: 1,
        inode: u64::from(number),
        name: (!number.is_multiple_of(3)).then(|| format!("/run/{number} ").into_bytes()),
    };
    let mut file = unix_render::HEADING.as_bytes().to_vec();
    for number in 0..MANY {
        file.extend(unix_render::row(host, &row(number)));
    }
    let mut rows = unix::Table.rows(&file);
    for number in 0..MANY {
        let found = rows.next().expect("a row").expect("a good row");
        let expected = row(number);
        assert_eq!(found.inode.map_or(0, Inode::get), expected.inode);
        assert_eq!(found.name.map(|name| name.as_bytes().to_vec()), expected.name);
    }
    assert!(rows.next().is_none());
    check::window::table(unix::Table, &file, |row| row.map(|row| row.inode));
}
