//! Compares procnet with other tools and with the kernel's own cost, on hosts with very many
//! sockets: `cargo run --release -p procnet-benches -- --sockets 10000,100000`.
//!
//! For each [`scenario`] and size, this program executes itself in namespaces of its own
//! ([`driver`]), creates the sockets there ([`sandboxed`]), compares the first answers of all
//! [`competitors`], and then times them in turn ([`rounds`]). The results are stored as JSON and
//! presented as Markdown and SVG ([`report`]).

#![forbid(unsafe_code)]

mod args;
mod competitor;
mod competitors;
mod driver;
mod machine;
mod program;
mod progress;
mod report;
mod results;
mod rounds;
mod sandboxed;
mod scenario;
mod worker;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    // The load generator's processes execute this program, too.
    procnet_corpus::live::helper::run_if_helper();
    let args = args::Args::parse();
    let done = match args.sandboxed {
        Some(number) => sandboxed::run(&args, number),
        None => driver::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("compare: {reason}");
            ExitCode::FAILURE
        }
    }
}
