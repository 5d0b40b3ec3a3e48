//! Findings for people: a paragraph each, wrapped to the terminal.

use std::io::{self, IsTerminal as _, Write as _};

use crate::{
    args::Printing,
    error::Error,
    output::terminal_width,
    row::{Finding, Seen},
};

/// The indentation of texts.
const INDENT: usize = 12;
/// Longer lines are hard to read.
const MAX_WIDTH: usize = 100;

pub(super) fn people(findings: &[Finding], printing: Printing) -> Result<(), Error> {
    let stdout = io::stdout();
    let terminal = stdout.is_terminal();
    let width = if terminal { terminal_width(&stdout).min(MAX_WIDTH) } else { MAX_WIDTH };
    let color = printing.color.applies(terminal);
    let mut text = String::new();
    let mut rest = findings;
    while let Some((first, _)) = rest.split_first() {
        // Findings that differ only in their names share a paragraph.
        let equal = rest.iter().take_while(|finding| is_equal(finding, first)).count();
        let (group, behind) = rest.split_at(equal);
        paragraph(&mut text, group, width, color);
        rest = behind;
    }
    (&stdout).write_all(text.as_bytes()).map_err(Error::Output)
}

fn is_equal(finding: &Finding, first: &Finding) -> bool {
    let without_name = |finding: &Finding| Finding { name: None, ..finding.clone() };
    without_name(finding) == without_name(first)
}

fn paragraph(text: &mut String, group: &[Finding], width: usize, color: bool) {
    let first = &group[0];
    let names: Vec<&str> = group.iter().filter_map(|finding| finding.name.as_deref()).collect();
    let seen = first.seen.map(|seen| match (seen, first.from) {
        (Seen::All, Some(from)) => format!("all, from {from}"),
        (Seen::All, None) => "all".to_owned(),
        (Seen::Part, _) => "partial".to_owned(),
        (Seen::None, _) => "none".to_owned(),
    });
    let head = [Some(names.join(", ")).filter(|names| !names.is_empty()), seen];
    let head: Vec<String> = head.into_iter().flatten().collect();
    let head = head.join(": ");
    let whole = [head.as_str(), first.why.as_deref().unwrap_or_default()];
    let whole = whole.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("; ");
    let style = match first.seen {
        Some(Seen::Part) if color => ("\x1b[33m", "\x1b[0m"),
        Some(Seen::None) if color && first.help.is_some() => ("\x1b[33m", "\x1b[0m"),
        _ => ("", ""),
    };
    let room = width.saturating_sub(INDENT).max(INDENT);
    let mut title = first.about;
    for line in wrapped(&whole, room) {
        text.push_str(&format!("{}{title:<INDENT$}{line}{}\n", style.0, style.1));
        title = "";
    }
    for (at, line) in
        first.help.iter().flat_map(|help| wrapped(help, room - 3).into_iter().enumerate())
    {
        let arrow = if at == 0 { "-> " } else { "   " };
        text.push_str(&format!("{:INDENT$}{arrow}{line}\n", ""));
    }
}

/// Wraps a text to `width` characters; longer words get a line of their own.
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
