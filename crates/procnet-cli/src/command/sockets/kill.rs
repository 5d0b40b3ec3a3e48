//! `procnet sockets --kill`: lists the sockets that match, asks, and closes exactly those.

mod ancestors;

use std::{
    collections::HashSet,
    io::{self, BufRead as _, IsTerminal as _, Write as _},
};

use procnet::{
    Inode, Scanner, Socket,
    destroy::{Outcome as Closing, Target},
    snapshot::Snapshot,
};

use super::{Rows, order, refused, unseen, watch::own_sockets::open_sockets};
use crate::{
    Outcome,
    args::{Printing, Sockets},
    command::hint,
    error::Error,
    messages::{self, message},
    output::{Format, Writer},
    process::{ControlGroupPaths, Processes},
    row::{Killed, KilledRow, SocketRow},
};

/// A socket that matches, with what is to be closed, or why it is not.
struct Found<'a> {
    socket: Socket<'a>,
    target: Result<Target, Killed>,
}

pub(super) fn run(args: &Sockets, mut scanner: Scanner) -> Result<Outcome, Error> {
    if !args.selection.has_conditions() {
        return Err(Error::KillEverything);
    }
    let query = args.to_kill()?;
    // In a capture, and on another host, inodes are those of others.
    let is_host = args.host.is_own();
    let own = if is_host { open_sockets() } else { HashSet::new() };
    let known = Processes::of(scanner.root())?;
    let groups = ControlGroupPaths::default();
    let rows = Rows::of(args, &known, &groups);
    let mut all = Snapshot::default();
    scanner.snapshot(&query, &mut all)?;
    let mut sockets: Vec<Socket<'_>> = all.iter().collect();
    order::sort(&mut sockets, &args.sort(), |socket, field| field.value(socket, &known));
    let found: Vec<Found<'_>> = sockets.into_iter().map(|socket| found(socket, &own)).collect();
    let targets: Vec<Target> = found.iter().filter_map(|found| found.target.clone().ok()).collect();
    let header = || KilledRow::header(SocketRow::header(args.extras()));
    let print = |mut writer: Writer, killed: &[Killed]| {
        for (found, killed) in found.iter().zip(killed) {
            writer.row(&KilledRow { row: rows.row(&found.socket), killed: *killed })?;
        }
        writer.finish()
    };
    let planned = |found: &Found<'_>| found.target.as_ref().err().copied().unwrap_or(Killed::Would);
    let planned: Vec<Killed> = found.iter().map(planned).collect();
    let results = if args.kill.dry_run {
        planned
    } else {
        let list = || {
            if is_host {
                ancestors::warn(found.iter().map(|found| found.socket));
            }
            let printing = Printing { format: Format::Table, ..args.printing };
            print(Writer::open_on(&io::stderr(), printing, header())?, &planned)
        };
        if !targets.is_empty() && !is_confirmed(args, targets.len(), list)? {
            message!("not confirmed: nothing was closed");
            return Ok(Outcome::Undone);
        }
        let mut closed = scanner.destroy(&targets).into_iter().map(Killed::Is);
        let result = |planned: &Killed| match planned {
            Killed::Would => closed.next().unwrap_or(Killed::Would),
            refused => *refused,
        };
        planned.iter().map(result).collect()
    };
    print(Writer::open(args.printing, header())?, &results)?;
    hint::print(all.coverage(), &args.selection, &mut scanner);
    let seen = messages::coverage(all.coverage(), args.selection.reports_fallbacks());
    Ok(seen.and(refused(&known, all.coverage())).and(unseen(&groups)).and(report(&results)))
}

/// A socket that matches. `own` are those that procnet itself holds.
fn found<'s>(socket: Socket<'s>, own: &HashSet<Inode>) -> Found<'s> {
    let target = match socket.inode.is_some_and(|inode| own.contains(&inode)) {
        true => Err(Killed::Own),
        false => Target::of(&socket).map_err(Killed::refused),
    };
    Found { socket, target }
}

/// Whether so many sockets are to be closed: as said on the command line, else as typed after the list.
fn is_confirmed(
    args: &Sockets,
    count: usize,
    list: impl FnOnce() -> Result<(), Error>,
) -> Result<bool, Error> {
    if args.kill.yes {
        return Ok(true);
    }
    if let Some(confirmed) = args.kill.confirm {
        let is_it = usize::try_from(confirmed) == Ok(count);
        return if is_it { Ok(true) } else { Err(Error::KillCount { count, confirmed }) };
    }
    let is_asked = io::stdin().is_terminal() && io::stderr().is_terminal();
    if !is_asked {
        return Err(Error::KillUnconfirmed { count });
    }
    list()?;
    let prompt = match count {
        1 => "close this socket? Type 1 to close it: ".to_owned(),
        more => format!("close these {more} sockets? Type {more} to close them: "),
    };
    let mut err = io::stderr();
    let asked = err.write_all(format!("procnet: {prompt}").as_bytes()).and_then(|()| err.flush());
    asked.map_err(Error::Output)?;
    let mut typed = String::new();
    // What cannot be read confirms nothing.
    let read = io::stdin().lock().read_line(&mut typed);
    Ok(read.is_ok() && typed.trim() == count.to_string())
}

/// Reports why sockets were not closed, and what would help: a line for each reason.
fn report(results: &[Killed]) -> Outcome {
    let mut reasons: Vec<(Killed, usize)> = Vec::new();
    for killed in results.iter().filter(|killed| killed.reason().is_some()) {
        match reasons.iter_mut().find(|(known, _)| known.reason() == killed.reason()) {
            Some((_, count)) => *count += 1,
            None => reasons.push((*killed, 1)),
        }
    }
    for (killed, count) in &reasons {
        let sockets = if *count == 1 { "socket" } else { "sockets" };
        let help = killed.help().map(|help| format!(": {help}")).unwrap_or_default();
        let reason = killed.reason().unwrap_or_default();
        message!("{count} {sockets} not closed: {reason}{help}");
    }
    let gone = results.iter().filter(|killed| **killed == Killed::Is(Closing::Gone)).count();
    match gone {
        0 => {}
        1 => message!("1 socket had ended already"),
        more => message!("{more} sockets had ended already"),
    }
    let is_done = |killed: &Killed| killed.is_over() || *killed == Killed::Would;
    if results.iter().all(is_done) { Outcome::Complete } else { Outcome::Undone }
}
