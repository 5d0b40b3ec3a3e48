//! One engine in a process of its own: `engine NAME`.

#![forbid(unsafe_code)]

use procnet_benches::{engine, protocol};

fn main() -> Result<(), String> {
    let name = std::env::args().nth(1).ok_or("which engine?")?;
    let (mut engine, version) = engine::named(&name)?;
    protocol::serve(&version, &mut engine, || None)
}
