//! Everyone who is compared.

mod ask;
mod count;

use self::{
    ask::{Ask, make},
    count::{json, lsof, netstat, rows, ss},
};
use crate::{
    args::Args,
    contestant::{Before, Contestant},
    progress::say,
    results::{Group, Question, Skipped},
    scene::Scene,
};

/// The names of those that others are held against.
pub(crate) const READ: &str = "read the table in /proc";
pub(crate) const DUMP: &str = "dump by netlink";
pub(crate) const WALK: &str = "walk /proc/PID/fd";
pub(crate) const VISIT: &str = "procnet, netlink, no owners";
pub(crate) const OWNERS: &str = "procnet, netlink, with owners";
pub(crate) const RENEWED: &str = "procnet, netlink, incremental owners, 1 % new sockets";
pub(crate) const INCREMENTAL: &str = "procnet, netlink, incremental owners";
pub(crate) const LISTENERS: &str = "procnet, netlink, listeners, no owners";
pub(crate) const LOOKUP: &str = "procnet, netlink, one socket by its ends";
pub(crate) const TABLE_VISIT: &str = "procnet, /proc, no owners";
pub(crate) const TABLE_OWNERS: &str = "procnet, /proc, with owners";
pub(crate) const TABLE_RENEWED: &str = "procnet, /proc, incremental owners, 1 % new sockets";
pub(crate) const TABLE_INCREMENTAL: &str = "procnet, /proc, incremental owners";
pub(crate) const COMMAND: &str = "procnet sockets --format ndjson";
pub(crate) const COMMAND_VISIT: &str = "procnet sockets --format ndjson --no-owners";
pub(crate) const ALL_VISIT: &str = "procnet, netlink, all namespaces, no owners";
pub(crate) const ALL_OWNERS: &str = "procnet, netlink, all namespaces, with owners";
pub(crate) const TABLE_ALL_VISIT: &str = "procnet, /proc, all namespaces, no owners";
pub(crate) const TABLE_ALL_OWNERS: &str = "procnet, /proc, all namespaces, with owners";

struct Entry {
    id: &'static str,
    group: Group,
    question: Question,
    ask: Ask,
    before: Before,
    differs: Option<&'static str>,
}

const fn entry(id: &'static str, group: Group, question: Question, ask: Ask) -> Entry {
    Entry { id, group, question, ask, before: Before::Nothing, differs: None }
}

/// One of ours, before whose answer something happens.
const fn after(
    before: Before,
    id: &'static str,
    question: Question,
    engine: &'static str,
) -> Entry {
    Entry { before, ..entry(id, Group::Procnet, question, Ask::Engine(engine)) }
}

use self::{
    Ask::{Built, Engine, Installed, Ours, Python},
    Group::{Floor, Peer, Procnet},
    Question::{Listeners, Lookup, Nothing, OwnedListeners, Owners, Sockets},
};

const PSUTIL: Ask = Python(include_str!("../../../peers/psutil_engine.py"));

/// Those of TCP. A new engine is an entry here, and one in `procnet_benches::engine::ALL`.
const TCP: [Entry; 33] = [
    entry(READ, Floor, Nothing, Engine("floor-read")),
    entry(DUMP, Floor, Nothing, Engine("floor-netlink")),
    entry(WALK, Floor, Nothing, Engine("floor-walk")),
    entry(VISIT, Procnet, Sockets, Engine("netlink-visit")),
    entry(OWNERS, Procnet, Owners, Engine("netlink-owners")),
    entry(
        "procnet, netlink, with owners, kept in a list",
        Procnet,
        Owners,
        Engine("netlink-collect"),
    ),
    after(Before::Settle, INCREMENTAL, Owners, "netlink-incremental"),
    after(Before::Renew, RENEWED, Owners, "netlink-incremental"),
    entry("procnet, netlink, counts only", Procnet, Sockets, Engine("netlink-summary")),
    entry(LISTENERS, Procnet, Listeners, Engine("netlink-listeners")),
    after(
        Before::Settle,
        "procnet, netlink, listeners, incremental owners",
        OwnedListeners,
        "netlink-incremental-listeners",
    ),
    entry(LOOKUP, Procnet, Lookup, Engine("netlink-lookup")),
    entry(TABLE_VISIT, Procnet, Sockets, Engine("procfs-visit")),
    entry(TABLE_OWNERS, Procnet, Owners, Engine("procfs-owners")),
    entry("procnet, /proc, with owners, kept in a list", Procnet, Owners, Engine("procfs-collect")),
    after(Before::Settle, TABLE_INCREMENTAL, Owners, "procfs-incremental"),
    after(Before::Renew, TABLE_RENEWED, Owners, "procfs-incremental"),
    entry("procnet, /proc, counts only", Procnet, Sockets, Engine("procfs-summary")),
    entry("procnet, /proc, listeners, no owners", Procnet, Listeners, Engine("procfs-listeners")),
    after(
        Before::Settle,
        "procnet, /proc, listeners, incremental owners",
        OwnedListeners,
        "procfs-incremental-listeners",
    ),
    entry(COMMAND_VISIT, Procnet, Sockets, Ours(&["--no-owners"], rows)),
    entry(COMMAND, Procnet, Owners, Ours(&[], json)),
    entry("ss -4tln", Peer, Listeners, Installed(&["ss", "-H4tln"], "-V", rows)),
    entry("ss -4tan", Peer, Sockets, Installed(&["ss", "-H4tan"], "-V", rows)),
    entry("ss -4tanp", Peer, Owners, Installed(&["ss", "-H4tanp"], "-V", ss)),
    entry("gopsutil, without uids", Peer, Owners, Built("gopsutil", "without-uids")),
    entry("gopsutil", Peer, Owners, Built("gopsutil", "default")),
    entry("psutil", Peer, Owners, PSUTIL),
    entry("lsof -nP -i4TCP", Peer, Owners, Installed(&["lsof", "-nP", "-i4TCP"], "-v", lsof)),
    entry("netstat -4tanp", Peer, Owners, Installed(&["netstat", "-4tanp"], "-V", netstat)),
    entry("procfs", Peer, Owners, Engine("crate-procfs")),
    entry("netstat2", Peer, Owners, Built("netstat2", "")),
    Entry {
        differs: Some("keeps sockets by process and local address, so it has fewer"),
        ..entry("listeners", Peer, Owners, Engine("crate-listeners"))
    },
];

/// Those of UDP.
const UDP: [Entry; 14] = [
    entry(READ, Floor, Nothing, Engine("floor-read")),
    entry(DUMP, Floor, Nothing, Engine("floor-netlink")),
    entry(WALK, Floor, Nothing, Engine("floor-walk")),
    entry(VISIT, Procnet, Sockets, Engine("netlink-visit")),
    entry(OWNERS, Procnet, Owners, Engine("netlink-owners")),
    after(Before::Settle, INCREMENTAL, Owners, "netlink-incremental"),
    entry(TABLE_VISIT, Procnet, Sockets, Engine("procfs-visit")),
    entry(TABLE_OWNERS, Procnet, Owners, Engine("procfs-owners")),
    entry(COMMAND, Procnet, Owners, Ours(&[], json)),
    entry("ss -4uan", Peer, Sockets, Installed(&["ss", "-H4uan"], "-V", rows)),
    entry("ss -4uanp", Peer, Owners, Installed(&["ss", "-H4uanp"], "-V", ss)),
    entry("gopsutil, without uids", Peer, Owners, Built("gopsutil", "without-uids")),
    entry("gopsutil", Peer, Owners, Built("gopsutil", "default")),
    entry("psutil", Peer, Owners, PSUTIL),
];

/// Those that look into one namespace, which has all sockets.
const ONE: [Entry; 4] = [
    entry(VISIT, Procnet, Sockets, Engine("netlink-visit")),
    entry(OWNERS, Procnet, Owners, Engine("netlink-owners")),
    entry(TABLE_VISIT, Procnet, Sockets, Engine("procfs-visit")),
    entry(TABLE_OWNERS, Procnet, Owners, Engine("procfs-owners")),
];

/// Those that look into every namespace. No peer does that.
const EVERYWHERE: [Entry; 4] = [
    entry(ALL_VISIT, Procnet, Sockets, Engine("netlink-visit-all")),
    entry(ALL_OWNERS, Procnet, Owners, Engine("netlink-owners-all")),
    entry(TABLE_ALL_VISIT, Procnet, Sockets, Engine("procfs-visit-all")),
    entry(TABLE_ALL_OWNERS, Procnet, Owners, Engine("procfs-owners-all")),
];

/// Everyone of a scene, whose sockets are in so many namespaces.
fn all(scene: Scene, namespaces: usize) -> &'static [Entry] {
    match scene {
        Scene::Tcp => &TCP,
        Scene::Udp => &UDP,
        Scene::Namespaces if namespaces == 1 => &ONE,
        Scene::Namespaces => &EVERYWHERE,
    }
}

/// Those that can take part, and why the others cannot.
pub(crate) fn gather(
    args: &Args,
    scene: Scene,
    namespaces: usize,
) -> (Vec<Contestant>, Vec<Skipped>) {
    let (mut contestants, mut skipped) = (Vec::new(), Vec::new());
    for entry in all(scene, namespaces) {
        if entry.group == Group::Peer && !args.wants(entry.id) {
            continue;
        }
        let Entry { id, group, question, differs, before, ref ask } = *entry;
        let engine = if let Engine(name) = ask { Some((*name, scene.kind())) } else { None };
        match make(ask, scene.kind()) {
            Ok((how, version)) => contestants.push(Contestant {
                id,
                group,
                question,
                version,
                engine,
                differs,
                before,
                how,
            }),
            Err(reason) => {
                say(format_args!("SKIPPED {id}: {reason}"));
                skipped.push(Skipped { id: id.to_owned(), reason });
            }
        }
    }
    (contestants, skipped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn engines_of_the_lists_exist() {
        let lists: [&[Entry]; 4] = [&TCP, &UDP, &ONE, &EVERYWHERE];
        for entry in lists.into_iter().flatten() {
            if let Engine(name) = entry.ask {
                let known = procnet_benches::engine::ALL;
                assert!(known.iter().any(|(known, _)| *known == name), "{name}");
            }
        }
    }
}
