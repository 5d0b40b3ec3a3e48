//! Makes the files of a fleet that does not exist, with known truths in it: see `fleet/README.md`.
//!
//! `fleet DIR [--hosts N] [--sockets N] [--times N] [--tcp-info] [--rows] [--max-rows N]
//! [--compression zstd|lz4|snappy|none]` writes `DIR/sockets`, `DIR/snapshots` and `DIR/inventory.csv`; with
//! `--rows` also `DIR/rows.ndjson`, the same sockets without columns, from which `fleet/oracle.py` has the
//! answers. The same arguments make the same fleet. It prints what building batches and writing them take,
//! in time of the processor.

mod age;
mod fleet;
mod host;
mod ndjson;

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::PathBuf,
    time::{Duration, Instant},
};

use procnet_arrow::{
    Program, Snapshot, SocketColumns,
    parquet::{Compression, Store, StoreOptions},
};

use crate::{fleet::Fleet, ndjson::Rows};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let directory = PathBuf::from(args.next().ok_or("usage: fleet DIR [--hosts N] …")?);
    let mut fleet = Fleet { hosts: 40, sockets: 60, times: 4, tcp_info: false };
    let (mut with_rows, mut max_rows) = (false, 1 << 20);
    let mut compression = Compression::default();
    while let Some(option) = args.next() {
        let mut number =
            || args.next().ok_or("a number is missing")?.parse().map_err(|_| "no number");
        match option.as_str() {
            "--hosts" => fleet.hosts = number()?,
            "--sockets" => fleet.sockets = number()?,
            "--times" => fleet.times = number()?,
            "--max-rows" => max_rows = u64::from(number()?),
            "--tcp-info" => fleet.tcp_info = true,
            "--rows" => with_rows = true,
            "--compression" => {
                compression = match args.next().as_deref() {
                    Some("zstd") => Compression::Zstd,
                    Some("lz4") => Compression::Lz4,
                    Some("snappy") => Compression::Snappy,
                    Some("none") => Compression::Uncompressed,
                    _ => return Err("--compression zstd|lz4|snappy|none".into()),
                }
            }
            other => return Err(format!("unknown option {other}").into()),
        }
    }
    std::fs::create_dir_all(&directory)?;
    let mut inventory = BufWriter::new(File::create(directory.join("inventory.csv"))?);
    writeln!(inventory, "host,address,rack")?;
    for host in 0..fleet.hosts {
        writeln!(inventory, "{},{},{}", fleet.name(host), fleet.address(host), fleet.rack(host))?;
    }
    inventory.flush()?;
    let mut rows = match with_rows {
        true => Some(Rows::create(&directory)?),
        false => None,
    };
    let mut options = StoreOptions::default();
    (options.max_bytes, options.max_age, options.max_rows) = (None, Duration::MAX, max_rows);
    options.compression = compression;
    let mut store = Store::open(&directory, "collector", options)?;
    let mut columns = SocketColumns::new();
    // Seconds: to invent sockets, to build batches, and to write them.
    let (mut made, mut built, mut wrote) = (0.0, 0.0, 0.0);
    let begun = Instant::now();
    for (at, time) in fleet.moments().into_iter().enumerate() {
        for host in (0..fleet.hosts).filter(|host| fleet.answers(*host, at)) {
            let start = cpu();
            let sockets = fleet.sockets(host, at);
            made += cpu() - start;
            let mut snapshot =
                Snapshot::new(&fleet.host(host), store.begin(time + i64::from(host))?);
            snapshot.uptime = fleet.uptime(host, at);
            snapshot.sockets = sockets.len() as u64;
            snapshot.gaps = fleet.gaps(host);
            snapshot.complete = snapshot.gaps.is_empty();
            snapshot.kinds = ["tcp", "tcp6", "udp", "unix"].map(str::to_owned).to_vec();
            if let Some(rows) = &mut rows {
                rows.write(&snapshot, &sockets)?;
            }
            let start = cpu();
            columns.begin(&snapshot.host, snapshot.time);
            let mut batches = Vec::new();
            for socket in &sockets {
                columns.push(&socket.row, socket.owners.iter().map(host::Holder::owner), |owner| {
                    socket.program(owner.pid).map_or_else(Program::default, host::Process::program)
                });
                if columns.is_full() {
                    batches.push(columns.take()?);
                }
            }
            if columns.rows() > 0 {
                batches.push(columns.take()?);
            }
            let middle = cpu();
            for batch in &batches {
                store.write(batch)?;
            }
            store.end(&snapshot)?;
            built += middle - start;
            wrote += cpu() - middle;
        }
    }
    let start = cpu();
    let counts = store.close()?;
    wrote += cpu() - start;
    let (seconds, sockets) = (built + wrote, counts.sockets as f64);
    println!(
        "{} snapshots, {} sockets, {} files, {} bytes: {:.2} bytes a socket; {:.2} million rows a second of one processor \
         ({built:.3} s to build batches, {wrote:.3} s to write them; not counted: {:.2} s to invent the sockets; \
         {:.2} s by the clock)",
        counts.snapshots,
        counts.sockets,
        counts.files,
        counts.bytes,
        counts.bytes as f64 / sockets,
        sockets / seconds / 1e6,
        made,
        begun.elapsed().as_secs_f64(),
    );
    Ok(())
}

/// The time that processors have spent on this, in seconds: other programs do not change it as much.
fn cpu() -> f64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9
}
