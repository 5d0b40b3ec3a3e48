//! `procnet sockets`: which sockets exist, and who owns them.

use std::ops::ControlFlow;

use procnet::Owners;

use crate::{Sight, args::Sockets, error::Error, messages, output::Writer, row::SocketRow};

pub(super) fn run(args: &Sockets) -> Result<Sight, Error> {
    let mut scanner = args.host.scanner()?;
    let mut writer = Writer::open(args.printing, SocketRow::header())?;
    let mut written = Ok(());
    let coverage = scanner.visit(&args.query(), |socket| {
        let mut socket = *socket;
        if args.columns.no_owners {
            // With --pid its owner is known all the same.
            socket.owners = Owners::default();
        }
        written = writer.row(&SocketRow(&socket));
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written?;
    writer.finish()?;
    Ok(messages::coverage(&coverage, args.selection.tells_fallbacks()))
}
