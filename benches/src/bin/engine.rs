//! One engine in a process of its own: `engine NAME KIND`.

#![forbid(unsafe_code)]

use procnet_benches::{engine, protocol};

fn main() -> Result<(), String> {
    let (mut engine, version) = engine::of_command_line()?;
    protocol::serve(&version, &mut engine, || None)
}
