//! Lines, columns and numbers.

/// The lines of a text, split at every `\n`; text after the last one is a line too, if there is
/// any.
#[must_use]
pub fn lines(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    if lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    lines
}

/// The columns of a line, separated by blanks and tabs.
#[must_use]
pub fn columns(line: &[u8]) -> Vec<Vec<u8>> {
    line.split(|byte| *byte == b' ' || *byte == b'\t')
        .filter(|column| !column.is_empty())
        .map(<[u8]>::to_vec)
        .collect()
}

/// The parts before and after the first `separator`.
#[must_use]
pub fn cut(bytes: &[u8], separator: u8) -> Option<(Vec<u8>, Vec<u8>)> {
    let mut parts = bytes.splitn(2, |byte| *byte == separator).map(<[u8]>::to_vec);
    Some((parts.next()?, parts.next()?))
}

/// A hexadecimal number that fits 64 bits.
#[must_use]
pub fn hex(column: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(column).ok()?;
    // `from_str_radix` accepts a sign, too.
    text.chars().all(|digit| digit.is_ascii_hexdigit()).then_some(())?;
    u64::from_str_radix(text, 16).ok()
}

/// A decimal number that fits 64 bits.
#[must_use]
pub fn decimal(column: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(column).ok()?;
    text.chars().all(|digit| digit.is_ascii_digit()).then_some(())?;
    text.parse().ok()
}

/// A decimal number with an optional `-`, whose magnitude fits 64 bits.
#[must_use]
pub fn signed(column: &[u8]) -> Option<i128> {
    match column.strip_prefix(b"-") {
        Some(magnitude) => decimal(magnitude).map(|magnitude| -i128::from(magnitude)),
        None => decimal(column).map(i128::from),
    }
}

/// A 32-bit number that some kernels print with `%u` and others with `%d`.
#[must_use]
pub fn either_sign(column: &[u8]) -> Option<u32> {
    let value = signed(column)?;
    u32::try_from(value).ok().or_else(|| i32::try_from(value).ok().map(|value| value as u32))
}
