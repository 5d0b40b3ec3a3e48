//! The table as kernels print it.

use std::fmt::Display;

use procnet_core::network::nf_conntrack::{Direction, Offload, Protocol, Row};

use crate::render::{
    Host,
    fields::{padded, text},
};

/// The table has no heading.
pub const HEADING: &str = "";

/// A row, with its `\n`: net/netfilter/nf_conntrack_standalone.c `ct_seq_show`, and the
/// `print_conntrack` of each protocol. A row has no values that its kernel does not print.
#[must_use]
pub fn row(_: Host, row: &Row<'_>) -> Vec<u8> {
    let mut line = Line(Vec::new());
    line.protocol(row.network);
    line.protocol(row.transport);
    if let Some(timeout) = row.timeout {
        line.word(&timeout.to_string());
    }
    if let Some(state) = row.state {
        line.0.extend([state, b" "].concat());
    }
    if let Some((timeout, stream)) = row.gre_timeouts {
        line.word(&format!("timeout={timeout}, stream_timeout={stream}"));
    }
    line.direction(&row.original, "zone-orig");
    if row.unreplied {
        line.word("[UNREPLIED]");
    }
    line.direction(&row.reply, "zone-reply");
    match row.offload {
        Some(Offload::Hardware) => line.word("[HW_OFFLOAD]"),
        Some(Offload::Software) => line.word("[OFFLOAD]"),
        None => {}
    }
    if row.assured {
        line.word("[ASSURED]");
    }
    line.value("mark", row.mark);
    line.value("secmark", row.secmark);
    if let Some(context) = row.secctx {
        line.0.extend([b"secctx=", context, b" "].concat());
    }
    line.value("zone", row.zone);
    line.value("delta-time", row.delta_time);
    line.0.extend(format!("use={}\n", row.uses).bytes());
    line.0
}

struct Line(Vec<u8>);

impl Line {
    fn word(&mut self, word: &str) {
        self.0.extend(format!("{word} ").bytes());
    }

    /// `%-8s %u `.
    fn protocol(&mut self, protocol: Protocol<'_>) {
        self.0.extend(padded(protocol.name, -8));
        self.0.extend(format!(" {} ", protocol.number).bytes());
    }

    fn value(&mut self, key: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.word(&format!("{key}={value}"));
        }
    }

    fn direction(&mut self, direction: &Direction, zone: &str) {
        self.value("src", direction.source.map(text));
        self.value("dst", direction.destination.map(text));
        self.value("sport", direction.source_port);
        self.value("dport", direction.destination_port);
        self.value("type", direction.icmp_type);
        self.value("code", direction.icmp_code);
        self.value("id", direction.icmp_id);
        self.value("srckey", direction.source_key.map(|key| format!("{key:#x}")));
        self.value("dstkey", direction.destination_key.map(|key| format!("{key:#x}")));
        self.value(zone, direction.zone);
        self.value("packets", direction.packets);
        self.value("bytes", direction.bytes);
    }
}
