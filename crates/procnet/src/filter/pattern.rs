//! Patterns of names: `*` stands for any bytes, `?` for one byte, `\xNN` for a byte printed as such
//! an escape, and a backslash makes any other character literal. So a name as it is printed is a
//! pattern that matches it.

/// A pattern of a name, which may have any bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Pattern(Box<str>);

/// An element of a pattern, and its length.
enum Piece {
    Any,
    One,
    Byte(u8, usize),
}

impl Pattern {
    pub(super) fn new(pattern: &str) -> Pattern {
        Pattern(pattern.into())
    }

    /// A pattern that matches names containing this literal text.
    pub(super) fn containing(text: &str) -> Pattern {
        let mut pattern = String::from("*");
        for letter in text.chars() {
            if matches!(letter, '*' | '?' | '\\') {
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
    pub(super) fn matches(&self, name: &[u8], byte: impl Fn(u8) -> u8) -> bool {
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
                    name.get(at).filter(|is| byte(**is) == asked).map(|_| length)
                }
                Some(Piece::One) => None,
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

    fn piece(&self, place: usize) -> Option<Piece> {
        Some(match self.0.as_bytes().get(place..)? {
            [] => return None,
            [b'*', ..] => Piece::Any,
            [b'?', ..] => Piece::One,
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
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    /// The definition, as a recursion.
    fn naive(pattern: &[u8], name: &[u8]) -> bool {
        match (pattern, name) {
            ([], name) => name.is_empty(),
            ([b'*', rest @ ..], name) => (0..=name.len()).any(|at| naive(rest, &name[at..])),
            ([b'?', rest @ ..], [_, name @ ..]) => naive(rest, name),
            ([b'\\', b'x', a @ (b'4' | b'F'), b @ (b'1' | b'F'), rest @ ..], name) => {
                let digits = String::from_utf8(vec![*a, *b]).unwrap();
                let byte = u8::from_str_radix(&digits, 16).unwrap();
                name.first() == Some(&byte) && naive(rest, &name[1..])
            }
            ([b'\\', byte, rest @ ..], [is, name @ ..]) => byte == is && naive(rest, name),
            ([b'\\', _, ..], []) => false,
            ([byte, rest @ ..], [is, name @ ..]) => byte == is && naive(rest, name),
            (_, []) => false,
        }
    }

    proptest! {
        #[test]
        fn matches_what_the_definition_matches(
            pattern in vec(select(vec!["a", "b", "*", "?", "\\", "\\x41", "\\xFF", "x", "F"]), 0..8),
            name in vec(select(b"ab*\\AxF".to_vec()), 0..8),
        ) {
            let pattern = pattern.concat();
            let expected = naive(pattern.as_bytes(), &name);
            prop_assert_eq!(Pattern::new(&pattern).matches(&name, |byte| byte), expected);
            let (name, other) = (String::from_utf8(name).unwrap(), pattern);
            let contains = Pattern::containing(&name).matches(other.as_bytes(), |byte| byte);
            prop_assert_eq!(contains, other.contains(&name));
        }

        #[test]
        fn a_printed_name_is_a_pattern_that_matches_it(
            name in vec(any::<u8>().prop_filter("no pattern", |it| !b"*?".contains(it)), 0..12),
        ) {
            let printed = procnet_core::escape::Escaped(&name).to_string();
            prop_assert!(Pattern::new(&printed).matches(&name, |byte| byte), "{}", printed);
        }
    }
}
