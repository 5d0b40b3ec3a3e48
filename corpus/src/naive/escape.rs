//! Escaped names.

/// Bytes, escaped.
#[must_use]
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::new();
    let mut rest = bytes;
    while !rest.is_empty() {
        // The one character that begins here, if any does.
        let character = (1..=4.min(rest.len()))
            .find_map(|length| std::str::from_utf8(&rest[..length]).ok())
            .and_then(|text| text.chars().next());
        match character {
            Some('\\') => text.push_str("\\\\"),
            Some(plain) if !is_unsafe(plain) => text.push(plain),
            _ => {
                let length = character.map_or(1, char::len_utf8);
                for byte in &rest[..length] {
                    text.push_str(&format!("\\x{byte:02X}"));
                }
            }
        }
        rest = &rest[character.map_or(1, char::len_utf8)..];
    }
    text
}

/// Whether a character has effects when displayed, cannot be seen, or looks like a blank.
#[must_use]
pub fn is_unsafe(character: char) -> bool {
    let is_in = |ranges: &[(u32, u32)]| {
        ranges.iter().any(|(first, last)| (*first..=*last).contains(&u32::from(character)))
    };
    character.is_control()
        || (character.is_whitespace() && character != ' ')
        || is_in(FORMAT)
        || is_in(DEFAULT_IGNORABLE)
        || character == '\u{2800}'
}

/// The general category `Cf` (Unicode 17, `DerivedGeneralCategory.txt`).
const FORMAT: &[(u32, u32)] = &[
    (0xAD, 0xAD),
    (0x600, 0x605),
    (0x61C, 0x61C),
    (0x6DD, 0x6DD),
    (0x70F, 0x70F),
    (0x890, 0x891),
    (0x8E2, 0x8E2),
    (0x180E, 0x180E),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x2064),
    (0x2066, 0x206F),
    (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB),
    (0x110BD, 0x110BD),
    (0x110CD, 0x110CD),
    (0x13430, 0x1343F),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0001, 0xE0001),
    (0xE0020, 0xE007F),
];

/// The property `Default_Ignorable_Code_Point` (Unicode 17, `DerivedCoreProperties.txt`).
const DEFAULT_IGNORABLE: &[(u32, u32)] = &[
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x61C, 0x61C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
];

/// The bytes that an escaped text represents, or the offset of a backslash that does not start an
/// escape.
pub fn unescape(text: &str) -> Result<Vec<u8>, usize> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let at = text.len() - rest.len();
        if first != '\\' {
            bytes.extend(first.to_string().bytes());
            rest = &rest[first.len_utf8()..];
        } else if rest.starts_with("\\\\") {
            bytes.push(b'\\');
            rest = &rest[2..];
        } else {
            let digits = rest.strip_prefix("\\x").and_then(|rest| rest.get(..2)).ok_or(at)?;
            digits.chars().all(|digit| digit.is_ascii_hexdigit()).then_some(()).ok_or(at)?;
            bytes.push(u8::from_str_radix(digits, 16).map_err(|_| at)?);
            rest = &rest[4..];
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use procnet_core::escape::Escaped;

    use super::escape;

    #[test]
    fn every_character_is_escaped_as_its_properties_demand() {
        let mut utf8 = [0; 4];
        for character in '\0'..=char::MAX {
            let bytes = character.encode_utf8(&mut utf8).as_bytes();
            assert_eq!(Escaped(bytes).to_string(), escape(bytes), "{character:?}");
        }
        // Letters, marks, symbols and emoji are unchanged.
        for plain in ["é", "日本", "e\u{301}", "→", "🦀", "ب"] {
            assert_eq!(escape(plain.as_bytes()), plain);
        }
    }
}
