//! What the tests of events share.
#![allow(dead_code, unreachable_pub, reason = "each test program uses a part of it")]

use std::{
    fs,
    net::{SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant, SystemTime},
};

use procnet::{
    Kind, Kinds, Query, Scanner, State,
    events::{
        Change, Direction, EventOptions, EventOwner, EventsReceived, SocketEvent, SocketEvents,
        Traffic,
    },
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

pub const SOON: Duration = Duration::from_secs(30);

/// What a test asks of an event.
#[derive(Clone, Debug)]
pub struct Seen {
    pub change: Change,
    pub kind: Kind,
    pub state: State,
    pub local: SocketAddr,
    pub remote: SocketAddr,
    pub cookie: u64,
    pub direction: Option<Direction>,
    pub owner: Option<EventOwner>,
    pub began: Option<SystemTime>,
    pub time: SystemTime,
    pub duration: Option<Duration>,
    pub traffic: Option<Traffic>,
    pub matches: Option<bool>,
    pub netns: Option<u64>,
    pub uid: Option<u32>,
}

pub fn seen(event: &SocketEvent<'_>) -> Seen {
    let socket = event.socket();
    Seen {
        change: event.change(),
        kind: socket.kind,
        state: socket.state,
        local: socket.local().unwrap(),
        remote: socket.remote().unwrap(),
        cookie: socket.cookie().unwrap(),
        direction: event.direction(),
        owner: event.owner().cloned(),
        began: event.began(),
        time: event.time(),
        duration: event.duration(),
        traffic: event.traffic(),
        matches: event.matches(),
        netns: socket.netns.and_then(|netns| netns.inode),
        uid: socket.uid(),
    }
}

pub fn subscribe(query: &Query, options: EventOptions) -> SocketEvents {
    let events = Scanner::new().unwrap().socket_events(query, options);
    events.unwrap_or_else(|error| super::common::skip_without_bpf(&error))
}

pub fn tcp() -> SocketEvents {
    subscribe(&Query::new().kinds(Kinds::TCP), EventOptions::new())
}

/// Waits as a program does, until `enough` of what was read.
pub fn read_until(
    events: &mut SocketEvents,
    enough: impl Fn(&[Seen]) -> bool,
) -> (Vec<Seen>, EventsReceived) {
    let (begin, mut list, mut all) = (Instant::now(), Vec::new(), EventsReceived::default());
    while !enough(&list) {
        assert!(begin.elapsed() < SOON, "{} events: {list:?}", list.len());
        let wait = Timespec { tv_sec: 5, tv_nsec: 0 };
        poll(&mut [PollFd::new(events, PollFlags::IN)], Some(&wait)).unwrap();
        all += events.read(|event| list.push(seen(event))).unwrap();
    }
    (list, all)
}

/// Reads until so many sockets have ended.
pub fn ends(events: &mut SocketEvents, count: usize) -> Vec<Seen> {
    let ended = |list: &[Seen]| list.iter().filter(|seen| seen.change == Change::Ended).count();
    let (mut list, received) = read_until(events, |list| ended(list) >= count);
    assert!(received.is_complete(), "{received}");
    list.retain(|seen| seen.change == Change::Ended);
    list
}

/// A connection over loopback, and its two ends: the connecting one first.
pub fn connection(listener: &TcpListener) -> (TcpStream, TcpStream) {
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    (client, listener.accept().unwrap().0)
}

pub fn owner_is_this_process(owner: &EventOwner) -> bool {
    let comm = fs::read("/proc/self/comm").unwrap();
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    // The twentieth number behind the name.
    let started = stat.rsplit_once(')').unwrap().1.split_ascii_whitespace().nth(19).unwrap();
    (owner.pid, owner.start_time) == (Some(std::process::id()), started.parse().unwrap())
        && owner.comm.as_bytes() == comm.trim_ascii_end()
}
