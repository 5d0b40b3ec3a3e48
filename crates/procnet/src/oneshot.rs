//! One question, one call: what a program asks that does not ask again.
//!
//! Each of these makes a [`Scanner`] of `$HOST_PROC`, else of `/proc`, and asks it once.

use procnet_core::process::status::Uids;

use crate::{
    Answer, ConntrackStats, Error, FilterCounters, InterfacesSnmp6, IoCounters, Kinds,
    ProtocolCounters, Protocols, Query, Scanner, Snmp6Counters, SocketCounts, SoftnetStats,
    VisitResult,
    network::{
        GroupMembership, InterfaceAddress, Listing, Neighbour, PacketHandler, Route, TableCoverage,
        Tracked, WirelessLink,
    },
};

/// All sockets of some kinds, with their owners.
///
/// ```
/// let answer = procnet::connections(procnet::Kinds::INET)?;
/// for socket in &answer.sockets {
///     let pids: Vec<u32> = socket.owners.iter().map(|owner| owner.pid).collect();
///     println!("{} {:?} {} {pids:?}", socket.kind, socket.local, socket.state);
/// }
/// # Ok::<(), procnet::Error>(())
/// ```
///
/// # Errors
///
/// As for [`Scanner::visit`].
pub fn connections(kinds: impl Into<Kinds>) -> Result<Answer, Error> {
    Scanner::new()?.collect(&Query::new().kinds(kinds))
}

/// The counters of every interface.
///
/// # Errors
///
/// As for [`Scanner::io_counters`].
pub fn io_counters() -> Result<IoCounters, Error> {
    Scanner::new()?.io_counters()
}

/// The counters of the protocols that are named; of all if none is named.
///
/// # Errors
///
/// As for [`Scanner::protocol_counters`].
pub fn protocol_counters(protocols: &[&str]) -> Result<ProtocolCounters, Error> {
    Scanner::new()?.protocol_counters(protocols)
}

/// The further counters of the protocols that are named (`TcpExt`, `IpExt`, `MPTcpExt`); of all
/// if none is named.
///
/// ```
/// let counters = procnet::netstat_counters(&["TcpExt"])?;
/// let overflows = counters.get("TcpExt").and_then(|tcp| tcp.get("ListenOverflows"));
/// println!("connections that found no room at a listener: {}", overflows.unwrap_or(0));
/// # Ok::<(), procnet::Error>(())
/// ```
///
/// # Errors
///
/// As for [`Scanner::netstat_counters`].
pub fn netstat_counters(protocols: &[&str]) -> Result<ProtocolCounters, Error> {
    Scanner::new()?.netstat_counters(protocols)
}

/// The counters of IPv6.
///
/// # Errors
///
/// As for [`Scanner::snmp6_counters`].
pub fn snmp6_counters() -> Result<Snmp6Counters, Error> {
    Scanner::new()?.snmp6_counters()
}

/// The counters of IPv6 of every interface.
///
/// # Errors
///
/// As for [`Scanner::interfaces_snmp6`].
pub fn interfaces_snmp6() -> Result<InterfacesSnmp6, Error> {
    Scanner::new()?.interfaces_snmp6()
}

/// How many sockets there are of each protocol of IPv4, and in all.
///
/// # Errors
///
/// As for [`Scanner::socket_counts`].
pub fn socket_counts() -> Result<SocketCounts, Error> {
    Scanner::new()?.socket_counts()
}

/// How many sockets there are of each protocol of IPv6.
///
/// # Errors
///
/// As for [`Scanner::socket_counts6`].
pub fn socket_counts6() -> Result<SocketCounts, Error> {
    Scanner::new()?.socket_counts6()
}

/// What each CPU did with packets.
///
/// # Errors
///
/// As for [`Scanner::softnet_stats`].
pub fn softnet_stats() -> Result<SoftnetStats, Error> {
    Scanner::new()?.softnet_stats()
}

/// The protocols that the kernel has registered, and what their sockets use.
///
/// # Errors
///
/// As for [`Scanner::protocols`].
pub fn protocols() -> Result<Protocols, Error> {
    Scanner::new()?.protocols()
}

/// How many connections are tracked, and how many may be.
///
/// # Errors
///
/// As for [`Scanner::filter_counters`].
pub fn filter_counters() -> Result<FilterCounters, Error> {
    Scanner::new()?.filter_counters()
}

/// What connection tracking did, CPU by CPU.
///
/// # Errors
///
/// As for [`Scanner::conntrack_stats`].
pub fn conntrack_stats() -> Result<ConntrackStats, Error> {
    Scanner::new()?.conntrack_stats()
}

/// The IPv4 neighbours.
///
/// # Errors
///
/// As for [`Scanner::neighbours`].
pub fn neighbours() -> Result<Listing<Neighbour>, Error> {
    Scanner::new()?.neighbours()
}

/// The routes of IPv4 and IPv6.
///
/// # Errors
///
/// As for [`Scanner::routes`].
pub fn routes() -> Result<Listing<Route>, Error> {
    Scanner::new()?.routes()
}

/// The IPv6 addresses of interfaces.
///
/// # Errors
///
/// As for [`Scanner::addresses`].
pub fn addresses() -> Result<Listing<InterfaceAddress>, Error> {
    Scanner::new()?.addresses()
}

/// The multicast groups that this host has joined.
///
/// # Errors
///
/// As for [`Scanner::multicast_groups`].
pub fn multicast_groups() -> Result<Listing<GroupMembership>, Error> {
    Scanner::new()?.multicast_groups()
}

/// The functions of the kernel that take packets.
///
/// # Errors
///
/// As for [`Scanner::packet_handlers`].
pub fn packet_handlers() -> Result<Listing<PacketHandler>, Error> {
    Scanner::new()?.packet_handlers()
}

/// The wireless interfaces, and how well they receive.
///
/// # Errors
///
/// As for [`Scanner::wireless_links`].
pub fn wireless_links() -> Result<Listing<WirelessLink>, Error> {
    Scanner::new()?.wireless_links()
}

/// Every tracked connection, as its row is decoded.
///
/// # Errors
///
/// As for [`Scanner::tracked`].
pub fn tracked<F, R>(visitor: F) -> Result<R::Output<TableCoverage>, Error>
where
    F: FnMut(&Tracked<'_>) -> R,
    R: VisitResult,
{
    Scanner::new()?.tracked(visitor)
}

/// The pids of all processes that can be seen.
///
/// # Errors
///
/// As for [`Scanner::pids`].
pub fn pids() -> Result<Vec<u32>, Error> {
    Scanner::new()?.pids()
}

/// The four users of a process.
///
/// # Errors
///
/// As for [`Scanner::process_uids`].
pub fn process_uids(pid: u32) -> Result<Uids, Error> {
    Scanner::new()?.process_uids(pid)
}
