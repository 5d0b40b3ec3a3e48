//! Counts the states in a captured TCP table with the decoder that needs neither the standard library
//! nor an allocator: [`count`] would compile on bare metal.
//!
//!     cargo run --example without_std < /proc/net/tcp

use std::io::Read as _;

use procnet::decode::{
    ByteOrder, State, Step, Window,
    table::{Table as _, inet},
};

/// The number of sockets in each state, and of lines that do not decode. `read` returns the next
/// bytes, in pieces of any size, and 0 at the end; a piece may end within a line.
fn count(mut read: impl FnMut(&mut [u8]) -> usize) -> ([u32; 256], u32) {
    let (mut states, mut odd) = ([0; 256], 0);
    let table = inet::Table::tcp4(ByteOrder::NATIVE);
    // All the memory it takes: room for at least one line.
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
                        // The heading, or an empty line.
                        None => {}
                    }
                }
            }
            // The kernel ends every line, so one without its end may be cut.
            Step::TooLong(_) | Step::Cut(_) => {
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
        println!("{odd} lines are not rows of tcp");
    }
}
