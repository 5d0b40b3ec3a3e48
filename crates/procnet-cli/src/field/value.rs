//! Values of fields.

use std::{
    fmt::{self, Write as _},
    net::IpAddr,
};

use serde::Serialize;

use super::Field;

/// A value of a field. Texts are escaped. Missing values sort last.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(untagged)]
pub(crate) enum Value {
    Number(u64),
    Address(IpAddr),
    Text(String),
    Process(String, u32),
    None,
}

impl<N: Into<u64>> From<N> for Value {
    fn from(number: N) -> Value {
        Value::Number(number.into())
    }
}

impl Value {
    /// A value for each of [`Field::keys`].
    pub(crate) fn parts(&self, field: Field) -> Vec<Value> {
        match (self, field) {
            (Value::Process(comm, pid), _) => vec![(*pid).into(), Value::Text(comm.clone())],
            (Value::None, Field::Process) => vec![Value::None, Value::None],
            (value, _) => vec![value.clone()],
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => number.fmt(f),
            Value::Address(address) => address.fmt(f),
            Value::Text(text) => f.write_str(text),
            Value::Process(comm, pid) => write!(f, "{comm}({pid})"),
            Value::None => f.write_char('-'),
        }
    }
}
