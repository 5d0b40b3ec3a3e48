//! NDJSON output matches the sockets of the scene and `ss -anp`.

use std::{net::IpAddr, process::Command};

use procnet::decode::escape::unescape;
use procnet_corpus::live::{Entry, Owner, Scene, assert_agrees, private};
use serde_json::Value;

#[test]
fn ndjson_matches_the_scene_and_ss() {
    private(|_| Scene::with(|scene| assert_agrees(scene, sockets)));
}

/// The sockets that the command prints.
fn sockets() -> Vec<Entry> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_procnet"));
    let args = ["sockets", "--source", "procfs", "--format", "ndjson"];
    let ran = command.args(args).output().unwrap();
    let messages = String::from_utf8(ran.stderr).unwrap();
    // A name with a newline leaves a malformed row and makes adjacent rows suspect, and the test
    // runs in a pid namespace, as in a container; nothing else is wrong.
    assert_eq!(ran.status.code(), Some(1), "{messages}");
    let is_expected = |line: &str| {
        line.starts_with("procnet: table unix") || line.contains("outside this pid namespace")
    };
    assert!(messages.lines().all(is_expected), "{messages}");
    let printed = String::from_utf8(ran.stdout).unwrap();
    printed.lines().map(|line| entry(&serde_json::from_str(line).unwrap())).collect()
}

fn entry(socket: &Value) -> Entry {
    let text = |key: &str| socket[key].as_str();
    let number = |key: &str| socket[key].as_u64();
    let small = |key: &str| number(key).map(|number| u32::try_from(number).unwrap());
    let (kind, state) = (text("kind").unwrap(), text("state").unwrap());
    let end = |address: &str, port: &str| {
        let ip: IpAddr = text(address)?.parse().unwrap();
        Some((ip, u16::try_from(number(port)?).unwrap()).into())
    };
    let local = end("local_addr", "local_port");
    let entry = match (local, end("remote_addr", "remote_port")) {
        (Some(local), Some(remote)) => Entry::inet(kind, state, local, remote),
        _ => {
            let name = text("name").map(bytes);
            Entry::unix(text("type").unwrap(), state, name.as_deref())
        }
    };
    let owners = socket["owners"].as_array().unwrap().iter().map(|owner| Owner {
        pid: u32::try_from(owner["pid"].as_u64().unwrap()).unwrap(),
        fd: u32::try_from(owner["fd"].as_u64().unwrap()).unwrap(),
        comm: bytes(owner["comm"].as_str().unwrap()),
    });
    let numbers = || Some((small("uid")?, small("rx_queue")?, small("tx_queue")?));
    Entry { inode: number("inode"), owners: owners.collect(), numbers: numbers(), ..entry }
}

/// The original bytes of a name.
fn bytes(escaped: &str) -> Vec<u8> {
    unescape(escaped).collect::<Result<_, _>>().unwrap()
}
