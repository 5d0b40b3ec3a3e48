//! The options of Parquet files.

use procnet_arrow::{Table, parquet::WhenFull};

use super::{
    Events, Options,
    parse::{number, shown_word, word},
};

/// What is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreTables {
    /// A row for each socket.
    pub sockets: bool,
    /// A row for each group of sockets.
    pub aggregates: bool,
    /// A row for each socket that began or ended.
    pub events: bool,
}

impl StoreTables {
    /// What is written by default.
    pub const SOCKETS: StoreTables =
        StoreTables { sockets: true, aggregates: false, events: false };

    fn each(&mut self) -> [(Table, &mut bool); 3] {
        [
            (Table::Sockets, &mut self.sockets),
            (Table::Aggregates, &mut self.aggregates),
            (Table::Events, &mut self.events),
        ]
    }
}

/// Whether they agree with each other.
pub(super) fn agree(options: &Options) -> Result<(), String> {
    if options.store_directory.is_none() {
        return match options.store_tables {
            StoreTables::SOCKETS => Ok(()),
            _ => Err("store_tables: there is no store_directory to write them to".to_owned()),
        };
    }
    match options.store_tables.events && options.events == Events::None {
        true => Err("store_tables: there are no events to write, as `events` is none".to_owned()),
        false => Ok(()),
    }
}

pub(super) fn tables(text: &str) -> Result<StoreTables, String> {
    let mut tables = StoreTables { sockets: false, aggregates: false, events: false };
    for name in text.split([',', ' ']).filter(|name| !name.is_empty()) {
        let mut each = tables.each();
        let names: Vec<_> = each.iter().map(|(table, _)| table.name()).collect();
        let names = names.join(", ");
        let found = each.iter_mut().find(|(table, _)| table.name() == name);
        let (_, wanted) = found.ok_or_else(|| format!("`{name}` is none of {names}"))?;
        **wanted = true;
    }
    match tables.each().iter().any(|(_, wanted)| **wanted) {
        true => Ok(tables),
        false => Err("no table is named; without store_directory nothing is written".to_owned()),
    }
}

pub(super) fn shown_tables(tables: &StoreTables) -> String {
    let mut tables = *tables;
    let wanted = tables.each().into_iter().filter(|(_, wanted)| **wanted);
    wanted.map(|(table, _)| table.name()).collect::<Vec<_>>().join(",")
}

pub(super) fn seed(text: &str) -> Result<Option<u16>, String> {
    match text {
        "none" => Ok(None),
        _ => number(text, 0, 65_535).map(Some).map_err(|why| format!("{why}, nor none")),
    }
}

pub(super) fn shown_seed(seed: &Option<u16>) -> String {
    seed.map_or_else(|| "none".to_owned(), |seed| seed.to_string())
}

const WHEN_FULL: &[(&str, WhenFull)] =
    &[("delete_oldest", WhenFull::DeleteOldest), ("refuse", WhenFull::Refuse)];

pub(super) fn when_full(text: &str) -> Result<WhenFull, String> {
    word(text, WHEN_FULL)
}

pub(super) fn shown_when_full(value: &WhenFull) -> String {
    shown_word(value, WHEN_FULL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_any_of_three() {
        let both = StoreTables { sockets: false, aggregates: true, events: true };
        assert_eq!(tables("events, aggregates"), Ok(both));
        assert_eq!(shown_tables(&both), "aggregates,events");
        assert_eq!(
            tables("sockets,snapshots"),
            Err("`snapshots` is none of sockets, aggregates, events".to_owned())
        );
        assert!(tables(" ,").is_err());
    }

    #[test]
    fn a_seed_has_sixteen_bits() {
        assert_eq!(
            (seed("none"), seed("0"), seed("65535")),
            (Ok(None), Ok(Some(0)), Ok(Some(65_535)))
        );
        assert_eq!(
            seed("65536"),
            Err("`65536` is not a number from 0 to 65535, nor none".to_owned())
        );
        assert_eq!(shown_seed(&Some(7)), "7");
    }
}
