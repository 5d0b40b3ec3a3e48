//! A reversible escaping for names that other processes chose, so that they are safe to print
//! on a terminal.
//!
//! The name of a unix socket or a process may contain almost any byte. When escaped:
//! - a backslash becomes `\\`;
//! - a control character (below 0x20, 0x7F, U+0080 to U+009F) and a byte that is not part of valid
//!   UTF-8 become `\xNN` for each of their bytes;
//! - so does a character that cannot be seen, or looks like a blank: those of Unicode's general
//!   categories `Cf` (format, which includes those that change the direction of text), `Zl`, `Zp`
//!   and, except for the blank itself, `Zs` (separators), those of its property
//!   `Default_Ignorable_Code_Point`, and U+2800, the empty Braille pattern;
//! - everything else is unchanged.
//!
//! Names that differ are thus displayed differently, though some may look alike: letters of several
//! scripts do.

use core::fmt;

/// Displays bytes escaped as the [module](self) describes.
///
/// ```
/// use procnet_core::escape::Escaped;
///
/// assert_eq!(Escaped(b"a b").to_string(), "a b");
/// assert_eq!(Escaped(b"line\nfeed\x1b[31m").to_string(), r"line\x0Afeed\x1B[31m");
/// assert_eq!(Escaped(b"caf\xC3\xA9 \xFF \\").to_string(), r"café \xFF \\");
/// assert_eq!(Escaped("ss\u{AD}hd".as_bytes()).to_string(), r"ss\xC2\xADhd");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Escaped<'a>(
    /// The raw bytes.
    pub &'a [u8],
);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for chunk in self.0.utf8_chunks() {
            let mut plain = chunk.valid();
            while let Some((at, character)) = plain.char_indices().find(|(_, c)| is_escaped(*c)) {
                let (before, rest) = plain.split_at_checked(at).unwrap_or_default();
                f.write_str(before)?;
                if character == '\\' {
                    f.write_str(r"\\")?;
                } else {
                    let mut utf8 = [0; 4];
                    hex(f, character.encode_utf8(&mut utf8).as_bytes())?;
                }
                plain = rest.get(character.len_utf8()..).unwrap_or_default();
            }
            f.write_str(plain)?;
            hex(f, chunk.invalid())?;
        }
        Ok(())
    }
}

fn hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "\\x{byte:02X}"))
}

/// The ranges are those of Unicode 17, and whatever is reserved for more default ignorables.
fn is_escaped(character: char) -> bool {
    matches!(character,
        '\\' | '\0'..='\x1F' | '\x7F'..='\u{A0}' | '\u{AD}' | '\u{34F}' | '\u{600}'..='\u{605}'
        | '\u{61C}' | '\u{6DD}' | '\u{70F}' | '\u{890}'..='\u{891}' | '\u{8E2}'
        | '\u{115F}'..='\u{1160}' | '\u{1680}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{2000}'..='\u{200F}' | '\u{2028}'..='\u{202F}' | '\u{205F}'..='\u{206F}' | '\u{2800}'
        | '\u{3000}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}'
        | '\u{FFF0}'..='\u{FFFB}' | '\u{110BD}' | '\u{110CD}' | '\u{13430}'..='\u{1343F}'
        | '\u{1BCA0}'..='\u{1BCA3}' | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// Decodes text that [`Escaped`] wrote.
///
/// A backslash that does not start an escape is an `Err` item with its offset, and the last.
///
/// ```
/// use procnet_core::escape::unescape;
///
/// let bytes: Result<Vec<u8>, usize> = unescape(r"line\x0Afeed \\").collect();
/// assert_eq!(bytes.unwrap(), b"line\nfeed \\");
/// assert_eq!(unescape(r"\q").next(), Some(Err(0)));
/// ```
pub fn unescape(text: &str) -> impl Iterator<Item = Result<u8, usize>> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    core::iter::from_fn(move || {
        let rest = bytes.get(at..)?;
        let (byte, length) = match *rest {
            [b'\\', b'\\', ..] => (b'\\', 2),
            [b'\\', b'x', high, low, ..] => match crate::word::hex2(&[high, low]) {
                Some(byte) => (byte, 4),
                None => return stop(&mut at, bytes.len()),
            },
            [b'\\', ..] => return stop(&mut at, bytes.len()),
            [byte, ..] => (byte, 1),
            [] => return None,
        };
        at += length;
        Some(Ok(byte))
    })
}

/// Returns the offset of the malformed escape and ends the iteration.
fn stop(at: &mut usize, end: usize) -> Option<Result<u8, usize>> {
    let bad = *at;
    *at = end;
    Some(Err(bad))
}
