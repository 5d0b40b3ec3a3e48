//! Patterns of names, as fnmatch(3) takes them: `*` stands for any bytes, `?` for one byte, `[a-z]`
//! for one of those listed, and a backslash makes the next character literal. Besides, `\xNN` stands
//! for a byte printed as such an escape, so that a name as it is printed is a pattern that matches
//! it, unless it contains `*`, `?` or `[`.

mod brackets;

use self::brackets::Brackets;

/// A pattern of a name, which may have any bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pattern(Box<str>);

/// An element of a pattern, and its length.
enum Piece<'p> {
    Any,
    One,
    OneOf(Brackets<'p>),
    Byte(u8, usize),
}

/// How letters are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Case {
    Matters,
    /// Upper and lower case of the ASCII letters are the same (`FNM_CASEFOLD`).
    Folded,
}

impl Pattern {
    pub(super) fn new(pattern: &str) -> Pattern {
        Pattern(pattern.into())
    }

    /// A pattern that matches names containing this literal text.
    pub(super) fn containing(text: &str) -> Pattern {
        let mut pattern = String::from("*");
        for letter in text.chars() {
            if matches!(letter, '*' | '?' | '[' | '\\') {
                pattern.push('\\');
            }
            pattern.push(letter);
        }
        pattern.push('*');
        Pattern(pattern.into())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the whole name matches after `byte` is applied to each of its bytes.
    pub(super) fn matches(&self, name: &[u8], case: Case, byte: impl Fn(u8) -> u8) -> bool {
        let folds = case == Case::Folded;
        let is_same = |is: u8, asked: u8| is == asked || (folds && is.eq_ignore_ascii_case(&asked));
        let (mut at, mut place) = (0, 0);
        // Where to resume if the rest after the last `*` does not match here: one byte further.
        let mut retry: Option<(usize, usize)> = None;
        loop {
            let step = match self.piece(place) {
                Some(Piece::Any) => {
                    retry = Some((place + 1, at));
                    place += 1;
                    continue;
                }
                Some(Piece::One) if at < name.len() => Some(1),
                Some(Piece::Byte(asked, length)) => {
                    name.get(at).filter(|is| is_same(byte(**is), asked)).map(|_| length)
                }
                Some(Piece::One) => None,
                Some(Piece::OneOf(all)) => {
                    name.get(at).filter(|is| all.matches(byte(**is), folds)).map(|_| all.length)
                }
                None if at == name.len() => return true,
                None => None,
            };
            match (step, &mut retry) {
                (Some(length), _) => (place, at) = (place + length, at + 1),
                (None, Some((from, start))) if *start < name.len() => {
                    *start += 1;
                    (place, at) = (*from, *start);
                }
                (None, _) => return false,
            }
        }
    }

    fn piece(&self, place: usize) -> Option<Piece<'_>> {
        let rest = self.0.as_bytes().get(place..)?;
        Some(match rest {
            [] => return None,
            [b'*', ..] => Piece::Any,
            [b'?', ..] => Piece::One,
            [b'[', ..] => match Brackets::at_start(rest) {
                Some(brackets) => Piece::OneOf(brackets),
                None => Piece::Byte(b'[', 1),
            },
            [b'\\', b'x', high, low, ..] if is_digit(*high) && is_digit(*low) => {
                Piece::Byte(digit(*high) << 4 | digit(*low), 4)
            }
            [b'\\', escaped, ..] => Piece::Byte(*escaped, 2),
            [byte, ..] => Piece::Byte(*byte, 1),
        })
    }
}

/// Whether it is a digit as printed in escapes.
fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'F')
}

fn digit(byte: u8) -> u8 {
    if byte <= b'9' { byte - b'0' } else { byte - b'A' + 10 }
}

#[cfg(test)]
mod tests;
