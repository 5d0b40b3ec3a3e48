//! The rows of a batch are ordered, and each of them keeps what it has.

use std::collections::HashMap;

use arrow_array::{
    Array as _, RecordBatch,
    cast::AsArray as _,
    types::{Int32Type, UInt16Type, UInt32Type, UInt64Type},
};
use procnet::{Inode, Kind, State};
use procnet_arrow::{BATCH_ROWS, Host, OwnerRow, Program, Row, SocketColumns, TcpNumbers};

/// A number without any order, the same each time.
fn random(of: u64) -> u64 {
    (of + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
}

/// The peer of a socket: one of a few, and one in seven has none.
fn peer(one: u64) -> Option<[u8; 4]> {
    (!one.is_multiple_of(7)).then(|| [10, 0, 0, (random(one) >> 40) as u8 % 5])
}

fn owners(one: u64) -> Vec<(u32, u32)> {
    let pid = 1 + (random(one) >> 50) as u32 % 9;
    (0..one as u32 % 4).map(|at| (pid + at, 3 + at)).collect()
}

fn batch(rows: u64) -> RecordBatch {
    let mut columns = SocketColumns::new();
    columns.begin(&Host::new("host", None), 1);
    for one in 0..rows {
        let mut row = Row::new(Kind::Tcp, State(1 + one as u8 % 11));
        row.local = peer(one).map(|_| ([10, 0, 1, 1], one as u16).into());
        row.remote = peer(one).map(|peer| (peer, 443).into());
        row.inode = Inode::new(1 + random(one) % (1 << 40));
        row.cookie = Some(one);
        row.drops = one.is_multiple_of(100).then_some(one as u32);
        row.suspect = one.is_multiple_of(3);
        if one.is_multiple_of(2) {
            let mut info = TcpNumbers::default();
            info.rtt = Some(one as u32);
            row.tcp_info = Some(info);
        }
        let owners = owners(one);
        let owners = owners.iter().map(|(pid, fd)| OwnerRow {
            pid: *pid,
            start_time: Some(u64::from(*pid) * 2),
            fd: *fd,
            comm: b"test",
        });
        columns.push(&row, owners, |_| Program::default());
    }
    columns.take().expect("a batch")
}

#[test]
fn rows_are_in_the_order_of_first_owner_then_peer_then_inode() {
    // Nobody has to take a batch when it is full.
    for rows in [0, 1, BATCH_ROWS as u64, 70_000] {
        assert_ordered(&batch(rows));
    }
}

fn assert_ordered(batch: &RecordBatch) {
    let (owners, addresses) = (batch["owners"].as_list::<i32>(), &batch["remote_addr"]);
    let (addresses, inodes) = (
        addresses.as_dictionary::<Int32Type>().keys(),
        batch["inode"].as_primitive::<UInt64Type>(),
    );
    let keys: Vec<_> = (0..batch.num_rows())
        .map(|row| {
            let list = owners.value(row);
            let pids = list.as_struct().column(0).as_primitive::<UInt32Type>();
            let pid = pids.values().first().copied();
            (pid, addresses.is_valid(row).then(|| addresses.value(row)), inodes.value(row))
        })
        .collect();
    assert!(keys.is_sorted());
}

#[test]
fn a_row_keeps_all_that_it_has() {
    for rows in [0, 5000, 70_000] {
        assert_whole(&batch(rows), rows as usize);
    }
}

fn assert_whole(batch: &RecordBatch, rows: usize) {
    let numbers = |name: &str| batch[name].as_primitive::<UInt32Type>().clone();
    let (drops, rtt) = (numbers("drops"), numbers("rtt"));
    let cookies = batch["cookie"].as_primitive::<UInt64Type>();
    let mut seen = HashMap::new();
    for row in 0..batch.num_rows() {
        let one = cookies.value(row);
        seen.insert(one, row);
        let inode = batch["inode"].as_primitive::<UInt64Type>().value(row);
        assert_eq!(inode, 1 + random(one) % (1 << 40));
        let ports = batch["local_port"].as_primitive::<UInt16Type>();
        assert_eq!(ports.is_valid(row).then(|| ports.value(row)), peer(one).map(|_| one as u16));
        let peers = batch["remote_ip"].as_fixed_size_binary();
        assert_eq!(
            peers.is_valid(row).then(|| &peers.value(row)[12..]),
            peer(one).as_ref().map(|it| &it[..])
        );
        assert_eq!(
            drops.is_valid(row).then(|| u64::from(drops.value(row))),
            one.is_multiple_of(100).then_some(one)
        );
        assert_eq!(
            rtt.is_valid(row).then(|| u64::from(rtt.value(row))),
            one.is_multiple_of(2).then_some(one)
        );
        assert_eq!(batch["suspect"].as_boolean().value(row), one.is_multiple_of(3));
        let list = batch["owners"].as_list::<i32>().value(row);
        let number = |at: usize| list.as_struct().column(at).as_primitive::<UInt32Type>();
        let pairs = number(0).values().iter().copied().zip(number(1).values().iter().copied());
        assert_eq!(pairs.collect::<Vec<_>>(), owners(one));
    }
    assert_eq!((batch.num_rows(), seen.len()), (rows, rows));
    // Of no row.
    for name in ["backlog", "running", "peer", "bytes_sent", "type", "name", "community_id"] {
        assert_eq!(batch[name].len() - batch[name].null_count(), 0, "{name}");
    }
}

#[test]
fn a_batch_has_nothing_of_the_one_before() {
    let mut columns = SocketColumns::new();
    columns.begin(&Host::new("host", None), 1);
    let take = |columns: &mut SocketColumns, rows: u64| {
        for one in 0..rows {
            let mut row = Row::new(Kind::Unix, State::ESTABLISHED);
            row.cookie = Some(one);
            (row.own.peer, row.own.name) = (Some(one), Some(b"name".into()));
            let owner = OwnerRow { pid: 7, start_time: None, fd: one as u32, comm: b"test" };
            columns.push(&row, [owner], |_| Program::default());
        }
        assert_eq!(columns.rows() as u64, rows);
        columns.take().expect("a batch")
    };
    let (first, none, last) = (take(&mut columns, 3), take(&mut columns, 0), take(&mut columns, 2));
    assert_eq!((first.num_rows(), none.num_rows()), (3, 0));
    assert_eq!(first.slice(0, 2), last);
}

#[test]
fn a_process_that_executes_another_program_has_the_name_that_it_had_for_each_socket() {
    let mut columns = SocketColumns::new();
    let programs = [("sh", Some(5)), ("nginx", Some(5)), ("nginx", Some(6)), ("sh", Some(5))];
    for (one, (comm, start_time)) in programs.iter().enumerate() {
        let mut row = Row::new(Kind::Tcp, State::LISTEN);
        row.inode = Inode::new(one as u64 + 1);
        let comm = comm.as_bytes();
        let owner = OwnerRow { pid: 7, start_time: *start_time, fd: 3, comm };
        columns.push(&row, [owner], |owner| {
            let mut program = Program::default();
            program.exe = Some([b"/bin/", owner.comm].concat());
            program
        });
    }
    let batch = columns.take().expect("a batch");
    let owners = batch["owners"].as_list::<i32>().values().as_struct().clone();
    let texts = |name: &str| -> Vec<String> {
        let texts = owners[name].as_dictionary::<Int32Type>();
        let values = texts.values().as_string::<i32>();
        texts.keys().values().iter().map(|key| values.value(*key as usize).to_owned()).collect()
    };
    assert_eq!(texts("comm"), ["sh", "nginx", "nginx", "sh"]);
    assert_eq!(texts("exe"), ["/bin/sh", "/bin/nginx", "/bin/nginx", "/bin/sh"]);
    let started = owners["start_time"].as_primitive::<UInt64Type>();
    assert_eq!(started.values()[..], [5, 5, 6, 5]);
}
