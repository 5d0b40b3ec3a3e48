//! What the kernel is asked, and what it shall leave out.

use procnet_core::{
    ByteOrder, State,
    netlink::{
        Envelope, States, TooSmall,
        inet::{Bytecode, CompatDump, Dump, Protocol},
        unix,
    },
    table::inet::Family,
};
use rustix::io::Errno;

use super::Ask;
use crate::{Kind, Kinds};

/// More than the longest request, which has a filter of one condition.
pub(super) const LONGEST: usize = 128;

/// The family and the protocol of a table; `None` for unix, and for what no kernel tells.
fn inet(kind: Kind) -> Option<(Family, Protocol)> {
    Some(match kind {
        Kind::Tcp => (Family::V4, Protocol::TCP),
        Kind::Tcp6 => (Family::V6, Protocol::TCP),
        Kind::Udp => (Family::V4, Protocol::UDP),
        Kind::Udp6 => (Family::V6, Protocol::UDP),
        Kind::UdpLite => (Family::V4, Protocol::UDPLITE),
        Kind::UdpLite6 => (Family::V6, Protocol::UDPLITE),
        Kind::Raw => (Family::V4, Protocol::RAW),
        Kind::Raw6 => (Family::V6, Protocol::RAW),
        Kind::Unix | Kind::Icmp | Kind::Icmp6 => return None,
    })
}

/// Whether any kernel tells the sockets of a table.
pub(super) fn is_told(kind: Kind) -> bool {
    kind == Kind::Unix || inet(kind).is_some()
}

/// Whether nothing is left out of a table.
pub(super) fn is_whole(ask: &Ask<'_>, kind: Kind) -> bool {
    let port = if kind == Kind::Unix { None } else { ask.query.local_port };
    let all = States::TABLE.0;
    !ask.filtered || (states(ask, kind).0 & all == all && port.is_none())
}

/// The states to be told: those that the tables show, as far as the query asks for them, and
/// what only socket diagnostics tell, if it does.
fn states(ask: &Ask<'_>, kind: Kind) -> States {
    let query = ask.query;
    let bound = query.wants_bound(kind).then_some(State::BOUND_INACTIVE);
    if !ask.filtered || (query.states.is_none() && !query.listening) {
        return bound.into_iter().fold(States::TABLE, States::with);
    }
    let shown = (1..12).map(State).filter(|state| query.wants(kind, *state));
    shown.chain(bound).fold(States::NONE, States::with)
}

/// Writes the request for tables that one walk tells; `None` if no socket of them can be
/// what the query asks for.
pub(super) fn write<'b>(
    ask: &Ask<'_>,
    kinds: Kinds,
    sequence: u32,
    space: &'b mut [u8; LONGEST],
) -> Result<Option<&'b [u8]>, Errno> {
    let Some(kind) = kinds.iter().next() else { return Ok(None) };
    let (envelope, states) = (Envelope::native(sequence), states(ask, kind));
    if states == States::NONE {
        return Ok(None);
    }
    let written = if kind == Kind::Unix {
        let show = unix::Show::NAME.with(unix::Show::PEER).with(unix::Show::UID);
        let show = show.with(ask.query.details.of(kind).show());
        unix::Dump { states, show }.write(space, envelope)
    } else {
        let (family, protocol) = inet(kind).ok_or(Errno::PROTONOSUPPORT)?;
        let mut room = [0; 16];
        let bytecode = filter(ask, &mut room).map_err(|_| Errno::MSGSIZE)?;
        let extensions = ask.query.details.of(kind).extensions();
        if kinds == Kinds::TCP {
            CompatDump { states, extensions, bytecode }.write(space, envelope)
        } else {
            Dump { family, protocol, states, extensions, bytecode }.write(space, envelope)
        }
    };
    written.map(Some).map_err(|_| Errno::MSGSIZE)
}

/// The condition on a socket that no mask of states expresses.
fn filter<'b>(ask: &Ask<'_>, room: &'b mut [u8; 16]) -> Result<&'b [u8], TooSmall> {
    let mut filter = Bytecode::new(room, ByteOrder::NATIVE);
    if let Some(port) = ask.query.local_port
        && ask.filtered
    {
        filter.source_port(port)?;
    }
    Ok(filter.finish())
}
