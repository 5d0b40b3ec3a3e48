//! Splits an expression into words.

use crate::{Kinds, filter::FilterError};

/// Encloses a value that would end early without it; doubled inside the value.
pub(in crate::filter) const QUOTE: char = '"';

/// Takes what follows into the value, and remains in it.
pub(in crate::filter) const ESCAPE: char = '\\';

/// Whether an unquoted value ends here.
pub(in crate::filter) fn ends_value(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '(' | ')' | '&' | '|')
}

/// How a number is compared with the typed one.
#[derive(Clone, Copy)]
pub(super) enum Compares {
    Equal,
    Unequal,
    AtLeast,
    AtMost,
    Above,
    Below,
}

/// An expression, and the position reached in it.
pub(super) struct Scan<'t> {
    text: &'t str,
    at: usize,
    /// The kinds that the expression is asked of; not empty.
    pub(super) kinds: Kinds,
}

impl<'t> Scan<'t> {
    pub(super) fn new(text: &'t str, kinds: Kinds) -> Scan<'t> {
        let mut scan = Scan { text, at: 0, kinds };
        scan.skip_blanks();
        scan
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn skip(&mut self, bytes: usize) {
        self.at += bytes;
        self.skip_blanks();
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest().is_empty()
    }

    /// The next word: letters, an operator, or a parenthesis.
    fn word(&self) -> &'t str {
        let rest = self.rest();
        let is_sign = |letter: char| matches!(letter, '=' | '!' | '<' | '>' | '~' | '&' | '|');
        let length = match rest.chars().next() {
            Some('(' | ')') => 1,
            // `!` not followed by `=` or `~` is a word of its own.
            Some('!') if !rest[1..].starts_with(['=', '~']) => 1,
            Some(first) if is_sign(first) => {
                let same = |letter: char| {
                    is_sign(letter) && letter != '!' && (letter != '~' || first == '!')
                };
                1 + rest[1..].find(|letter| !same(letter)).unwrap_or(rest.len() - 1)
            }
            _ => {
                let ends = |letter: char| ends_value(letter) || is_sign(letter) || letter == QUOTE;
                rest.find(ends).unwrap_or(rest.len())
            }
        };
        &rest[..length]
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        self.word() == word
    }

    /// Advances past the next word if it is one of these.
    pub(super) fn take_word(&mut self, words: &[&str]) -> bool {
        let word = self.word();
        let is_one = words.contains(&word);
        if is_one {
            self.skip(word.len());
        }
        is_one
    }

    /// Whether the next word joins the previous condition with the next.
    pub(super) fn is_joined(&self) -> bool {
        ["and", "&&", "&", "or", "||", "|"].contains(&self.word())
    }

    /// The comparison operator of a number; `=` may be omitted.
    pub(super) fn compares(&mut self) -> Result<Compares, FilterError> {
        const WORDS: [(&[&str], Compares); 6] = [
            (&["=", "==", "eq"], Compares::Equal),
            (&["!=", "ne", "neq"], Compares::Unequal),
            (&[">=", "ge", "geq"], Compares::AtLeast),
            (&["<=", "le", "leq"], Compares::AtMost),
            (&[">", "gt"], Compares::Above),
            (&["<", "lt"], Compares::Below),
        ];
        for (words, compares) in WORDS {
            if self.take_word(words) {
                return Ok(compares);
            }
        }
        if self.is_sign() { Err(self.error("=, !=, >=, <=, > or <")) } else { Ok(Compares::Equal) }
    }

    /// Whether `=` or `!=` follows; `=` may be omitted.
    pub(super) fn equals(&mut self) -> Result<bool, FilterError> {
        if self.take_word(&["=", "==", "eq"]) {
            return Ok(true);
        }
        if self.take_word(&["!=", "ne", "neq"]) {
            return Ok(false);
        }
        if self.is_sign() { Err(self.error("= or !=")) } else { Ok(true) }
    }

    /// Whether `~` or `!~` follows.
    pub(super) fn contains(&mut self) -> Option<bool> {
        if self.take_word(&["~"]) {
            return Some(true);
        }
        self.take_word(&["!~"]).then_some(false)
    }

    fn is_sign(&self) -> bool {
        self.word().starts_with(['=', '!', '<', '>', '~'])
            || ["ge", "geq", "le", "leq", "gt", "lt"].contains(&self.word())
    }

    /// The next value, if `parse` accepts it.
    pub(super) fn value<T>(
        &mut self,
        expected: &'static str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<T, FilterError> {
        let rest = self.rest();
        let (parsed, length) = match rest.strip_prefix(QUOTE) {
            Some(quoted) => {
                let length = quoted_length(quoted).ok_or_else(|| {
                    FilterError::new(self.text, self.text.len(), 0, "the quote that ends it")
                })?;
                (parse(&quoted[..length].replace("\"\"", "\"")), length + 2)
            }
            None => {
                let length = value_length(rest);
                let value = &rest[..length];
                if value.is_empty() {
                    return Err(self.error(expected));
                }
                (parse(value), length)
            }
        };
        let value = parsed.ok_or_else(|| FilterError::new(self.text, self.at, length, expected))?;
        self.skip(length);
        Ok(value)
    }

    /// The error for a word that is not expected here.
    pub(super) fn error(&self, expected: &'static str) -> FilterError {
        let length = match self.word().len() {
            0 => self.rest().chars().next().map_or(0, char::len_utf8),
            length => length,
        };
        FilterError::new(self.text, self.at, length, expected)
    }
}

/// The length of the unquoted value with which a text begins.
fn value_length(text: &str) -> usize {
    let mut is_escaped = false;
    let ends = |letter: char| {
        let ends = !is_escaped && ends_value(letter);
        is_escaped = !is_escaped && letter == ESCAPE;
        ends
    };
    text.find(ends).unwrap_or(text.len())
}

/// The distance to the closing quote, which is not doubled.
fn quoted_length(quoted: &str) -> Option<usize> {
    let mut at = 0;
    loop {
        at += quoted.get(at..)?.find(QUOTE)?;
        if !quoted[at + 1..].starts_with(QUOTE) {
            return Some(at);
        }
        at += 2;
    }
}
