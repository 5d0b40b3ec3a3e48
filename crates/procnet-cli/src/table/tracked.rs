//! Tracked connections: `procnet conntrack --list`.

use std::net::{IpAddr, SocketAddr};

use procnet::{
    decode::{
        escape::Escaped,
        network::nf_conntrack::{self, Direction, Offload},
    },
    network::Tracked,
};

use crate::{
    command::decode::{Decoder, lines},
    output::{
        Cells, Header,
        Keep::{Always, IfRoom, UnlessZero},
        Shape::{Address, List, Number, Word},
    },
    row::{Columns, Record},
};

impl Record for Tracked<'_> {
    const KEYS: &'static [&'static str] = &[
        "network",
        "network_number",
        "protocol",
        "protocol_number",
        "timeout",
        "state",
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
        "unreplied",
        "assured",
        "offload",
        "gre_timeout",
        "gre_stream_timeout",
        "mark",
        "secmark",
        "secctx",
        "zone",
        "delta_time",
        "uses",
    ];
    const COLUMNS: Columns = &[
        ("Protocol", Word, Always),
        ("State", Word, Always),
        ("Timeout", Number, IfRoom),
        ("Source", Address, Always),
        ("Destination", Address, Always),
        ("Reply Source", Address, Always),
        ("Reply Destination", Address, Always),
        ("Packets", Number, Always),
        ("Bytes", Number, Always),
        ("Reply Packets", Number, Always),
        ("Reply Bytes", Number, Always),
        ("Is", List, Always),
        ("Mark", Number, UnlessZero),
        ("Zone", Number, UnlessZero),
    ];

    fn values(&self, cells: &mut Cells) {
        cells.push(Escaped(self.network.name));
        cells.push(self.network.number);
        cells.push(Escaped(self.transport.name));
        cells.push(self.transport.number);
        cells.push_option(self.timeout);
        cells.push_option(self.state.map(Escaped));
        direction(cells, &self.original);
        direction(cells, &self.reply);
        cells.push(self.unreplied);
        cells.push(self.assured);
        cells.push_option(self.offload.map(offloaded));
        cells.push_option(self.gre_timeouts.map(|(timeout, _)| timeout));
        cells.push_option(self.gre_timeouts.map(|(_, stream)| stream));
        cells.push_option(self.mark);
        cells.push_option(self.secmark);
        cells.push_option(self.secctx.map(Escaped));
        cells.push_option(self.zone);
        cells.push_option(self.delta_time);
        cells.push(self.uses);
    }

    fn cells(&self, cells: &mut Cells) {
        match self.transport.name {
            // The kernel has no name for it.
            b"unknown" => cells.push(self.transport.number),
            name => cells.push(Escaped(name)),
        }
        cells.push_option(self.state.map(Escaped));
        cells.push_option(self.timeout);
        for of in [&self.original, &self.reply] {
            endpoint(cells, of.source, of.source_port);
            endpoint(cells, of.destination, of.destination_port);
        }
        for of in [&self.original, &self.reply] {
            cells.push_option(of.packets);
            cells.push_option(of.bytes);
        }
        let words = [
            self.unreplied.then_some("unreplied"),
            self.assured.then_some("assured"),
            self.offload.map(|_| "offloaded"),
        ];
        let words: Vec<&str> = words.into_iter().flatten().collect();
        cells.push(words.join(","));
        cells.push_option(self.mark);
        cells.push_option(self.zone);
    }
}

fn offloaded(offload: Offload) -> &'static str {
    match offload {
        Offload::Software => "software",
        Offload::Hardware => "hardware",
    }
}

fn direction(cells: &mut Cells, of: &Direction) {
    cells.push_option(of.source);
    cells.push_option(of.destination);
    cells.push_option(of.source_port);
    cells.push_option(of.destination_port);
    cells.push_option(of.icmp_type);
    cells.push_option(of.icmp_code);
    cells.push_option(of.icmp_id);
    cells.push_option(of.source_key);
    cells.push_option(of.destination_key);
    cells.push_option(of.zone);
    cells.push_option(of.packets);
    cells.push_option(of.bytes);
}

/// An address, with its port if it has one.
fn endpoint(cells: &mut Cells, address: Option<IpAddr>, port: Option<u16>) {
    match (address, port) {
        (Some(address), Some(port)) => cells.push(SocketAddr::new(address, port)),
        (address, _) => cells.push_option(address),
    }
}

pub(super) fn decoder() -> Box<dyn Decoder> {
    let header = Header::of::<Tracked<'_>>;
    lines(nf_conntrack::Table, header, |row, _, report| report.record(&Tracked(row)))
}
