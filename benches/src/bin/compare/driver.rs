//! The outer run: builds what is compared, executes the sandboxed run for each scenario and size,
//! and stores or prints the results.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use procnet_corpus::live::namespaces;

use crate::{
    args::Args,
    competitors, report,
    results::{Results, Run},
    scenario::Scenario,
};

pub(crate) fn run(args: &Args) -> Result<(), String> {
    if args.list {
        competitors::list();
        return Ok(());
    }
    let mut results = args.out().map_or_else(|| Ok(Results::default()), Results::load)?;
    if !args.report {
        if !args.no_build {
            build()?;
        }
        for (scenario, number) in args.comparisons() {
            results.insert(compare(args, scenario, number)?);
            // After each, as the next one may take long.
            if let Some(out) = args.out() {
                results.save(out)?;
            }
        }
    }
    match args.out() {
        Some(out) => report::write(&results, out),
        None => {
            print!("{}", report::measurements(&results));
            Ok(())
        }
    }
}

/// The path of this program, as it is when first asked for: what is built later may replace the file,
/// and its path is then that of one that was deleted.
fn program() -> Result<&'static Path, String> {
    static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let program = PROGRAM.get_or_init(|| env::current_exe().map_err(|error| error.to_string()));
    program.as_deref().map_err(Clone::clone)
}

/// The directory of this program, where the other binaries are built as well.
pub(crate) fn directory() -> Result<PathBuf, String> {
    program()?
        .parent()
        .map(Path::to_owned)
        .ok_or_else(|| "this program is in no directory".to_owned())
}

/// Builds the workers and the command beside this program, if it was run by cargo.
fn build() -> Result<(), String> {
    let Some(cargo) = env::var_os("CARGO") else { return Ok(()) };
    let directory = directory()?;
    let target = directory.parent().ok_or("no target directory")?;
    let mut command = Command::new(cargo);
    command.args(["build", "-q", "-p", "procnet-cli", "-p", "procnet-benches", "--bins"]);
    command.arg("--target-dir").arg(target);
    if directory.ends_with("release") {
        command.arg("--release");
    }
    let status = command.status().map_err(|error| format!("cargo: {error}"))?;
    if status.success() { Ok(()) } else { Err("the programs to compare do not build".to_owned()) }
}

/// Makes one comparison.
fn compare(args: &Args, scenario: Scenario, number: usize) -> Result<Run, String> {
    let unshare = namespaces().map_err(|error| format!("no namespaces: {}", error.trim()))?;
    let program = program()?;
    let mut command = Command::new(unshare[0]);
    command.args(&unshare[1..]).arg(program).args(args.sandboxed(scenario, number));
    // Its standard input is closed when this process ends for whatever reason, and it then exits.
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("{}: {error}", unshare[0]))?;
    let kept = child.stdin.take();
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    drop(kept);
    if !output.status.success() {
        return Err(format!("the comparison of {} at {number} failed", scenario.word()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("its results: {error}"))
}
