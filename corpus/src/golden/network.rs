//! Neighbours, routes, addresses, groups and tracked connections.

use std::fmt::Display;

use procnet_core::{
    escape::Escaped,
    network::{arp, if_inet6, igmp, igmp6, ipv6_route, nf_conntrack, ptype, route, wireless},
};

fn or_none(value: Option<impl Display>) -> String {
    value.map_or_else(|| "none".to_owned(), |value| value.to_string())
}

fn name(name: Option<&[u8]>) -> String {
    name.map_or_else(|| "none".to_owned(), |name| format!("\"{}\"", Escaped(name)))
}

pub(crate) fn arp(row: &arp::Row<'_>) -> String {
    let arp::Row { address, hardware_type, flags, hardware, device: _ } = row;
    let (hardware, interface) = (or_none(*hardware), name(row.interface()));
    format!("{address} type={hardware_type} flags={flags} hardware={hardware} {interface}")
}

pub(crate) fn route(row: &route::Row<'_>) -> String {
    let route::Row {
        destination, flags, references, uses, metric, mask, mtu, window, irtt, ..
    } = row;
    format!(
        "{destination}/{} mask={mask} gateway={} flags={flags} references={references} uses={uses} \
         metric={metric} mtu={mtu} window={window} irtt={irtt} {}",
        or_none(row.prefix_length()),
        or_none(row.gateway()),
        name(row.interface()),
    )
}

pub(crate) fn ipv6_route(row: &ipv6_route::Row<'_>) -> String {
    let ipv6_route::Row { destination, source, metric, references, uses, flags, .. } = row;
    format!(
        "{destination}/{} from={source}/{} next={} metric={metric} references={references} \
         uses={uses} flags={flags} {}",
        row.destination_length,
        row.source_length,
        or_none(row.next_hop()),
        name(row.device),
    )
}

pub(crate) fn if_inet6(row: &if_inet6::Row<'_>) -> String {
    let if_inet6::Row { address, index, prefix_length, scope, flags, device } = row;
    let device = name(Some(device));
    format!("{address}/{prefix_length} scope={scope} flags={flags} index={index} {device}")
}

pub(crate) fn igmp(row: &igmp::Row<'_>) -> String {
    match row {
        igmp::Row::Device(igmp::Device { index, name: device, count, querier }) => {
            let (device, querier) = (name(Some(device)), or_none(*querier));
            format!("device {device} index={index} count={count} querier={querier}")
        }
        igmp::Row::Group(igmp::Group { address, users, timer, is_reporter }) => {
            format!(
                "group {address} users={users} timer={} reporter={is_reporter}",
                or_none(*timer)
            )
        }
    }
}

pub(crate) fn igmp6(row: &igmp6::Row<'_>) -> String {
    let igmp6::Row { index, device, group, users, flags, .. } = row;
    let (device, timer) = (name(Some(device)), or_none(row.timer()));
    format!("{group} users={users} flags={flags} timer={timer} index={index} {device}")
}

pub(crate) fn ptype(row: &ptype::Row<'_>) -> String {
    let ptype::Row { kind, device, function } = row;
    let (device, symbol) = (name(*device), name(Some(function.symbol())));
    format!("{kind} {device} {symbol} module={}", name(function.module()))
}

pub(crate) fn wireless(row: &wireless::Row<'_>) -> String {
    let quality = |quality: wireless::Quality| {
        format!("{}{}", or_none(quality.reading()), if quality.updated { "." } else { "" })
    };
    format!(
        "{} status={:x} link={} level={} noise={} nwid={} crypt={} frag={} retry={} misc={} \
         beacon={}",
        name(Some(row.name)),
        row.status,
        quality(row.link),
        quality(row.level),
        quality(row.noise),
        row.network_id,
        row.crypt,
        row.fragment,
        row.retry,
        row.misc,
        row.beacon,
    )
}

pub(crate) fn nf_conntrack(row: &nf_conntrack::Row<'_>) -> String {
    let mut text = Text(String::new());
    text.0 = format!(
        "{}({}) {}({}) timeout={}",
        Escaped(row.network.name),
        row.network.number,
        Escaped(row.transport.name),
        row.transport.number,
        or_none(row.timeout),
    );
    text.value("state", row.state.map(Escaped));
    text.value("gre", row.gre_timeouts.map(|(timeout, stream)| format!("{timeout}/{stream}")));
    for (title, direction) in [("original", &row.original), ("reply", &row.reply)] {
        text.0.push_str(&format!(" {title}:"));
        text.value("source", direction.source);
        text.value("destination", direction.destination);
        text.value("source_port", direction.source_port);
        text.value("destination_port", direction.destination_port);
        text.value("type", direction.icmp_type);
        text.value("code", direction.icmp_code);
        text.value("id", direction.icmp_id);
        text.value("source_key", direction.source_key);
        text.value("destination_key", direction.destination_key);
        text.value("zone", direction.zone);
        text.value("packets", direction.packets);
        text.value("bytes", direction.bytes);
    }
    text.0.push_str(" both:");
    text.value("unreplied", row.unreplied.then_some(true));
    text.value("assured", row.assured.then_some(true));
    text.value("offload", row.offload.map(|offload| format!("{offload:?}")));
    text.value("mark", row.mark);
    text.value("secmark", row.secmark);
    text.value("secctx", row.secctx.map(|context| name(Some(context))));
    text.value("zone", row.zone);
    text.value("delta_time", row.delta_time);
    text.value("uses", Some(row.uses));
    text.0
}

struct Text(String);

impl Text {
    fn value(&mut self, key: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.0.push_str(&format!(" {key}={value}"));
        }
    }
}
