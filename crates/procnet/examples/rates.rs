//! Prints how fast each interface receives and sends, and the activity of TCP.
//!
//!     cargo run --example rates [ROUNDS [MILLISECONDS]]

use std::{env, thread, time::Duration, time::Instant};

use procnet::{Scanner, rates::Rate};

fn main() -> Result<(), procnet::Error> {
    let mut numbers = env::args().skip(1).map_while(|argument| argument.parse::<u64>().ok());
    let rounds = numbers.next().unwrap_or(5);
    let pause = Duration::from_millis(numbers.next().unwrap_or(1000));

    let mut scanner = Scanner::new()?;
    let (mut devices, mut tcp) = (scanner.io_counters()?, scanner.protocol_counters(&["tcp"])?);
    let mut read = Instant::now();
    for _round in 0..rounds {
        thread::sleep(pause);
        let (devices_now, tcp_now) = (scanner.io_counters()?, scanner.protocol_counters(&["tcp"])?);
        // The time between the readings, not the time slept.
        let elapsed = read.elapsed();
        read = Instant::now();
        for interface in devices_now.rates(&devices, elapsed) {
            let shown = |name| match interface.get(name) {
                Some(Rate::PerSecond(rate)) => format!("{rate:.0} {name}/s"),
                // It appeared, vanished or was recreated: any number would be wrong.
                Some(Rate::Unknown(why)) => format!("{name} unknown ({why})"),
                _ => String::new(),
            };
            println!("{}: {}, {}", interface.name(), shown("rx_bytes"), shown("tx_bytes"));
        }
        for counter in tcp_now.rates(&tcp, elapsed).flat_map(|group| group.iter()) {
            match counter.rate {
                Rate::PerSecond(rate) if rate > 0.0 => {
                    println!("Tcp {}: {rate:.1} {}/s", counter.name, counter.meaning.unit);
                }
                Rate::Gauge(value) if counter.name == "CurrEstab" => {
                    println!("Tcp connections: {value}");
                }
                _ => {}
            }
        }
        (devices, tcp) = (devices_now, tcp_now);
    }
    Ok(())
}
