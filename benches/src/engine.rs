//! The engines that are Rust libraries: the floors, procnet, and two peers.
//!
//! All are asked the same: which sockets of one kind does this network namespace have, and
//! (where an engine can tell) who owns them. Those of procnet say where sockets come from:
//! socket diagnostics (`netlink`), or the tables of /proc (`procfs`).

use std::time::{Duration, Instant};

use ::procnet::Kinds;

use self::procnet::{netlink, procfs as tables};
use crate::protocol::Answer;

mod dump;
mod floor;
mod listeners;
mod lookup;
mod procfs;
mod procnet;

/// Answers once more, as an agent would ask every second, and says how long it took.
///
/// The clock stops when the answer is there: it runs neither while the answer is counted nor
/// while it is freed, except where an engine hands out sockets one by one.
pub type Engine = Box<dyn FnMut() -> Result<(Answer, Duration), String>>;

/// An engine, ready to be asked, and its version.
pub type Made = Result<(Engine, String), String>;

/// What makes an engine that is asked for sockets of one kind.
pub type Maker = fn(Kinds) -> Made;

/// Every engine by its name. The two peers know of TCP only.
pub const ALL: [(&str, Maker); 24] = [
    ("floor-read", floor::read),
    ("floor-netlink", dump::dump),
    ("floor-walk", |_| floor::walk()),
    ("netlink-visit", |kinds| procnet::visit(netlink(kinds))),
    ("netlink-owners", |kinds| procnet::owners(netlink(kinds))),
    ("netlink-collect", |kinds| procnet::collect(netlink(kinds))),
    ("netlink-incremental", |kinds| procnet::incremental(netlink(kinds))),
    ("netlink-listeners", |kinds| procnet::listeners(netlink(kinds))),
    ("netlink-incremental-listeners", |kinds| procnet::incremental_listeners(netlink(kinds))),
    ("netlink-summary", |kinds| procnet::summary(netlink(kinds))),
    ("netlink-lookup", |_| lookup::make()),
    ("netlink-visit-all", |kinds| procnet::visit(procnet::everywhere(netlink(kinds)))),
    ("netlink-owners-all", |kinds| procnet::owners(procnet::everywhere(netlink(kinds)))),
    ("procfs-visit", |kinds| procnet::visit(tables(kinds))),
    ("procfs-owners", |kinds| procnet::owners(tables(kinds))),
    ("procfs-collect", |kinds| procnet::collect(tables(kinds))),
    ("procfs-incremental", |kinds| procnet::incremental(tables(kinds))),
    ("procfs-listeners", |kinds| procnet::listeners(tables(kinds))),
    ("procfs-incremental-listeners", |kinds| procnet::incremental_listeners(tables(kinds))),
    ("procfs-summary", |kinds| procnet::summary(tables(kinds))),
    ("procfs-visit-all", |kinds| procnet::visit(procnet::everywhere(tables(kinds)))),
    ("procfs-owners-all", |kinds| procnet::owners(procnet::everywhere(tables(kinds)))),
    ("crate-procfs", |_| procfs::make()),
    ("crate-listeners", |_| listeners::make()),
];

/// Makes the engine of this name, to be asked for `tcp4` or `udp4`.
///
/// # Errors
///
/// If there is none, or why it cannot be made.
pub fn named(name: &str, kind: &str) -> Made {
    let kinds = match kind {
        "tcp4" => Kinds::TCP4,
        "udp4" => Kinds::UDP4,
        _ => return Err(format!("no engine is asked for {kind}")),
    };
    let found = ALL.into_iter().find(|(known, _)| *known == name);
    found.ok_or_else(|| format!("no engine has the name {name}"))?.1(kinds)
}

/// Makes the engine that a command line names: `NAME KIND`.
///
/// # Errors
///
/// As for [`named`].
pub fn of_command_line() -> Made {
    let mut words = std::env::args().skip(1);
    let name = words.next().ok_or("which engine?")?;
    named(&name, words.next().as_deref().unwrap_or("tcp4"))
}

/// What `work` returns, and how long it took.
fn timed<T, E: ToString>(work: impl FnOnce() -> Result<T, E>) -> Result<(T, Duration), String> {
    let begin = Instant::now();
    let result = work();
    let time = begin.elapsed();
    result.map(|result| (result, time)).map_err(|error| error.to_string())
}

/// The version of a crate that this program was built with.
fn version_of(name: &str) -> String {
    let lock = include_str!("../../Cargo.lock");
    let entry = lock.split("[[package]]").find_map(|entry| {
        let entry = entry.trim_start().strip_prefix("name = \"")?.strip_prefix(name)?;
        entry.strip_prefix("\"\nversion = \"")
    });
    let version = entry.and_then(|entry| entry.split('"').next());
    version.unwrap_or("of unknown version").to_owned()
}

fn count(number: usize) -> Option<u64> {
    u64::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found() {
        assert_eq!(version_of("procnet-benches"), env!("CARGO_PKG_VERSION"));
        assert!(version_of("procfs").starts_with("0."));
    }

    #[test]
    fn every_engine_answers() {
        for kind in ["tcp4", "udp4"] {
            for (name, _) in ALL {
                let (mut engine, _) = named(name, kind).unwrap();
                // `None` from a floor, else some number: other sockets come and go meanwhile.
                let (answer, _) = engine().unwrap_or_else(|error| panic!("{name}: {error}"));
                assert_eq!(answer.sockets.is_none(), name.starts_with("floor"), "{name}");
            }
        }
    }
}
