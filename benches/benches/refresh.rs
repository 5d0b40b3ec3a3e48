//! A refresh on a small farm of live sockets: `operation/input/engine`.
//!
//! The farm is in namespaces of its own, in which this program executes itself again. The
//! engines are those of `compare`, which has the peers and the large farms.

use std::{env, process::Command};

use criterion::{Criterion, Throughput};
use procnet::{Scanner, Source, details::Details, lookup::Lookup};
use procnet_benches::engine;
use procnet_corpus::live::{Crop, Farm, actor, namespaces, run};

const PROCESSES: usize = 10;
const SOCKETS: usize = 1000;
/// Tells the inner run that it is one.
const INSIDE: &str = "PROCNET_REFRESH";

fn main() {
    actor::become_one();
    if env::var_os(INSIDE).is_some() {
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
            let status = command.args(env::args_os().skip(1)).env(INSIDE, "yes").status();
            assert!(status.expect("unshare").success(), "the inner run failed");
        }
        Err(reason) => eprintln!("SKIPPED refresh: no namespaces: {}", reason.trim()),
    }
}

fn refresh(criterion: &mut Criterion) {
    let _farm = Farm::default().grow(Crop::Tcp, PROCESSES, SOCKETS);
    let all = (PROCESSES * SOCKETS) as u64;
    let mut group = criterion.benchmark_group("refresh");
    group.throughput(Throughput::Elements(all)).sample_size(20);
    for (operation, name, sockets, owned) in [
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
        let (mut engine, _) = engine::named(name, "tcp4").expect("an engine");
        let (answer, _) = engine().expect("an answer");
        assert_eq!((answer.sockets, answer.owned), (sockets, owned), "{name}");
        group.bench_function(format!("{operation}/farm-10k/{name}"), |bencher| {
            bencher.iter(|| engine().expect("an answer"));
        });
    }
    group.finish();
}

/// One connection of many by its ends, the last that was made.
fn lookup(criterion: &mut Criterion) {
    let farm = Farm::default().grow(Crop::Tcp, PROCESSES, SOCKETS);
    let connected = |entry: &procnet_corpus::live::Entry| entry.state == "ESTABLISHED";
    let entry = farm.entries().into_iter().rfind(connected).expect("a connection");
    let lookup = Lookup::tcp(entry.local.expect("an end"), entry.remote.expect("an end"));
    let mut scanner = Scanner::new().expect("a /proc");
    let mut group = criterion.benchmark_group("lookup");
    for (engine, lookup) in [
        ("netlink", lookup.source(Source::Netlink)),
        ("netlink-tcp-info", lookup.source(Source::Netlink).details(Details::TCP_INFO)),
        ("procfs", lookup.source(Source::Procfs)),
    ] {
        group.bench_function(format!("tcp/farm-10k/{engine}"), |bencher| {
            bencher.iter(|| {
                let found = scanner.lookup(&lookup).expect("an answer");
                assert_eq!(found.expect("it is there").inode.map(procnet::Inode::get), entry.inode);
            });
        });
    }
    group.finish();
}
