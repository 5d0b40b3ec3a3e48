//! `procnet life`: connections that ended.

mod bpf;
mod groups;
mod looks;
mod missing;
mod notifications;
mod source;

use std::{
    net::IpAddr,
    os::fd::BorrowedFd,
    thread,
    time::{Duration, Instant},
};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use self::{groups::Groups, missing::Missing, source::Source};
use crate::{
    Outcome,
    args::Life,
    command::top::ask,
    error::Error,
    host_names::HostNames,
    messages::message,
    output::Writer,
    row::{LifeGroupRow, LifeRow},
    terminal::{Ticker, Wake},
};

/// How long to wait before reading what has begun to arrive, so that more arrives meanwhile.
const PAUSE: Duration = Duration::from_millis(5);

/// At the end, how long what the kernel is about to report is waited for: nothing for so long, or
/// so long in all.
const SILENCE: Duration = Duration::from_millis(20);
const LAST_WAIT: Duration = Duration::from_millis(200);

pub(super) fn run(args: &Life) -> Result<Outcome, Error> {
    let mut scanner = args.host.scanner()?;
    let (mut source, fell_back) = Source::subscribe(&mut scanner, args)?;
    source.first_look(&mut scanner)?;
    let missing = Missing::new(args.shows_owners(), fell_back);
    let mut printed = Printed::open(args, missing)?;
    let mut ticker = Ticker::new(args.every).until_signal().map_err(Error::Output)?;
    ticker = ticker.for_at_most(args.time);
    ticker.advance();
    while !printed.is_full() {
        match ticker.wait_or_read(Some(source.as_fd())).map_err(Error::Output)? {
            Wake::Tick => {
                if source.needs_looks() {
                    source.look(&mut scanner)?;
                }
                ticker.advance();
            }
            Wake::Readable => {
                thread::sleep(PAUSE);
                printed.read(&mut source)?;
                printed.flush()?;
            }
            Wake::Closed => return Ok(Outcome::Complete),
            _ => {
                last(&mut source, &mut printed)?;
                break;
            }
        }
    }
    source.missing(&mut printed.missing);
    let (missing, named) = printed.finish()?;
    Ok(missing.report().and(named))
}

/// Reads what was reported before the end, or is about to be.
fn last(source: &mut Source, printed: &mut Printed<'_>) -> Result<(), Error> {
    let limit = Instant::now() + LAST_WAIT;
    loop {
        let more = printed.read(source)?;
        let is_over = || Instant::now() > limit || !is_readable_within(source.as_fd(), SILENCE);
        if !more && is_over() {
            return Ok(());
        }
    }
}

fn is_readable_within(fd: BorrowedFd<'_>, time: Duration) -> bool {
    let time = Timespec::try_from(time).ok();
    let ready = poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::IN)], time.as_ref());
    ready.is_ok_and(|ready| ready > 0)
}

/// What is printed, and what is not known of it.
struct Printed<'a> {
    form: Form<'a>,
    missing: Missing,
    /// Names of addresses, if they are printed.
    names: Option<HostNames>,
}

/// A row for each connection, or groups at the end.
enum Form<'a> {
    Rows { writer: Writer, left: usize },
    Groups { groups: Groups<'a>, args: &'a Life },
}

impl<'a> Printed<'a> {
    fn open(args: &'a Life, missing: Missing) -> Result<Printed<'a>, Error> {
        let names = args.resolve.then(HostNames::new);
        if !args.group_by.is_empty() {
            let form = Form::Groups { groups: Groups::by(&args.group_by), args };
            return Ok(Printed { form, missing, names });
        }
        let netns = args.selection.has_netns();
        let (header, typical) = (LifeRow::header(netns, args.resolve), LifeRow::typical(netns));
        let writer = Writer::stream(args.printing, header, &typical)?;
        let form = Form::Rows { writer, left: args.max() };
        Ok(Printed { form, missing, names })
    }

    /// Adds what waits. Returns whether more may be waiting.
    fn read(&mut self, source: &mut Source) -> Result<bool, Error> {
        let Printed { form, missing, names } = self;
        let left = match form {
            Form::Rows { left, .. } => *left,
            Form::Groups { .. } => usize::MAX,
        };
        let is_own = |row: &LifeRow| names.is_some() && row.is_of(std::process::id());
        let mut rows = Vec::new();
        let more = source.read(|row, matches| match matches {
            _ if rows.len() == left => {}
            // They would be the resolver's, each of them about the line before.
            Some(true) if is_own(&row) => {}
            Some(true) => rows.push(row),
            Some(false) => {}
            None => missing.undecided(),
        })?;
        rows.iter().for_each(|row| missing.printed(row));
        match form {
            Form::Rows { writer, left } => {
                *left -= rows.len();
                if let Some(names) = names {
                    let addresses: Vec<IpAddr> = rows.iter().flat_map(LifeRow::addresses).collect();
                    names.ask_soon(&addresses);
                    rows.iter_mut().for_each(|row| row.resolve(names));
                }
                rows.iter().try_for_each(|row| writer.row(row))?;
            }
            Form::Groups { groups, .. } => rows.iter().for_each(|row| groups.add(row)),
        }
        Ok(more)
    }

    /// Whether no more rows are asked for.
    fn is_full(&self) -> bool {
        matches!(self.form, Form::Rows { left: 0, .. })
    }

    fn flush(&mut self) -> Result<(), Error> {
        match &mut self.form {
            Form::Rows { writer, .. } => writer.flush(),
            Form::Groups { .. } => Ok(()),
        }
    }

    /// What is missing, and whether all names are known that are asked for.
    fn finish(self) -> Result<(Missing, Outcome), Error> {
        let Printed { form, missing, names } = self;
        let (groups, args) = match form {
            Form::Rows { writer, .. } => {
                writer.finish()?;
                return Ok((missing, report_unnamed(names.as_ref(), false)));
            }
            Form::Groups { groups, args } => (groups.sorted(), args),
        };
        let fields = &args.group_by;
        let max = args.max();
        if let Some(names) = &names {
            ask(names, &groups[..max.min(groups.len())]);
            names.wait();
        }
        let mut writer = Writer::open(args.printing, LifeGroupRow::header(fields, args.resolve))?;
        for (values, totals) in groups.iter().take(max) {
            writer.row(&LifeGroupRow { fields, values, totals, names: names.as_ref() })?;
        }
        writer.finish()?;
        let named = report_unnamed(names.as_ref(), true);
        match groups.len().saturating_sub(max) {
            0 => {}
            1 => message!("1 more group not shown (--max)"),
            more => message!("{more} more groups not shown (--max)"),
        }
        Ok((missing, named))
    }
}

/// Reports the addresses that are shown as numbers; if this `is_over`, also what is not answered yet.
fn report_unnamed(names: Option<&HostNames>, is_over: bool) -> Outcome {
    let Some(names) = names else { return Outcome::Complete };
    let (unnamed, outcome) = names.missing(is_over);
    unnamed.iter().for_each(|line| message!("{line}"));
    outcome
}
