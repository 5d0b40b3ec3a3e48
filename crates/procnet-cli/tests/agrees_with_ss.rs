//! What the command prints for programs is what the scene knows, and what `ss -anp` says.

use std::{net::IpAddr, process::Command};

use procnet::core::escape::unescape;
use procnet_corpus::live::{Entry, Owner, Scene, assert_agrees, private};
use serde_json::Value;

#[test]
fn sockets_as_ndjson() {
    private(|_| Scene::with(|scene| assert_agrees(scene, sockets)));
}

/// What the command prints.
fn sockets() -> Vec<Entry> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_procnet"));
    let args = ["sockets", "--source", "procfs", "--format", "ndjson"];
    let ran = command.args(args).output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    // A newline in a name leaves a row that does not decode, and nothing else is wrong:
    // beside it rows are suspect.
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(said.lines().all(|line| line.starts_with("procnet: table unix")), "{said}");
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

/// A name as its maker made it.
fn bytes(escaped: &str) -> Vec<u8> {
    unescape(escaped).collect::<Result<_, _>>().unwrap()
}
