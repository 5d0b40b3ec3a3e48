//! The invented sockets and events without columns, for an oracle.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::Path,
};

use procnet::Inode;
use procnet_arrow::{EventSpan, Snapshot};

use crate::{
    events::Happened,
    host::{Holder, Invented},
};

/// `rows.ndjson`: a line for each snapshot, with its sockets. No text in it needs escapes.
pub(crate) struct Rows(BufWriter<File>);

impl Rows {
    pub(crate) fn create(directory: &Path) -> io::Result<Rows> {
        File::create(directory.join("rows.ndjson")).map(BufWriter::new).map(Rows)
    }

    pub(crate) fn write(&mut self, snapshot: &Snapshot, sockets: &[Invented]) -> io::Result<()> {
        let Snapshot { host, time, complete, gaps, .. } = snapshot;
        write!(
            self.0,
            r#"{{"host":"{}","time":{time},"complete":{complete},"gaps":{gaps:?},"tables":{:?},"sockets":["#,
            host.name,
            snapshot.rows.tables().iter().map(|table| table.name()).collect::<Vec<_>>(),
        )?;
        for (at, socket) in sockets.iter().enumerate() {
            if at > 0 {
                self.0.write_all(b",")?;
            }
            self.socket(socket)?;
        }
        writeln!(self.0, "]}}")
    }

    fn socket(&mut self, Invented { row, owners }: &Invented) -> io::Result<()> {
        let out = &mut self.0;
        write!(out, r#"{{"kind":"{}","state":"{}""#, row.kind, row.state)?;
        let ends = [("local", row.local), ("remote", row.remote)];
        for (name, end) in ends.iter().filter_map(|(name, end)| end.map(|end| (name, end))) {
            write!(out, r#","{name}_addr":"{}","{name}_port":{}"#, end.ip(), end.port())?;
        }
        let info = row.tcp_info.unwrap_or_default();
        let numbers = [
            ("inode", row.inode.map(Inode::get)),
            ("uid", row.uid.map(u64::from)),
            ("rx_queue", row.rx_queue.map(u64::from)),
            ("backlog", row.backlog.map(u64::from)),
            ("drops", row.drops.map(u64::from)),
            ("rtt", info.rtt.map(u64::from)),
            ("total_retrans", info.total_retrans.map(u64::from)),
            ("bytes_acked", info.bytes_acked),
            ("bytes_received", info.bytes_received),
        ];
        for (name, number) in numbers.iter().filter_map(|(name, it)| it.map(|it| (name, it))) {
            write!(out, r#","{name}":{number}"#)?;
        }
        write!(out, r#","owners":["#)?;
        for (at, Holder { process, fd }) in owners.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(out, r#"{comma}{{"pid":{},"fd":{fd},"comm":"{}","#, process.pid, process.comm)?;
            write!(out, r#""start_time":{},"#, process.start_time)?;
            write!(out, r#""exe":"{}","unit":"{}"}}"#, process.exe, process.unit)?;
        }
        write!(out, "]}}")
    }
}

/// `events.ndjson`: a line for each span, with its events.
pub(crate) struct EventLines(BufWriter<File>);

impl EventLines {
    pub(crate) fn create(directory: &Path) -> io::Result<EventLines> {
        File::create(directory.join("events.ndjson")).map(BufWriter::new).map(EventLines)
    }

    pub(crate) fn write(&mut self, span: &EventSpan, events: &[Happened]) -> io::Result<()> {
        let out = &mut self.0;
        let EventSpan { host, time, end_time, complete, subscription, .. } = span;
        write!(out, r#"{{"host":"{}","time":{time},"end_time":{end_time},"#, host.name)?;
        let births = !subscription.births.is_empty();
        write!(out, r#""complete":{complete},"births":{births},"events":["#)?;
        for (at, Happened { row, process }) in events.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(out, r#"{comma}{{"event":"{:?}","time":{}"#, row.event, row.time)?;
            for (name, end) in [("local", row.local), ("remote", row.remote)] {
                let Some(end) = end else { continue };
                write!(out, r#","{name}_addr":"{}","{name}_port":{}"#, end.ip(), end.port())?;
            }
            if let Some(began) = row.began {
                write!(out, r#","began":{began}"#)?;
            }
            if let Some(state) = row.state {
                write!(out, r#","state":"{state}""#)?;
            }
            if let Some(process) = process {
                write!(out, r#","comm":"{}","pid":{}"#, process.comm, process.pid)?;
            }
            out.write_all(b"}")?;
        }
        writeln!(out, "]}}")
    }
}
