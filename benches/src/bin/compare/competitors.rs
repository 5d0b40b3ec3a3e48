//! The list of everything that is measured.

mod count;
mod launch;

use self::{
    Group::{Floor, Peer, Procnet},
    Launch::{Built, Command, Installed, Operation, Python},
    Task::{Listeners, Lookup, Nothing, OwnedListeners, Owners, Sockets},
    count::{json, lsof, netstat, rows, ss},
    launch::Launch,
};
use crate::{
    args::Args,
    competitor::{Competitor, Setup},
    progress::log,
    results::{Group, Skipped, Task},
    scenario::Scenario,
};

/// The names that ratios and the plot refer to.
pub(crate) const READ: &str = "read the table in /proc";
pub(crate) const DUMP: &str = "dump by netlink";
pub(crate) const WALK: &str = "walk /proc/PID/fd";
pub(crate) const VISIT: &str = "procnet, netlink, no owners";
pub(crate) const OWNERS: &str = "procnet, netlink, with owners";
pub(crate) const BPF: &str = "procnet, netlink, owners by BPF";
pub(crate) const REPLACED: &str = "procnet, netlink, incremental owners, 1 % new sockets";
pub(crate) const INCREMENTAL: &str = "procnet, netlink, incremental owners";
pub(crate) const LISTENERS: &str = "procnet, netlink, listeners, no owners";
pub(crate) const LOOKUP: &str = "procnet, netlink, one socket by its addresses";
pub(crate) const TABLE_VISIT: &str = "procnet, /proc, no owners";
pub(crate) const TABLE_OWNERS: &str = "procnet, /proc, with owners";
pub(crate) const TABLE_REPLACED: &str = "procnet, /proc, incremental owners, 1 % new sockets";
pub(crate) const TABLE_INCREMENTAL: &str = "procnet, /proc, incremental owners";
pub(crate) const COMMAND: &str = "procnet sockets --format ndjson";
pub(crate) const COMMAND_VISIT: &str = "procnet sockets --format ndjson --no-owners";
pub(crate) const ALL_VISIT: &str = "procnet, netlink, all namespaces, no owners";
pub(crate) const ALL_OWNERS: &str = "procnet, netlink, all namespaces, with owners";
pub(crate) const ALL_BPF: &str = "procnet, netlink, all namespaces, owners by BPF";
pub(crate) const AUTO_ALL_OWNERS: &str = "procnet, all namespaces, with owners";
pub(crate) const TABLE_ALL_VISIT: &str = "procnet, /proc, all namespaces, no owners";
pub(crate) const TABLE_ALL_OWNERS: &str = "procnet, /proc, all namespaces, with owners";

struct Entry {
    id: &'static str,
    group: Group,
    task: Task,
    launch: Launch,
    setup: Setup,
    differs: Option<&'static str>,
}

impl Entry {
    /// The name of the operation, if it is one of this crate.
    fn operation(&self) -> Option<&'static str> {
        if let Operation(name) = self.launch { Some(name) } else { None }
    }
}

const fn entry(id: &'static str, group: Group, task: Task, launch: Launch) -> Entry {
    Entry { id, group, task, launch, setup: Setup::None, differs: None }
}

/// One of procnet's operations, with a setup before each measurement.
const fn after(setup: Setup, id: &'static str, task: Task, operation: &'static str) -> Entry {
    Entry { setup, ..entry(id, Group::Procnet, task, Operation(operation)) }
}

const PSUTIL: Launch = Python(include_str!("../../../peers/psutil_worker.py"));

/// For TCP. A new operation is an entry here and one in `procnet_benches::operation::ALL`.
const TCP: [Entry; 34] = [
    entry(READ, Floor, Nothing, Operation("floor-read")),
    entry(DUMP, Floor, Nothing, Operation("floor-netlink")),
    entry(WALK, Floor, Nothing, Operation("floor-walk")),
    entry(VISIT, Procnet, Sockets, Operation("netlink-visit")),
    entry(OWNERS, Procnet, Owners, Operation("netlink-owners")),
    entry(BPF, Procnet, Owners, Operation("netlink-owners-bpf")),
    entry(
        "procnet, netlink, with owners, kept in a list",
        Procnet,
        Owners,
        Operation("netlink-collect"),
    ),
    after(Setup::WarmUp, INCREMENTAL, Owners, "netlink-incremental"),
    after(Setup::Replace, REPLACED, Owners, "netlink-incremental"),
    entry("procnet, netlink, counts only", Procnet, Sockets, Operation("netlink-summary")),
    entry(LISTENERS, Procnet, Listeners, Operation("netlink-listeners")),
    after(
        Setup::WarmUp,
        "procnet, netlink, listeners, incremental owners",
        OwnedListeners,
        "netlink-incremental-listeners",
    ),
    entry(LOOKUP, Procnet, Lookup, Operation("netlink-lookup")),
    entry(TABLE_VISIT, Procnet, Sockets, Operation("procfs-visit")),
    entry(TABLE_OWNERS, Procnet, Owners, Operation("procfs-owners")),
    entry(
        "procnet, /proc, with owners, kept in a list",
        Procnet,
        Owners,
        Operation("procfs-collect"),
    ),
    after(Setup::WarmUp, TABLE_INCREMENTAL, Owners, "procfs-incremental"),
    after(Setup::Replace, TABLE_REPLACED, Owners, "procfs-incremental"),
    entry("procnet, /proc, counts only", Procnet, Sockets, Operation("procfs-summary")),
    entry(
        "procnet, /proc, listeners, no owners",
        Procnet,
        Listeners,
        Operation("procfs-listeners"),
    ),
    after(
        Setup::WarmUp,
        "procnet, /proc, listeners, incremental owners",
        OwnedListeners,
        "procfs-incremental-listeners",
    ),
    entry(COMMAND_VISIT, Procnet, Sockets, Command(&["--no-owners"], rows)),
    entry(COMMAND, Procnet, Owners, Command(&[], json)),
    entry("ss -4tln", Peer, Listeners, Installed(&["ss", "-H4tln"], "-V", rows)),
    entry("ss -4tan", Peer, Sockets, Installed(&["ss", "-H4tan"], "-V", rows)),
    entry("ss -4tanp", Peer, Owners, Installed(&["ss", "-H4tanp"], "-V", ss)),
    entry("gopsutil, without uids", Peer, Owners, Built("gopsutil", "without-uids")),
    entry("gopsutil", Peer, Owners, Built("gopsutil", "default")),
    entry("psutil", Peer, Owners, PSUTIL),
    entry("lsof -nP -i4TCP", Peer, Owners, Installed(&["lsof", "-nP", "-i4TCP"], "-v", lsof)),
    entry("netstat -4tanp", Peer, Owners, Installed(&["netstat", "-4tanp"], "-V", netstat)),
    entry("procfs", Peer, Owners, Operation("crate-procfs")),
    entry("netstat2", Peer, Owners, Built("netstat2", "")),
    Entry {
        differs: Some("identifies sockets by process and local address, so it returns fewer"),
        ..entry("listeners", Peer, Owners, Operation("crate-listeners"))
    },
];

/// For UDP.
const UDP: [Entry; 15] = [
    entry(READ, Floor, Nothing, Operation("floor-read")),
    entry(DUMP, Floor, Nothing, Operation("floor-netlink")),
    entry(WALK, Floor, Nothing, Operation("floor-walk")),
    entry(VISIT, Procnet, Sockets, Operation("netlink-visit")),
    entry(OWNERS, Procnet, Owners, Operation("netlink-owners")),
    entry(BPF, Procnet, Owners, Operation("netlink-owners-bpf")),
    after(Setup::WarmUp, INCREMENTAL, Owners, "netlink-incremental"),
    entry(TABLE_VISIT, Procnet, Sockets, Operation("procfs-visit")),
    entry(TABLE_OWNERS, Procnet, Owners, Operation("procfs-owners")),
    entry(COMMAND, Procnet, Owners, Command(&[], json)),
    entry("ss -4uan", Peer, Sockets, Installed(&["ss", "-H4uan"], "-V", rows)),
    entry("ss -4uanp", Peer, Owners, Installed(&["ss", "-H4uanp"], "-V", ss)),
    entry("gopsutil, without uids", Peer, Owners, Built("gopsutil", "without-uids")),
    entry("gopsutil", Peer, Owners, Built("gopsutil", "default")),
    entry("psutil", Peer, Owners, PSUTIL),
];

/// For one namespace with all sockets.
const ONE_NAMESPACE: [Entry; 5] = [
    entry(VISIT, Procnet, Sockets, Operation("netlink-visit")),
    entry(OWNERS, Procnet, Owners, Operation("netlink-owners")),
    entry(BPF, Procnet, Owners, Operation("netlink-owners-bpf")),
    entry(TABLE_VISIT, Procnet, Sockets, Operation("procfs-visit")),
    entry(TABLE_OWNERS, Procnet, Owners, Operation("procfs-owners")),
];

/// For every namespace, which none of the other tools supports.
const EVERY_NAMESPACE: [Entry; 6] = [
    entry(ALL_VISIT, Procnet, Sockets, Operation("netlink-visit-all")),
    entry(ALL_OWNERS, Procnet, Owners, Operation("netlink-owners-all")),
    entry(ALL_BPF, Procnet, Owners, Operation("netlink-owners-bpf-all")),
    entry(AUTO_ALL_OWNERS, Procnet, Owners, Operation("auto-owners-all")),
    entry(TABLE_ALL_VISIT, Procnet, Sockets, Operation("procfs-visit-all")),
    entry(TABLE_ALL_OWNERS, Procnet, Owners, Operation("procfs-owners-all")),
];

const LISTS: [&[Entry]; 4] = [&TCP, &UDP, &ONE_NAMESPACE, &EVERY_NAMESPACE];

/// The competitors of a scenario whose sockets are in this many namespaces.
fn all(scenario: Scenario, namespaces: usize) -> &'static [Entry] {
    match scenario {
        Scenario::Tcp => &TCP,
        Scenario::Udp => &UDP,
        Scenario::Namespaces if namespaces == 1 => &ONE_NAMESPACE,
        Scenario::Namespaces => &EVERY_NAMESPACE,
    }
}

/// Prints the name of each competitor once, and of its operation.
pub(crate) fn list() {
    let mut listed = Vec::new();
    for entry in LISTS.into_iter().flatten() {
        if !listed.contains(&entry.id) {
            listed.push(entry.id);
            println!("{:<32}{}", entry.operation().unwrap_or("-"), entry.id);
        }
    }
}

/// Starts the competitors of a scenario; also returns which of them cannot be measured, and why.
pub(crate) fn start(
    args: &Args,
    scenario: Scenario,
    namespaces: usize,
) -> (Vec<Competitor>, Vec<Skipped>) {
    let (mut competitors, mut skipped) = (Vec::new(), Vec::new());
    for entry in all(scenario, namespaces) {
        let is_wanted = entry.group != Group::Peer || args.wants_peer(entry.id);
        if !is_wanted || !args.selects(entry.id, entry.operation()) {
            continue;
        }
        let Entry { id, group, task, differs, setup, ref launch } = *entry;
        let operation = entry.operation().map(|name| (name, scenario.kind()));
        match launch::start(launch, scenario.kind()) {
            Ok((runner, version)) => competitors.push(Competitor {
                id,
                group,
                task,
                version,
                operation,
                differs,
                setup,
                runner,
            }),
            Err(reason) => {
                log(format_args!("SKIPPED {id}: {reason}"));
                skipped.push(Skipped { id: id.to_owned(), reason });
            }
        }
    }
    (competitors, skipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_operation_exists() {
        for entry in LISTS.into_iter().flatten() {
            if let Some(name) = entry.operation() {
                let known = procnet_benches::operation::ALL;
                assert!(known.iter().any(|(known, _)| *known == name), "{name}");
            }
        }
    }
}
