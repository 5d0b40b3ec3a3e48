//! The formats for programs, which have the same contents.

use serde_json::Value;

use crate::run::Ran;

/// The objects that a command prints in JSON, after NDJSON and CSV were compared with them.
pub(crate) fn objects(with: impl Fn(&str) -> Ran) -> Vec<Value> {
    let array = with("json").complete().array();
    assert_eq!(with("ndjson").complete().lines(), array);
    let records = with("csv").complete().records();
    assert_eq!(records.len(), array.len() + 1);
    for (object, record) in array.iter().zip(&records[1..]) {
        assert_eq!(object.as_object().unwrap().len(), record.len());
        for (key, field) in records[0].iter().zip(record) {
            assert_eq!(*field, cell(&object[key]), "{key}");
        }
    }
    array
}

/// A value as it is in CSV.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => {
            let words = list.iter().map(|item| item.to_string().replace('"', ""));
            words.collect::<Vec<_>>().join(";")
        }
        other => other.to_string(),
    }
}
