//! Completions, by the scripts for shells, in real ones.

use std::process::Command;

use procnet_corpus::live::ControlGroup;

use crate::{
    run::{has, run, skipped},
    terminal::pane::{Pane, is_missing},
};

/// `PATH`, with the command in it.
fn path() -> String {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_procnet"));
    let dir = program.parent().expect("a directory").display();
    format!("{dir}:{}", std::env::var("PATH").unwrap_or_default())
}

/// What the script for bash makes of these words, of which the last is to be completed.
fn by_bash(words: &str) -> Option<Vec<String>> {
    if !has("bash", "--version") {
        skipped("bash is not installed");
        return None;
    }
    let script = format!(
        "source <(procnet completions bash); COMP_WORDS=({words}); \
         COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); COMP_TYPE=9; \
         _clap_complete_procnet procnet \"${{COMP_WORDS[COMP_CWORD]}}\"; \
         printf '%s\\n' \"${{COMPREPLY[@]}}\""
    );
    let mut command = Command::new("bash");
    let ran = command.args(["--norc", "-c", &script]).env("PATH", path()).output().expect("bash");
    let text = String::from_utf8(ran.stdout).expect("UTF-8");
    Some(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// A process with this name, until it is dropped.
struct Named(std::process::Child);

impl Named {
    fn new(dir: &std::path::Path, name: &str) -> Named {
        let program = dir.join(name);
        std::fs::copy("/bin/sleep", &program).expect("a copy");
        Named(Command::new(program).arg("60").spawn().expect("it runs"))
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn bash_completes_what_exists_at_the_moment() {
    let dir = tempfile::tempdir().expect("a directory");
    let named = Named::new(dir.path(), "zz-procnet-x");
    let _hostile = Named::new(dir.path(), "zz-$(id)");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let port = listener.local_addr().expect("an address").port().to_string();
    let pid = named.0.id().to_string();
    for (words, expected) in [
        ("procnet --process zz-", &["zz-procnet-x"][..]),
        ("procnet sockets --comm zz-p", &["zz-procnet-x"]),
        (&format!("procnet top --pid {pid}"), &[&pid]),
        (&format!("procnet --port {port}"), &[&port]),
        ("procnet --netns ow", &["own"]),
        ("procnet --state close-", &["close-wait"]),
        ("procnet --state established,time-", &["established,time-wait"]),
        ("procnet --kind udplite6", &["udplite6"]),
        ("procnet --uid roo", &["root"]),
        ("procnet top --by contain", &["container"]),
        ("procnet --fields po", &["pod"]),
        ("procnet --sort recv", &["recv-q"]),
        ("procnet --format ndj", &["ndjson"]),
        ("procnet --kind unix_s", &["unix_stream", "unix_seqpacket"]),
        ("procnet explai", &["explain"]),
        ("procnet spor", &["sport"]),
        ("procnet --resol", &["--resolve"]),
    ] {
        let Some(found) = by_bash(words) else { return };
        assert!(
            expected.iter().all(|it| found.iter().any(|found| found == it)),
            "{words}: {found:?}"
        );
        assert!(found.iter().all(|word| !word.contains('$')), "{words}: {found:?}");
    }
    drop(listener);
}

#[test]
fn bash_completes_what_processes_run_in() {
    let name = format!("procnet-complete-{}.service", std::process::id());
    let Some(group) = ControlGroup::new(&name) else {
        return skipped("this test may not create control groups");
    };
    let dir = tempfile::tempdir().expect("a directory");
    let named = Named::new(dir.path(), "ww-procnet-u");
    group.take(named.0.id());
    let Some(found) = by_bash("procnet --unit procnet-comp") else { return };
    assert!(found.contains(&name), "{found:?}");
    assert!(by_bash("procnet --container procnet-comp").is_some_and(|found| found.is_empty()));
    drop(named);
}

/// As a person does it.
#[test]
fn tab_completes_in_bash() {
    if is_missing() || by_bash("procnet ").is_none() {
        return;
    }
    let dir = tempfile::tempdir().expect("a directory");
    let _named = Named::new(dir.path(), "yy-procnet-t");
    let shell = format!("PATH='{}' PS1='> ' bash --norc", path());
    let pane = Pane::run(80, 24, &shell);
    pane.until("a prompt", |shown| shown.contains("> "));
    for keys in ["source <(procnet completions bash)", "Enter", "procnet --process yy-pr", "Tab"] {
        pane.press(keys);
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    pane.until("the name", |shown| shown.contains("procnet --process yy-procnet-t"));
}

#[test]
fn fish_and_zsh_complete_the_same() {
    let dir = tempfile::tempdir().expect("a directory");
    let _named = Named::new(dir.path(), "xx-procnet-f");
    let output = |shell: &str, script: &str| {
        let mut command = Command::new(shell);
        let ran = command.args(["-c", script]).env("PATH", path()).output().expect("it runs");
        let (out, err) =
            (String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        assert!(ran.status.success(), "{shell}: {err}");
        out.into_owned()
    };
    if has("fish", "--version") {
        let script = "source (procnet completions fish | psub); \
                      complete -C 'procnet --process xx-'; complete -C 'procnet --state time-'";
        let found = output("fish", script);
        assert!(found.contains("xx-procnet-f") && found.contains("time-wait"), "{found}");
    } else {
        skipped("fish is not installed");
    }
    if !has("zsh", "--version") || is_missing() {
        skipped("zsh or tmux is not installed");
        return;
    }
    let shell = format!("PATH='{}' PS1='> ' zsh -f", path());
    let pane = Pane::run(80, 24, &shell);
    pane.until("a prompt", |shown| shown.contains("> "));
    let keys = [
        "autoload -U compinit; compinit -u -D",
        "Enter",
        "source <(procnet completions zsh)",
        "Enter",
        "procnet --process xx-pr",
        "Tab",
    ];
    for keys in keys {
        pane.press(keys);
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    pane.until("the name", |shown| shown.contains("procnet --process xx-procnet-f"));
}

/// Every option that `--help` lists is offered, by every shell's script.
#[test]
fn every_option_is_completed() {
    let help = run(["sockets", "--help"]).complete().out;
    let options: Vec<&str> = help
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("--"))
        .map(|word| word.trim_end_matches([',', ']', '.']))
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        .collect();
    assert!(options.len() > 20, "{options:?}");
    for shell in ["bash", "zsh", "fish", "elvish"] {
        let script = run(["completions", shell]).complete().out;
        assert!(script.contains("_PROCNET_COMPLETE"), "{shell}: {script}");
        let offered = |words: &[&str]| {
            let mut command = crate::run::procnet();
            command.env("_PROCNET_COMPLETE", shell);
            command.env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
            let output = command.arg("--").args(words).output().expect("it runs");
            String::from_utf8(output.stdout).expect("UTF-8")
        };
        let sockets = offered(&["procnet", "sockets", "--"]);
        // Other names of an option are offered once they begin to be typed.
        let is_offered = |option: &str| {
            let option = format!("--{option}");
            sockets.contains(&option) || offered(&["procnet", "sockets", &option]).contains(&option)
        };
        let missing: Vec<_> = options.iter().filter(|option| !is_offered(option)).collect();
        assert!(missing.is_empty(), "{shell}: {missing:?}");
        let all = offered(&["procnet", ""]);
        assert!(all.contains("top") && all.contains("conntrack"), "{shell}: {all}");
    }
    let unknown = crate::run::procnet().env("_PROCNET_COMPLETE", "none").output().expect("it runs");
    assert!(!unknown.status.success());
}
