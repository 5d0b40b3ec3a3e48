//! The findings for people: a paragraph each, as wide as the terminal.

use std::io::{self, IsTerminal as _, Write as _};

use crate::{
    args::Printing,
    error::Error,
    output::terminal_width,
    row::{Finding, Seen},
};

/// Where texts begin.
const INDENT: usize = 12;
/// Longer lines are hard to read.
const WIDEST: usize = 100;

pub(super) fn people(findings: &[Finding], printing: Printing) -> Result<(), Error> {
    let stdout = io::stdout();
    let terminal = stdout.is_terminal();
    let width = if terminal { terminal_width(&stdout).min(WIDEST) } else { WIDEST };
    let colours = printing.color.applies(terminal);
    let mut text = String::new();
    let mut rest = findings;
    while let Some((first, _)) = rest.split_first() {
        // What is alike is said once, with all the names.
        let alike = rest.iter().take_while(|finding| is_alike(finding, first)).count();
        let (group, behind) = rest.split_at(alike);
        paragraph(&mut text, group, width, colours);
        rest = behind;
    }
    (&stdout).write_all(text.as_bytes()).map_err(Error::Output)
}

fn is_alike(finding: &Finding, first: &Finding) -> bool {
    let without_name = |finding: &Finding| Finding { name: None, ..finding.clone() };
    without_name(finding) == without_name(first)
}

fn paragraph(text: &mut String, group: &[Finding], width: usize, colours: bool) {
    let first = &group[0];
    let names: Vec<&str> = group.iter().filter_map(|finding| finding.name.as_deref()).collect();
    let seen = first.seen.map(|seen| match (seen, first.from) {
        (Seen::All, Some(from)) => format!("all, from {from}"),
        (Seen::All, None) => "all".to_owned(),
        (Seen::Part, _) => "not all".to_owned(),
        (Seen::None, _) => "not seen".to_owned(),
    });
    let head = [Some(names.join(", ")).filter(|names| !names.is_empty()), seen];
    let head: Vec<String> = head.into_iter().flatten().collect();
    let head = head.join(": ");
    let whole = [head.as_str(), first.why.as_deref().unwrap_or_default()];
    let whole = whole.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
    let paint = match first.seen {
        Some(Seen::Part) if colours => ("\x1b[33m", "\x1b[0m"),
        Some(Seen::None) if colours && first.help.is_some() => ("\x1b[33m", "\x1b[0m"),
        _ => ("", ""),
    };
    let room = width.saturating_sub(INDENT).max(INDENT);
    let mut title = first.about;
    for line in wrapped(&whole, room) {
        text.push_str(&format!("{}{title:<INDENT$}{line}{}\n", paint.0, paint.1));
        title = "";
    }
    for (at, line) in
        first.help.iter().flat_map(|help| wrapped(help, room - 3).into_iter().enumerate())
    {
        let arrow = if at == 0 { "-> " } else { "   " };
        text.push_str(&format!("{:INDENT$}{arrow}{line}\n", ""));
    }
}

/// A text in lines of at most `width` characters, but for words that are longer.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.len() - 1;
        let line = &mut lines[last];
        let used = line.chars().count();
        if used > 0 && used + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if used > 0 {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
