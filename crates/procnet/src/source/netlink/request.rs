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
use crate::{Kind, Kinds, filter::Push};

/// The longest request, with its filter: some dozens of conditions. What of a filter does not
/// fit is decided here alone.
pub(super) const LONGEST: usize = 1024;

/// As much of a request is no filter.
const HEAD: usize = 80;

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
        Kind::Unix | Kind::Icmp | Kind::Icmp6 | Kind::Packet | Kind::Netlink => return None,
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
    let is_filtered = port.is_some() || ask.query.filter.is_some();
    let is_filtered = is_filtered && filters(ask, kind.into());
    states(ask, kind.into()).0 & all == all && !is_filtered
}

/// Whether the kernel leaves out what the query does not ask for. Of listeners alone it always
/// does: they are not in the hash that all others are in, which it then passes by.
fn filters(ask: &Ask<'_>, kinds: Kinds) -> bool {
    let listens = |kind: Kind| kind.is_tcp() && ask.query.means_listeners(kind);
    ask.filtered || kinds.iter().all(listens)
}

/// The states to be told: those that the tables show, as far as the query asks for them, and
/// what only socket diagnostics tell, if it does.
fn states(ask: &Ask<'_>, kinds: Kinds) -> States {
    let query = ask.query;
    let bound = kinds.iter().any(|kind| query.wants_bound(kind));
    let bound = bound.then_some(State::BOUND_INACTIVE);
    if !filters(ask, kinds) {
        return bound.into_iter().fold(States::TABLE, States::with);
    }
    let wanted = |state: &State| {
        let mut kinds = kinds.iter();
        kinds.any(|kind| query.wants(kind, *state) && query.is_possible(kind, Some(*state)))
    };
    let shown = (1..12).map(State).filter(wanted).fold(States::NONE, States::with);
    // `NEW_SYN_RECV` has no bit that is asked for: it is told as `SYN_RECV`.
    let is_all = shown.with(State::NEW_SYN_RECV) == States::TABLE;
    let shown = if is_all { States::TABLE } else { shown };
    bound.into_iter().filter(wanted).fold(shown, States::with)
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
    let (envelope, states) = (Envelope::native(sequence), states(ask, kinds));
    if states == States::NONE {
        return Ok(None);
    }
    let written = if kind == Kind::Unix {
        let show = unix::Show::NAME.with(unix::Show::PEER).with(unix::Show::UID);
        let show = show.with(ask.query.details.of(kind).show());
        unix::Dump { states, show }.write(space, envelope)
    } else {
        let (family, protocol) = inet(kind).ok_or(Errno::PROTONOSUPPORT)?;
        let mut room = [0; LONGEST - HEAD];
        let bytecode = filter(ask, kinds, &mut room).map_err(|_| Errno::MSGSIZE)?;
        let extensions = ask.query.details.of(kind).extensions();
        if kinds == Kinds::TCP {
            CompatDump { states, extensions, bytecode }.write(space, envelope)
        } else {
            Dump { family, protocol, states, extensions, bytecode }.write(space, envelope)
        }
    };
    written.map(Some).map_err(|_| Errno::MSGSIZE)
}

/// The conditions on a socket that no mask of states expresses.
fn filter<'b>(ask: &Ask<'_>, kinds: Kinds, room: &'b mut [u8]) -> Result<&'b [u8], TooSmall> {
    let mut filter = Bytecode::new(room, ByteOrder::NATIVE);
    if let Some(port) = ask.query.local_port
        && filters(ask, kinds)
    {
        filter.source_port(port)?;
    }
    if let Some(pushed) = ask.query.filter.as_deref().filter(|_| filters(ask, kinds)) {
        pushed.push(&mut filter, &Push { facts: ask.facts, kinds, refused: ask.refused });
    }
    Ok(filter.finish())
}
