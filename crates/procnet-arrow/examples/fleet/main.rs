//! Makes the files of a fleet that does not exist, with known truths in it: see `fleet/README.md`.
//!
//! `fleet DIR [OPTION …]` writes `DIR/sockets`, `DIR/snapshots` and `DIR/inventory.csv`. The same arguments
//! make the same fleet.
//!
//! - `--hosts N`, `--sockets N`: so many hosts, and about so many sockets on each.
//! - `--times N`: so many looks, one of yesterday, and then one every ten minutes of today.
//! - `--tcp-info`: with the numbers of `tcp_info`.
//! - `--aggregates N`: each of these looks has aggregates too, and then `N - 1` more, a minute apart, only
//!   those. `--only-aggregates`: no sockets at all.
//! - `--events N`: also `DIR/events` and `DIR/event_spans` of a quarter of an hour, in spans of five minutes, in
//!   each of which a host has so many connections.
//! - `--rows`: also `DIR/rows.ndjson` and `DIR/events.ndjson`, the same without columns, from which
//!   `fleet/oracle.py` has the answers.
//! - `--max-rows N`: files are not continued after so many rows; with 1, each look has its own.
//! - `--compression zstd|lz4|snappy|none`.
//!
//! It prints what building batches and writing them take, in time of the processor.

mod age;
mod events;
mod fleet;
mod host;
mod looks;
mod ndjson;

use std::{
    fs::File,
    io::{BufWriter, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use procnet_arrow::{
    Aggregator, Error, EventColumns, Program, Snapshot, SocketColumns,
    parquet::{Compression, Store, StoreOptions},
};

use crate::{
    fleet::{EPHEMERAL, Fleet},
    host::{Holder, Invented, Process},
    looks::Moment,
    ndjson::{EventLines, Rows},
};

type Failure = Box<dyn std::error::Error>;

const USAGE: &str = "usage: fleet DIR [--hosts N] [--sockets N] [--times N] [--tcp-info] [--aggregates N] \
                     [--only-aggregates] [--events N] [--rows] [--max-rows N] [--compression zstd|lz4|snappy|none]";

fn main() -> Result<(), Failure> {
    let mut args = std::env::args().skip(1);
    let directory = match args.next() {
        Some(help) if ["--help", "-h"].contains(&&*help) => {
            println!("{USAGE}");
            return Ok(());
        }
        Some(directory) if !directory.starts_with('-') => PathBuf::from(directory),
        _ => {
            eprintln!("{USAGE}");
            std::process::exit(2);
        }
    };
    let mut fleet = Fleet {
        hosts: 40,
        sockets: 60,
        times: 4,
        tcp_info: false,
        aggregates: 0,
        only_aggregates: false,
    };
    let (mut with_rows, mut max_rows, mut events) = (false, 1 << 20, None);
    let mut compression = Compression::default();
    while let Some(option) = args.next() {
        let mut number =
            || args.next().ok_or("a number is missing")?.parse().map_err(|_| "no number");
        match option.as_str() {
            "--hosts" => fleet.hosts = number()?,
            "--sockets" => fleet.sockets = number()?,
            "--times" => fleet.times = number()?,
            "--aggregates" => fleet.aggregates = number()?,
            "--only-aggregates" => fleet.only_aggregates = true,
            "--events" => events = Some(number()?),
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
    if fleet.aggregates > 10 || fleet.only_aggregates && fleet.aggregates == 0 {
        return Err("--aggregates is from 1 to 10".into());
    }
    std::fs::create_dir_all(&directory)?;
    inventory(&fleet, &directory)?;
    let mut options = StoreOptions::default();
    (options.max_bytes, options.max_age, options.max_rows) = (None, Duration::MAX, max_rows);
    options.compression = compression;
    let begun = Instant::now();
    let mut made = Made {
        store: Store::open(&directory, "collector", options)?,
        columns: SocketColumns::new(),
        aggregator: Aggregator::new(EPHEMERAL),
        rows: with_rows.then(|| Rows::create(&directory)).transpose()?,
        invented: 0.0,
        built: 0.0,
        written: 0.0,
    };
    for moment in fleet.moments() {
        for host in (0..fleet.hosts).filter(|host| fleet.answers(*host, moment)) {
            made.look(&fleet, host, moment)?;
        }
    }
    if let Some(events) = events {
        let mut lines = with_rows.then(|| EventLines::create(&directory)).transpose()?;
        for host in 0..fleet.hosts {
            made.events(&fleet, host, events, lines.as_mut())?;
        }
    }
    made.close(begun)
}

/// `inventory.csv`: what is known of hosts elsewhere.
fn inventory(fleet: &Fleet, directory: &Path) -> Result<(), Failure> {
    let mut inventory = BufWriter::new(File::create(directory.join("inventory.csv"))?);
    writeln!(inventory, "host,address,rack")?;
    for host in 0..fleet.hosts {
        writeln!(inventory, "{},{},{}", fleet.name(host), fleet.address(host), fleet.rack(host))?;
    }
    Ok(inventory.flush()?)
}

/// What is made: the files, and the seconds of the processor that it took.
struct Made {
    store: Store,
    columns: SocketColumns,
    aggregator: Aggregator,
    rows: Option<Rows>,
    invented: f64,
    built: f64,
    written: f64,
}

impl Made {
    fn look(&mut self, fleet: &Fleet, host: u32, moment: Moment) -> Result<(), Failure> {
        let start = cpu();
        let sockets = fleet.sockets(host, moment);
        self.invented += cpu() - start;
        let time = self.store.begin(moment.time + i64::from(host))?;
        let mut snapshot = Snapshot::new(&fleet.host(host), time);
        snapshot.uptime = fleet.uptime(host, moment.time);
        snapshot.sockets = sockets.len() as u64;
        snapshot.gaps = fleet.gaps(host);
        snapshot.complete = snapshot.gaps.is_empty();
        snapshot.kinds = ["tcp", "tcp6", "udp", "unix"].map(str::to_owned).to_vec();
        snapshot.rows = fleet.rows(host, moment);
        if let Some(rows) = &mut self.rows {
            rows.write(&snapshot, &sockets)?;
        }
        let (start, before) = (cpu(), self.written);
        if snapshot.rows.has_sockets() {
            self.columns.begin(&snapshot.host, snapshot.time);
            for socket in &sockets {
                let owners = socket.owners.iter().map(Holder::owner);
                self.columns.push(&socket.row, owners, |owner| program(socket, owner.pid));
                if self.columns.is_full() {
                    let batch = self.columns.take()?;
                    self.write(|store| store.write(&batch))?;
                }
            }
            if self.columns.rows() > 0 {
                let batch = self.columns.take()?;
                self.write(|store| store.write(&batch))?;
            }
        }
        if snapshot.rows.has_aggregates() {
            self.aggregator.begin(&snapshot.host, snapshot.time);
            for socket in &sockets {
                let owners = socket.owners.iter().map(Holder::owner);
                self.aggregator.push(&socket.row, owners, |owner| program(socket, owner.pid));
            }
            snapshot.aggregates = self.aggregator.rows() as u64;
            snapshot.aggregates_other = self.aggregator.other();
            let batch = self.aggregator.take()?;
            self.write(|store| store.write_aggregates(&batch))?;
        }
        self.write(|store| store.end(&snapshot))?;
        self.built += cpu() - start - (self.written - before);
        Ok(())
    }

    fn write(&mut self, write: impl FnOnce(&mut Store) -> Result<(), Error>) -> Result<(), Error> {
        let start = cpu();
        write(&mut self.store)?;
        self.written += cpu() - start;
        Ok(())
    }

    fn events(
        &mut self,
        fleet: &Fleet,
        host: u32,
        events: u32,
        mut lines: Option<&mut EventLines>,
    ) -> Result<(), Failure> {
        let mut columns = EventColumns::new(&fleet.host(host));
        for (mut span, happened) in fleet.spans(host, events) {
            if let Some(lines) = &mut lines {
                lines.write(&span, &happened)?;
            }
            let (start, before) = (cpu(), self.written);
            span.time = self.store.begin_events(span.time)?;
            for it in &happened {
                let program = it.process.as_deref().map(Process::program);
                columns.push(&it.row, &program.unwrap_or_default());
                if columns.is_full() {
                    let batch = columns.take()?;
                    self.write(|store| store.write_events(&batch))?;
                }
            }
            if columns.rows() > 0 {
                let batch = columns.take()?;
                self.write(|store| store.write_events(&batch))?;
            }
            self.write(|store| store.end_events(&span))?;
            self.built += cpu() - start - (self.written - before);
        }
        Ok(())
    }

    fn close(self, begun: Instant) -> Result<(), Failure> {
        let start = cpu();
        let counts = self.store.close()?;
        let (built, written) = (self.built, self.written + cpu() - start);
        let seconds = built + written;
        let rows = counts.sockets + counts.aggregates + counts.events;
        println!(
            "{} snapshots, {} sockets, {} aggregates, {} event spans, {} events: {} files, {} bytes, {:.2} a row; \
             {:.2} million rows a second of one processor ({built:.3} s to build batches, {written:.3} s to write them; not \
             counted: {:.2} s to invent them; {:.2} s by the clock)",
            counts.snapshots,
            counts.sockets,
            counts.aggregates,
            counts.event_spans,
            counts.events,
            counts.files,
            counts.bytes,
            counts.bytes as f64 / rows as f64,
            rows as f64 / seconds / 1e6,
            self.invented,
            begun.elapsed().as_secs_f64(),
        );
        Ok(())
    }
}

fn program(socket: &Invented, pid: u32) -> Program {
    socket.program(pid).map_or_else(Program::default, Process::program)
}

/// The time that processors have spent on this, in seconds: other programs do not change it as much.
fn cpu() -> f64 {
    let spent = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9
}
