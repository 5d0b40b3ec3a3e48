//! Where events come from.

use std::{
    fs, io,
    os::{
        fd::{AsFd as _, BorrowedFd},
        linux::fs::MetadataExt as _,
    },
};

use procnet::{
    Error, Netns, Query, Scanner,
    events::{DestroyEvents, EventOptions, SocketEvents},
};

use procnet_arrow::Subscription;

use super::Event;
use crate::config::{self, NamespacesOf, Options};

/// Where births and ends come from.
#[derive(Debug)]
pub enum EventSource {
    /// BPF programs on tracepoints.
    Bpf(SocketEvents),
    /// Destroy notifications, and the inode of the network namespace that they are of.
    SockDiag(DestroyEvents, Option<u64>),
    /// Nowhere.
    None,
}

/// What one read has seen, beside the events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// Births that were lost.
    pub lost_births: u64,
    /// Ends that were lost; from sock_diag, at least that many.
    pub lost_ends: u64,
    /// Events that do not decode.
    pub undecodable: u64,
    /// Whether more may be waiting.
    pub more: bool,
}

impl EventSource {
    /// Subscribes, and returns why a preferred source is not available.
    pub fn open(scanner: &mut Scanner, options: &Options) -> (EventSource, Option<Error>) {
        use config::Events;

        if options.events == Events::None {
            return (EventSource::None, None);
        }
        let query = Query::new().kinds(options.kinds);
        let mut refused = None;
        if matches!(options.events, Events::Auto | Events::Bpf) {
            let netns = match options.namespaces {
                NamespacesOf::All => Netns::All,
                NamespacesOf::Own => Netns::Own,
            };
            match scanner.socket_events(&query.clone().netns(netns), EventOptions::new()) {
                Ok(events) => return (EventSource::Bpf(events), None),
                Err(error) if options.events == Events::Bpf => {
                    return (EventSource::None, Some(error));
                }
                Err(error) => refused = Some(error),
            }
        }
        let netns = fs::metadata("/proc/self/ns/net").map(|netns| netns.st_ino()).ok();
        match scanner.destroy_events(&query) {
            Ok(events) => (EventSource::SockDiag(events, netns), refused),
            Err(error) => (EventSource::None, Some(error)),
        }
    }

    /// What it reports, if there is one.
    #[must_use]
    pub fn subscription(&self, options: &Options) -> Option<Subscription> {
        let own = fs::metadata("/proc/self/ns/net").map(|netns| netns.st_ino()).ok();
        let (subscription, netns) = match self {
            EventSource::None => return None,
            EventSource::Bpf(events) => (Subscription::of_bpf(events, true), own),
            EventSource::SockDiag(events, netns) => (Subscription::of_sock_diag(events), *netns),
        };
        let is_bpf = matches!(self, EventSource::Bpf(_));
        if is_bpf && options.namespaces == NamespacesOf::All {
            return Some(subscription.of_all_namespaces());
        }
        Some(match netns {
            Some(inode) => subscription.of_netns(inode),
            None => subscription,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            EventSource::Bpf(_) => "bpf",
            EventSource::SockDiag(..) => "sock_diag",
            EventSource::None => "none",
        }
    }

    /// The descriptor that is readable when something waits.
    #[must_use]
    pub fn fd(&self) -> Option<BorrowedFd<'_>> {
        match self {
            EventSource::Bpf(events) => Some(events.as_fd()),
            EventSource::SockDiag(events, _) => Some(events.as_fd()),
            EventSource::None => None,
        }
    }

    /// Lends what waits to `each`, without waiting for more.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn read(&mut self, mut each: impl FnMut(&Event<'_>)) -> io::Result<Received> {
        match self {
            EventSource::None => Ok(Received::default()),
            EventSource::Bpf(events) => {
                let received = events.read(|event| each(&Event::of_bpf(event)))?;
                Ok(Received {
                    lost_births: received.lost_births,
                    lost_ends: received.lost_ends,
                    undecodable: received.undecodable,
                    more: received.more,
                })
            }
            EventSource::SockDiag(events, netns) => {
                let received =
                    events.read(|destroyed| each(&Event::of_sock_diag(destroyed, *netns)))?;
                Ok(Received {
                    lost_births: 0,
                    lost_ends: received.lost,
                    undecodable: received.undecodable,
                    more: received.more,
                })
            }
        }
    }
}
