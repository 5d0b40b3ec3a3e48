//! Tracked connections: `/proc/net/nf_conntrack`.

mod capture;
#[cfg(feature = "generate")]
mod generate;
pub mod naive;
pub mod render;

use std::fmt::Display;

use procnet_core::{escape::Escaped, network::nf_conntrack};

use super::line_table::network_table;
use crate::golden::{name, or_none};

network_table!(NfConntrack, nf_conntrack, "net/nf_conntrack");

pub(super) fn words(row: &nf_conntrack::Row<'_>) -> String {
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
