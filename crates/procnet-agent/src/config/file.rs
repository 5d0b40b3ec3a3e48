//! The configuration file: TOML, one key for each option.

use toml::de::{DeTable, DeValue};

use super::{Options, set};

/// An offset in the text, and what is wrong there.
type Fault = (usize, String);

/// Sets the options that a text has. Values are what the same option has on the command line; a number
/// may be a number, and a list an array.
pub(super) fn apply(options: &mut Options, text: &str) -> Result<(), Fault> {
    let table = DeTable::parse(text)
        .map_err(|error| (error.span().map_or(0, |span| span.start), error.message().to_owned()))?;
    for (key, value) in table.get_ref() {
        let name = key.get_ref();
        if matches!(value.get_ref(), DeValue::Table(_)) {
            return Err((key.span().start, super::unknown(name)));
        }
        let text = word(value.get_ref()).map_err(|at| {
            (at.unwrap_or(value.span().start), format!("{name}: an array in an array"))
        })?;
        let known = super::OptionOf::ALL.iter().any(|option| option.key == name.as_ref());
        let at = if known { value.span().start } else { key.span().start };
        set(options, name, &text).map_err(|why| (at, why))?;
    }
    Ok(())
}

/// A value as on the command line. An error is the offset of an element that has no such form.
fn word(value: &DeValue<'_>) -> Result<String, Option<usize>> {
    Ok(match value {
        DeValue::String(text) => text.as_ref().to_owned(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
        DeValue::Integer(number) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix());
            parsed.map_or_else(|_| number.as_str().to_owned(), |number| number.to_string())
        }
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(value) => value.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(elements) => {
            let mut words = Vec::new();
            for element in elements {
                if matches!(element.get_ref(), DeValue::Array(_) | DeValue::Table(_)) {
                    return Err(Some(element.span().start));
                }
                words.push(word(element.get_ref())?);
            }
            words.join(",")
        }
        DeValue::Table(_) => return Err(None),
    })
}
