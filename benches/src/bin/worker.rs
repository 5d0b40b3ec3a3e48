//! Runs one operation on request: `worker NAME KIND`.

#![forbid(unsafe_code)]

use procnet_benches::{operation, protocol};

fn main() -> Result<(), String> {
    let (mut operation, version) = operation::of_command_line()?;
    protocol::serve(&version, &mut operation, || None)
}
