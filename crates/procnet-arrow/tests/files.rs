//! What is read from a Parquet file is what was written to it.

use std::fs::File;

use arrow_array::{RecordBatch, cast::AsArray as _};
use parquet::{
    arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder},
    file::metadata::RowGroupMetaData,
};
use procnet::{Inode, Kind, State, decode::table::SocketType};
use procnet_arrow::{
    BATCH_ROWS, Host, OwnFields, OwnerRow, Program, Row, Snapshot, SocketColumns,
    parquet::{Compression, SocketFile},
    schema,
};

/// A number without any order, the same each time.
fn random(of: u64) -> u64 {
    (of + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29)
}

fn row(one: u64) -> Row<'static> {
    let random = random(one);
    let mut row = Row::new(Kind::Tcp, State(1 + one as u8 % 11));
    row.cookie = (!one.is_multiple_of(9)).then_some(one);
    row.inode = Inode::new(random >> 30);
    row.suspect = one.is_multiple_of(5);
    match one / 100 % 4 {
        0 => {
            row.kind = Kind::Unix;
            let mut own = OwnFields::default();
            own.kind = one.is_multiple_of(2).then_some(SocketType::STREAM);
            own.name = Some(format!("/run/{}\n", one % 3).into_bytes().into());
            row.own = own;
        }
        1 => {
            row.kind = Kind::Tcp6;
            let ip = (u128::from(random) << 64 | 1).to_be_bytes();
            (row.local, row.remote) = (Some((ip, 443).into()), Some((ip, random as u16).into()));
        }
        _ => {
            row.local = Some(([10, 0, 0, 1], random as u16).into());
            row.remote = (one % 7 > 1).then(|| ((random as u32).to_be_bytes(), 443).into());
        }
    }
    row
}

fn batch(host: &str, rows: std::ops::Range<u64>, exe: impl Fn(u32) -> Vec<u8>) -> RecordBatch {
    let mut columns = SocketColumns::new();
    let boot_id = (rows.start > 0).then_some("boot");
    columns.begin(&Host::new(host, boot_id), rows.start as i64);
    for one in rows {
        let pid = 1 + (random(one) >> 50) as u32 % 3000;
        let owners = (0..one as u32 % 17 % 4).map(|at| OwnerRow {
            pid: pid + at,
            start_time: (!pid.is_multiple_of(5)).then_some(u64::from(pid)),
            fd: 3 + at,
            comm: b"test",
        });
        columns.push(&row(one), owners, |owner| {
            let mut program = Program::default();
            program.exe = (!owner.pid.is_multiple_of(3)).then(|| exe(owner.pid));
            program.container = owner.pid.is_multiple_of(2).then(|| vec![b'c'; 64]);
            program
        });
    }
    columns.take().expect("a batch")
}

fn written(batches: &[RecordBatch], compression: Compression) -> File {
    let file = tempfile::tempfile().expect("a file");
    let mut out = SocketFile::new(&file, compression).expect("a writer");
    batches.iter().for_each(|batch| out.write(batch).expect("written"));
    out.finish(&Snapshot::new(&Host::new("host", None), 1)).expect("finished");
    file
}

/// The batches of a file, and the rows of each of its row groups.
fn read(file: File) -> (Vec<RecordBatch>, Vec<i64>) {
    let options = ArrowReaderOptions::new().with_schema(schema::sockets());
    let reader = ParquetRecordBatchReaderBuilder::try_new_with_options(file, options);
    let reader = reader.expect("a reader").with_batch_size(BATCH_ROWS);
    let groups = reader.metadata().row_groups().iter().map(RowGroupMetaData::num_rows).collect();
    let batches = reader.build().expect("a reader").map(|batch| batch.expect("a batch"));
    (batches.collect(), groups)
}

/// The columns, without the metadata of files.
fn columns(batches: &[RecordBatch]) -> Vec<&[arrow_array::ArrayRef]> {
    batches.iter().map(RecordBatch::columns).collect()
}

#[test]
fn every_row_is_read_as_it_was_written_whatever_the_codec() {
    let batches = [batch("host", 0..5000, |pid| format!("/bin/{}", pid % 50).into_bytes())];
    for compression in
        [Compression::Zstd, Compression::Lz4, Compression::Snappy, Compression::Uncompressed]
    {
        let (seen, _) = read(written(&batches, compression));
        assert!(columns(&seen) == columns(&batches), "{compression:?}");
    }
}

#[test]
fn rows_of_many_batches_are_read_in_row_groups_of_equal_size() {
    let rows = BATCH_ROWS as u64;
    let batches: Vec<_> = (0..17)
        .map(|at| {
            let exe = |pid: u32| format!("/bin/{}", pid % 50).into_bytes();
            batch(&format!("host-{}", at / 3), at * rows..(at + 1) * rows, exe)
        })
        .collect();
    // One that is divided between two row groups.
    let (begin, end) = (batches[0].slice(0, 100), batches[0].slice(100, BATCH_ROWS - 100));
    let divided: Vec<_> = [&[begin, end], &batches[1..]].concat();
    let divided = [&divided[..1], &divided[2..], &divided[1..2]].concat();
    let (seen, groups) = read(written(&batches, Compression::Zstd));
    assert!(columns(&seen) == columns(&batches));
    assert_eq!(groups, [1 << 17, rows as i64]);
    let (seen, groups) = read(written(&divided, Compression::Zstd));
    assert_eq!(groups, [1 << 17, rows as i64]);
    let cookies = |batches: &[RecordBatch]| -> Vec<_> {
        let columns = batches.iter().map(|batch| (&batch["remote_addr"], &batch["cookie"]));
        columns
            .flat_map(|(addresses, cookies)| {
                let texts = addresses.as_dictionary::<arrow_array::types::Int32Type>();
                let texts = texts.downcast_dict::<arrow_array::StringArray>().expect("texts");
                let texts: Vec<_> = texts.into_iter().map(|it| it.map(str::to_owned)).collect();
                let cookies = cookies.as_primitive::<arrow_array::types::UInt64Type>();
                texts.into_iter().zip(cookies.iter().collect::<Vec<_>>())
            })
            .collect()
    };
    assert!(cookies(&seen) == cookies(&divided));
}

#[test]
fn a_row_group_ends_early_when_its_texts_take_too_much() {
    let exe = |pid: u32| [vec![b'/'; 3000], pid.to_string().into_bytes()].concat();
    let batches = [batch("host", 0..4000, exe), batch("host", 4000..8000, exe)];
    let (seen, groups) = read(written(&batches, Compression::Zstd));
    assert_eq!(groups, [4000, 4000]);
    assert!(columns(&[seen[0].slice(0, 4000)]) == columns(&batches[..1]));
}

#[test]
fn a_batch_of_another_table_is_refused() {
    let mut out = SocketFile::new(Vec::new(), Compression::Zstd).expect("a writer");
    let batch = RecordBatch::new_empty(schema::snapshots());
    assert!(out.write(&batch).is_err());
}
