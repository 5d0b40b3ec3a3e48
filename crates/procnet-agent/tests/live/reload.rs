//! Configuration: the file, its faults, and reloading it.

use std::{fs, process::Command};

use procnet_corpus::live::{LoadGenerator, Workload, private};

use crate::agent::Agent;

#[test]
fn the_file_is_read_again_at_a_signal_and_kept_if_it_is_wrong() {
    private(|_| {
        let _load = LoadGenerator::default().spawn(Workload::Udp, 5, 3);
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agent.toml");
        fs::write(&path, "top = 2\n").unwrap();
        let mut agent = Agent::start(&["--config", path.to_str().unwrap()]);
        let series = |page: &crate::page::Page| page.family("procnet_process_sockets").len();
        agent.page_when(|page| series(page) == 4);

        fs::write(&path, "top = 3\nevents = 'none'\nlisten = '127.0.0.1:4321'\n").unwrap();
        agent.signal("HUP");
        agent.until("reloaded", || agent.log().contains("message=reloaded"));
        assert!(
            agent.log().contains("message=\"takes effect after a restart\" key=events value=none"),
            "{}",
            agent.log()
        );
        // The command line, which names the address, takes precedence.
        agent.page_when(|page| series(page) == 5);

        fs::write(&path, "top = 3\ntopp = 4\n").unwrap();
        agent.signal("HUP");
        let fault = "agent.toml:2:1: unknown key `topp`: did you mean `top`?";
        agent.until("refused", || agent.log().contains(fault));
        assert_eq!(series(&agent.page()), 5);

        agent.signal("TERM");
        assert!(agent.process.wait().unwrap().success());
        assert!(agent.log().contains("message=ending"));
    });
}

#[test]
fn the_address_can_change_without_a_restart() {
    private(|_| {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("agent.toml");
        fs::write(&path, "listen = '127.0.0.1:4001'\n").unwrap();
        let mut agent = Agent::launch(&[], &["--config", path.to_str().unwrap()]);
        agent.until("ready", || agent.get("/health").status == 200);
        fs::write(&path, "listen = '127.0.0.1:4002'\n").unwrap();
        agent.signal("HUP");
        agent.until("reloaded", || agent.log().contains("message=reloaded"));
        agent.address = "127.0.0.1:4002".parse().unwrap();
        assert_eq!(agent.get("/health").status, 200);
        assert!(std::net::TcpStream::connect("127.0.0.1:4001").is_err());
    });
}

#[test]
fn a_wrong_configuration_ends_the_start_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("agent.toml");
    fs::write(&path, "interval = \"5s\"\nprefix_ipv4 = 33\n").unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_procnet-agent"))
        .arg("--config")
        .arg(&path)
        .output()
        .unwrap();
    let err = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(2));
    assert!(
        err.contains("agent.toml:2:15: prefix_ipv4: `33` is not a number from 1 to 32"),
        "{err}"
    );
}

#[test]
fn the_options_are_shown_as_they_would_be() {
    let ran = Command::new(env!("CARGO_BIN_EXE_procnet-agent"))
        .args(["--check", "--top", "7"])
        .env("PROCNET_AGENT_CPU_BUDGET", "2.5")
        .output()
        .unwrap();
    let out = String::from_utf8(ran.stdout).unwrap();
    assert!(
        ran.status.success()
            && out.contains("top = \"7\"\n")
            && out.contains("cpu_budget = \"2.5%\"\n"),
        "{out}"
    );
    // What is shown is a configuration file.
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("agent.toml");
    fs::write(&path, &out).unwrap();
    let again = Command::new(env!("CARGO_BIN_EXE_procnet-agent"))
        .arg("--check")
        .arg("--config")
        .arg(&path)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(again.stdout).unwrap(), out);
}

#[test]
fn who_reads_the_options_may_stop_early() {
    for (argument, full) in [("--check", false), ("--man", false), ("--check", true)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_procnet-agent"));
        if full {
            command.stdout(fs::File::options().write(true).open("/dev/full").unwrap());
        } else {
            // Nobody reads from it.
            command.stdout(std::io::pipe().unwrap().1);
        }
        let ran = command.arg(argument).output().unwrap();
        let err = String::from_utf8(ran.stderr).unwrap();
        assert_eq!(ran.status.code(), Some(i32::from(full)), "{err}");
        assert_eq!(err.contains("No space left on device"), full, "{err}");
    }
}
