//! Tracked connections.

use procnet_core::{
    escape::Escaped,
    network::nf_conntrack::{Direction, Offload},
};
use serde::{Serialize, Serializer, ser::SerializeStruct};

use super::Shown;
use crate::network::Tracked;

/// As one flat object: `network`, `network_number`, `protocol`, `protocol_number`, `timeout`,
/// `state`; for the original direction `src_addr`, `dst_addr`, `src_port`, `dst_port`, `icmp_type`,
/// `icmp_code`, `icmp_id`, `src_key`, `dst_key`, `orig_zone`, `packets`, `bytes`, and the same for the
/// reply, prefixed with `reply_` (its zone is `reply_zone`); then `unreplied`, `assured`, `offload`,
/// `gre_timeout`, `gre_stream_timeout`, `mark`, `secmark`, `secctx`, `zone`, `delta_time`, `uses`.
/// What the kernel does not print is null. Names are escaped.
impl Serialize for Tracked<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let row = &self.0;
        let mut out = serializer.serialize_struct("Tracked", 41)?;
        out.serialize_field("network", &Shown(Escaped(row.network.name)))?;
        out.serialize_field("network_number", &row.network.number)?;
        out.serialize_field("protocol", &Shown(Escaped(row.transport.name)))?;
        out.serialize_field("protocol_number", &row.transport.number)?;
        out.serialize_field("timeout", &row.timeout)?;
        out.serialize_field("state", &row.state.map(|state| Shown(Escaped(state))))?;
        direction(&mut out, &ORIGINAL, &row.original)?;
        direction(&mut out, &REPLY, &row.reply)?;
        out.serialize_field("unreplied", &row.unreplied)?;
        out.serialize_field("assured", &row.assured)?;
        let offload = row.offload.map(|offload| match offload {
            Offload::Software => "software",
            Offload::Hardware => "hardware",
        });
        out.serialize_field("offload", &offload)?;
        out.serialize_field("gre_timeout", &row.gre_timeouts.map(|(timeout, _)| timeout))?;
        out.serialize_field("gre_stream_timeout", &row.gre_timeouts.map(|(_, stream)| stream))?;
        out.serialize_field("mark", &row.mark)?;
        out.serialize_field("secmark", &row.secmark)?;
        out.serialize_field("secctx", &row.secctx.map(|context| Shown(Escaped(context))))?;
        out.serialize_field("zone", &row.zone)?;
        out.serialize_field("delta_time", &row.delta_time)?;
        out.serialize_field("uses", &row.uses)?;
        out.end()
    }
}

const ORIGINAL: [&str; 12] = [
    "src_addr",
    "dst_addr",
    "src_port",
    "dst_port",
    "icmp_type",
    "icmp_code",
    "icmp_id",
    "src_key",
    "dst_key",
    "orig_zone",
    "packets",
    "bytes",
];

const REPLY: [&str; 12] = [
    "reply_src_addr",
    "reply_dst_addr",
    "reply_src_port",
    "reply_dst_port",
    "reply_icmp_type",
    "reply_icmp_code",
    "reply_icmp_id",
    "reply_src_key",
    "reply_dst_key",
    "reply_zone",
    "reply_packets",
    "reply_bytes",
];

fn direction<S: SerializeStruct>(
    out: &mut S,
    keys: &[&'static str; 12],
    of: &Direction,
) -> Result<(), S::Error> {
    let [src, dst, sport, dport, kind, code, id, src_key, dst_key, zone, packets, bytes] = keys;
    out.serialize_field(src, &of.source)?;
    out.serialize_field(dst, &of.destination)?;
    out.serialize_field(sport, &of.source_port)?;
    out.serialize_field(dport, &of.destination_port)?;
    out.serialize_field(kind, &of.icmp_type)?;
    out.serialize_field(code, &of.icmp_code)?;
    out.serialize_field(id, &of.icmp_id)?;
    out.serialize_field(src_key, &of.source_key)?;
    out.serialize_field(dst_key, &of.destination_key)?;
    out.serialize_field(zone, &of.zone)?;
    out.serialize_field(packets, &of.packets)?;
    out.serialize_field(bytes, &of.bytes)
}
