//! `procnet summary`: counts of sockets.

use procnet::summary::{Histogram, Summary};

use super::hint;
use crate::{
    Outcome, args,
    error::Error,
    messages,
    output::{Header, Writer},
    row::CountRow,
};

/// The number of ports that are shown by default.
const DEFAULT_PORTS: usize = 10;

pub(super) fn run(args: &args::Summary) -> Result<Outcome, Error> {
    let mut scanner = args.host.scanner()?;
    let mut summary = Summary::default();
    let coverage = scanner.summarize(&args.query()?, &mut summary)?;
    let mut writer = Writer::open(args.printing, Header::of::<CountRow<'_>>())?;
    for (kind, state, sockets) in summary.states() {
        let key = state.to_string();
        writer.row(&CountRow { by: "state", kind: Some(kind.name()), key: &key, sockets })?;
    }
    let mut ports: Vec<(u16, u64)> = summary.ports().collect();
    if !args.all_ports {
        ports.sort_by_key(|(port, sockets)| (std::cmp::Reverse(*sockets), *port));
        ports.truncate(DEFAULT_PORTS);
    }
    for (port, sockets) in ports {
        writer.row(&CountRow { by: "port", kind: None, key: &port.to_string(), sockets })?;
    }
    for (user, sockets) in summary.users() {
        writer.row(&CountRow { by: "uid", kind: None, key: &user.to_string(), sockets })?;
    }
    if summary.other_users() > 0 {
        let sockets = summary.other_users();
        writer.row(&CountRow { by: "uid", kind: None, key: "others", sockets })?;
    }
    for (by, queues) in
        [("rx_queue", summary.receive_queues()), ("tx_queue", summary.send_queues())]
    {
        histogram(&mut writer, by, queues)?;
    }
    writer.finish()?;
    hint::print(&coverage, &args.selection, &mut scanner);
    Ok(messages::coverage(&coverage, args.selection.reports_fallbacks()))
}

fn histogram(writer: &mut Writer, by: &str, queues: &Histogram) -> Result<(), Error> {
    for (shortest, longest, sockets) in queues.classes() {
        let key = if shortest == longest {
            shortest.to_string()
        } else {
            format!("{shortest}-{longest}")
        };
        writer.row(&CountRow { by, kind: None, key: &key, sockets })?;
    }
    Ok(())
}
