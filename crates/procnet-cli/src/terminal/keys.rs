//! Keys, decoded from what a terminal sends.

/// A key that means something to a watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// A character that can be printed.
    Char(char),
    Enter,
    Escape,
    Backspace,
    /// Ctrl-U.
    DeleteLine,
    /// Ctrl-W.
    DeleteWord,
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    /// Ctrl-L, and all that means nothing.
    Other,
}

/// The keys that bytes begin with, and the number of these bytes. What is left is the start of a
/// key whose rest may follow.
pub(super) fn decode(bytes: &[u8]) -> (Vec<Key>, usize) {
    let (mut keys, mut used) = (Vec::new(), 0);
    while let Some((key, length)) = first(&bytes[used..]) {
        keys.push(key);
        used += length;
    }
    (keys, used)
}

/// The first key and its length; `None` if it is not complete.
fn first(bytes: &[u8]) -> Option<(Key, usize)> {
    let key = match *bytes.first()? {
        0x1b => return sequence(bytes),
        b'\r' | b'\n' => Key::Enter,
        // DEL or BS, as terminals differ.
        0x7f | 0x08 => Key::Backspace,
        0x15 => Key::DeleteLine,
        0x17 => Key::DeleteWord,
        byte if byte.is_ascii_control() => Key::Other,
        byte if byte.is_ascii() => Key::Char(char::from(byte)),
        byte => return character(byte, bytes),
    };
    Some((key, 1))
}

/// A character of several bytes.
fn character(first: u8, bytes: &[u8]) -> Option<(Key, usize)> {
    let length = match first {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => return Some((Key::Other, 1)),
    };
    let bytes = bytes.get(..length)?;
    let text = std::str::from_utf8(bytes).ok();
    match text.and_then(|text| text.chars().next()).filter(|character| !character.is_control()) {
        Some(character) => Some((Key::Char(character), length)),
        None => Some((Key::Other, 1)),
    }
}

/// A control sequence (ECMA-48), or ESC O and a letter, as keypads in application mode send.
fn sequence(bytes: &[u8]) -> Option<(Key, usize)> {
    let is_final = |byte: &u8| (0x40..=0x7e).contains(byte);
    let (parameters, end) = match bytes.get(1)? {
        b'[' => {
            let length = bytes[2..].iter().position(is_final)?;
            (&bytes[2..2 + length], bytes[2 + length])
        }
        b'O' => (&[][..], *bytes.get(2)?),
        // Alt and a key.
        _ => return Some((Key::Other, 2)),
    };
    let length = match bytes[1] {
        b'[' => parameters.len() + 3,
        _ => 3,
    };
    let key = match (end, parameters) {
        (b'A', _) => Key::Up,
        (b'B', _) => Key::Down,
        (b'H', _) | (b'~', b"1" | b"7") => Key::Home,
        (b'F', _) | (b'~', b"4" | b"8") => Key::End,
        (b'~', b"5") => Key::PageUp,
        (b'~', b"6") => Key::PageDown,
        (b'~', b"3") => Key::Backspace,
        _ => Key::Other,
    };
    Some((key, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_recognised_whatever_the_terminal_sends_for_them() {
        let of = |bytes: &[u8]| decode(bytes).0;
        assert_eq!(of(b"\x1b[A\x1bOA\x1b[1;5A"), [Key::Up; 3]);
        assert_eq!(of(b"\x1b[5~\x1b[6~"), [Key::PageUp, Key::PageDown]);
        assert_eq!(of(b"\x1b[H\x1b[1~\x1bOH\x1b[7~"), [Key::Home; 4]);
        assert_eq!(of(b"\x1b[F\x1b[4~\x1bOF\x1b[8~"), [Key::End; 4]);
        assert_eq!(of(b"\x7f\x08"), [Key::Backspace; 2]);
        assert_eq!(of("a\u{e9}\u{65e5}".as_bytes()), ['a', '\u{e9}', '\u{65e5}'].map(Key::Char));
        assert_eq!(of(b"\x1bx\x1b[24~q"), [Key::Other, Key::Other, Key::Char('q')]);
    }

    #[test]
    fn a_key_that_is_not_complete_waits_for_its_rest() {
        for bytes in ["\x1b[5~", "\x1bOA", "\u{65e5}"].map(str::as_bytes) {
            for cut in 1..bytes.len() {
                assert_eq!(decode(&bytes[..cut]), (Vec::new(), 0), "{bytes:?}");
            }
            assert_eq!(decode(bytes).1, bytes.len());
        }
    }

    #[test]
    fn any_bytes_are_some_keys() {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let bytes = [first, second, b'a', b'a', b'a'];
                let (keys, used) = decode(&bytes);
                assert!(used > 0 && !keys.is_empty(), "{bytes:?}");
                let no_control = |key: &Key| !matches!(key, Key::Char(c) if c.is_control());
                assert!(keys.iter().all(no_control), "{bytes:?}");
            }
        }
    }
}
