//! The invented sockets without columns, for an oracle.

use std::{
    fs::File,
    io::{self, BufWriter, Write as _},
    path::Path,
};

use procnet::Inode;
use procnet_arrow::Snapshot;

use crate::host::{Holder, Invented};

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
            r#"{{"host":"{}","time":{time},"complete":{complete},"gaps":{gaps:?},"sockets":["#,
            host.name
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
            write!(out, r#""exe":"{}","unit":"{}"}}"#, process.exe, process.unit)?;
        }
        write!(out, "]}}")
    }
}
