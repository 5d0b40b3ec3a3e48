//! The resource that metrics and logs are of: this host.

use std::fs;

use serde_json::{Value, json};

/// The attributes by the semantic conventions. What cannot be read is left out.
pub(super) fn resource() -> Value {
    let read = |path: &str| {
        let text = fs::read(path).unwrap_or_default();
        String::from_utf8_lossy(text.trim_ascii()).into_owned()
    };
    let attributes = [
        ("service.name", "procnet-agent".to_owned()),
        ("service.version", env!("CARGO_PKG_VERSION").to_owned()),
        ("host.name", read("/proc/sys/kernel/hostname")),
        ("host.id", read("/etc/machine-id")),
        // Cookies of sockets are unique until the next one.
        ("procnet.boot_id", read("/proc/sys/kernel/random/boot_id")),
    ];
    let attributes = attributes.into_iter().filter(|(_, value)| !value.is_empty());
    let attributes = attributes.map(|(key, value)| attribute(key, &value));
    json!({"attributes": attributes.collect::<Vec<Value>>()})
}

/// An attribute that is text.
pub(super) fn attribute(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}
