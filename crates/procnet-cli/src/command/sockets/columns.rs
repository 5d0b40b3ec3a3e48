//! `procnet sockets --format arrow` and `parquet`: sockets as columns.

use std::{
    fs::File,
    io::{self, BufWriter, IsTerminal as _},
    os::{fd::AsFd as _, unix::ffi::OsStrExt as _},
};

use procnet::{Netns, Scanner};
use procnet_arrow::{
    Host, Recorder, Snapshot, Table,
    ipc::TableStream,
    now,
    parquet::{Compression, SocketFile},
};

use super::{hint, refused_count};
use crate::{Outcome, args::Sockets, error::Error, messages, output::Format, row::escaped};

pub(super) fn run(args: &Sockets, mut scanner: Scanner) -> Result<Outcome, Error> {
    if !args.sort().fields.is_empty() || args.resolves() {
        return Err(Error::ColumnsFormat);
    }
    if io::stdout().is_terminal() {
        return Err(Error::ColumnsOnTerminal);
    }
    let mut query = args.query()?;
    if !args.selection.has_netns() && !args.selection.has_pid() {
        // So that rows have its inode: in a fleet, a namespace is a part of what a socket is.
        query = query.netns(Netns::Own);
    }
    let recorder = Recorder::new(Host::read(scanner.root()), scanner.root())?;
    let mut recorder = recorder.programs(args.extras().needs_processes());
    let out = io::stdout().as_fd().try_clone_to_owned().map_err(Error::Output)?;
    let out = BufWriter::new(File::from(out));
    let time = now();
    let coverage = match args.printing.format {
        Format::Parquet => {
            let mut file = SocketFile::new(out, Compression::default())?;
            let (mut snapshot, coverage) =
                recorder.record_at(time, &mut scanner, &query, &mut |batch| file.write(&batch))?;
            scope(args, &mut snapshot);
            file.finish(&snapshot)?;
            coverage
        }
        // Those of rows do not come here.
        Format::Arrow | Format::Table | Format::Json | Format::Ndjson | Format::Csv => {
            let mut stream = TableStream::new(out, Table::Sockets)?;
            let (_, coverage) = recorder
                .record_at(time, &mut scanner, &query, &mut |batch| stream.write(&batch))?;
            stream.finish()?;
            coverage
        }
    };
    hint::print(&coverage, &args.selection, &mut scanner);
    Ok(messages::coverage(&coverage, args.selection.reports_fallbacks())
        .and(refused_count(recorder.denied(), &coverage)))
}

/// Notes what was asked for, if it was not everything.
fn scope(args: &Sockets, snapshot: &mut Snapshot) {
    if args.selection.has_conditions() || args.max.is_some() {
        let typed =
            std::env::args_os().skip(1).map(|argument| escaped(argument.as_bytes()).to_string());
        snapshot.scope = Some(typed.collect::<Vec<_>>().join(" "));
    }
}
