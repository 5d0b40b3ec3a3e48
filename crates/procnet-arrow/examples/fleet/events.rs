//! What happened on the invented hosts between looks: connections that no look has seen, and spans that say
//! where nobody listened.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    rc::Rc,
};

use procnet::{
    Kind, Kinds, State,
    events::{Change, Direction, Evidence},
};
use procnet_arrow::{EventRow, EventSource, EventSpan, Subscription};

use crate::{
    age::random,
    fleet::{BAD, EPHEMERAL, Fleet},
    host::Process,
    looks::TODAY,
};

const SECOND: i64 = 1_000_000_000;
/// The minute that is asked about begins at `TODAY`; spans of five minutes, from 03:05 to 03:20.
const FIRST: i64 = TODAY - 7 * 60 * SECOND;
const SPAN: i64 = 300 * SECOND;
const SPANS: i64 = 3;

/// An event and its process.
pub(crate) struct Happened {
    pub(crate) row: EventRow<'static>,
    pub(crate) process: Option<Rc<Process>>,
}

impl Fleet {
    /// The spans of a host with their events: `events` connections which live for half a second each, in
    /// each span, and what is planted.
    pub(crate) fn spans(&self, host: u32, events: u32) -> Vec<(EventSpan, Vec<Happened>)> {
        let mut subscription = Subscription::default();
        // Planted: host 23 has no BPF, so only ends are reported, and no owners.
        if host == 23 {
            subscription.ends = Kinds::TCP;
        } else {
            subscription.source = EventSource::Bpf;
            (subscription.births, subscription.ends) = (Kinds::TCP, Kinds::TCP);
        }
        let subscription = subscription.of_all_namespaces();
        let mut seed = u64::from(host) << 24 | 3;
        let mut spans = Vec::new();
        for (begin, end) in bounds(host) {
            let mut span = EventSpan::new(&self.host(host), &subscription);
            // Hosts do not have one clock.
            (span.time, span.end_time) = (begin + i64::from(host), end + i64::from(host));
            span.duration = (end - begin).unsigned_abs();
            span.uptime = self.uptime(host, begin);
            let mut happened = self.planted_events(host);
            happened.retain(|it| (span.time..span.end_time).contains(&it.row.time));
            for _ in 0..events {
                let at = begin + (random(&mut seed) % (end - begin - SECOND).unsigned_abs()) as i64;
                let peer = Ipv4Addr::from_bits(0x0A00_0100 + (seed >> 32) as u32 % self.hosts);
                let to = SocketAddr::new(IpAddr::V4(peer), 8080);
                happened.extend(self.connection(host, to, (at, at + SECOND / 2), "curl"));
            }
            if subscription.source == EventSource::SockDiag {
                happened.retain(|it| it.row.event == Change::Ended);
                happened.iter_mut().for_each(forget);
            }
            happened.sort_by_key(|it| it.row.time);
            span.events = happened.len() as u64;
            // Planted: host 18 could not read as fast as connections were made.
            if host == 18 && span.time <= TODAY {
                (span.lost_births, span.complete) = (3, false);
                span.gaps = vec!["3 births were lost".to_owned()];
            }
            spans.push((span, happened));
        }
        spans
    }

    fn planted_events(&self, host: u32) -> Vec<Happened> {
        let seconds = |from: i64, until: i64| (TODAY + from * SECOND, TODAY + until * SECOND);
        match host {
            // It is in the look of 03:12, too.
            3 => self.connection(host, BAD, seconds(-10, 90), "kworkerd"),
            // In no look: three seconds of that minute.
            17 => self.connection(host, BAD, seconds(20, 23), "kworkerd"),
            // Of this one only the end is reported.
            23 => self.connection(host, BAD, seconds(38, 40), "kworkerd"),
            // Before the minute, and at its very end.
            21 => self.connection(host, BAD, seconds(-5, -2), "kworkerd"),
            25 => self.connection(host, BAD, seconds(59, 95), "kworkerd"),
            // Its begin is among those that were lost.
            18 => self.connection(host, BAD, seconds(30, 95), "kworkerd").split_off(1),
            // Nobody answered.
            26 => {
                let mut tried = self.connection(host, BAD, seconds(30, 33), "kworkerd");
                tried.remove(0);
                tried.iter_mut().for_each(|it| it.row.state = Some(State::SYN_SENT));
                tried
            }
            _ => Vec::new(),
        }
    }

    /// The begin and the end of a connection.
    fn connection(
        &self,
        host: u32,
        remote: SocketAddr,
        (begin, end): (i64, i64),
        comm: &'static str,
    ) -> Vec<Happened> {
        let port = if remote == BAD { 40_404 } else { EPHEMERAL + (begin / 1000 % 28_000) as u16 };
        let exe = if remote == BAD { "/tmp/.x/kworkerd" } else { "/usr/bin/curl" };
        let process = self.process(host, comm, exe, "cron.service", 0);
        let mut made = Vec::new();
        for (event, time) in [(Change::Began, begin), (Change::Ended, end)] {
            let mut row = EventRow::new(event, EventSource::Bpf, time, Kind::Tcp);
            row.local = Some(SocketAddr::new(IpAddr::V4(self.address(host)), port));
            (row.remote, row.state) = (Some(remote), Some(State::ESTABLISHED));
            (row.direction, row.evidence) = (Some(Direction::Connect), Some(Evidence::Connect));
            (row.pid, row.start_time) = (Some(process.pid), Some(process.start_time));
            row.comm = Some(process.comm.as_bytes());
            row.uptime = Some(self.uptime(host, time));
            row.cookie = Some((begin / 1_000_000).unsigned_abs() & 0xFF_FFFF);
            if event == Change::Ended {
                (row.began, row.duration) = (Some(begin), Some((end - begin).unsigned_abs()));
                (row.numbers.bytes_sent, row.numbers.bytes_received) = (Some(731), Some(1200));
            }
            made.push(Happened { row, process: Some(Rc::clone(&process)) });
        }
        made
    }
}

/// When the spans of a host begin and end.
fn bounds(host: u32) -> Vec<(i64, i64)> {
    let mut bounds: Vec<_> =
        (0..SPANS).map(|it| (FIRST + it * SPAN, FIRST + (it + 1) * SPAN)).collect();
    match host {
        // Planted: the agent of host 19 started in that minute, nobody listened on host 22 for five seconds
        // of it, and host 24 has no agent that listens.
        19 => {
            bounds.remove(0);
            bounds[0].0 = TODAY + 30 * SECOND;
        }
        22 => {
            let until = bounds[1].1;
            bounds[1].1 = TODAY + 40 * SECOND;
            bounds.insert(2, (TODAY + 45 * SECOND, until));
        }
        24 => bounds.clear(),
        _ => {}
    }
    bounds
}

/// What a destroy notification does not have.
fn forget(happened: &mut Happened) {
    let row = &mut happened.row;
    row.source = EventSource::SockDiag;
    (row.state, row.direction, row.evidence) = (None, None, None);
    (row.pid, row.start_time, row.comm) = (None, None, None);
    (row.began, row.duration, happened.process) = (None, None, None);
}
