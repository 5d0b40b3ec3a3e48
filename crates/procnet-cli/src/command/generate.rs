//! `procnet completions` and `procnet man`: what shells and man know of the command, from the
//! definition that the help is printed from.

use std::io::{self, Write as _};

use clap::CommandFactory as _;

use crate::{
    Sight,
    args::{Args, Completions, Man},
    error::Error,
};

pub(super) fn completions(args: &Completions) -> Result<Sight, Error> {
    // In memory first: the library takes an output that cannot be written for a bug.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "procnet", &mut script);
    print(&script)
}

pub(super) fn man(args: &Man) -> Result<Sight, Error> {
    let mut procnet = Args::command();
    procnet.build();
    let command = match &args.command {
        None => &procnet,
        Some(name) => procnet.find_subcommand(name).ok_or_else(|| Error::UnknownCommand {
            asked: name.clone(),
            known: procnet.get_subcommands().map(|command| command.get_name().to_owned()).collect(),
        })?,
    };
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let command = command.clone().after_help(None::<&str>);
    let mut page = Vec::new();
    clap_mangen::Man::new(command).render(&mut page).map_err(Error::Output)?;
    page.extend_from_slice(as_typed(&examples).as_bytes());
    print(&page)
}

/// A section of man that keeps its lines: left to man, those of examples would be filled.
fn as_typed(examples: &str) -> String {
    let examples = examples.strip_prefix("Examples:\n").unwrap_or(examples);
    let mut section = ".SH EXAMPLES\n.nf\n".to_owned();
    for line in examples.lines() {
        // What man would take for a request or an escape (groff(7)).
        if line.starts_with(['.', '\'']) {
            section.push_str("\\&");
        }
        section.push_str(&line.replace('\\', "\\e").replace('-', "\\-"));
        section.push('\n');
    }
    section.push_str(".fi\n");
    section
}

fn print(text: &[u8]) -> Result<Sight, Error> {
    let mut out = io::stdout();
    out.write_all(text).and_then(|()| out.flush()).map_err(Error::Output)?;
    Ok(Sight::Whole)
}
