//! `procnet sockets`: which sockets exist, and who owns them.

use std::{cmp::Ordering, ops::ControlFlow};

use procnet::{Owners, Scanner, Snapshot, Socket};

use crate::{
    Sight,
    args::{Sockets, Sort},
    error::Error,
    field::{Field, Value},
    messages::{self, message},
    output::Writer,
    row::SocketRow,
};

pub(super) fn run(args: &Sockets) -> Result<Sight, Error> {
    let mut scanner = args.host.scanner()?;
    let mut writer = Writer::open(args.printing, SocketRow::header())?;
    if !args.grouping.sort.fields.is_empty() {
        return sorted(args, &mut scanner, writer);
    }
    let mut written = Ok(());
    let coverage = scanner.visit(&args.query(), |socket| {
        written = print(args, &mut writer, *socket);
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written?;
    writer.finish()?;
    Ok(messages::coverage(&coverage, args.selection.tells_fallbacks()))
}

/// Prints what has to be known whole first.
fn sorted(args: &Sockets, scanner: &mut Scanner, mut writer: Writer) -> Result<Sight, Error> {
    let mut all = Snapshot::default();
    scanner.snapshot(&args.query(), &mut all)?;
    let mut sockets: Vec<Socket<'_>> = all.iter().collect();
    sort(&mut sockets, &args.grouping.sort);
    let count = args.max.map_or(sockets.len(), |max| usize::try_from(max).unwrap_or(usize::MAX));
    for socket in sockets.iter().take(count) {
        print(args, &mut writer, *socket)?;
    }
    writer.finish()?;
    let sight = messages::coverage(all.coverage(), args.selection.tells_fallbacks());
    match sockets.len().saturating_sub(count) {
        0 => {}
        1 => message!("1 more socket is not shown, as --max asks"),
        more => message!("{more} more sockets are not shown, as --max asks"),
    }
    Ok(sight)
}

fn print(args: &Sockets, writer: &mut Writer, mut socket: Socket<'_>) -> Result<(), Error> {
    if args.columns.no_owners {
        // With --pid its owner is known all the same.
        socket.owners = Owners::default();
    }
    writer.row(&SocketRow(&socket))
}

/// Sorts sockets; those that are alike stay in the kernel's order.
pub(super) fn sort(sockets: &mut [Socket<'_>], by: &Sort) {
    let fields = &by.fields;
    let keys = |socket: &Socket<'_>| -> Vec<Value> {
        fields.iter().map(|field| field.value(socket)).collect()
    };
    let order = |left: &Vec<Value>, right: &Vec<Value>| {
        let each = fields
            .iter()
            .zip(left)
            .zip(right)
            .map(|((field, left), right)| compared(*field, left, right, by.reverse));
        each.fold(Ordering::Equal, Ordering::then)
    };
    let mut keyed: Vec<(Vec<Value>, Socket<'_>)> =
        sockets.iter().map(|socket| (keys(socket), *socket)).collect();
    keyed.sort_by(|(left, _), (right, _)| order(left, right));
    for (place, (_, socket)) in sockets.iter_mut().zip(keyed) {
        *place = socket;
    }
}

/// Amounts begin with the most; what is not there comes last either way.
fn compared(field: Field, left: &Value, right: &Value, reverse: bool) -> Ordering {
    match (left, right) {
        (Value::None, _) | (_, Value::None) => left.cmp(right),
        _ if field.is_amount() != reverse => right.cmp(left),
        _ => left.cmp(right),
    }
}
