//! The rows of a list: sockets, with what follows from a comparison with the look before.

use std::time::Duration;

use procnet::{Owners, Socket, rates::TrafficRates, snapshot::Change};

use super::{SocketWatch, warned};
use crate::{
    command::sockets::order,
    field::{Field, Value},
    groups::Looked,
    output::Row,
    process::Processes,
    row::{Mark, MarkedRow, SinceLook, SocketRow, Warnings},
    watch::{Shown, View},
};

/// A row of a list.
struct Marked<'a> {
    mark: Mark,
    socket: Socket<'a>,
    warnings: Warnings,
    since: SinceLook,
}

impl Marked<'_> {
    /// What rows are sorted by.
    fn value(&self, field: Field, known: &Processes) -> Value {
        let known_only = |number: Option<u64>| number.map_or(Value::None, Value::Number);
        match field {
            Field::Tx => known_only(self.since.tx().known()),
            Field::Rx => known_only(self.since.rx().known()),
            Field::Rate => known_only(self.since.tx().plus(self.since.rx()).known()),
            Field::Age => known_only(self.since.age.map(|age| milliseconds(age.seen))),
            field => field.value(&self.socket, known),
        }
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl SocketWatch<'_> {
    /// The sockets in the kernel's order, then the vanished ones.
    fn marked(&self) -> Vec<Marked<'_>> {
        let mut changes = self.before.diff(&self.now).peekable();
        let mut marked = Vec::with_capacity(self.now.len());
        for socket in self.now.iter() {
            let mark = match changes.peek() {
                Some(Change::Appeared(change)) if is_row_of(change, &socket) => Mark::Appeared,
                Some(Change::Changed { after, .. }) if is_row_of(after, &socket) => Mark::Changed,
                _ => Mark::Unchanged,
            };
            if mark != Mark::Unchanged {
                changes.next();
            }
            let Looked { warnings, rates } = self.looked(&socket);
            let since = SinceLook { age: self.history.age(&socket), rates };
            marked.push(Marked { mark, socket, warnings, since });
        }
        let vanished = changes.map(|change| Marked {
            mark: Mark::Vanished,
            socket: *change.socket(),
            warnings: Warnings::default(),
            since: SinceLook { age: self.history.age(change.socket()), rates: None },
        });
        marked.extend(vanished);
        marked.retain(|marked| !self.own.has(&marked.socket));
        marked
    }

    /// What follows from a comparison with the look before.
    pub(super) fn looked(&self, socket: &Socket<'_>) -> Looked {
        let before = self.before.counterpart(socket);
        let mut warnings = warned::since(before.as_ref(), socket);
        warnings.leaking = u64::from(self.leaks.has(socket));
        let rates = TrafficRates::between(before.as_ref(), socket, self.history.interval());
        Looked { warnings, rates }
    }

    pub(super) fn list(&self, view: &View, most: usize, each: &mut dyn FnMut(&dyn Row)) -> Shown {
        let extras = self.extras(view);
        let mut marked = self.marked();
        match view.sort.fields.is_empty() {
            true if view.sort.reverse => marked.reverse(),
            true => {}
            false => {
                order::sort(&mut marked, &view.sort, |row, field| row.value(field, &self.known));
            }
        }
        let most = most.min(self.max(view));
        if marked.len() > most {
            // Changes are shown first, and before them what needs attention.
            marked.sort_by_key(|Marked { mark, warnings, .. }| {
                (warnings.rank(), *mark == Mark::Unchanged)
            });
        }
        let all = marked.len();
        let rows = view.window(all, most);
        if let Some(names) = self.names.get() {
            let shown = marked[rows.clone()].iter().map(|marked| &marked.socket);
            let ends = shown.flat_map(|socket| [socket.local(), socket.remote()]);
            ends.flatten().for_each(|end| names.ask(end.ip()));
        }
        let names = self.names.get();
        for Marked { mark, socket, warnings, since } in &marked[rows.clone()] {
            let processes = extras.needs_processes().then_some(&self.known);
            let owners = if self.watching.owners { socket.owners } else { Owners::default() };
            let (groups, threads, since) = (extras.cgroups.then_some(&self.groups), None, *since);
            let row = SocketRow {
                socket,
                owners,
                extras,
                processes,
                groups,
                threads,
                contexts: None,
                since,
                names,
            };
            each(&MarkedRow { mark: *mark, warnings: *warnings, row });
        }
        Shown { rows, all }
    }
}

/// Whether both are the same row of one snapshot.
fn is_row_of(change: &Socket<'_>, socket: &Socket<'_>) -> bool {
    let key = |socket: &Socket<'_>| (socket.id(), socket.state, socket.local(), socket.remote());
    key(change) == key(socket)
}
