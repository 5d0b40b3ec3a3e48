//! The crate `netstat2` as a worker process, see the module `protocol` of the benches.

#![forbid(unsafe_code)]

use std::{
    io::{self, BufRead as _, Write as _},
    time::Instant,
};

use netstat2::{AddressFamilyFlags, ProtocolFlags, get_sockets_info};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The version in the manifest.
    println!("ready 0.11.2");
    io::stdout().flush()?;
    for request in io::stdin().lock().lines() {
        request?;
        let begin = Instant::now();
        let found = get_sockets_info(AddressFamilyFlags::IPV4, ProtocolFlags::TCP)?;
        let duration = begin.elapsed();
        let owned = found.iter().filter(|socket| !socket.associated_pids.is_empty()).count();
        println!("{} {owned} {}", found.len(), duration.as_nanos());
        io::stdout().flush()?;
    }
    Ok(())
}
