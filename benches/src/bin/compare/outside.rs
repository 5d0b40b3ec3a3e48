//! The run outside: builds what is compared, executes the run inside for each scene and number
//! of sockets, and keeps its results.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use procnet_corpus::live::namespaces;

use crate::{
    args::Args,
    report,
    results::{Results, Run},
    scene::Scene,
};

pub(crate) fn run(args: &Args) -> Result<(), String> {
    let mut results = Results::load(&args.out)?;
    if !args.report {
        if !args.no_build {
            build()?;
        }
        for (scene, number) in args.comparisons() {
            results.insert(one(args, scene, number)?);
            // After each, as the next may take long.
            results.save(&args.out)?;
        }
    }
    report::write(&results, &args.out)
}

/// The directory of this program, where the others are that are built with it.
pub(crate) fn directory() -> Result<PathBuf, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    program.parent().map(Path::to_owned).ok_or_else(|| "this program is nowhere".to_owned())
}

/// Builds the engines and the command beside this program, if it was itself run by cargo.
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
    if status.success() { Ok(()) } else { Err("what is to be compared does not build".to_owned()) }
}

/// One comparison.
fn one(args: &Args, scene: Scene, number: usize) -> Result<Run, String> {
    let unshare = namespaces().map_err(|error| format!("no namespaces: {}", error.trim()))?;
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new(unshare[0]);
    command.args(&unshare[1..]).arg(program).args(args.inside(scene, number));
    // Its standard input ends with this process, in whatever way, and it ends with that.
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| format!("{}: {error}", unshare[0]))?;
    let kept = child.stdin.take();
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    drop(kept);
    if !output.status.success() {
        return Err(format!("the comparison of {} at {number} failed", scene.word()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| format!("its results: {error}"))
}
