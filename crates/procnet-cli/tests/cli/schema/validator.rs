//! The part of JSON Schema (2020-12) that `docs/schema` uses, but stricter: unknown keywords, and
//! keys without a schema, are errors. So all output is documented.

use std::path::Path;

use serde_json::{Map, Value};

/// The violations of a schema, and where they are.
pub(crate) fn faults(schema: &str, value: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let root = load(schema);
    check(&root, &root, value, "", &mut faults);
    faults
}

fn load(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
    serde_json::from_str(&text).expect("JSON")
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    let schema = schema.as_object().expect("a schema is an object");
    let mut fault = |what: String| faults.push(format!("{at}: {what}"));
    for (keyword, rule) in schema {
        match keyword.as_str() {
            "$schema"
            | "$defs"
            | "title"
            | "description"
            | "properties"
            | "items"
            | "additionalProperties"
            | "$ref" => {}
            "type" if !has_type(rule, value) => fault(format!("{value} is not {rule}")),
            "const" if rule != value => fault(format!("{value} is not {rule}")),
            "enum" if !rule.as_array().expect("a list").contains(value) => {
                fault(format!("{value} is none of {rule}"));
            }
            "minimum" if value.as_f64() < rule.as_f64() && value.is_number() => {
                fault(format!("{value} is less than {rule}"));
            }
            "maximum" if value.as_f64() > rule.as_f64() && value.is_number() => {
                fault(format!("{value} is more than {rule}"));
            }
            "required" => {
                let keys = rule.as_array().expect("a list").iter().filter_map(Value::as_str);
                let object = value.as_object();
                for key in keys.filter(|key| object.is_some_and(|has| !has.contains_key(*key))) {
                    fault(format!("lacks {key}"));
                }
            }
            "type" | "const" | "enum" | "minimum" | "maximum" => {}
            other => panic!("the validator does not know {other}"),
        }
    }
    if let Some(to) = schema.get("$ref").and_then(Value::as_str) {
        match to.strip_prefix('#') {
            Some(pointer) => check(root, root.pointer(pointer).expect(to), value, at, faults),
            None => {
                let other = load(to);
                check(&other, &other, value, at, faults);
            }
        }
    }
    if let (Some(object), Some(Value::String(_) | Value::Array(_))) =
        (value.as_object(), schema.get("type"))
    {
        members(root, schema, object, at, faults);
    }
    if let (Some(items), Some(rule)) = (value.as_array(), schema.get("items")) {
        for (index, item) in items.iter().enumerate() {
            check(root, rule, item, &format!("{at}/{index}"), faults);
        }
    }
}

fn members(
    root: &Value,
    schema: &Map<String, Value>,
    object: &Map<String, Value>,
    at: &str,
    faults: &mut Vec<String>,
) {
    for (key, value) in object {
        let known = schema.get("properties").and_then(|properties| properties.get(key));
        match known.or(schema.get("additionalProperties")) {
            Some(rule) => check(root, rule, value, &format!("{at}/{key}"), faults),
            None => faults.push(format!("{at}: {key} is not documented")),
        }
    }
}

fn has_type(rule: &Value, value: &Value) -> bool {
    match rule {
        Value::Array(rules) => rules.iter().any(|rule| has_type(rule, value)),
        Value::String(name) => match name.as_str() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "integer" => value.is_i64() || value.is_u64(),
            "number" => value.is_number(),
            "boolean" => value.is_boolean(),
            "null" => value.is_null(),
            other => panic!("no type {other}"),
        },
        other => panic!("no type {other}"),
    }
}

#[test]
fn it_finds_faults() {
    use serde_json::json;

    let good = json!({"by": "state", "kind": "tcp", "key": "LISTEN", "sockets": 1});
    assert_eq!(faults("count.json", &good), Vec::<String>::new());
    for (key, value, expected) in [
        ("by", json!("colour"), "/by: \"colour\" is none of"),
        ("sockets", json!(-1), "/sockets: -1 is less than 0"),
        ("sockets", json!("1"), "/sockets: \"1\" is not"),
        ("extra", json!(1), ": extra is not documented"),
    ] {
        let mut bad = good.clone();
        bad[key] = value;
        assert!(faults("count.json", &bad)[0].starts_with(expected), "{bad}");
    }
    assert_eq!(faults("count.json", &json!({"by": "uid", "kind": null, "key": ""})).len(), 1);
    // Through references to another file and to a part of it.
    let owner = json!({"event": "appeared", "time": 1.5, "socket": {"owners": [{"pid": "x"}]}});
    let found = faults("event.json", &owner).join("\n");
    assert!(
        found.contains("/socket/owners/0/pid") && found.contains("/socket: lacks kind"),
        "{found}"
    );
}
