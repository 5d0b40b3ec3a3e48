//! procnet beside its peers and the kernel's own cost, on hosts of very many sockets that are
//! made here: `cargo run --release -p procnet-benches -- --sockets 10000,100000`.
//!
//! For each [`scene`] and number of sockets this program executes itself in namespaces of its
//! own ([`outside`]), grows a farm there ([`inside`]), lets everyone answer once and compares
//! the answers, and then times them in turn ([`race`]). What came of it is kept as JSON and
//! shown as Markdown and SVG ([`report`]).

#![forbid(unsafe_code)]

mod args;
mod contestant;
mod inside;
mod machine;
mod outside;
mod program;
mod progress;
mod race;
mod report;
mod results;
mod roster;
mod scene;
mod worker;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    // The farm's processes are this program, too.
    procnet_corpus::live::actor::become_one();
    let args = args::Args::parse();
    let done = match args.inside {
        Some(number) => inside::run(&args, number),
        None => outside::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("compare: {reason}");
            ExitCode::FAILURE
        }
    }
}
