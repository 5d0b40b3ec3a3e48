//! `procnet completions` and `procnet man`: generated from the definition of the command line.

use std::io::{self, Write as _};

use clap::CommandFactory as _;

use crate::{
    Outcome,
    args::{Args, Completions, Man},
    error::Error,
};

pub(super) fn completions(args: &Completions) -> Result<Outcome, Error> {
    // In memory first, as the library panics on an output that cannot be written.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "procnet", &mut script);
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
