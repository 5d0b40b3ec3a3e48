//! Which types can be moved to another thread, and which can be shared between threads. This
//! compiles, or a type has lost what the guide's page on async services promises.

use procnet::{
    Coverage, Error, Filter, Kinds, Name, Netns, OwnedSocket, ProcRoot, Query, Scanner,
    counters::{
        ConntrackCounts, ConntrackStats, InterfacesSnmp6, IoCounters, ProtocolCounters, Protocols,
        Snmp6Counters, SocketCounts, SoftnetStats,
    },
    events::{DestroyEvents, SocketEvents},
    filter::FilterError,
    lookup::Lookup,
    netns::Namespace,
    network::{
        GroupMembership, InterfaceAddress, Listing, Neighbour, PacketHandler, Route, TableCoverage,
        WirelessLink,
    },
    process::{Process, ProcessCache, ProcessDetails},
    rates::{GroupRates, Rates},
    snapshot::Snapshot,
    summary::Summary,
    visit::Answer,
};

const fn is_send<T: Send>() {}
const fn is_send_and_sync<T: Send + Sync>() {}

/// Readers: used by one thread at a time.
const _: () = {
    is_send::<Scanner>();
    is_send::<DestroyEvents>();
    is_send::<SocketEvents>();
    is_send::<ProcessCache>();
};

/// Queries.
const _: () = {
    is_send_and_sync::<Query>();
    is_send_and_sync::<Filter>();
    is_send_and_sync::<Kinds>();
    is_send_and_sync::<Lookup>();
    is_send_and_sync::<Netns>();
    is_send_and_sync::<ProcRoot>();
};

/// Answers.
const _: () = {
    is_send_and_sync::<Answer>();
    is_send_and_sync::<OwnedSocket>();
    is_send_and_sync::<Coverage>();
    is_send_and_sync::<Snapshot>();
    is_send_and_sync::<Summary>();
    is_send_and_sync::<Namespace>();
    is_send_and_sync::<Name>();
    is_send_and_sync::<Process>();
    is_send_and_sync::<ProcessDetails>();
    is_send_and_sync::<Error>();
    is_send_and_sync::<FilterError>();
};

/// Counters, rates and listings.
const _: () = {
    is_send_and_sync::<IoCounters>();
    is_send_and_sync::<ProtocolCounters>();
    is_send_and_sync::<Snmp6Counters>();
    is_send_and_sync::<InterfacesSnmp6>();
    is_send_and_sync::<SocketCounts>();
    is_send_and_sync::<SoftnetStats>();
    is_send_and_sync::<Protocols>();
    is_send_and_sync::<ConntrackCounts>();
    is_send_and_sync::<ConntrackStats>();
    is_send_and_sync::<Rates<'_>>();
    is_send_and_sync::<GroupRates<'_>>();
    is_send_and_sync::<Listing<Neighbour>>();
    is_send_and_sync::<Listing<Route>>();
    is_send_and_sync::<Listing<InterfaceAddress>>();
    is_send_and_sync::<Listing<GroupMembership>>();
    is_send_and_sync::<Listing<PacketHandler>>();
    is_send_and_sync::<Listing<WirelessLink>>();
    is_send_and_sync::<TableCoverage>();
};
