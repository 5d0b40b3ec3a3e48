//! -e: further attributes, mostly from sock_diag.

use procnet::{Socket, decode::netlink::Shutdown, details::Details};
use serde::Serialize;

use super::{ExtraColumn, expendable, text, usually_zero};
use crate::output::Shape;

pub(super) fn details() -> Details {
    let both = Details::SHUTDOWN;
    let inet = Details::CONTROL_GROUP | Details::TYPE_OF_SERVICE | Details::MARK | Details::V6_ONLY;
    let unix = Details::QUEUE | Details::PENDING | Details::FILE;
    both | inet | unix | Details::PACKET
}

pub(super) const COLUMNS: &[ExtraColumn] = &[
    ExtraColumn::program("interface", |attributes| text(attributes.socket.interface())),
    ExtraColumn::people(expendable("Iface", Shape::Word), |attributes| {
        attributes.socket.interface().map(|index| attributes.extras.interface(index))
    }),
    ExtraColumn::program("cookie", |attributes| text(attributes.socket.cookie())),
    // In hexadecimal, as ss prints it.
    ExtraColumn::people(expendable("Cookie", Shape::Word), |attributes| {
        attributes.socket.cookie().map(|cookie| format!("{cookie:x}"))
    }),
    ExtraColumn::both("details.cgroup", expendable("Cgroup", Shape::Number), |attributes| {
        text(attributes.details.control_group)
    }),
    ExtraColumn::both("details.mark", usually_zero("Mark"), |attributes| {
        text(attributes.details.mark)
    }),
    ExtraColumn::both("details.tos", usually_zero("Tos"), |attributes| {
        text(attributes.details.type_of_service)
    }),
    ExtraColumn::both("details.tclass", usually_zero("Tclass"), |attributes| {
        text(attributes.details.traffic_class)
    }),
    ExtraColumn::program("details.shutdown", |attributes| {
        attributes.details.shutdown.map(|shutdown| shutdown.0.to_string())
    }),
    ExtraColumn::people(expendable("Shut", Shape::Word), |attributes| {
        shut(attributes.details.shutdown?)
    }),
    ExtraColumn::program("details.v6_only", |attributes| text(attributes.details.v6_only)),
    // Of a socket that accepts IPv4, too, there is nothing to say.
    ExtraColumn::people(expendable("V6only", Shape::Word), |attributes| {
        attributes.details.v6_only.filter(|is_only| *is_only).map(|_| "v6only".to_owned())
    }),
    ExtraColumn::program("details.queue.receive", |attributes| {
        attributes.details.queue.map(|queue| queue.receive.to_string())
    }),
    ExtraColumn::program("details.queue.transmit", |attributes| {
        attributes.details.queue.map(|queue| queue.transmit.to_string())
    }),
    ExtraColumn::program("details.file.inode", |attributes| {
        attributes.details.file.map(|file| file.inode.to_string())
    }),
    ExtraColumn::program("details.file.device", |attributes| {
        attributes.details.file.map(|file| file.device.to_string())
    }),
    ExtraColumn::both("peer", expendable("Peer", Shape::Number), |attributes| {
        text(attributes.socket.peer())
    }),
];

/// Which directions are shut down.
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

/// The members that the library does not serialize.
#[derive(Debug, Default, Serialize)]
pub(super) struct ExtendedForm {
    /// Absent if the library serializes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    interface: Option<Option<std::num::NonZeroU32>>,
    cookie: Option<u64>,
}

impl ExtendedForm {
    pub(super) fn of(socket: &Socket<'_>) -> ExtendedForm {
        let interface = socket.packet().is_none().then(|| socket.interface());
        ExtendedForm { interface, cookie: socket.cookie() }
    }
}
