//! Columns of what the owners of a socket run in: `--fields`.

use procnet::Owners;

use crate::{
    field::{Field, Value},
    output::{Cells, Column, ITEM_SEPARATOR, Keep, Shape},
    process::Processes,
};

/// Which of them are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnerFields([bool; Field::OF_OWNERS.len()]);

impl OwnerFields {
    pub(crate) const NONE: OwnerFields = OwnerFields([false; Field::OF_OWNERS.len()]);

    pub(crate) fn of(fields: &[Field]) -> OwnerFields {
        OwnerFields(Field::OF_OWNERS.map(|field| fields.contains(&field)))
    }

    pub(crate) fn is_empty(self) -> bool {
        self == OwnerFields::NONE
    }

    fn iter(self) -> impl Iterator<Item = Field> {
        Field::OF_OWNERS.into_iter().zip(self.0).filter(|(_, is_shown)| *is_shown).map(|(it, _)| it)
    }

    pub(super) fn keys(self) -> impl Iterator<Item = String> {
        self.iter().map(|field| field.list_key().to_owned())
    }

    pub(super) fn columns(self) -> impl Iterator<Item = Column> {
        self.iter().map(|field| Column::new(field.title(), Shape::List, Keep::Always))
    }

    /// Each key with its values: each once, in alphabetical order.
    pub(super) fn object(
        self,
        owners: Owners<'_>,
        known: &Processes,
    ) -> serde_json::Map<String, serde_json::Value> {
        let lists = self.iter().map(|field| (field.list_key(), texts(field, owners, known)));
        lists.map(|(key, list)| (key.to_owned(), list.into())).collect()
    }

    pub(super) fn values(self, owners: Owners<'_>, known: &Processes, cells: &mut Cells) {
        // As in the list of owners, a separator within a text is escaped.
        let list = |field| {
            let texts = texts(field, owners, known).into_iter();
            texts.map(|text| text.replace(';', r"\x3B")).collect::<Vec<_>>()
        };
        self.iter().for_each(|field| cells.push(list(field).join(";")));
    }

    pub(super) fn cells(self, owners: Owners<'_>, known: &Processes, cells: &mut Cells) {
        for field in self.iter() {
            let texts = texts(field, owners, known);
            let short: Vec<&str> = texts.iter().map(|text| short_id(text)).collect();
            cells.push(short.join(&ITEM_SEPARATOR.to_string()));
        }
    }
}

fn texts(field: Field, owners: Owners<'_>, known: &Processes) -> Vec<String> {
    let mut texts = Vec::new();
    field.for_each_owner(owners, known, |value| match value {
        Value::None => {}
        value => texts.push(value.to_string()),
    });
    texts
}

/// The form of an id of 64 digits that runtimes print; any other name as it is.
pub(crate) fn short_id(name: &str) -> &str {
    let is_id = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_id { &name[..12] } else { name }
}

#[cfg(test)]
mod tests {
    use super::short_id;

    #[test]
    fn only_ids_are_shortened() {
        assert_eq!(short_id(&"0123456789abcdef".repeat(4)), "0123456789ab");
        for name in ["web-frontend-production", "2f4ab1c0-98b1-4d2e-8f0e-6d3f0c7a1b22", ""] {
            assert_eq!(short_id(name), name);
        }
        let no_id = "\u{e9}".repeat(32);
        assert_eq!(short_id(&no_id), no_id);
    }
}
