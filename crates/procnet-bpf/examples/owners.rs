//! Counts the descriptors of sockets of all processes, and reports how long that takes.

use std::time::Instant;

use procnet_bpf::{Buffer, Owners};

fn main() {
    let begin = Instant::now();
    let owners = match Owners::load() {
        Ok(owners) => owners,
        Err(refusal) => {
            eprintln!(
                "{refusal} ({}, after {:?})\n{}",
                refusal.name(),
                begin.elapsed(),
                refusal.help()
            );
            std::process::exit(1);
        }
    };
    println!("loaded in {:?}", begin.elapsed());
    let mut buffer = Buffer::new();
    for _ in 0..3 {
        let (begin, mut descriptors) = (Instant::now(), 0_u64);
        match owners.pass(&mut buffer, |_| descriptors += 1) {
            Ok(()) => println!("{descriptors} descriptors in {:?}", begin.elapsed()),
            Err(error) => eprintln!("{error}"),
        }
    }
}
