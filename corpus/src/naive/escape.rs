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

/// Whether a character has effects when displayed: control characters, line separators, Unicode's
/// `Bidi_Control` characters, and other invisible formatting.
#[must_use]
pub fn is_unsafe(character: char) -> bool {
    let bidi_control = ['\u{61C}', '\u{200E}', '\u{200F}'].contains(&character)
        || ('\u{202A}'..='\u{202E}').contains(&character)
        || ('\u{2066}'..='\u{2069}').contains(&character);
    let separates_lines = ['\u{2028}', '\u{2029}'].contains(&character);
    let invisible = ('\u{200B}'..='\u{200D}').contains(&character)
        || ('\u{2060}'..='\u{206F}').contains(&character)
        || character == '\u{FEFF}';
    character.is_control() || bidi_control || separates_lines || invisible
}

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
