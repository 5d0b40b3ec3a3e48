//! Captures through every property, their rows held to golden files, recorded ones printed
//! again byte for byte.
//!
//! `PROCNET_BLESS=1` writes the golden files anew: look at what changed before you commit it.

mod common;

use std::{fs, path::Path};

use procnet_core::{ByteOrder, counter::dev, table::unix};
use procnet_corpus::{
    golden,
    kind::Kind,
    naive, render,
    render::{Host, Kernel, Word, inet},
    scene,
};

/// What a capture's `ORIGIN.md` says under a label.
fn origin(capture: &Path, label: &str) -> String {
    let text = fs::read_to_string(capture.join("ORIGIN.md")).expect("ORIGIN.md");
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("- {label}: ")));
    line.unwrap_or_else(|| panic!("{}: no line of {label}", capture.display())).to_owned()
}

fn order(capture: &Path) -> ByteOrder {
    match origin(capture, "byte order").as_str() {
        "little" => ByteOrder::Little,
        "big" => ByteOrder::Big,
        other => panic!("{}: byte order {other}", capture.display()),
    }
}

/// The captures' folders.
fn captures() -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(common::folder("captures")).expect("captures");
    let mut captures: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    captures.retain(|path| path.is_dir());
    captures.sort();
    captures
}

/// The tables of a capture, and of what kind they are.
fn tables(capture: &Path) -> Vec<(std::path::PathBuf, Kind)> {
    let order = order(capture);
    let name = capture.file_name().expect("a name").to_string_lossy();
    let files = common::files(&format!("captures/{name}")).into_iter();
    files
        .filter(|path| {
            path.extension().is_none_or(|extension| extension != "golden" && extension != "request")
        })
        .map(|path| {
            let inside = path.strip_prefix(capture).expect("inside").to_string_lossy();
            let kind =
                Kind::of(&inside, order).unwrap_or_else(|| panic!("{inside}: no such table"));
            (path.clone(), kind)
        })
        .collect()
}

#[test]
fn rows_are_those_of_the_golden_files() {
    let bless = std::env::var_os("PROCNET_BLESS").is_some();
    let mut wrong = Vec::new();
    for capture in captures() {
        for label in ["origin", "kernel", "architecture", "command", "date"] {
            origin(&capture, label);
        }
        for (path, kind) in tables(&capture) {
            let rows = golden::text(&kind.rows(&common::read(&path)));
            let expected = path.with_added_extension("golden");
            if bless {
                fs::write(&expected, &rows).expect("a golden file");
            } else if fs::read_to_string(&expected).ok().as_deref() != Some(rows.as_str()) {
                wrong.push(expected.display().to_string());
            }
        }
    }
    assert!(wrong.is_empty(), "other rows than in\n{}", wrong.join("\n"));
}

#[test]
fn every_property_holds() {
    for capture in captures() {
        for (path, kind) in tables(&capture) {
            kind.check(&common::read(&path));
        }
    }
}

#[test]
fn rendered_captures_are_what_the_scene_renders() {
    for (name, machine, host) in scene::captures() {
        for (path, content) in scene::files(&name, machine, host) {
            let path = common::folder("captures").join(&name).join(path);
            assert!(common::read(&path) == content, "{}: render it anew", path.display());
        }
    }
}

/// The format strings are the kernel's: its own rows, decoded, print as it printed them.
#[test]
fn recorded_tables_print_again_byte_for_byte() {
    let mut count = 0;
    for capture in captures() {
        if origin(&capture, "origin") != "recorded" {
            continue;
        }
        assert!(origin(&capture, "kernel").starts_with("6.18"), "teach this test its kernel");
        let host = Host { kernel: Kernel::V6_18, word: Word::Bits64, order: order(&capture) };
        for (path, kind) in tables(&capture) {
            let bytes = common::read(&path);
            let printed = match kind {
                Kind::Inet(_) => print_inet(host, &path, &bytes),
                Kind::Unix => print_unix(host, &bytes),
                Kind::Packet => print_packet(host, &bytes),
                Kind::NetlinkTable => print_netlink_table(host, &bytes),
                Kind::Dev => print_dev(host, &bytes),
                Kind::Snmp => print_snmp(&bytes),
                Kind::Conntrack => print_conntrack(host, &bytes),
                Kind::Network(kind, _) => kind.print(&bytes, host),
                Kind::Netlink(order) => print_netlink(order, &bytes),
                Kind::Sockstat => print_sockstat(&bytes),
                Kind::Snmp6 => print_snmp6(&bytes),
                Kind::Softnet => print_softnet(&bytes),
                Kind::Protocols => print_protocols(host, &bytes),
                Kind::Status | Kind::Stat | Kind::Link => continue,
            };
            assert!(printed == bytes, "{}: printed otherwise", path.display());
            count += 1;
        }
    }
    assert!(count > 15, "only {count} tables");
}

fn print_inet(host: Host, path: &Path, bytes: &[u8]) -> Vec<u8> {
    let name = path.file_name().expect("a name").to_string_lossy();
    let kind = inet::Kind::ALL.into_iter().find(|kind| kind.file() == name).expect("a table");
    let mut printed = inet::heading(host, kind).into_bytes();
    for row in kind.table(host.order).rows(bytes) {
        let row = row.expect("a row");
        let record = row.record().expect("a record");
        printed.extend(inet::row(host, kind, &record, row.pointer().expect("a pointer")));
    }
    printed
}

fn print_unix(host: Host, bytes: &[u8]) -> Vec<u8> {
    let mut printed = render::unix::HEADING.as_bytes().to_vec();
    for (line, number) in procnet_core::Lines::new(bytes).zip(1..) {
        if procnet_core::table::Table::row(&unix::Table, line, number).is_none() {
            continue;
        }
        match naive::unix::Row::decode(line) {
            Some(row) => printed.extend(render::unix::row(host, &row)),
            // The rest of a name that holds a newline.
            None => printed.extend([line, b"\n"].concat()),
        }
    }
    printed
}

fn print_packet(host: Host, bytes: &[u8]) -> Vec<u8> {
    let mut printed = render::packet::heading(host).into_bytes();
    for line in &naive::text::lines(bytes)[1..] {
        let row = naive::packet::Row::decode(line).expect("a row");
        printed.extend(render::packet::row(host, &row));
    }
    printed
}

fn print_netlink_table(host: Host, bytes: &[u8]) -> Vec<u8> {
    let mut printed = render::netlink_table::heading(host).as_bytes().to_vec();
    for line in &naive::text::lines(bytes)[1..] {
        let row = naive::netlink_table::Row::decode(line).expect("a row");
        printed.extend(render::netlink_table::row(host, &row));
    }
    printed
}

fn print_dev(host: Host, bytes: &[u8]) -> Vec<u8> {
    let mut printed = render::dev::HEADING.as_bytes().to_vec();
    for row in dev::Table.rows(bytes) {
        let row = row.expect("a row");
        let row = naive::dev::Row { name: row.name().to_vec(), counters: row.counters.into() };
        printed.extend(render::dev::row(host, &row));
    }
    printed
}

fn print_snmp(bytes: &[u8]) -> Vec<u8> {
    let mut printed = Vec::new();
    for pair in naive::snmp::pairs(bytes) {
        let pair = pair.expect("a pair");
        let counters: Vec<_> = pair.counters.into_iter().flatten().collect();
        printed.extend(render::snmp::pair(&pair.prefix, &counters));
    }
    printed
}

fn print_sockstat(bytes: &[u8]) -> Vec<u8> {
    let row = |(_, row): (usize, Option<naive::sockstat::Row>)| {
        let naive::sockstat::Row { prefix, values } = row.expect("a row");
        let value = |(name, value): (Vec<u8>, Option<i128>)| (name, value.expect("a value"));
        render::sockstat::row(&prefix, &values.into_iter().map(value).collect::<Vec<_>>())
    };
    naive::sockstat::rows(bytes).into_iter().flat_map(row).collect()
}

fn print_snmp6(bytes: &[u8]) -> Vec<u8> {
    let rows = naive::text::lines(bytes);
    let row = |line: &Vec<u8>| naive::snmp6::Row::decode(line).expect("a row");
    rows.iter().flat_map(|line| render::snmp6::row(&row(line))).collect()
}

fn print_softnet(bytes: &[u8]) -> Vec<u8> {
    let rows = naive::text::lines(bytes);
    let row = |line: &Vec<u8>| naive::softnet::Row::decode(line).expect("a row").columns;
    rows.iter().flat_map(|line| render::softnet::row(&row(line)).into_bytes()).collect()
}

fn print_protocols(host: Host, bytes: &[u8]) -> Vec<u8> {
    let mut printed = render::protocols::heading(host).into_bytes();
    for (_, row) in naive::protocols::rows(bytes) {
        printed.extend(render::protocols::row(&row.expect("a row")));
    }
    printed
}

fn print_netlink(order: ByteOrder, bytes: &[u8]) -> Vec<u8> {
    let mut printed = Vec::new();
    let (messages, whole) = naive::netlink::messages(bytes, order);
    assert!(whole, "not messages alone");
    for mut message in messages {
        if let Some(socket) = naive::netlink::inet(&message.payload, order) {
            message.payload = render::netlink::inet(&socket, order);
        } else if let Some(socket) = naive::netlink::unix(&message.payload, order) {
            message.payload = render::netlink::unix(&socket, order);
        }
        printed.extend(render::netlink::message(&message, order));
    }
    printed
}

fn print_conntrack(host: Host, bytes: &[u8]) -> Vec<u8> {
    let rows = naive::conntrack::rows(bytes).into_iter();
    let values =
        rows.map(|row| row.columns.into_iter().flatten().map(|(_, value)| value as u32).collect());
    render::conntrack::table(host, &values.collect::<Vec<Vec<u32>>>()).into_bytes()
}
