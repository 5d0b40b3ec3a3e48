//! A tree, its changes and a query, in a format that a fuzzer can mutate and people can read:
//!
//! ```text
//! ?>net/udp
//!   sl  local_address rem_address   st ...
//! >7/stat
//! 7 (a b) S 1 ...
//! >7/fd/3
//! socket:[42]
//! +7/fd/4
//! <7/fd/3
//! ```
//!
//! The first byte selects the query. A line that starts with `>` is the path of the entry that
//! the lines after it contain: the target of a link in a directory `fd`, else a file; a directory
//! if the path ends with a slash. `+` is a file even in `fd`. The entries after a line `=` are
//! changes of the tree; `<` removes a path.

use std::fmt;

use super::{Change, Entry, Tree, is_descriptor};

/// A tree, its changes, and a query.
#[derive(Clone, PartialEq, Eq)]
pub struct Case {
    /// Selects the query.
    pub choice: u8,
    /// The tree.
    pub tree: Tree,
    /// Its changes between two visits.
    pub changes: Vec<Change>,
}

/// The maximum number of changes.
const MAX_CHANGES: usize = 64;

impl Case {
    /// Parses a case; any bytes are a valid one.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Case {
        let (choice, text) = bytes.split_first().map_or((0, bytes), |(first, rest)| (*first, rest));
        let mut case = Case { choice, tree: Tree::default(), changes: Vec::new() };
        let mut changing = false;
        let mut rest = text;
        while let Some((mark, path, content)) = take(&mut rest) {
            let change = match mark {
                b'=' => {
                    changing = true;
                    continue;
                }
                b'<' => Change::Remove(path.to_vec()),
                _ => put(mark, path, content),
            };
            if !changing {
                case.tree.change(&change);
            } else if case.changes.len() < MAX_CHANGES {
                case.changes.push(change);
            }
        }
        case
    }

    /// The text that [`parse`](Case::parse) reads back, if every file ends with a newline and none
    /// has a line that looks like a mark.
    #[must_use]
    pub fn text(&self) -> Vec<u8> {
        let mut text = vec![self.choice];
        for (path, entry) in self.tree.entries() {
            show(path, entry, &mut text);
        }
        if !self.changes.is_empty() {
            text.extend(b"=\n");
        }
        for change in &self.changes {
            match change {
                Change::Put(path, entry) => show(path, entry, &mut text),
                Change::Remove(path) => text.extend([b"<", path.as_slice(), b"\n"].concat()),
            }
        }
        text
    }
}

/// As text, for the messages of failed tests.
impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.text().split_inclusive(|byte| *byte == b'\n') {
            write!(f, "\n{}", line.escape_ascii())?;
        }
        Ok(())
    }
}

/// Takes the first mark, its path, and the content up to the next mark.
fn take<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8], &'a [u8])> {
    let is_mark = |byte: u8| matches!(byte, b'>' | b'+' | b'<' | b'=');
    let mut content = 0..0;
    let mut mark = None;
    let mut at = 0;
    for line in rest.split_inclusive(|byte| *byte == b'\n') {
        let first = line.first().copied().filter(|first| is_mark(*first));
        match (first, mark) {
            (Some(_), Some(_)) => break,
            (Some(first), None) => {
                mark = Some((first, line[1..].strip_suffix(b"\n").unwrap_or(&line[1..])));
                content = at + line.len()..at + line.len();
            }
            (None, _) => content.end = at + line.len(),
        }
        at += line.len();
    }
    let (mark, path) = mark?;
    let content = rest.get(content)?;
    *rest = &rest[at..];
    Some((mark, path, content))
}

fn put(mark: u8, path: &[u8], content: &[u8]) -> Change {
    let (path, entry) = match path.strip_suffix(b"/") {
        Some(path) => (path, Entry::Directory),
        None if mark == b'>' && is_descriptor(path) => {
            (path, Entry::Link(content.strip_suffix(b"\n").unwrap_or(content).to_vec()))
        }
        None => (path, Entry::File(content.to_vec())),
    };
    Change::Put(path.to_vec(), entry)
}

fn show(path: &[u8], entry: &Entry, text: &mut Vec<u8>) {
    let mark = match entry {
        Entry::File(_) if is_descriptor(path) => b'+',
        _ => b'>',
    };
    text.push(mark);
    text.extend(path);
    match entry {
        Entry::Directory => text.extend(b"/\n"),
        Entry::File(bytes) => {
            text.push(b'\n');
            text.extend(bytes);
            if bytes.last().is_some_and(|last| *last != b'\n') {
                text.push(b'\n');
            }
        }
        Entry::Link(target) => text.extend([b"\n", target.as_slice(), b"\n"].concat()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_round_trips() {
        let mut tree = Tree::default();
        tree.file("net/tcp", "one\ntwo\n");
        tree.file("7/fd/4", "");
        tree.put(b"7/fd/5", Entry::Link(b"socket:[1]\n2".to_vec()));
        tree.put(b"8/fd", Entry::Directory);
        let changes = vec![
            Change::Remove(b"7".to_vec()),
            Change::Put(b"8/fd/0".to_vec(), Entry::Link(b"pipe:[1]".to_vec())),
        ];
        let case = Case { choice: b'?', tree, changes };
        assert_eq!(Case::parse(&case.text()), case);
    }

    #[test]
    fn no_path_leads_out_of_the_tree() {
        let case =
            Case::parse(b" >../a\n>/a\n>b/./c\n>7/fd/3\n/\n>7/fd/3/x\n>net/tcp\n>net/tcp/y\n");
        let paths: Vec<&[u8]> = case.tree.entries().map(|(path, _)| path).collect();
        assert_eq!(paths, [&b"7/fd/3"[..], b"net/tcp"]);
    }
}
