//! Prints connections that end, with their owners and what they have carried, for ten seconds.
//!
//!     cargo run -p procnet-bpf --example events

use std::{error::Error, os::fd::AsFd as _, time::Instant};

use procnet_bpf::{Change, EventOptions, Events};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

fn main() -> Result<(), Box<dyn Error>> {
    let mut events = match Events::load(&EventOptions::new()) {
        Ok(events) => events,
        Err(refusal) => return Err(format!("{refusal}: {}", refusal.help()).into()),
    };
    let begin = Instant::now();
    while begin.elapsed().as_secs() < 10 {
        let second = Timespec { tv_sec: 1, tv_nsec: 0 };
        poll(&mut [PollFd::from_borrowed_fd(events.as_fd(), PollFlags::IN)], Some(&second))?;
        let received = events.read(|event| {
            if event.change == Change::Began {
                return;
            }
            let name = event.owner.map(|owner| owner.comm().escape_ascii().to_string());
            let lasted = event.began.map(|began| event.time.saturating_sub(began));
            println!(
                "{} - {}, of {}: {lasted:?}, {:?}",
                event.local,
                event.remote,
                name.as_deref().unwrap_or("?"),
                event.traffic
            );
        })?;
        if received.lost_ends > 0 {
            println!("{} ends were lost", received.lost_ends);
        }
    }
    Ok(())
}
