//! -e: what socket diagnostics tell besides.

use std::num::NonZeroU32;

use procnet::{Details, Socket, core::netlink::Shutdown};
use serde::Serialize;

use super::{Extra, aside, fault, text};
use crate::output::Shape;

pub(super) fn details() -> Details {
    let both = Details::SHUTDOWN;
    let inet = Details::CONTROL_GROUP | Details::TYPE_OF_SERVICE | Details::MARK | Details::V6_ONLY;
    let unix = Details::QUEUE | Details::PENDING | Details::FILE;
    both | inet | unix
}

pub(super) const EXTRAS: &[Extra] = &[
    Extra::both("interface", aside("Iface", Shape::Number), |facts| text(interface(facts.socket))),
    Extra::program("cookie", |facts| text(Form::of(facts.socket).cookie)),
    // As ss writes it.
    Extra::people(aside("Cookie", Shape::Word), |facts| {
        Form::of(facts.socket).cookie.map(|cookie| format!("{cookie:x}"))
    }),
    Extra::program("backlog", |facts| text(facts.socket.backlog())),
    Extra::both("details.cgroup", aside("Cgroup", Shape::Number), |facts| {
        text(facts.details.control_group)
    }),
    Extra::both("details.mark", fault("Mark"), |facts| text(facts.details.mark)),
    Extra::both("details.tos", fault("Tos"), |facts| text(facts.details.type_of_service)),
    Extra::both("details.tclass", fault("Tclass"), |facts| text(facts.details.traffic_class)),
    Extra::program("details.shutdown", |facts| {
        facts.details.shutdown.map(|shutdown| shutdown.0.to_string())
    }),
    Extra::people(aside("Shut", Shape::Word), |facts| shut(facts.details.shutdown?)),
    Extra::program("details.v6_only", |facts| text(facts.details.v6_only)),
    Extra::program("details.queue.receive", |facts| {
        facts.details.queue.map(|queue| queue.receive.to_string())
    }),
    Extra::program("details.queue.transmit", |facts| {
        facts.details.queue.map(|queue| queue.transmit.to_string())
    }),
    Extra::program("details.file.inode", |facts| {
        facts.details.file.map(|file| file.inode.to_string())
    }),
    Extra::program("details.file.device", |facts| {
        facts.details.file.map(|file| file.device.to_string())
    }),
    Extra::both("peer", aside("Peer", Shape::Number), |facts| text(facts.socket.peer())),
];

/// Which ways are shut.
fn shut(shutdown: Shutdown) -> Option<String> {
    let shown = match shutdown.0 {
        0 => return None,
        1 => "recv",
        2 => "send",
        3 => "both",
        _ => "?",
    };
    Some(shown.to_owned())
}

/// What the library does not write into a socket's object.
#[derive(Debug, Default, Serialize)]
pub(super) struct Form {
    /// Absent where the library writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<Option<u32>>,
    cookie: Option<u64>,
    backlog: Option<u32>,
}

impl Form {
    pub(super) fn of(socket: &Socket<'_>) -> Form {
        let cookie = socket.cookie();
        let interface = socket.packet().is_none().then(|| interface(socket));
        Form { interface, cookie, backlog: socket.backlog() }
    }
}

/// The index of the interface that it is bound to, or takes packets from.
fn interface(socket: &Socket<'_>) -> Option<u32> {
    socket.interface().map(NonZeroU32::get)
}
