//! `procnet completions` and `procnet man`: generated from the definition of the command line, and what
//! the completions ask for.

use std::io::{self, Write as _};

use clap::CommandFactory as _;
use clap_complete::env::{CompleteEnv, Shells};

use crate::{
    Outcome,
    args::{Args, Completions, Man},
    error::Error,
};

/// With this variable, which the scripts for shells set, the command prints completions.
const COMPLETE: &str = "_PROCNET_COMPLETE";

/// Prints completions of a command line and ends, if a shell asks for that.
pub(crate) fn complete() {
    CompleteEnv::with_factory(Args::command).var(COMPLETE).complete();
}

/// The script with which a shell asks the command for completions: what exists at the moment is known
/// only then.
pub(super) fn completions(args: &Completions) -> Result<Outcome, Error> {
    let shells = Shells::builtins();
    let mut script = Vec::new();
    if let Some(shell) = shells.completer(&args.shell.to_string()) {
        let written =
            shell.write_registration(COMPLETE, "procnet", "procnet", "procnet", &mut script);
        written.map_err(Error::Output)?;
    }
    print(&script)
}

pub(super) fn man(args: &Man) -> Result<Outcome, Error> {
    let mut procnet = Args::command();
    procnet.build();
    let command = match &args.command {
        None => &procnet,
        Some(name) => procnet.find_subcommand(name).ok_or_else(|| Error::UnknownCommand {
            name: name.clone(),
            known: procnet.get_subcommands().map(|command| command.get_name().to_owned()).collect(),
        })?,
    };
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let command = command.clone().after_help(None::<&str>);
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(Error::Output)?;
    page.extend_from_slice(verbatim(&examples).as_bytes());
    print(&page)
}

/// The examples as a section of a man page that is not filled.
fn verbatim(examples: &str) -> String {
    let examples = examples.strip_prefix("Examples:\n").unwrap_or(examples);
    let mut section = ".SH EXAMPLES\n.nf\n".to_owned();
    for line in examples.lines() {
        // A request, otherwise (groff(7)).
        if line.starts_with(['.', '\'']) {
            section.push_str("\\&");
        }
        section.push_str(&line.replace('\\', "\\e").replace('-', "\\-"));
        section.push('\n');
    }
    section.push_str(".fi\n");
    section
}

fn print(text: &[u8]) -> Result<Outcome, Error> {
    let mut out = io::stdout();
    out.write_all(text).and_then(|()| out.flush()).map_err(Error::Output)?;
    Ok(Outcome::Complete)
}
