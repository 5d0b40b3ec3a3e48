//! The command shows each socket once: subflows of MPTCP, which share an inode, and steady sockets
//! of a group beside others that come and go.

use std::{collections::BTreeSet, process::Command};

use procnet_corpus::live::{HelperProcess, LoadGenerator, Mptcp, Workload, private, skip};
use serde_json::Value;

/// What the command prints as JSON, and its exit code.
fn run(args: &[&str]) -> (Vec<Value>, Option<i32>) {
    let ran = Command::new(env!("CARGO_BIN_EXE_procnet")).args(args).output().unwrap();
    let printed = String::from_utf8(ran.stdout).unwrap();
    let lines = printed.lines().map(|line| serde_json::from_str(line).unwrap());
    (lines.collect(), ran.status.code())
}

const SOURCES: [&str; 2] = ["procfs", "netlink"];

#[test]
fn each_subflow_of_mptcp_is_listed_and_counted() {
    private(|_| {
        let mptcp = Mptcp::new().unwrap_or_else(|reason| skip(&reason));
        let subflows = Mptcp::SUBFLOWS as u64;
        for source in SOURCES {
            let json = ["--source", source, "--format", "ndjson"];
            let complete = |args: &[&str]| match run(&[args, &json].concat()) {
                (printed, Some(0)) => printed,
                (_, code) => panic!("{args:?} by {source}: {code:?}"),
            };
            assert_eq!(complete(&["sockets", "-ta"]).len() as u64, 1 + 2 * subflows);
            let client = mptcp.holders[1].pid();
            let of_client = complete(&["sockets", "-ta", "--pid", &client.to_string()]);
            let ends: BTreeSet<String> = of_client
                .iter()
                .map(|it| format!("{}:{}", it["local_addr"], it["local_port"]))
                .collect();
            assert_eq!((of_client.len() as u64, ends.len() as u64), (subflows, subflows));
            let top = complete(&["top", "-ta"]);
            let of = |pid: u32| top.iter().find(|group| group["pid"] == pid).unwrap();
            for holder in &mptcp.holders[1..] {
                assert_eq!(of(holder.pid())["sockets"], subflows);
            }
            let filtered = complete(&["sockets", "-ta", "comm = mptcp-server"]);
            assert_eq!(filtered.len() as u64, subflows);
            let summary = complete(&["summary", "-ta"]);
            let established = summary.iter().find(|line| line["key"] == "ESTABLISHED").unwrap();
            assert_eq!(established["sockets"], 2 * subflows, "{summary:?}");
        }
    });
}

#[test]
fn events_report_no_steady_listener_as_gone() {
    private(|_| {
        let load = LoadGenerator::default().spawn(Workload::Listeners, 5, 100);
        let steady: BTreeSet<u64> = load.entries().iter().filter_map(|entry| entry.inode).collect();
        let busy = HelperProcess::start(b"busy");
        busy.churn("listeners");
        for source in SOURCES {
            // What lived between two looks is not of interest, and would be thousands of lines.
            let args = ["sockets", "-tl", "--events", "--event-source", "netlink"];
            let args = [&args[..], &["--watch", "0.05", "--times", "40"]].concat();
            let (events, _) =
                run(&[&args[..], &["--source", source, "--format", "ndjson"]].concat());
            let of_steady = |event: &&Value| {
                event["socket"]["inode"].as_u64().is_some_and(|inode| steady.contains(&inode))
            };
            assert!(!events.is_empty(), "others come and go");
            let wrong: Vec<&Value> = events.iter().filter(of_steady).collect();
            assert!(wrong.is_empty(), "{source}: {wrong:?}");
        }
    });
}
