//! Bracket expressions: `[abc]`, `[a-z]`, `[!abc]` or `[^abc]`, `[[:digit:]]`.

/// A bracket expression within a pattern.
#[derive(Clone, Copy)]
pub(super) struct Brackets<'p> {
    is_negated: bool,
    /// What is between the brackets, without the negation.
    inside: &'p [u8],
    /// Its length, with both brackets.
    pub(super) length: usize,
}

/// What a bracket expression lists.
enum Item<'p> {
    /// Every byte from the first to the last.
    Range(u8, u8),
    /// The name of a class of bytes.
    Class(&'p [u8]),
}

impl<'p> Brackets<'p> {
    /// The bracket expression with which `pattern` begins; `None` if its `[` has no `]`, and so
    /// stands for itself.
    pub(super) fn at_start(pattern: &'p [u8]) -> Option<Brackets<'p>> {
        let rest = pattern.strip_prefix(b"[")?;
        let is_negated = matches!(rest, [b'!' | b'^', ..]);
        let begin = 1 + usize::from(is_negated);
        let mut rest = pattern.get(begin..)?;
        loop {
            // A `]` that comes first is listed.
            let is_first = rest.len() + begin == pattern.len();
            if let ([b']', ..], false) = (rest, is_first) {
                let end = pattern.len() - rest.len();
                let inside = &pattern[begin..end];
                return Some(Brackets { is_negated, inside, length: end + 1 });
            }
            (_, rest) = item(rest)?;
        }
    }

    /// Whether the expression matches a byte. Letters of a range are compared in lower case if
    /// `folds`; a class is not.
    pub(super) fn matches(self, byte: u8, folds: bool) -> bool {
        let fold = |byte: u8| if folds { byte.to_ascii_lowercase() } else { byte };
        let (mut rest, mut is_listed) = (self.inside, false);
        while let Some((found, behind)) = item(rest) {
            rest = behind;
            is_listed |= match found {
                Item::Range(first, last) => (fold(first)..=fold(last)).contains(&fold(byte)),
                Item::Class(name) => is_in_class(name, byte),
            };
        }
        is_listed != self.is_negated
    }
}

/// The item with which a list begins, and what follows it.
fn item(list: &[u8]) -> Option<(Item<'_>, &[u8])> {
    if let Some(class) = list.strip_prefix(b"[:") {
        if let Some(end) = class.windows(2).position(|window| window == b":]") {
            return Some((Item::Class(&class[..end]), &class[end + 2..]));
        }
    }
    let (first, rest) = listed_byte(list)?;
    match rest {
        // A `-` that comes last is listed.
        [b'-', last, ..] if *last != b']' => {
            let (last, rest) = listed_byte(&rest[1..])?;
            Some((Item::Range(first, last), rest))
        }
        rest => Some((Item::Range(first, first), rest)),
    }
}

/// A byte, possibly behind a backslash, and what follows it.
fn listed_byte(list: &[u8]) -> Option<(u8, &[u8])> {
    match list {
        [b'\\', byte, rest @ ..] | [byte, rest @ ..] => Some((*byte, rest)),
        [] => None,
    }
}

/// The classes of the C locale; no byte is in an unknown one.
fn is_in_class(name: &[u8], byte: u8) -> bool {
    match name {
        b"alnum" => byte.is_ascii_alphanumeric(),
        b"alpha" => byte.is_ascii_alphabetic(),
        b"blank" => matches!(byte, b' ' | b'\t'),
        b"cntrl" => byte.is_ascii_control(),
        b"digit" => byte.is_ascii_digit(),
        b"graph" => byte.is_ascii_graphic(),
        b"lower" => byte.is_ascii_lowercase(),
        b"print" => byte.is_ascii_graphic() || byte == b' ',
        b"punct" => byte.is_ascii_punctuation(),
        b"space" => byte.is_ascii_whitespace() || byte == 0x0B,
        b"upper" => byte.is_ascii_uppercase(),
        b"xdigit" => byte.is_ascii_hexdigit(),
        _ => false,
    }
}
