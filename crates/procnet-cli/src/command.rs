//! The commands: each one file, and one line here.

mod conntrack;
pub(crate) mod decode;
mod dev;
mod explain;
mod generate;
mod netstat;
mod network;
mod protocols;
mod rates;
mod snmp;
mod snmp6;
mod sockets;
mod sockstat;
mod softnet;
mod summary;
mod top;

use crate::{
    Sight,
    args::{Args, Command},
    error::Error,
};

pub(crate) fn run(args: Args) -> Result<Sight, Error> {
    match args.command.unwrap_or(Command::Sockets(args.sockets)) {
        Command::Sockets(args) if args.summary => summary::run(&args.counted()),
        Command::Sockets(args) if !args.grouping.group_by.is_empty() => top::grouped(&args),
        Command::Sockets(args) => sockets::run(&args),
        Command::Summary(args) => summary::run(&args),
        Command::Top(args) => top::run(&args),
        Command::Dev(args) => dev::run(&args),
        Command::Snmp(args) => snmp::run(&args),
        Command::Netstat(args) => netstat::run(&args),
        Command::Snmp6(args) => snmp6::run(&args),
        Command::Sockstat(args) => sockstat::run(&args),
        Command::Softnet(args) => softnet::run(&args),
        Command::Protocols(args) => protocols::run(&args),
        Command::Conntrack(args) => conntrack::run(&args),
        Command::Arp(args) => network::arp(&args),
        Command::Route(args) => network::route(&args),
        Command::Addr(args) => network::addr(&args),
        Command::Igmp(args) => network::igmp(&args),
        Command::Ptype(args) => network::ptype(&args),
        Command::Wireless(args) => network::wireless(&args),
        Command::Decode(args) => decode::run(args),
        Command::Explain(args) => explain::run(&args),
        Command::Completions(args) => generate::completions(&args),
        Command::Man(args) => generate::man(&args),
    }
}
