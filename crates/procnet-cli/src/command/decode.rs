//! `procnet decode`: a captured table, row by row. A bad row is named and costs no other.

mod conntrack;
mod dev;
mod network;
mod protocols;
mod report;
mod snmp;
mod snmp6;
mod socket;
mod sockstat;
mod softnet;

use procnet::{
    ByteOrder, GroupMembership, InterfaceAddress, Kind, Neighbour, PacketHandler, Route,
    WirelessLink,
    core::network::{arp, if_inet6, igmp6, ipv6_route, ptype, route, wireless},
};

use self::report::Report;
use crate::{
    Sight,
    args::Decode,
    error::Error,
    input::{Input, Piece},
    output::Header,
    row::escaped,
};

/// A table that can be decoded.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name under /proc/net.
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    decoder: fn(ByteOrder) -> Box<dyn Decoder>,
}

/// Every table that can be decoded: one line each.
pub(crate) const TABLES: &[Table] = &[
    Table::new("tcp", |order| socket::decoder(Kind::Tcp, order)),
    Table::new("tcp6", |order| socket::decoder(Kind::Tcp6, order)),
    Table::new("udp", |order| socket::decoder(Kind::Udp, order)),
    Table::new("udp6", |order| socket::decoder(Kind::Udp6, order)),
    Table::new("udplite", |order| socket::decoder(Kind::UdpLite, order)),
    Table::new("udplite6", |order| socket::decoder(Kind::UdpLite6, order)),
    Table::new("raw", |order| socket::decoder(Kind::Raw, order)),
    Table::new("raw6", |order| socket::decoder(Kind::Raw6, order)),
    Table::new("icmp", |order| socket::decoder(Kind::Icmp, order)),
    Table::new("icmp6", |order| socket::decoder(Kind::Icmp6, order)),
    Table::new("unix", |order| socket::decoder(Kind::Unix, order)),
    Table::new("packet", |order| socket::decoder(Kind::Packet, order)),
    Table::new("netlink", |order| socket::decoder(Kind::Netlink, order)),
    Table::new("dev", |_| Box::new(dev::Dev)),
    Table::new("snmp", |_| Box::<snmp::Snmp>::default()),
    Table::new("netstat", |_| Box::<snmp::Snmp>::default()),
    Table::new("snmp6", |_| Box::new(snmp6::Snmp6)).or(&["dev_snmp6"]),
    Table::new("sockstat", |_| Box::new(sockstat::Sockstat)),
    Table::new("sockstat6", |_| Box::new(sockstat::Sockstat)),
    Table::new("softnet_stat", |_| Box::new(softnet::Softnet)),
    Table::new("protocols", |_| Box::<protocols::Protocols>::default()),
    Table::new("arp", |_| network::lines::<arp::Table, Neighbour>(arp::Table)),
    Table::new("route", |order| network::lines::<route::Table, Route>(route::Table { order })),
    Table::new("ipv6_route", |_| network::lines::<ipv6_route::Table, Route>(ipv6_route::Table)),
    Table::new("if_inet6", |_| {
        network::lines::<if_inet6::Table, InterfaceAddress>(if_inet6::Table)
    }),
    Table::new("igmp", |order| Box::new(network::Igmp::new(order))),
    Table::new("igmp6", |_| network::lines::<igmp6::Table, GroupMembership>(igmp6::Table)),
    Table::new("ptype", |_| network::lines::<ptype::Table, PacketHandler>(ptype::Table)),
    Table::new("wireless", |_| network::lines::<wireless::Table, WirelessLink>(wireless::Table)),
    Table::new("nf_conntrack", |_| Box::new(network::Connections)).or(&["ip_conntrack"]),
    Table::new("nf_conntrack-stat", |_| Box::new(conntrack::Conntrack::new()))
        .or(&["stat-nf_conntrack", "stat/nf_conntrack"]),
];

impl Table {
    const fn new(name: &'static str, decoder: fn(ByteOrder) -> Box<dyn Decoder>) -> Table {
        Table { name, aliases: &[], decoder }
    }

    const fn or(self, aliases: &'static [&'static str]) -> Table {
        Table { aliases, ..self }
    }

    /// The table of a name.
    pub(crate) fn find(name: &str) -> Option<&'static Table> {
        TABLES.iter().find(|table| table.name == name || table.aliases.contains(&name))
    }
}

/// Makes rows of lines.
trait Decoder {
    /// What the rows have in common, as far as it is known by now.
    fn header(&self) -> Header;

    /// Takes the next line.
    fn line(&mut self, line: &[u8], number: usize, report: &mut Report) -> Result<(), Error>;

    /// Takes the end of the input.
    fn end(&mut self, _report: &mut Report) -> Result<(), Error> {
        Ok(())
    }
}

pub(super) fn run(args: Decode) -> Result<Sight, Error> {
    let mut input = Input::open(args.file)?;
    let mut report = Report::new(args.printing, escaped(input.name()));
    let mut decoder = (args.table.decoder)(args.byte_order.into());
    let ended = input.for_each(|piece| match piece {
        Piece::Line(number, Ok(line)) => decoder.line(line, number, &mut report),
        Piece::Line(number, Err(error)) => {
            report.bad(number, error);
            Ok(())
        }
        Piece::Pause => report.flush(),
    })?;
    decoder.end(&mut report)?;
    report.finish(|| decoder.header(), ended.as_ref())
}
