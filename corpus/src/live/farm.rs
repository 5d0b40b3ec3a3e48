//! Very many sockets in many processes, all on loopback addresses.
//!
//! Each process connects to itself at an address of its own, so a million of sockets need no
//! more than enough processes: one may have as many as its limit of descriptors allows, of
//! which some twenty are taken, and a pair of addresses has some 28,000 connections.

use std::{
    fmt::Write as _,
    net::{Ipv6Addr, SocketAddr},
    os::fd::{AsFd as _, AsRawFd as _, OwnedFd},
};

use rustix::{
    io::Result,
    net::{
        AddressFamily, SocketAddrUnix, SocketFlags, SocketType, accept_with, bind, connect,
        getpeername, getsockname, listen, socket_with, socketpair, sockopt,
    },
};

use super::{Actor, Entry, channel, inode_of};

mod renew;

pub(super) use renew::renew;

/// What grows in a process of a farm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crop {
    /// TCP connections over IPv4, both ends, and their listener.
    Tcp,
    /// TCP connections over IPv6, both ends, and their listener.
    Tcp6,
    /// UDP sockets over IPv4, every other one connected.
    Udp,
    /// UDP sockets over IPv6, every other one connected.
    Udp6,
    /// Unix sockets: pairs, and listeners with names.
    Unix,
}

impl Crop {
    const ALL: [(Crop, &'static str); 5] = [
        (Crop::Tcp, "tcp"),
        (Crop::Tcp6, "tcp6"),
        (Crop::Udp, "udp"),
        (Crop::Udp6, "udp6"),
        (Crop::Unix, "unix"),
    ];

    fn word(self) -> &'static str {
        Crop::ALL.into_iter().find(|(crop, _)| *crop == self).map_or("", |(_, word)| word)
    }
}

/// Processes full of sockets; they end when this is dropped.
#[derive(Debug, Default)]
pub struct Farm {
    actors: Vec<Actor>,
}

impl Farm {
    /// Adds `processes` of `sockets` each, and returns when all sockets are there.
    ///
    /// # Panics
    ///
    /// If they cannot be made, mostly for a limit of descriptors or of processes.
    #[must_use]
    pub fn grow(self, crop: Crop, processes: usize, sockets: usize) -> Farm {
        self.grow_by(&[], crop, processes, sockets)
    }

    /// As [`grow`](Farm::grow), in processes that a command executes: see [`Actor::start_by`].
    ///
    /// # Panics
    ///
    /// As for [`grow`](Farm::grow).
    #[must_use]
    pub fn grow_by(
        mut self,
        prefix: &[&str],
        crop: Crop,
        processes: usize,
        sockets: usize,
    ) -> Farm {
        let first = self.actors.len();
        for number in first..first + processes {
            let actor = Actor::start_by(format!("farm-{number}").as_bytes(), prefix);
            actor.tell(&format!("farm {} {sockets}", crop.word()), &[]);
            self.actors.push(actor);
        }
        for actor in &self.actors[first..] {
            actor.hear();
        }
        self
    }

    /// The processes.
    #[must_use]
    pub fn actors(&self) -> &[Actor] {
        &self.actors
    }

    /// Every socket of the farm, as each process knows its own, and the channels to them.
    ///
    /// # Panics
    ///
    /// If a process has ended.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for actor in &self.actors {
            entries.extend_from_slice(actor.entries());
            actor.tell("list", &[]);
            loop {
                let lines = actor.hear();
                if lines == LISTED {
                    break;
                }
                entries.extend(lines.lines().map(|line| entry(actor, line)));
            }
        }
        entries
    }
}

/// Ends the list of an actor's sockets.
const LISTED: &str = "listed";

/// In an actor: makes the sockets that a plan asks for.
pub(super) fn grow(plan: &str, held: &mut Vec<OwnedFd>) -> std::result::Result<String, String> {
    let words: Vec<&str> = plan.split(' ').collect();
    let [word, sockets] = words[..] else { return Err(format!("no plan: {plan}")) };
    let crop = Crop::ALL.into_iter().find(|(_, name)| *name == word).map(|(crop, _)| crop);
    let crop = crop.ok_or("no crop")?;
    // What tells the processes of all farms apart.
    let place = u16::try_from(std::process::id() % (1 << 16)).unwrap_or_default();
    let goal = held.len() + sockets.parse::<usize>().map_err(|_| "no number")?;
    let grown = match crop {
        Crop::Tcp | Crop::Tcp6 => connections(crop, place, goal, held),
        Crop::Udp | Crop::Udp6 => datagrams(crop, place, goal, held),
        Crop::Unix => unix(place, goal, held),
    };
    match grown {
        Ok(()) => Ok("grown".to_owned()),
        Err(error) => Err(format!("{word}, after {} sockets: {error}", held.len())),
    }
}

/// The address of a process of the farm.
fn address(crop: Crop, place: u16, port: u16) -> SocketAddr {
    let [high, low] = place.to_be_bytes();
    match crop {
        // IPv6 has one loopback address: ports tell the processes apart.
        Crop::Tcp6 => (Ipv6Addr::LOCALHOST, 1024 + place % 30_000).into(),
        Crop::Udp6 => (Ipv6Addr::LOCALHOST, 0).into(),
        _ => ([127, high, low, 1], port).into(),
    }
}

fn new(like: SocketAddr, socket_type: SocketType) -> Result<OwnedFd> {
    let family = if like.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    socket_with(family, socket_type, SocketFlags::CLOEXEC, None)
}

fn connections(crop: Crop, place: u16, goal: usize, held: &mut Vec<OwnedFd>) -> Result<()> {
    let at = address(crop, place, 8080);
    let listener = new(at, SocketType::STREAM)?;
    sockopt::set_socket_reuseaddr(&listener, true)?;
    bind(&listener, &at)?;
    listen(&listener, 4)?;
    while held.len() + 2 < goal {
        let client = new(at, SocketType::STREAM)?;
        connect(&client, &at)?;
        held.push(client);
        held.push(accept_with(&listener, SocketFlags::CLOEXEC)?);
    }
    held.push(listener);
    if held.len() < goal {
        // One is left, which no pair fills.
        let listener = new(at, SocketType::STREAM)?;
        bind(&listener, &SocketAddr::new(at.ip(), 0))?;
        listen(&listener, 4)?;
        held.push(listener);
    }
    Ok(())
}

fn datagrams(crop: Crop, place: u16, goal: usize, held: &mut Vec<OwnedFd>) -> Result<()> {
    while held.len() < goal {
        let at = address(crop, place, 0);
        let socket = new(at, SocketType::DGRAM)?;
        bind(&socket, &at)?;
        if held.len() % 2 == 1 {
            connect(&socket, &SocketAddr::new(at.ip(), 9))?;
        }
        held.push(socket);
    }
    Ok(())
}

fn unix(place: u16, goal: usize, held: &mut Vec<OwnedFd>) -> Result<()> {
    let flags = SocketFlags::CLOEXEC;
    while held.len() + 3 <= goal {
        let (one, other) = socketpair(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
        held.extend([one, other]);
        named(place, held)?;
    }
    while held.len() < goal {
        named(place, held)?;
    }
    Ok(())
}

fn named(place: u16, held: &mut Vec<OwnedFd>) -> Result<()> {
    let name = format!("farm {place} {}", held.len());
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    bind(&socket, &SocketAddrUnix::new_abstract_name(name.as_bytes())?)?;
    listen(&socket, 4)?;
    held.push(socket);
    Ok(())
}

/// In an actor: says what it holds, in as many messages as needed.
pub(super) fn list(
    held: &[OwnedFd],
    mut say: impl FnMut(&str),
) -> std::result::Result<String, String> {
    let mut lines = String::new();
    for socket in held {
        describe(socket, &mut lines).map_err(|error| error.to_string())?;
        if lines.len() > channel::LONGEST / 2 {
            say(&lines);
            lines.clear();
        }
    }
    if !lines.is_empty() {
        say(&lines);
    }
    Ok(LISTED.to_owned())
}

/// `fd inode kind state local remote`, or `fd inode unix state NAME` for a unix socket.
fn describe(socket: &OwnedFd, lines: &mut String) -> Result<()> {
    let (fd, inode) = (socket.as_raw_fd(), inode_of(socket));
    let peer = getpeername(socket).ok().flatten();
    let state = match (sockopt::socket_acceptconn(socket.as_fd())?, &peer) {
        (true, _) => "LISTEN",
        (false, Some(_)) => "ESTABLISHED",
        (false, None) => "CLOSE",
    };
    let (domain, socket_type) = (sockopt::socket_domain(socket)?, sockopt::socket_type(socket)?);
    // Writing into memory does not fail.
    let _ = write!(lines, "{fd} {inode} ");
    let name = getsockname(socket)?;
    if domain == AddressFamily::UNIX {
        let name = SocketAddrUnix::try_from(name)?;
        let name = String::from_utf8_lossy(name.abstract_name().unwrap_or_default());
        let _ = writeln!(lines, "unix {state} {name}");
        return Ok(());
    }
    let local = SocketAddr::try_from(name)?;
    let remote = match peer {
        Some(peer) => SocketAddr::try_from(peer)?,
        None if local.is_ipv4() => ([0; 4], 0).into(),
        None => ([0; 16], 0).into(),
    };
    let kind = if socket_type == SocketType::STREAM { "tcp" } else { "udp" };
    let six = if domain == AddressFamily::INET6 { "6" } else { "" };
    let _ = writeln!(lines, "{kind}{six} {state} {local} {remote}");
    Ok(())
}

/// What [`describe`] wrote.
fn entry(actor: &Actor, line: &str) -> Entry {
    let words: Vec<&str> = line.splitn(5, ' ').collect();
    let [fd, inode, kind, state, rest] = words[..] else { panic!("not a socket: {line}") };
    let address = |word: &str| word.parse().expect("an address");
    let entry = match rest.split_once(' ') {
        _ if kind == "unix" && rest.is_empty() => Entry::unix("stream", state, None),
        _ if kind == "unix" => Entry::unix("stream", state, Some(format!("@{rest}").as_bytes())),
        Some((local, remote)) => Entry::inet(kind, state, address(local), address(remote)),
        None => panic!("not two addresses: {line}"),
    };
    let owner = actor.owner(fd.parse().expect("a descriptor"));
    Entry { inode: inode.parse().ok(), owners: [owner].into(), ..entry }
}
