//! Optional columns of sockets: -o, -e, -m, -i, and those of families without IP addresses.

mod cgroup;
mod congestion_info;
mod extended;
mod info;
mod memory;
mod other_families;
mod packet;
mod packet_netlink;
mod sockopt;
mod timer;
mod tos;
mod upper_layer;

use std::num::NonZeroU32;

use procnet::{
    Socket,
    details::{Details, OwnedDetails},
    filter::service_name,
};

use super::{OwnerFields, SocketRow};
use crate::{
    field::Field,
    interface,
    output::{Cells, Column, Keep, Shape},
};

/// Which optional columns are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extras {
    pub(crate) netns: bool,
    /// -o
    pub(crate) timer: bool,
    /// -e
    pub(crate) extended: bool,
    /// -m
    pub(crate) memory: bool,
    /// -i
    pub(crate) info: bool,
    /// -ii
    pub(crate) all_info: bool,
    /// --tos
    pub(crate) tos: bool,
    /// --cgroup-path
    pub(crate) cgroups: bool,
    /// --inet-sockopt
    pub(crate) sockopt: bool,
    /// -b
    pub(crate) bpf: bool,
    /// --bpf-maps
    pub(crate) storages: bool,
    /// -T
    pub(crate) threads: bool,
    /// -Z, -z
    pub(crate) contexts: bool,
    /// -z
    pub(crate) socket_contexts: bool,
    /// -n
    pub(crate) numeric: bool,
    /// What packet and netlink sockets have instead of addresses.
    pub(crate) packet_netlink: bool,
    /// What only kinds have that sock_diag alone lists.
    pub(crate) other_families: bool,
    /// -pp
    pub(crate) processes: bool,
    /// Whether interfaces are those of the command's own network namespace, which have names.
    pub(crate) interface_names: bool,
    /// --services
    pub(crate) services: bool,
    /// -Q
    pub(crate) no_queues: bool,
    /// --fields
    pub(crate) owner_fields: OwnerFields,
    /// -r
    pub(crate) resolve: bool,
    /// Whether looks are compared, for rates and ages.
    pub(crate) watched: bool,
    /// Whether rows are sorted by a rate: its column is not the first to be given up then.
    pub(crate) tx: bool,
    pub(crate) rx: bool,
    /// The same for ages.
    pub(crate) age: bool,
}

impl Extras {
    /// The same, and the columns of what rows are sorted by.
    pub(crate) fn with_sorted(self, by: &[Field]) -> Extras {
        Extras {
            info: self.info || by.iter().any(|field| field.is_of_tcp_info()),
            memory: self.memory || by.contains(&Field::Drops),
            tx: by.iter().any(|field| matches!(field, Field::Rate | Field::Tx)),
            rx: by.iter().any(|field| matches!(field, Field::Rate | Field::Rx)),
            age: by.contains(&Field::Age),
            ..self
        }
    }

    pub(crate) const NONE: Extras = Extras {
        netns: false,
        timer: false,
        extended: false,
        memory: false,
        info: false,
        all_info: false,
        tos: false,
        cgroups: false,
        sockopt: false,
        bpf: false,
        storages: false,
        threads: false,
        contexts: false,
        socket_contexts: false,
        numeric: false,
        packet_netlink: false,
        other_families: false,
        processes: false,
        interface_names: false,
        services: false,
        no_queues: false,
        owner_fields: OwnerFields::NONE,
        resolve: false,
        watched: false,
        tx: false,
        rx: false,
        age: false,
    };

    /// The name of a port, for people, if it is asked for and known.
    pub(super) fn service(self, port: u16) -> Option<&'static str> {
        self.services.then(|| service_name(port)).flatten()
    }

    /// An interface for people: its name, or `if` and its index.
    pub(super) fn interface(self, index: NonZeroU32) -> String {
        let name = self.interface_names.then(|| interface::name(index)).flatten();
        name.unwrap_or_else(|| format!("if{index}"))
    }

    /// Whether details of processes are printed.
    pub(crate) fn needs_processes(self) -> bool {
        self.processes || !self.owner_fields.is_empty()
    }

    /// The details that have to be requested from sock_diag.
    pub(crate) fn details(self) -> Details {
        let parts = [
            (self.extended, extended::details()),
            (self.memory, Details::SOCKET_MEMORY),
            (self.info, info::details()),
            (self.tx || self.rx, Details::TCP_INFO),
            (self.all_info, Details::MD5_KEYS),
            (self.tos, Details::TYPE_OF_SERVICE | Details::CLASS_ID),
            (self.cgroups, Details::CONTROL_GROUP),
            (self.sockopt, Details::SOCKET_OPTIONS),
            (self.bpf, Details::FILTER),
            (self.storages, Details::STORAGES),
        ];
        parts.into_iter().filter(|(selected, _)| *selected).map(|(_, details)| details).collect()
    }

    /// The columns, in order.
    fn selected(self) -> impl Iterator<Item = &'static ExtraColumn> {
        let parts: [(bool, &'static [ExtraColumn]); 16] = [
            (self.packet_netlink, packet_netlink::COLUMNS),
            (self.other_families, other_families::COLUMNS),
            (self.timer, timer::COLUMNS),
            (self.extended, extended::COLUMNS),
            (self.cgroups && !self.extended, cgroup::ID),
            (self.cgroups, cgroup::COLUMNS),
            (self.tos && !self.extended, tos::SHARED),
            (self.tos, tos::COLUMNS),
            (self.sockopt, sockopt::COLUMNS),
            (self.extended && self.packet_netlink, packet::COLUMNS),
            (self.bpf, packet::FILTER),
            (self.storages, packet::STORAGES),
            (self.memory, memory::COLUMNS),
            (self.info, info::COLUMNS),
            (self.info, congestion_info::COLUMNS),
            (self.info, upper_layer::COLUMNS),
        ];
        let columns =
            parts.into_iter().filter(|(selected, _)| *selected).flat_map(|(_, columns)| columns);
        // With -e all kinds share one key for the interface.
        let mut has_interface = false;
        columns.filter(move |extra| {
            let is_interface = extra.key == Some("interface");
            !is_interface || !std::mem::replace(&mut has_interface, true)
        })
    }

    pub(super) fn keys(self) -> impl Iterator<Item = String> {
        self.selected().filter_map(|extra| extra.key).map(str::to_owned)
    }

    pub(super) fn columns(self) -> impl Iterator<Item = Column> {
        self.selected().filter_map(|extra| {
            let (title, shape, keep) = extra.column?;
            Some(Column::new(title, shape, keep))
        })
    }

    pub(super) fn values(self, row: &SocketRow<'_>, cells: &mut Cells) {
        self.push(row, cells, |extra| extra.key.is_some());
    }

    pub(super) fn cells(self, row: &SocketRow<'_>, cells: &mut Cells) {
        self.push(row, cells, |extra| extra.column.is_some());
    }

    fn push(self, row: &SocketRow<'_>, cells: &mut Cells, wanted: impl Fn(&ExtraColumn) -> bool) {
        let mut extras = self.selected().filter(|extra| wanted(extra)).peekable();
        if extras.peek().is_some() {
            let attributes = Attributes::of(row);
            extras.for_each(|extra| cells.push_option((extra.value)(&attributes)));
        }
    }

    /// Appends the members that the library does not serialize.
    pub(super) fn object(self, row: &SocketRow<'_>, out: &mut Vec<u8>) -> serde_json::Result<()> {
        let socket = row.socket;
        if self.timer {
            append(out, &timer::TimerForm::of(socket))?;
        }
        if self.extended {
            append(out, &extended::ExtendedForm::of(socket))?;
        }
        if self.cgroups {
            append(out, &cgroup::CgroupForm::of(row))?;
        }
        Ok(())
    }
}

/// Appends the members of an object to another one.
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

/// A socket and its details, from which columns are taken.
struct Attributes<'a> {
    socket: &'a Socket<'a>,
    details: OwnedDetails,
    extras: Extras,
    row: &'a SocketRow<'a>,
}

impl<'a> Attributes<'a> {
    fn of(row: &'a SocketRow<'a>) -> Attributes<'a> {
        let SocketRow { socket, extras, .. } = *row;
        let details = socket.details().and_then(|details| details.to_owned());
        Attributes { socket, details: details.unwrap_or_default(), extras, row }
    }
}

/// A column for people, for programs, or for both.
struct ExtraColumn {
    /// Its key in CSV: the path to it in JSON.
    key: Option<&'static str>,
    column: Option<(&'static str, Shape, Keep)>,
    value: fn(&Attributes<'_>) -> Option<String>,
}

impl ExtraColumn {
    const fn both(
        key: &'static str,
        column: (&'static str, Shape, Keep),
        value: fn(&Attributes<'_>) -> Option<String>,
    ) -> ExtraColumn {
        ExtraColumn { key: Some(key), column: Some(column), value }
    }

    const fn program(
        key: &'static str,
        value: fn(&Attributes<'_>) -> Option<String>,
    ) -> ExtraColumn {
        ExtraColumn { key: Some(key), column: None, value }
    }

    const fn people(
        column: (&'static str, Shape, Keep),
        value: fn(&Attributes<'_>) -> Option<String>,
    ) -> ExtraColumn {
        ExtraColumn { key: None, column: Some(column), value }
    }
}

/// A number that has a column if any socket has it.
const fn number(title: &'static str) -> (&'static str, Shape, Keep) {
    (title, Shape::Number, Keep::Always)
}

/// A number that is usually 0.
const fn usually_zero(title: &'static str) -> (&'static str, Shape, Keep) {
    (title, Shape::Number, Keep::UnlessZero)
}

/// A column that is dropped first.
const fn expendable(title: &'static str, shape: Shape) -> (&'static str, Shape, Keep) {
    (title, shape, Keep::IfRoom)
}

fn text(value: Option<impl ToString>) -> Option<String> {
    value.map(|value| value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_appended_to_those_of_an_object() {
        let mut line = br#"{"a":1}"#.to_vec();
        append(&mut line, &serde_json::json!({"b": [2]})).unwrap();
        assert_eq!(line, br#"{"a":1,"b":[2]}"#);
    }
}
