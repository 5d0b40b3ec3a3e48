//! Numbers as `ss` prints them, by `printf`.

use std::fmt;

/// A number as `%g` prints it: six significant digits, without trailing zeros.
pub(super) fn general(number: f64) -> String {
    significant(number, 6)
}

/// A number as `%.Ng` prints it.
fn significant(number: f64, digits: usize) -> String {
    let scientific = format!("{number:.*e}", digits - 1);
    let Some((mantissa, exponent)) = scientific.split_once('e') else { return scientific };
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let trimmed = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    match usize::try_from(exponent) {
        Ok(before) if before < digits => trimmed(&format!("{number:.*}", digits - 1 - before)),
        Err(_) if exponent >= -4 => {
            let after = digits - 1 + usize::try_from(-exponent).unwrap_or_default();
            trimmed(&format!("{number:.after$}"))
        }
        _ => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{}e{sign}{:02}", trimmed(mantissa), exponent.unsigned_abs())
        }
    }
}

/// Microseconds, as milliseconds.
pub(super) struct Milliseconds(pub(super) u32);

impl fmt::Display for Milliseconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&general(f64::from(self.0) / 1000.0))
    }
}

/// Bits per second: with a unit, or as a number.
pub(super) struct Rate {
    pub(super) bits: f64,
    pub(super) numeric: bool,
}

impl Rate {
    /// A rate in bytes per second.
    pub(super) fn of_bytes(bytes: u64, numeric: bool) -> Rate {
        Rate { bits: bytes as f64 * 8.0, numeric }
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rate { bits, numeric } = *self;
        if numeric {
            return write!(f, "{bits:.0}bps");
        }
        let units = [(1e12, 'T'), (1e9, 'G'), (1e6, 'M'), (1e3, 'k')];
        match units.into_iter().find(|(unit, _)| bits >= *unit) {
            Some((unit, letter)) => write!(f, "{}{letter}bps", significant(bits / unit, 3)),
            None => write!(f, "{}bps", general(bits)),
        }
    }
}

/// A share with one decimal.
pub(super) fn percent(part: u64, whole: u64) -> String {
    format!("{:.1}", 100.0 * part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_printed_as_printf_prints_them() {
        // printf '%g\n' 0.051 …
        for (number, text) in [
            (0.0, "0"),
            (0.051, "0.051"),
            (204.0, "204"),
            (1234.567, "1234.57"),
            (999_999.5, "1e+06"),
            (123_456_789.0, "1.23457e+08"),
            (0.000_012_345_678, "1.23457e-05"),
            (0.000_123_456_78, "0.000123457"),
            (100_000.0, "100000"),
            (2.886_718_75, "2.88672"),
        ] {
            assert_eq!(general(number), text);
        }
    }

    #[test]
    fn rates_have_three_digits_and_a_unit_or_all_digits() {
        let rates = [999.0, 1_500.0, 8_738_133.33, 61_132_075_471.7, 2e12];
        let shown = |numeric| rates.map(|bits| Rate { bits, numeric }.to_string());
        assert_eq!(shown(false), ["999bps", "1.5kbps", "8.74Mbps", "61.1Gbps", "2Tbps"]);
        assert_eq!(shown(true)[2..4], ["8738133bps", "61132075472bps"]);
        assert_eq!(percent(1, 3), "33.3");
    }
}
