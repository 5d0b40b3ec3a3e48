//! What events of sockets cost, and whether any is lost without being counted.
//!
//!     cargo run --release -p procnet-benches --bin events -- [CONNECTIONS]
//!
//! makes that many connections (50,000) over loopback in namespaces of its own, from two threads as fast
//! as they can, and resets them: seven rounds without a subscription, with one, and with one that watches
//! the first use of sockets, in turns. Prints medians: connections a second, the CPU time of a connection,
//! both ends, the part of it in the BPF programs by the kernel's own statistics, and that of the reader.

use std::{
    env, fs,
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use procnet_benches::inside::{self, text};
use procnet_bpf::{EventOptions, Events, Received};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    net::sockopt,
    time::{ClockId, clock_gettime},
};

const ROUNDS: usize = 7;
const THREADS: u64 = 2;
/// Counts the runs of programs and their time, while it is 1.
const STATISTICS: &str = "/proc/sys/kernel/bpf_stats_enabled";

fn main() -> Result<(), String> {
    inside::enter()?;
    let count = env::args().nth(1).map_or(Ok(50_000), |word| word.parse().map_err(text))?;
    let before = fs::read_to_string(STATISTICS).map_err(text)?;
    fs::write(STATISTICS, "1").map_err(text)?;
    let measured = rounds(count);
    fs::write(STATISTICS, before.trim()).map_err(text)?;
    measured
}

fn rounds(count: u64) -> Result<(), String> {
    let options = EventOptions::new();
    let variants = [
        ("without", None),
        ("ends only", Some(options.births(false))),
        ("births and ends", Some(options)),
        ("and first use", Some(options.first_use(true))),
    ];
    let mut rounds: [Vec<Round>; 4] = Default::default();
    for _ in 0..ROUNDS {
        for ((_, options), rounds) in variants.iter().zip(&mut rounds) {
            rounds.push(round(count, options.as_ref())?);
        }
    }
    for ((name, _), rounds) in variants.iter().zip(&rounds) {
        let median = |value: fn(&Round) -> f64| {
            let mut values: Vec<f64> = rounds.iter().map(value).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let sum = |value: fn(&Round) -> i64| rounds.iter().map(value).sum::<i64>();
        println!(
            "{name:<16} {:>6.0} connections/s, {:>5.2} µs CPU each; programs {:.2} µs, reader {:.2} µs; \
             {} events, {} counted lost, {} uncounted",
            median(|round| round.rate),
            median(|round| round.cpu),
            median(|round| round.programs),
            median(|round| round.reader),
            sum(|round| round.events),
            sum(|round| round.lost),
            sum(|round| round.uncounted),
        );
    }
    Ok(())
}

/// Times in microseconds for a connection.
struct Round {
    rate: f64,
    /// Of the whole process.
    cpu: f64,
    programs: f64,
    reader: f64,
    events: i64,
    lost: i64,
    uncounted: i64,
}

fn round(count: u64, options: Option<&EventOptions>) -> Result<Round, String> {
    let netns = fs::read_link("/proc/self/ns/net").map_err(text)?;
    let netns = netns.to_string_lossy().trim_matches(|c: char| !c.is_ascii_digit()).parse();
    let netns: u32 = netns.map_err(text)?;
    let listeners: Vec<TcpListener> = (0..THREADS)
        .map(|_| TcpListener::bind("127.0.0.1:0").map_err(text))
        .collect::<Result<_, _>>()?;
    let events = options.map(|options| Events::load(&options.netns(netns)).map_err(text));
    let mut events = events.transpose()?;
    let made = count / THREADS * THREADS;
    let done = AtomicBool::new(false);
    let (begin, cpu) = (Instant::now(), clock(ClockId::ProcessCPUTime));
    let (elapsed, read) = thread::scope(|scope| {
        let events = events.as_mut();
        let reader = events.map(|events| scope.spawn(|| read(events, &done)));
        let makers: Vec<_> = listeners
            .iter()
            .map(|listener| {
                scope.spawn(|| (0..made / THREADS).try_for_each(|_| connection(listener)))
            })
            .collect();
        for maker in makers {
            maker.join().map_err(|_| "a thread failed")??;
        }
        let elapsed = begin.elapsed();
        done.store(true, Ordering::Relaxed);
        let read =
            reader.map(|reader| reader.join().map_err(|_| "the reader failed")?).transpose()?;
        Ok::<_, String>((elapsed, read.unwrap_or_default()))
    })?;
    let cpu = clock(ClockId::ProcessCPUTime) - cpu;
    let (received, reader) = read;
    let each = |time: Duration| time.as_secs_f64() * 1e6 / made as f64;
    let expected = match options {
        None => 0,
        Some(options) if *options == options.births(false) => 2 * made,
        Some(_) => 4 * made,
    };
    let (events_read, lost) =
        (received.began + received.ended, received.lost_births + received.lost_ends);
    Ok(Round {
        rate: made as f64 / elapsed.as_secs_f64(),
        cpu: each(cpu),
        programs: each(if options.is_some() { programs()? } else { Duration::ZERO }),
        reader: each(reader),
        events: events_read as i64,
        lost: lost as i64,
        uncounted: expected as i64 - events_read as i64 - lost as i64,
    })
}

/// Makes a connection, sends a byte, and resets it.
fn connection(listener: &TcpListener) -> Result<(), String> {
    let mut client = TcpStream::connect(listener.local_addr().map_err(text)?).map_err(text)?;
    let (mut accepted, _) = listener.accept().map_err(text)?;
    client.write_all(b"x").map_err(text)?;
    accepted.read_exact(&mut [0]).map_err(text)?;
    sockopt::set_socket_linger(&client, Some(Duration::ZERO)).map_err(text)?;
    drop(client);
    Ok(())
}

/// Reads what comes, and then what is left. Returns the CPU time of this thread, too.
fn read(events: &mut Events, done: &AtomicBool) -> Result<(Received, Duration), String> {
    let mut all = Received::default();
    loop {
        let was_done = done.load(Ordering::Relaxed);
        let wait = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };
        poll(&mut [PollFd::new(events, PollFlags::IN)], Some(&wait)).map_err(text)?;
        let received = events.read(|_| {}).map_err(text)?;
        all.began += received.began;
        all.ended += received.ended;
        all.lost_births += received.lost_births;
        all.lost_ends += received.lost_ends;
        if was_done && received.began + received.ended == 0 {
            return Ok((all, clock(ClockId::ThreadCPUTime)));
        }
    }
}

/// The time in the programs that this process has loaded.
fn programs() -> Result<Duration, String> {
    let mut all = 0;
    for entry in fs::read_dir("/proc/self/fdinfo").map_err(text)?.flatten() {
        let info = fs::read_to_string(entry.path()).unwrap_or_default();
        // Links show the number of their program, without its time.
        let time = info.lines().find_map(|line| line.strip_prefix("run_time_ns:"));
        all += time.map_or(Ok(0), |time| time.trim().parse::<u64>()).map_err(text)?;
    }
    Ok(Duration::from_nanos(all))
}

fn clock(id: ClockId) -> Duration {
    let time = clock_gettime(id);
    Duration::new(time.tv_sec.unsigned_abs(), u32::try_from(time.tv_nsec).unwrap_or_default())
}
