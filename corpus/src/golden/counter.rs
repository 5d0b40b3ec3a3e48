//! Counters that go by their place or by a line of their own.

use procnet_core::{
    counter::{protocols, snmp6, softnet},
    escape::Escaped,
};

use super::Rows;

pub(crate) fn snmp6(bytes: &[u8]) -> Rows {
    let mut found = Rows::new();
    let mut rows = snmp6::Table.rows(bytes);
    while let Some(row) = rows.next() {
        let row = row.map(|row| format!("{}={}", Escaped(row.name), row.value));
        found.push((rows.line(), row));
    }
    found
}

pub(crate) fn softnet(bytes: &[u8]) -> Rows {
    let mut found = Rows::new();
    let mut rows = softnet::Table.rows(bytes);
    while let Some(row) = rows.next() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                found.push((rows.line(), Err(error)));
                continue;
            }
        };
        let named = row.columns().map(|(name, value)| format!("{name}={value}"));
        let mut words: Vec<String> = named.collect();
        let mut errors = Rows::new();
        for value in row.further() {
            match value {
                Ok(value) => words.push(format!("further={value}")),
                Err(error) => errors.push((rows.line(), Err(error))),
            }
        }
        found.push((rows.line(), Ok(words.join(" "))));
        found.append(&mut errors);
    }
    found
}

pub(crate) fn protocols(bytes: &[u8]) -> Rows {
    let mut found = Rows::new();
    let mut rows = protocols::Rows::new(bytes);
    while let Some(row) = rows.next() {
        let row = match row {
            Ok(row) => row,
            Err(error) => {
                found.push((rows.line(), Err(error)));
                continue;
            }
        };
        let shown = |number: Option<u64>| {
            number.map_or_else(|| "none".to_owned(), |number| number.to_string())
        };
        let mut text = format!(
            "{} size={} sockets={} memory={} pressure={:?} max_header={} slab={} module={}",
            Escaped(row.name),
            row.size,
            shown(row.sockets.map(u64::from)),
            shown(row.memory),
            row.pressure,
            row.max_header,
            row.slab,
            Escaped(row.module),
        );
        let mut errors = Rows::new();
        for method in row.methods() {
            match method {
                Ok(method) if method.present => {
                    text.push_str(&format!(" {}", Escaped(method.name)));
                }
                Ok(_) => {}
                Err(error) => errors.push((rows.line(), Err(error))),
            }
        }
        found.push((rows.line(), Ok(text)));
        found.append(&mut errors);
    }
    found
}
