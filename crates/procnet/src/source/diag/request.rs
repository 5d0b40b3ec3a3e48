//! The requests to the kernel, including what it should leave out.

use std::os::fd::RawFd;

use procnet_core::{
    ByteOrder, State,
    netlink::{
        Envelope, States, TooSmall,
        inet::{Bytecode, CompatDump, Dump, Extensions, Protocol},
        packet, smc, tipc, unix, vsock, xdp,
    },
    table::inet::Family,
};
use rustix::io::Errno;

use super::super::request::Request;
use crate::{
    Kind, Kinds, ProcRoot,
    filter::{Push, Refused},
};

/// The maximum length of a request with its filter: some dozens of conditions. Conditions that do
/// not fit are evaluated in user space only.
pub(super) const MAX: usize = 1024 + STORAGES;

/// The most BPF maps that one request names, as many as `ss` does, and the length of their attribute.
pub(super) const MAX_MAPS: usize = 32;
const STORAGES: usize = 4 + 8 * MAX_MAPS;

/// The maximum length of a request without its filter.
const HEAD: usize = 88;

/// The family and the protocol of a table; `None` for other families, and for tables that no kernel
/// provides.
pub(crate) fn inet(kind: Kind) -> Option<(Family, Protocol)> {
    let protocol = match kind {
        Kind::Tcp | Kind::Tcp6 => Protocol::TCP,
        Kind::Udp | Kind::Udp6 => Protocol::UDP,
        Kind::UdpLite | Kind::UdpLite6 => Protocol::UDPLITE,
        Kind::Raw | Kind::Raw6 => Protocol::RAW,
        Kind::Mptcp | Kind::Mptcp6 => Protocol::MPTCP,
        Kind::Sctp | Kind::Sctp6 => Protocol::SCTP,
        Kind::Dccp | Kind::Dccp6 => Protocol::DCCP,
        Kind::Unix | Kind::Icmp | Kind::Icmp6 | Kind::Packet | Kind::Netlink => return None,
        Kind::Smc | Kind::Vsock | Kind::Tipc | Kind::Xdp => return None,
    };
    Some((kind.family_of_addresses()?, protocol))
}

/// Whether any kernel provides the sockets of this table.
pub(super) fn is_supported(kind: Kind) -> bool {
    (Kinds::UNIX | Kinds::OF_OWN_FAMILY).contains(kind) || inet(kind).is_some()
}

/// The tables reported by one dump, beginning with the requested one: both TCP tables, if both are
/// requested.
pub(super) fn kinds(request: &Request<'_>) -> Kinds {
    let both = request.plan.kinds & Kinds::TCP == Kinds::TCP;
    if request.kind == Kind::Tcp && both { Kinds::TCP } else { request.kind.into() }
}

/// Whether the dump is complete: it leaves nothing out of the tables.
pub(super) fn is_whole(request: &Request<'_>, kinds: Kinds) -> bool {
    let all = States::TABLE.0;
    states(request, kinds).0 & all == all && !is_filtered(request, kinds)
}

/// Whether the kernel evaluates conditions other than states.
pub(super) fn is_filtered(request: &Request<'_>, kinds: Kinds) -> bool {
    request.plan.filter().is_some() && filters(request, kinds)
}

/// Whether the kernel leaves out what the query does not ask for. Where only listeners are asked
/// for it always does: they are in a hash of their own, and it skips all others.
fn filters(request: &Request<'_>, kinds: Kinds) -> bool {
    !request.unfiltered || kinds.iter().all(|kind| request.plan.is_listeners(kind))
}

/// The states to be reported: those that the tables show, as far as the query asks for them, and
/// what only sock_diag reports, if it does.
fn states(request: &Request<'_>, kinds: Kinds) -> States {
    let plan = request.plan;
    if has_own_states(request.kind) {
        return States::ALL;
    }
    let bound = kinds.iter().any(|kind| plan.wants_bound(kind));
    let bound = bound.then_some(State::BOUND_INACTIVE);
    if !filters(request, kinds) {
        return bound.into_iter().fold(States::TABLE, States::with);
    }
    let wanted = |state: &State| kinds.iter().any(|kind| plan.states(kind).contains(*state));
    let shown = (1..12).map(State).filter(wanted).fold(States::NONE, States::with);
    // `NEW_SYN_RECV` has no bit in the mask: it is reported as `SYN_RECV`.
    let is_all = shown.with(State::NEW_SYN_RECV) == States::TABLE;
    let shown = if is_all { States::TABLE } else { shown };
    bound.into_iter().filter(wanted).fold(shown, States::with)
}

/// Whether the states of a kind are not those that a mask selects by: an association of SCTP has its
/// own, PARTOPEN of DCCP has that of sockets bound and inactive, and SMC, XDP and packet sockets have no
/// mask.
fn has_own_states(kind: Kind) -> bool {
    (Kinds::SCTP | Kinds::DCCP | Kinds::SMC | Kinds::XDP | Kinds::PACKET).contains(kind)
}

/// Whether any socket of these tables can be what the query asks for.
pub(super) fn is_empty(request: &Request<'_>, kinds: Kinds) -> bool {
    states(request, kinds) == States::NONE
}

/// What a dump of tables is requested for.
#[derive(Clone, Copy)]
pub(super) struct Asked<'m> {
    pub(super) kinds: Kinds,
    /// The conditions that the kernel refused.
    pub(super) refused: Refused,
    /// Only listeners, of those that the query asks for.
    pub(super) only_listeners: bool,
    /// Only sockets whose port was named in `bind`, or only all others.
    pub(super) port_locked: Option<bool>,
    /// Without details that may not fit a message.
    pub(super) is_brief: bool,
    /// What BPF maps keep: those with these descriptors, or all.
    pub(super) storages: Option<&'m [RawFd]>,
}

/// The dumps that tables take, each by whether it asks for the sockets whose port was named in
/// `bind`, or for all others: the kernel can decide that, but does not report it.
pub(super) fn parts(
    request: &Request<'_>,
    kinds: Kinds,
) -> impl Iterator<Item = Option<bool>> + use<> {
    let filter = request.plan.filter().filter(|_| filters(request, kinds));
    // The dump of SCTP leaves nothing out (net/sctp/diag.c `sctp_diag_dump`).
    let can_be_split = inet(request.kind).is_some() && !Kinds::SCTP.contains(request.kind);
    let filter = filter.filter(|filter| can_be_split && filter.needs_port_locks());
    let parts = match filter {
        None => [Some(None), None],
        Some(filter) => {
            let can_match = kinds.iter().any(|kind| filter.may_match_locked(kind));
            // In this order, as a minisock loses the lock of the socket whose cookie it keeps.
            [can_match.then_some(Some(true)), Some(Some(false))]
        }
    };
    parts.into_iter().flatten()
}

/// Whether the nth dump leaves out details that may not fit a message: those of a packet socket, so that
/// the sockets behind it are not hidden by it.
pub(super) fn is_brief(request: &Request<'_>, look: u32) -> bool {
    look > 1 && request.kind == Kind::Packet && request.plan.details(request.kind).has_long()
}

/// Writes the request for a dump of tables.
pub(super) fn write(
    request: &Request<'_>,
    asked: Asked<'_>,
    envelope: Envelope,
    space: &mut [u8; MAX],
) -> Result<usize, Errno> {
    let Asked { kinds, only_listeners, .. } = asked;
    let (kind, states) = (request.kind, states(request, kinds));
    let states =
        if only_listeners { States(states.0 & States::NONE.with(State::LISTEN).0) } else { states };
    let written = match kind {
        Kind::Unix => {
            let show = unix::Show::NAME.with(unix::Show::PEER).with(unix::Show::UID);
            let show = show.with(request.plan.details(kind).show());
            unix::Dump { states, show }.write(space, envelope)
        }
        Kind::Packet => {
            let show = request.plan.details(kind).packet_show(asked.is_brief);
            packet::Dump { show }.write(space, envelope)
        }
        Kind::Vsock => vsock::Dump { states }.write(space, envelope),
        Kind::Tipc => tipc::Dump { states }.write(space, envelope),
        Kind::Smc => smc::Dump.write(space, envelope),
        Kind::Xdp => {
            let show = xdp::Show::QUEUE.with(xdp::Show::SOCKET_MEMORY);
            xdp::Dump { show }.write(space, envelope)
        }
        _ => {
            let (family, protocol) = inet(kind).ok_or(Errno::PROTONOSUPPORT)?;
            let mut room = [0; MAX - STORAGES - HEAD];
            let bytecode = filter(request, asked, &mut room).map_err(|_| Errno::MSGSIZE)?;
            let extensions = request.plan.details(kind).extensions(kind);
            if kinds == Kinds::TCP {
                let dump = CompatDump { states, extensions, bytecode };
                dump.write_with_storages(space, envelope, asked.storages)
            } else {
                let dump = Dump { family, protocol, states, extensions, bytecode };
                dump.write_with_storages(space, envelope, asked.storages)
            }
        }
    };
    written.map(<[u8]>::len).map_err(|_| Errno::MSGSIZE)
}

/// Writes the request for a dump of no socket of a kind.
pub(super) fn write_probe(
    kind: Kind,
    envelope: Envelope,
    space: &mut [u8; MAX],
) -> Result<usize, Errno> {
    let states = States::NONE;
    let written = match inet(kind) {
        Some((family, protocol)) => {
            let extensions = Extensions::NONE;
            Dump { family, protocol, states, extensions, bytecode: &[] }.write(space, envelope)
        }
        None => unix::Dump { states, show: unix::Show::NONE }.write(space, envelope),
    };
    written.map(<[u8]>::len).map_err(|_| Errno::MSGSIZE)
}

/// The conditions on a socket that a mask of states cannot express.
fn filter<'b>(
    request: &Request<'_>,
    asked: Asked<'_>,
    room: &'b mut [u8],
) -> Result<&'b [u8], TooSmall> {
    let Asked { kinds, refused, port_locked, .. } = asked;
    let mut code = Bytecode::new(room, ByteOrder::NATIVE);
    if let Some(filter) = request.plan.filter().filter(|_| filters(request, kinds)) {
        let names = &request.plan.names;
        let knows_all_marks = !filter.has_marks() || knows_marks_of_time_wait(request.root);
        filter.push(&mut code, &Push { names, kinds, refused, knows_all_marks, port_locked });
    }
    Ok(code.finish())
}

/// Whether the kernel compares and reports the marks of `TIME_WAIT` sockets: since Linux 5.14
/// (net/ipv4/inet_diag.c `inet_twsk_diag_fill`).
fn knows_marks_of_time_wait(root: &ProcRoot) -> bool {
    root.kernel().is_some_and(|release| release >= (5, 14))
}
