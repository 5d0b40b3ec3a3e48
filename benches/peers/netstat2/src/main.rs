//! The crate `netstat2`, asked as the module `protocol` of the benches says.

#![forbid(unsafe_code)]

use std::{
    io::{self, BufRead as _, Write as _},
    time::Instant,
};

use netstat2::{AddressFamilyFlags, ProtocolFlags, get_sockets_info};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // The one that the manifest asks for.
    println!("ready 0.11.2");
    io::stdout().flush()?;
    for question in io::stdin().lock().lines() {
        question?;
        let begin = Instant::now();
        let found = get_sockets_info(AddressFamilyFlags::IPV4, ProtocolFlags::TCP)?;
        let duration = begin.elapsed();
        let owned = found.iter().filter(|socket| !socket.associated_pids.is_empty()).count();
        println!("{} {owned} {}", found.len(), duration.as_nanos());
        io::stdout().flush()?;
    }
    Ok(())
}
