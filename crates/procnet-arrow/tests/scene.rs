//! Every socket and owner of a scene is in the columns, as it is in the tables of the kernel.

use std::{collections::BTreeSet, net::SocketAddr};

use arrow_array::{
    Array, FixedSizeBinaryArray, ListArray, RecordBatch, StringArray, StructArray, UInt16Array,
    UInt32Array, UInt64Array,
};
use procnet::{Query, Scanner, Source, decode::escape::unescape};
use procnet_arrow::{
    Host, Recorder,
    parquet::{Compression, SocketFile},
};
use procnet_corpus::live::{Entry, Owner, Scene, assert_agrees, private};

mod common;

#[test]
fn a_parquet_file_has_every_socket_and_owner_of_the_scene() {
    private(|_| {
        Scene::with(|scene| {
            assert_agrees(scene, || {
                let mut scanner = Scanner::new().unwrap();
                let mut recorder =
                    Recorder::new(Host::read(scanner.root()), scanner.root()).unwrap();
                let mut file = SocketFile::new(Vec::new(), Compression::Zstd).unwrap();
                let query = Query::new().source(Source::Procfs);
                let snapshot =
                    recorder.record(&mut scanner, &query, &mut |batch| file.write(&batch)).unwrap();
                assert_eq!(snapshot.host.boot_id.as_deref().map(str::len), Some(36));
                let path = tempfile::NamedTempFile::new().unwrap();
                std::fs::write(path.path(), file.finish(&snapshot).unwrap()).unwrap();
                let entries: Vec<Entry> =
                    common::read(path.path()).iter().flat_map(entries).collect();
                assert_eq!(entries.len() as u64, snapshot.sockets);
                entries
            });
        });
    });
}

/// The rows of a batch in the form in which they are compared.
fn entries(batch: &RecordBatch) -> Vec<Entry> {
    let text = |name, row| text(batch.column_by_name(name).unwrap().as_ref(), row);
    let number = |name, row| {
        let column: &UInt32Array =
            batch.column_by_name(name).unwrap().as_any().downcast_ref().unwrap();
        column.is_valid(row).then(|| column.value(row))
    };
    let inodes: &UInt64Array =
        batch.column_by_name("inode").unwrap().as_any().downcast_ref().unwrap();
    let owners: &ListArray =
        batch.column_by_name("owners").unwrap().as_any().downcast_ref().unwrap();
    (0..batch.num_rows())
        .map(|row| {
            let (kind, state) = (text("kind", row).unwrap(), text("state", row).unwrap());
            let entry = match (end(batch, "local", row), end(batch, "remote", row)) {
                (Some(local), Some(remote)) => Entry::inet(&kind, &state, local, remote),
                _ => {
                    let name = text("name", row).map(|name| unescaped(&name));
                    Entry::unix(&text("type", row).unwrap(), &state, name.as_deref())
                }
            };
            let numbers = (number("uid", row), number("rx_queue", row), number("tx_queue", row));
            Entry {
                inode: inodes.is_valid(row).then(|| inodes.value(row)),
                owners: owners_of(owners, row),
                numbers: match numbers {
                    (Some(uid), Some(rx), Some(tx)) => Some((uid, rx, tx)),
                    _ => None,
                },
                ..entry
            }
        })
        .collect()
}

fn text(column: &dyn Array, row: usize) -> Option<String> {
    let column: &StringArray = column.as_any().downcast_ref().unwrap();
    column.is_valid(row).then(|| column.value(row).to_owned())
}

/// An address, after its two columns were compared.
fn end(batch: &RecordBatch, which: &str, row: usize) -> Option<SocketAddr> {
    let column = |name: &str| batch.column_by_name(&format!("{which}_{name}")).unwrap();
    let address = text(column("addr").as_ref(), row)?.parse().unwrap();
    let bytes: &FixedSizeBinaryArray = column("ip").as_any().downcast_ref().unwrap();
    let bytes: [u8; 16] = bytes.value(row).try_into().unwrap();
    let mapped = match address {
        std::net::IpAddr::V4(address) => address.to_ipv6_mapped(),
        std::net::IpAddr::V6(address) => address,
    };
    assert_eq!(bytes, mapped.octets());
    let ports: &UInt16Array = column("port").as_any().downcast_ref().unwrap();
    Some(SocketAddr::new(address, ports.value(row)))
}

fn owners_of(owners: &ListArray, row: usize) -> BTreeSet<Owner> {
    let list = owners.value(row);
    let list: &StructArray = list.as_any().downcast_ref().unwrap();
    let number = |name: &str, at| {
        let column: &UInt32Array =
            list.column_by_name(name).unwrap().as_any().downcast_ref().unwrap();
        column.value(at)
    };
    let owner = |at| {
        let comm = unescaped(&text(list.column_by_name("comm").unwrap().as_ref(), at).unwrap());
        // Each process of the scene is this test's, so all of it can be read; but one whose first thread
        // has ended has no executable any more (fs/proc/base.c `proc_exe_link`).
        let exe = text(list.column_by_name("exe").unwrap().as_ref(), at);
        assert_eq!(exe.is_some(), comm != b"leaderless");
        Owner { pid: number("pid", at), fd: number("fd", at), comm }
    };
    (0..list.len()).map(owner).collect()
}

/// The bytes that an escaped text stands for.
fn unescaped(text: &str) -> Vec<u8> {
    unescape(text).map(|byte| byte.expect("an escaped text")).collect()
}
