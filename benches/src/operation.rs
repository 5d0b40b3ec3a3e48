//! The operations that are measured inside a worker process: the kernel floors, procnet, and two
//! other Rust libraries.
//!
//! All have the same task: list the sockets of one kind in this network namespace, with their
//! owners where the operation supports it. The names of procnet's operations start with the
//! source: socket diagnostics (`netlink`) or the tables of /proc (`procfs`).

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

/// Answers once more, as an agent would request every second, and returns how long that took.
///
/// The clock stops when the answer is complete: counting and freeing the answer are not timed,
/// except where an operation passes on sockets one by one.
pub type Operation = Box<dyn FnMut() -> Result<(Answer, Duration), String>>;

/// An operation that is ready to run, and its version.
pub type Prepared = Result<(Operation, String), String>;

/// Prepares an operation that lists sockets of one kind.
pub type Prepare = fn(Kinds) -> Prepared;

/// Every operation by its name. The two other libraries support TCP only.
pub const ALL: [(&str, Prepare); 27] = [
    ("floor-read", floor::read),
    ("floor-netlink", dump::dump),
    ("floor-walk", |_| floor::walk()),
    ("netlink-visit", |kinds| procnet::visit(netlink(kinds))),
    ("netlink-owners", |kinds| procnet::owners(netlink(kinds))),
    ("netlink-owners-bpf", |kinds| procnet::owners_by_bpf(netlink(kinds))),
    ("netlink-collect", |kinds| procnet::collect(netlink(kinds))),
    ("netlink-incremental", |kinds| procnet::incremental(netlink(kinds))),
    ("netlink-listeners", |kinds| procnet::listeners(netlink(kinds))),
    ("netlink-incremental-listeners", |kinds| procnet::incremental_listeners(netlink(kinds))),
    ("netlink-summary", |kinds| procnet::summary(netlink(kinds))),
    ("netlink-lookup", |_| lookup::prepare()),
    ("netlink-visit-all", |kinds| procnet::visit(procnet::every_namespace(netlink(kinds)))),
    ("netlink-owners-all", |kinds| procnet::owners(procnet::every_namespace(netlink(kinds)))),
    ("netlink-owners-bpf-all", |kinds| {
        procnet::owners_by_bpf(procnet::every_namespace(netlink(kinds)))
    }),
    ("auto-owners-all", |kinds| procnet::owners(procnet::every_namespace(procnet::auto(kinds)))),
    ("procfs-visit", |kinds| procnet::visit(tables(kinds))),
    ("procfs-owners", |kinds| procnet::owners(tables(kinds))),
    ("procfs-collect", |kinds| procnet::collect(tables(kinds))),
    ("procfs-incremental", |kinds| procnet::incremental(tables(kinds))),
    ("procfs-listeners", |kinds| procnet::listeners(tables(kinds))),
    ("procfs-incremental-listeners", |kinds| procnet::incremental_listeners(tables(kinds))),
    ("procfs-summary", |kinds| procnet::summary(tables(kinds))),
    ("procfs-visit-all", |kinds| procnet::visit(procnet::every_namespace(tables(kinds)))),
    ("procfs-owners-all", |kinds| procnet::owners(procnet::every_namespace(tables(kinds)))),
    ("crate-procfs", |_| procfs::prepare()),
    ("crate-listeners", |_| listeners::prepare()),
];

/// Prepares the operation of this name for sockets of the kind `tcp4` or `udp4`.
///
/// # Errors
///
/// If there is none, or why it cannot be prepared.
pub fn named(name: &str, kind: &str) -> Prepared {
    let kinds = match kind {
        "tcp4" => Kinds::TCP4,
        "udp4" => Kinds::UDP4,
        _ => return Err(format!("no operation supports {kind}")),
    };
    let found = ALL.into_iter().find(|(known, _)| *known == name);
    found.ok_or_else(|| format!("no operation is called {name}"))?.1(kinds)
}

/// Prepares the operation given on the command line: `NAME KIND`.
///
/// # Errors
///
/// As for [`named`].
pub fn of_command_line() -> Prepared {
    let mut words = std::env::args().skip(1);
    let name = words.next().ok_or("which operation?")?;
    named(&name, words.next().as_deref().unwrap_or("tcp4"))
}

/// The result of `work`, and how long it took.
fn timed<T, E: ToString>(work: impl FnOnce() -> Result<T, E>) -> Result<(T, Duration), String> {
    let begin = Instant::now();
    let result = work();
    let time = begin.elapsed();
    result.map(|result| (result, time)).map_err(|error| error.to_string())
}

/// The version of a crate in the lock file that this program was built with.
fn version_of(name: &str) -> String {
    let lock = include_str!("../../Cargo.lock");
    let entry = lock.split("[[package]]").find_map(|entry| {
        let entry = entry.trim_start().strip_prefix("name = \"")?.strip_prefix(name)?;
        entry.strip_prefix("\"\nversion = \"")
    });
    let version = entry.and_then(|entry| entry.split('"').next());
    version.unwrap_or("unknown").to_owned()
}

fn count(number: usize) -> Option<u64> {
    u64::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_the_lock_file() {
        assert_eq!(version_of("procnet-benches"), env!("CARGO_PKG_VERSION"));
        assert!(version_of("procfs").starts_with("0."));
    }

    #[test]
    fn every_operation_answers() {
        for kind in ["tcp4", "udp4"] {
            for (name, _) in ALL {
                let (mut operation, _) = named(name, kind).unwrap();
                // `None` from a floor, else any number, as other sockets come and go meanwhile.
                let (answer, _) = operation().unwrap_or_else(|error| panic!("{name}: {error}"));
                assert_eq!(answer.sockets.is_none(), name.starts_with("floor"), "{name}");
            }
        }
    }
}
