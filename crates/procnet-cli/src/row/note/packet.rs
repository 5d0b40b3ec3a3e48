//! Options, rings, groups and filters of packet sockets (misc/ss.c `packet_show_sock`).

use std::{fmt::Write as _, num::NonZeroU32};

use procnet::{
    decode::netlink::packet::{Flags, Membership, Ring},
    details::SocketDetails,
};

use super::{super::Extras, next_line};

/// Appends the lines of `ss -0e`, and behind them what `ss` does not print.
///
/// Writing into memory does not fail.
pub(super) fn write(details: &SocketDetails<'_>, extras: Extras, out: &mut String) {
    let Some(packet) = details.packet() else { return };
    let info = packet.info;
    next_line(out);
    let _ = write!(out, "ver:{} cpy_thresh:{} flags(", info.version, info.copy_thresh);
    let is_set = |(_, flag): &(&str, Flags)| info.flags.contains(*flag);
    for (name, _) in Flags::NAMED.into_iter().filter(is_set) {
        let _ = write!(out, " {name}");
    }
    out.push_str(if info.flags.0 == 0 { " 0 )" } else { " )" });
    for (name, value) in [("reserve", info.reserve), ("tstamp", info.timestamp)] {
        if value != 0 {
            let _ = write!(out, " {name}:{value}");
        }
    }
    for (name, ring) in [("ring_rx", packet.rx_ring), ("ring_tx", packet.tx_ring)] {
        if let Some(ring) = ring {
            next_line(out);
            write_ring(name, &ring, out);
        }
    }
    if let Some(fanout) = packet.fanout {
        next_line(out);
        let _ = write!(out, "fanout(id:{},type:", fanout.id);
        let _ = match fanout.name() {
            Some(name) => write!(out, "{name})"),
            None => write!(out, "{:#x})", fanout.kind),
        };
    }
    for membership in packet.memberships.into_iter().flatten() {
        next_line(out);
        write_membership(&membership, extras, out);
    }
}

fn write_ring(name: &str, ring: &Ring, out: &mut String) {
    let Ring { block_size, block_nr, frame_size, frame_nr, retire_tmo, features, .. } = ring;
    let _ = write!(
        out,
        "{name}(blk_size:{block_size},blk_nr:{block_nr},frm_size:{frame_size},frm_nr:{frame_nr},\
         tmo:{retire_tmo},features:{features:#x})"
    );
}

fn write_membership(membership: &Membership<'_>, extras: Extras, out: &mut String) {
    out.push_str("member(");
    match membership.name() {
        Some(name) => out.push_str(name),
        None => _ = write!(out, "{:#x}", membership.kind),
    }
    if let Some(index) = NonZeroU32::new(membership.interface) {
        let _ = write!(out, ",dev:{}", extras.interface(index));
    }
    // Only these have an address.
    if !matches!(membership.name(), Some("promisc" | "allmulti")) {
        for (at, byte) in membership.address.iter().enumerate() {
            let _ = write!(out, "{}{byte:02x}", if at == 0 { ",addr:" } else { ":" });
        }
    }
    if membership.count != 1 {
        let _ = write!(out, ",count:{}", membership.count);
    }
    out.push(')');
}

/// Appends the line of `ss -0b`.
pub(super) fn filter(details: &SocketDetails<'_>, out: &mut String) {
    let Some(filter) = details.filter() else {
        next_line(out);
        return out.push_str("bpf filter: unknown");
    };
    let length = filter.count();
    if length == 0 {
        return;
    }
    next_line(out);
    let _ = write!(out, "bpf filter ({length}): ");
    for instruction in filter {
        let procnet::decode::netlink::packet::Instruction { code, jt, jf, k } = instruction;
        let _ = write!(out, " {code:#04x} {jt} {jf} {k},");
    }
}
