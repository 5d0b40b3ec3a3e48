//! A filter that is read from a file.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Read as _},
    path::PathBuf,
    sync::{Arc, OnceLock},
};

use crate::{error::Error, row::escaped_path};

/// More than anybody writes.
const MAX: u64 = 1 << 20;

/// A file with a filter, which is read once: it may be the standard input.
#[derive(Clone, Debug)]
pub(crate) struct FilterFile {
    path: PathBuf,
    read: Arc<OnceLock<String>>,
}

impl FilterFile {
    pub(super) fn at(path: PathBuf) -> FilterFile {
        FilterFile { path, read: Arc::default() }
    }

    /// What it is called in messages.
    pub(crate) fn name(&self) -> String {
        match self.is_stdin() {
            true => "standard input".to_owned(),
            false => escaped_path(&self.path),
        }
    }

    fn is_stdin(&self) -> bool {
        self.path == OsStr::new("-")
    }

    /// Its text.
    pub(crate) fn text(&self) -> Result<&str, Error> {
        if let Some(text) = self.read.get() {
            return Ok(text);
        }
        let text = self.load().map_err(|cause| Error::FilterUnread { file: self.name(), cause })?;
        let text = String::from_utf8(text).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let (line, column) = place(&String::from_utf8_lossy(&error.as_bytes()[..at]), at);
            Error::FilterNotText { file: self.name(), line, column }
        })?;
        Ok(self.read.get_or_init(|| text))
    }

    fn load(&self) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        let read = match self.is_stdin() {
            true => io::stdin().lock().take(MAX + 1).read_to_end(&mut text)?,
            false => File::open(&self.path)?.take(MAX + 1).read_to_end(&mut text)?,
        };
        match read as u64 > MAX {
            true => Err(io::Error::new(io::ErrorKind::FileTooLarge, "longer than 1 MiB")),
            false => Ok(text),
        }
    }

    /// The expression on its lines, without comments, which begin with `#`. What is replaced by blanks
    /// leaves every offset as it is.
    pub(crate) fn expression(&self) -> Result<String, Error> {
        let text = self.text()?;
        let mut expression = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            let is_comment = |(at, byte): (usize, u8)| {
                let is_first = at == 0 || line.as_bytes()[at - 1].is_ascii_whitespace();
                (byte == b'#' && is_first).then_some(at)
            };
            let end = line.bytes().enumerate().find_map(is_comment).unwrap_or(line.len());
            let kept = &line[..end];
            expression.extend(kept.chars().map(|c| if c.is_ascii_whitespace() { ' ' } else { c }));
            expression.extend(std::iter::repeat_n(' ', line.len() - end));
        }
        expression.truncate(expression.trim_end().len());
        Ok(expression)
    }
}

/// The line and the column of a byte of a text, from 1.
pub(crate) fn place(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> FilterFile {
        let file = FilterFile::at("filter".into());
        file.read.set(text.to_owned()).unwrap();
        file
    }

    #[test]
    fn comments_and_ends_of_lines_are_blanks() {
        let expression = |text| file(text).expression().unwrap();
        assert_eq!(expression("sport = :22\n\tor dport = :22\r\n"), "sport = :22  or dport = :22");
        assert_eq!(
            expression("# é\nuid = 0 # root\nor comm = a#b\n\n"),
            format!("{}uid = 0{}or comm = a#b", " ".repeat(5), " ".repeat(8))
        );
        assert_eq!(expression(" \n#\n"), "");
    }

    #[test]
    fn a_place_is_counted_in_characters_of_its_line() {
        assert_eq!(place("ab\né = x", 6), (2, 3));
        assert_eq!(place("", 0), (1, 1));
        assert_eq!(place("a\n", 2), (2, 1));
    }
}
