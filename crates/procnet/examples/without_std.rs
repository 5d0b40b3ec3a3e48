//! Counts the states of a captured table of TCP, with the decoder that needs no standard library
//! and no allocator: [`count`] would compile on bare metal.
//!
//!     cargo run --example without_std < /proc/net/tcp

use std::io::Read as _;

use procnet::core::{
    ByteOrder, State, Step, Window,
    table::{Table as _, inet},
};

/// How many sockets are in each state, and how many lines are no row. `read` gives the next bytes,
/// as many as it likes, and none at the end; a line may be cut between two reads.
fn count(mut read: impl FnMut(&mut [u8]) -> usize) -> ([u32; 256], u32) {
    let (mut states, mut odd) = ([0; 256], 0);
    let table = inet::Table::tcp4(ByteOrder::NATIVE);
    // All the memory that it takes: room for a line at least.
    let mut buffer = [0; 4096];
    let mut window = Window::new(&mut buffer);
    let mut number = 0;
    loop {
        match window.step() {
            Step::Lines(lines) => {
                for line in lines {
                    number += 1;
                    match table.row(line, number).map(|row| row.and_then(|row| row.state())) {
                        Some(Ok(State(state))) => states[usize::from(state)] += 1,
                        Some(Err(_)) => odd += 1,
                        // A heading, or a blank line.
                        None => {}
                    }
                }
            }
            Step::TooLong(_) => {
                number += 1;
                odd += 1;
            }
            Step::More => match read(window.space()) {
                0 => window.finish(),
                count => window.fill(count),
            },
            Step::End => return (states, odd),
        }
    }
}

fn main() {
    let mut input = std::io::stdin().lock();
    let (states, odd) = count(|space| input.read(space).unwrap_or(0));
    for (state, sockets) in (0..=u8::MAX).zip(states).filter(|(_, sockets)| *sockets > 0) {
        println!("{} {sockets}", State(state));
    }
    if odd > 0 {
        println!("{odd} lines are no rows of tcp");
    }
}
