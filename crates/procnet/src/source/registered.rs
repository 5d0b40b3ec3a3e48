//! Whether the kernel, as it runs, has sockets of the kinds that no table lists, or packet sockets.
//!
//! `/proc/net/protocols` lists the protocols that are built in or loaded. Those that are not have no
//! sockets, and sock_diag is not asked for them: before Linux 4.17, that loads them (net/core/sock.c
//! `sock_load_diag_module`).

use procnet_core::counter::protocols;

use super::request::Request;
use crate::{Kind, Kinds};

/// What is known of a kind before it is listed.
enum Registered {
    No,
    /// With the number of its sockets in the network namespace, if the kernel counts them.
    Yes(Option<u32>),
    Unknown,
}

/// Whether there is nothing to ask for, as the kernel does not have the requested kind. A capture has
/// no kinds without a table, but its counts show whether its host had sockets of them.
pub(super) fn is_absent(request: &Request<'_>, text: &mut Vec<u8>) -> bool {
    match registered(request, text) {
        Registered::No => true,
        Registered::Yes(count) => !request.root.is_live() && count.is_none_or(|count| count == 0),
        Registered::Unknown => !request.root.is_live(),
    }
}

/// Whether a kind that has a table is a module that is not loaded, so that asking for it might load it.
pub(super) fn is_not_loaded(request: &Request<'_>, text: &mut Vec<u8>) -> bool {
    matches!(registered(request, text), Registered::No)
}

/// Whether a kind that cannot be listed has no sockets anyway.
pub(super) fn is_empty(request: &Request<'_>, text: &mut Vec<u8>) -> bool {
    matches!(registered(request, text), Registered::No | Registered::Yes(Some(0)))
}

fn registered(request: &Request<'_>, text: &mut Vec<u8>) -> Registered {
    // Those with a table have it, or not; that of packet sockets may be a module.
    if request.kind.has_table() && request.kind != Kind::Packet {
        return Registered::Unknown;
    }
    let [name, ..] = request.kind.protocols() else { return Registered::Unknown };
    let Ok(text) = request.netns.read_small(request.root, "protocols", text) else {
        return Registered::Unknown;
    };
    let rows = protocols::Rows::new(text);
    if rows.names().is_empty() {
        return Registered::Unknown;
    }
    for row in rows {
        match row {
            Ok(row) if row.name == name.as_bytes() => {
                return Registered::Yes(row.sockets.filter(|count| *count > 0 || counts(request)));
            }
            Ok(_) => {}
            // It may be this one.
            Err(_) => return Registered::Unknown,
        }
    }
    Registered::No
}

/// Whether 0 sockets are none. MPTCP counts them since Linux 6.3 (net/mptcp/token.c
/// `mptcp_token_new_connect`); vsock and TIPC never do; SMC counts those of IPv6 on another line.
fn counts(request: &Request<'_>) -> bool {
    let kind = request.kind;
    let is_new = || request.root.kernel().is_some_and(|release| release >= (6, 3));
    let never = Kinds::VSOCK | Kinds::TIPC | Kinds::SMC;
    !never.contains(kind) && (!Kinds::MPTCP.contains(kind) || is_new())
}
