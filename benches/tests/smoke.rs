//! Small comparisons succeed: few sockets, one round, no other tools.

use std::{fs, process::Command};

use procnet_corpus::live::namespaces;

#[test]
fn a_small_comparison_measures_every_scenario() {
    if let Err(reason) = namespaces() {
        eprintln!(
            "SKIPPED a_small_comparison_measures_every_scenario: no namespaces: {}",
            reason.trim()
        );
        return;
    }
    let out = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.args(["--sockets", "20,51", "--udp", "30", "--namespaces", "3"]);
    command.args(["--per-process", "20", "--rounds", "1"]);
    command.args(["--peers", "none", "--no-build", "--out"]).arg(out.path());
    let ran = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{stderr}");

    let json = fs::read(out.path().join("compare.json")).unwrap();
    let results: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let runs = results["runs"].as_array().unwrap();
    let numbers = |key: &str| runs.iter().map(|run| run[key].as_u64().unwrap()).collect::<Vec<_>>();
    let expected = (vec![20, 51, 30, 60], vec![1, 3, 2, 3]);
    assert_eq!((numbers("sockets"), numbers("processes")), expected);
    let owners = |row: &&serde_json::Value| row["id"] == "procnet, netlink, with owners";
    let ours = runs[1]["measurements"].as_array().unwrap().iter().find(owners).unwrap();
    assert_eq!((ours["owned"].as_u64(), ours["allocations"].as_u64()), (Some(51), Some(0)));
    assert_eq!(ours["samples_ms"].as_array().unwrap().len(), 1);

    let every_namespace =
        |row: &&serde_json::Value| row["id"] == "procnet, netlink, all namespaces, with owners";
    let ours = runs[3]["measurements"].as_array().unwrap().iter().find(every_namespace).unwrap();
    assert_eq!((ours["sockets"].as_u64(), ours["owned"].as_u64()), (Some(60), Some(60)));

    let table = fs::read_to_string(out.path().join("README.md")).unwrap();
    assert!(
        table.contains("\n### 51 sockets\n")
            && table.contains("| **procnet, netlink, with owners** |")
    );
    assert!(table.contains("\n### 30 sockets\n") && table.contains("\n| | 3 × 20 |\n"));
    let plot = fs::read_to_string(out.path().join("time.svg")).unwrap();
    assert!(plot.contains("<polyline") && plot.ends_with("</svg>\n"));
}

#[test]
fn a_partial_comparison_is_printed_and_not_stored() {
    if let Err(reason) = namespaces() {
        eprintln!(
            "SKIPPED a_partial_comparison_is_printed_and_not_stored: no namespaces: {}",
            reason.trim()
        );
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_compare"));
    command.args(["--sockets", "20", "--per-process", "20", "--rounds", "1", "--no-build"]);
    command.args(["--only", "floor-netlink", "--only", "netlink-visit"]);
    let ran = command.current_dir(directory.path()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));

    let report = String::from_utf8_lossy(&ran.stdout);
    let rows: Vec<&str> = report.lines().filter(|line| line.contains("| 1 |")).collect();
    assert!(rows.len() == 2 && rows[0].starts_with("| *dump by netlink* |"), "{report}");
    assert!(report.contains("\n| every socket by netlink ÷ the same dump, discarded | "));
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}
