//! What is told of a socket beside what every row has: each of it one column, here.

mod addressless;
mod extended;
mod info;
mod memory;
mod timer;

use procnet::{Details, OwnedDetails, Socket};

use crate::output::{Cells, Column, Keep, Shape};

/// What is told of each socket besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tell {
    pub(crate) netns: bool,
    /// -o
    pub(crate) timer: bool,
    /// -e
    pub(crate) extended: bool,
    /// -m
    pub(crate) memory: bool,
    /// -i
    pub(crate) info: bool,
    /// What packet and netlink sockets have instead of addresses.
    pub(crate) addressless: bool,
    /// -pp
    pub(crate) processes: bool,
}

impl Tell {
    /// What socket diagnostics have to be asked for.
    pub(crate) fn details(self) -> Details {
        let parts = [
            (self.extended, extended::details()),
            (self.memory, Details::SOCKET_MEMORY),
            (self.info, Details::TCP_INFO | Details::CONGESTION),
        ];
        parts.into_iter().filter(|(asked, _)| *asked).map(|(_, details)| details).collect()
    }

    /// The columns, in the order in which they stand.
    fn extras(self) -> impl Iterator<Item = &'static Extra> {
        let parts: [(bool, &'static [Extra]); 5] = [
            (self.addressless, addressless::EXTRAS),
            (self.timer, timer::EXTRAS),
            (self.extended, extended::EXTRAS),
            (self.memory, memory::EXTRAS),
            (self.info, info::EXTRAS),
        ];
        let extras = parts.into_iter().filter(|(asked, _)| *asked).flat_map(|(_, extras)| extras);
        // With -e all kinds have an interface, in one column.
        extras.filter(move |extra| {
            extra.column.is_some() || extra.key != Some("interface") || !self.extended
        })
    }

    pub(super) fn keys(self) -> impl Iterator<Item = String> {
        self.extras().filter_map(|extra| extra.key).map(str::to_owned)
    }

    pub(super) fn columns(self) -> impl Iterator<Item = Column> {
        self.extras().filter_map(|extra| {
            let (title, shape, keep) = extra.column?;
            Some(Column::new(title, shape, keep))
        })
    }

    pub(super) fn csv(self, socket: &Socket<'_>, cells: &mut Cells) {
        self.push(socket, cells, |extra| extra.key.is_some());
    }

    pub(super) fn table(self, socket: &Socket<'_>, cells: &mut Cells) {
        self.push(socket, cells, |extra| extra.column.is_some());
    }

    fn push(self, socket: &Socket<'_>, cells: &mut Cells, wanted: impl Fn(&Extra) -> bool) {
        let mut extras = self.extras().filter(|extra| wanted(extra)).peekable();
        if extras.peek().is_some() {
            let facts = Facts::of(socket);
            extras.for_each(|extra| cells.push_option((extra.value)(&facts)));
        }
    }

    /// Appends to a socket's object what the library does not write into it.
    pub(super) fn json(self, socket: &Socket<'_>, line: &mut Vec<u8>) -> serde_json::Result<()> {
        if self.timer {
            append(line, &timer::Form::of(socket))?;
        }
        if self.extended {
            append(line, &extended::Form::of(socket))?;
        }
        Ok(())
    }
}

/// Puts the members of an object at the end of another one.
pub(super) fn append(line: &mut Vec<u8>, more: &impl serde::Serialize) -> serde_json::Result<()> {
    let end = line.pop();
    debug_assert_eq!(end, Some(b'}'), "an object");
    let at = line.len();
    serde_json::to_writer(&mut *line, more)?;
    if let Some(open) = line.get_mut(at) {
        debug_assert_eq!(*open, b'{', "an object");
        *open = b',';
    }
    Ok(())
}

/// What columns are taken from.
struct Facts<'a> {
    socket: &'a Socket<'a>,
    details: OwnedDetails,
}

impl<'a> Facts<'a> {
    fn of(socket: &'a Socket<'a>) -> Facts<'a> {
        let details = socket.details().and_then(|details| details.to_owned());
        Facts { socket, details: details.unwrap_or_default() }
    }
}

/// A column, for people or programs or both.
struct Extra {
    /// Its name in CSV: the path to it in JSON.
    key: Option<&'static str>,
    column: Option<(&'static str, Shape, Keep)>,
    value: fn(&Facts<'_>) -> Option<String>,
}

impl Extra {
    const fn both(
        key: &'static str,
        column: (&'static str, Shape, Keep),
        value: fn(&Facts<'_>) -> Option<String>,
    ) -> Extra {
        Extra { key: Some(key), column: Some(column), value }
    }

    const fn program(key: &'static str, value: fn(&Facts<'_>) -> Option<String>) -> Extra {
        Extra { key: Some(key), column: None, value }
    }

    const fn people(
        column: (&'static str, Shape, Keep),
        value: fn(&Facts<'_>) -> Option<String>,
    ) -> Extra {
        Extra { key: None, column: Some(column), value }
    }
}

/// A number that is always worth a column, if any socket has it.
const fn number(title: &'static str) -> (&'static str, Shape, Keep) {
    (title, Shape::Number, Keep::Always)
}

/// A number that is mostly 0.
const fn fault(title: &'static str) -> (&'static str, Shape, Keep) {
    (title, Shape::Number, Keep::UnlessZero)
}

/// Something to be spared where space is short.
const fn aside(title: &'static str, shape: Shape) -> (&'static str, Shape, Keep) {
    (title, shape, Keep::IfRoom)
}

fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_put_behind_those_of_an_object() {
        let mut line = br#"{"a":1}"#.to_vec();
        append(&mut line, &serde_json::json!({"b": [2]})).unwrap();
        assert_eq!(line, br#"{"a":1,"b":[2]}"#);
    }
}
