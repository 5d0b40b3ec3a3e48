//! The subcommands, a file each; those that print tables are in [`table`](crate::table).

mod also_here;
mod bounded;
mod capture;
pub(crate) mod decode;
mod explain;
mod first_uses;
pub(crate) mod generate;
mod hint;
mod life;
mod readable;
mod sockets;
mod summary;
mod top;

use crate::{
    Outcome,
    args::{Args, Command},
    error::Error,
};

pub(crate) fn run(args: Args) -> Result<Outcome, Error> {
    let command = args.command.unwrap_or(Command::Sockets(args.sockets));
    // What is written may be in the directory of another user.
    let writes = match &command {
        Command::Capture(_) => true,
        Command::Sockets(args) => args.diag.is_some(),
        _ => false,
    };
    if !writes {
        procnet::privileges::keep_for_reading();
    }
    match command {
        Command::Sockets(args) if args.summary => summary::run(&args.into_summary()),
        Command::Sockets(args) if !args.grouping.group_by.is_empty() => top::grouped(&args),
        Command::Sockets(args) => sockets::run(&args),
        Command::Summary(args) => summary::run(&args),
        Command::Top(args) => top::run(&args),
        Command::Life(args) => life::run(&args),
        Command::Table(table) => table.run(),
        Command::Decode(args) => decode::run(args),
        Command::Capture(args) => capture::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Completions(args) => generate::completions(&args),
        Command::Man(args) => generate::man(&args),
    }
}
