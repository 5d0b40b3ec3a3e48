//! A refresh with 10,000 live sockets: `operation/input/implementation`.
//!
//! The sockets are created in namespaces of their own, in which this program executes itself
//! again. `compare` measures the same operations, with more sockets and beside other tools.

use std::{env, process::Command};

use criterion::{Criterion, Throughput};
use procnet::{Scanner, Source, details::Details, lookup::Lookup};
use procnet_benches::operation;
use procnet_corpus::live::{LoadGenerator, Workload, helper, namespaces, run};

const PROCESSES: usize = 10;
const SOCKETS: usize = 1000;
/// The environment variable that is set for the run in the namespaces.
const SANDBOXED: &str = "PROCNET_REFRESH";

fn main() {
    helper::run_if_helper();
    if env::var_os(SANDBOXED).is_some() {
        run(&["ip", "link", "set", "lo", "up"]).expect("the loopback interface");
        let mut criterion = Criterion::default().configure_from_args();
        refresh(&mut criterion);
        lookup(&mut criterion);
        criterion.final_summary();
        return;
    }
    match namespaces() {
        Ok(unshare) => {
            let mut command = Command::new(unshare[0]);
            command.args(&unshare[1..]).arg(env::current_exe().expect("this program"));
            let status = command.args(env::args_os().skip(1)).env(SANDBOXED, "yes").status();
            assert!(status.expect("unshare").success(), "the sandboxed run failed");
        }
        Err(reason) => eprintln!("SKIPPED refresh: no namespaces: {}", reason.trim()),
    }
}

fn refresh(criterion: &mut Criterion) {
    let _load = LoadGenerator::default().spawn(Workload::Tcp, PROCESSES, SOCKETS);
    let all = (PROCESSES * SOCKETS) as u64;
    let mut group = criterion.benchmark_group("refresh");
    group.throughput(Throughput::Elements(all)).sample_size(20);
    for (group_name, name, sockets, owned) in [
        ("rows", "floor-read", None, None),
        ("rows", "floor-netlink", None, None),
        ("rows", "netlink-visit", Some(all), None),
        ("rows", "procfs-visit", Some(all), None),
        ("listeners", "netlink-listeners", Some(PROCESSES as u64), None),
        ("owners", "floor-walk", None, None),
        ("rows-and-owners", "netlink-owners", Some(all), Some(all)),
        ("rows-and-owners", "procfs-owners", Some(all), Some(all)),
        ("rows-and-owners", "crate-procfs", Some(all), Some(all)),
    ] {
        let (mut operation, _) = operation::named(name, "tcp4").expect("an operation");
        let (answer, _) = operation().expect("an answer");
        assert_eq!((answer.sockets, answer.owned), (sockets, owned), "{name}");
        group.bench_function(format!("{group_name}/sockets-10k/{name}"), |bencher| {
            bencher.iter(|| operation().expect("an answer"));
        });
    }
    group.finish();
}

/// One connection of many by its addresses, the last that was made.
fn lookup(criterion: &mut Criterion) {
    let load = LoadGenerator::default().spawn(Workload::Tcp, PROCESSES, SOCKETS);
    let connected = |entry: &procnet_corpus::live::Entry| entry.state == "ESTABLISHED";
    let entry = load.entries().into_iter().rfind(connected).expect("a connection");
    let lookup = Lookup::tcp(entry.local.expect("an address"), entry.remote.expect("an address"));
    let mut scanner = Scanner::new().expect("a /proc");
    let mut group = criterion.benchmark_group("lookup");
    for (source, lookup) in [
        ("netlink", lookup.source(Source::Netlink)),
        ("netlink-tcp-info", lookup.source(Source::Netlink).details(Details::TCP_INFO)),
        ("procfs", lookup.source(Source::Procfs)),
    ] {
        group.bench_function(format!("tcp/sockets-10k/{source}"), |bencher| {
            bencher.iter(|| {
                let found = scanner.lookup(&lookup).expect("an answer");
                assert_eq!(
                    found.expect("the connection").inode.map(procnet::Inode::get),
                    entry.inode
                );
            });
        });
    }
    group.finish();
}
