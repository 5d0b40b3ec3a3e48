//! Tables that are not socket tables. Each is a file here, which has its columns and, if they are
//! its own, its options, reader and decoder; and an entry of the list below.

mod address;
mod conntrack;
mod dev;
mod group;
mod listing;
mod neighbour;
mod packet_handler;
mod protocols;
mod rates;
mod route;
mod snmp;
mod snmp6;
pub(crate) mod sockstat;
mod softnet;
mod tracked;
mod wireless;

use clap::Subcommand;
use procnet::{Scanner, decode::network};

use crate::{
    Outcome,
    args::Shown,
    command::decode::{Capture, records},
    error::Error,
};

/// Declares the subcommands of tables: the help, the options, what prints the table, and the files
/// under /proc/net that `procnet decode` reads, each with its aliases and decoder.
macro_rules! tables {
    ($(
        $(#[$about:meta])*
        $name:ident($args:ty) = $($run:ident)::+($($argument:expr),*),
        files { $($file:literal $(| $alias:literal)* => $decoder:expr),* $(,)? };
    )*) => {
        /// A subcommand that prints a table.
        #[derive(Debug, Subcommand)]
        pub(crate) enum Table {
            $($(#[$about])* $name($args),)*
        }

        impl Table {
            pub(crate) fn run(&self) -> Result<Outcome, Error> {
                match self {
                    $(Table::$name(args) => $($run)::+(args, $($argument),*),)*
                }
            }
        }

        /// The files of each table.
        pub(crate) const CAPTURES: &[&[Capture]] = &[$(
            &[$(Capture { names: &[$file, $($alias),*], decoder: $decoder }),*]
        ),*];
    };
}

tables! {
    /// Show counters of network interfaces
    Dev(dev::Dev) = dev::run(),
    files { "dev" => |_| dev::decoder() };

    /// Show counters of IP, ICMP, TCP, UDP and UDP-Lite
    Snmp(snmp::Snmp) = snmp::snmp(),
    files { "snmp" => |_| snmp::decoder() };

    /// Show extended counters of TCP, IP and MPTCP
    Netstat(snmp::Netstat) = snmp::netstat(),
    files { "netstat" => |_| snmp::decoder() };

    /// Show counters of IPv6, of the host or of interfaces
    Snmp6(snmp6::Snmp6) = snmp6::run(),
    files { "snmp6" | "dev_snmp6" => |_| snmp6::decoder() };

    /// Show the kernel's own socket counts and memory use
    Sockstat(Shown) = sockstat::run(),
    files {
        "sockstat" => |_| sockstat::decoder(),
        "sockstat6" => |_| sockstat::decoder(),
    };

    /// Show packet processing of each CPU
    Softnet(softnet::Softnet) = softnet::run(),
    files { "softnet_stat" => |_| softnet::decoder() };

    /// Show the protocols registered with the kernel
    Protocols(Shown) = protocols::run(),
    files { "protocols" => |_| protocols::decoder() };

    /// Show connection tracking statistics, or list tracked connections
    Conntrack(conntrack::Conntrack) = conntrack::run(),
    files {
        "nf_conntrack" | "ip_conntrack" => |_| tracked::decoder(),
        "nf_conntrack-stat" | "stat-nf_conntrack" | "stat/nf_conntrack" => |_| {
            conntrack::decoder()
        },
    };

    /// Show the IPv4 neighbour (ARP) table
    Arp(Shown) = listing::show(Scanner::neighbours),
    files {
        "arp" => |_| records::<network::arp::Table, procnet::network::Neighbour>(network::arp::Table),
    };

    /// Show the routing tables of IPv4 and IPv6
    Route(listing::ByVersion) =
        listing::show_by_version(Scanner::routes, |route| route.destination),
    files {
        "route" => |order| {
            records::<network::route::Table, procnet::network::Route>(network::route::Table { order })
        },
        "ipv6_route" => |_| {
            records::<network::ipv6_route::Table, procnet::network::Route>(network::ipv6_route::Table)
        },
    };

    /// Show IPv6 addresses of interfaces
    Addr(Shown) = listing::show(Scanner::addresses),
    files {
        "if_inet6" => |_| {
            records::<network::if_inet6::Table, procnet::network::InterfaceAddress>(network::if_inet6::Table)
        },
    };

    /// Show multicast group memberships
    Igmp(listing::ByVersion) =
        listing::show_by_version(Scanner::multicast_groups, |membership| membership.group),
    files {
        "igmp" => group::igmp_decoder,
        "igmp6" => |_| {
            records::<network::igmp6::Table, procnet::network::GroupMembership>(network::igmp6::Table)
        },
    };

    /// Show packet handlers registered with the kernel
    Ptype(Shown) = listing::show(Scanner::packet_handlers),
    files {
        "ptype" => |_| {
            records::<network::ptype::Table, procnet::network::PacketHandler>(network::ptype::Table)
        },
    };

    /// Show the link quality of wireless interfaces
    Wireless(Shown) = listing::show(Scanner::wireless_links),
    files {
        "wireless" => |_| {
            records::<network::wireless::Table, procnet::network::WirelessLink>(network::wireless::Table)
        },
    };
}
