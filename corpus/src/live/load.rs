//! Very many sockets in many processes, all on loopback addresses.
//!
//! Each process connects to itself at an address of its own, so a million sockets only take
//! enough processes: one can hold as many as its limit of descriptors allows, less about twenty,
//! and a pair of addresses has room for some 28,000 connections.

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

use super::{Entry, HelperProcess, channel, churn::GROUP, inode_of};

mod replace;

pub(super) use replace::replace;

/// The sockets that a process creates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Workload {
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
    /// TCP listeners of one address and port (`SO_REUSEPORT`), the same in all processes.
    Listeners,
}

impl Workload {
    const ALL: [(Workload, &'static str); 6] = [
        (Workload::Tcp, "tcp"),
        (Workload::Tcp6, "tcp6"),
        (Workload::Udp, "udp"),
        (Workload::Udp6, "udp6"),
        (Workload::Unix, "unix"),
        (Workload::Listeners, "listeners"),
    ];

    fn word(self) -> &'static str {
        Workload::ALL
            .into_iter()
            .find(|(workload, _)| *workload == self)
            .map_or("", |(_, word)| word)
    }
}

/// Processes full of sockets; they end when this is dropped.
#[derive(Debug, Default)]
pub struct LoadGenerator {
    processes: Vec<HelperProcess>,
}

impl LoadGenerator {
    /// Adds `processes` with `sockets` each, and returns once all sockets exist.
    ///
    /// # Panics
    ///
    /// If they cannot be created, mostly because of a limit of descriptors or processes.
    #[must_use]
    pub fn spawn(self, workload: Workload, processes: usize, sockets: usize) -> LoadGenerator {
        self.spawn_via(&[], workload, processes, sockets)
    }

    /// As [`spawn`](LoadGenerator::spawn), in processes executed through a command: see
    /// [`HelperProcess::start_via`].
    ///
    /// # Panics
    ///
    /// As for [`spawn`](LoadGenerator::spawn).
    #[must_use]
    pub fn spawn_via(
        mut self,
        prefix: &[&str],
        workload: Workload,
        processes: usize,
        sockets: usize,
    ) -> LoadGenerator {
        let first = self.processes.len();
        for number in first..first + processes {
            let process = HelperProcess::start_via(format!("load-{number}").as_bytes(), prefix);
            process.send(&format!("load {} {sockets}", workload.word()), &[]);
            self.processes.push(process);
        }
        for process in &self.processes[first..] {
            process.receive();
        }
        self
    }

    /// The processes.
    #[must_use]
    pub fn processes(&self) -> &[HelperProcess] {
        &self.processes
    }

    /// Every generated socket, as listed by its own process, and the channels to the processes.
    ///
    /// # Panics
    ///
    /// If a process has ended.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        for process in &self.processes {
            entries.extend_from_slice(process.entries());
            process.send("list", &[]);
            loop {
                let lines = process.receive();
                if lines == LISTED {
                    break;
                }
                entries.extend(lines.lines().map(|line| entry(process, line)));
            }
        }
        entries
    }
}

/// Ends the list of a helper's sockets.
const LISTED: &str = "listed";

/// In a helper: creates the sockets of a request, `WORKLOAD NUMBER`.
pub(super) fn create(plan: &str, held: &mut Vec<OwnedFd>) -> std::result::Result<String, String> {
    let words: Vec<&str> = plan.split(' ').collect();
    let [word, sockets] = words[..] else { return Err(format!("not a plan: {plan}")) };
    let workload =
        Workload::ALL.into_iter().find(|(_, name)| *name == word).map(|(workload, _)| workload);
    let workload = workload.ok_or("no such workload")?;
    // Distinct among the processes of all load generators.
    let id = u16::try_from(std::process::id() % (1 << 16)).unwrap_or_default();
    let total = held.len() + sockets.parse::<usize>().map_err(|_| "not a number")?;
    let created = match workload {
        Workload::Tcp | Workload::Tcp6 => connections(workload, id, total, held),
        Workload::Udp | Workload::Udp6 => datagrams(workload, id, total, held),
        Workload::Unix => unix(id, total, held),
        Workload::Listeners => listeners(total, held),
    };
    match created {
        Ok(()) => Ok("created".to_owned()),
        Err(error) => Err(format!("{word}, after {} sockets: {error}", held.len())),
    }
}

/// The address of one of the processes.
fn address(workload: Workload, id: u16, port: u16) -> SocketAddr {
    let [high, low] = id.to_be_bytes();
    match workload {
        // IPv6 has a single loopback address, so processes differ by port.
        Workload::Tcp6 => (Ipv6Addr::LOCALHOST, 1024 + id % 30_000).into(),
        Workload::Udp6 => (Ipv6Addr::LOCALHOST, 0).into(),
        _ => ([127, high, low, 1], port).into(),
    }
}

fn new(like: SocketAddr, socket_type: SocketType) -> Result<OwnedFd> {
    let family = if like.is_ipv4() { AddressFamily::INET } else { AddressFamily::INET6 };
    socket_with(family, socket_type, SocketFlags::CLOEXEC, None)
}

fn connections(workload: Workload, id: u16, total: usize, held: &mut Vec<OwnedFd>) -> Result<()> {
    let at = address(workload, id, 8080);
    let listener = new(at, SocketType::STREAM)?;
    sockopt::set_socket_reuseaddr(&listener, true)?;
    bind(&listener, &at)?;
    listen(&listener, 4)?;
    while held.len() + 2 < total {
        let client = new(at, SocketType::STREAM)?;
        connect(&client, &at)?;
        held.push(client);
        held.push(accept_with(&listener, SocketFlags::CLOEXEC)?);
    }
    held.push(listener);
    if held.len() < total {
        // An odd number: one socket is left over.
        let listener = new(at, SocketType::STREAM)?;
        bind(&listener, &SocketAddr::new(at.ip(), 0))?;
        listen(&listener, 4)?;
        held.push(listener);
    }
    Ok(())
}

fn listeners(total: usize, held: &mut Vec<OwnedFd>) -> Result<()> {
    while held.len() < total {
        let at = SocketAddr::from(GROUP);
        let listener = new(at, SocketType::STREAM)?;
        sockopt::set_socket_reuseport(&listener, true)?;
        bind(&listener, &at)?;
        listen(&listener, 4)?;
        held.push(listener);
    }
    Ok(())
}

fn datagrams(workload: Workload, id: u16, total: usize, held: &mut Vec<OwnedFd>) -> Result<()> {
    while held.len() < total {
        let at = address(workload, id, 0);
        let socket = new(at, SocketType::DGRAM)?;
        bind(&socket, &at)?;
        if held.len() % 2 == 1 {
            connect(&socket, &SocketAddr::new(at.ip(), 9))?;
        }
        held.push(socket);
    }
    Ok(())
}

fn unix(id: u16, total: usize, held: &mut Vec<OwnedFd>) -> Result<()> {
    let flags = SocketFlags::CLOEXEC;
    while held.len() + 3 <= total {
        let (one, other) = socketpair(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
        held.extend([one, other]);
        named(id, held)?;
    }
    while held.len() < total {
        named(id, held)?;
    }
    Ok(())
}

fn named(id: u16, held: &mut Vec<OwnedFd>) -> Result<()> {
    let name = format!("load {id} {}", held.len());
    let socket = socket_with(AddressFamily::UNIX, SocketType::STREAM, SocketFlags::CLOEXEC, None)?;
    bind(&socket, &SocketAddrUnix::new_abstract_name(name.as_bytes())?)?;
    listen(&socket, 4)?;
    held.push(socket);
    Ok(())
}

/// In a helper: lists what it holds, in as many messages as needed.
pub(super) fn list(
    held: &[OwnedFd],
    mut send: impl FnMut(&str),
) -> std::result::Result<String, String> {
    let mut lines = String::new();
    for socket in held {
        describe(socket, &mut lines).map_err(|error| error.to_string())?;
        if lines.len() > channel::MAX_MESSAGE / 2 {
            send(&lines);
            lines.clear();
        }
    }
    if !lines.is_empty() {
        send(&lines);
    }
    Ok(LISTED.to_owned())
}

/// Writes `fd inode kind state local remote`, or `fd inode unix state NAME` for a unix socket.
fn describe(socket: &OwnedFd, lines: &mut String) -> Result<()> {
    let (fd, inode) = (socket.as_raw_fd(), inode_of(socket));
    let peer = getpeername(socket).ok().flatten();
    let state = match (sockopt::socket_acceptconn(socket.as_fd())?, &peer) {
        (true, _) => "LISTEN",
        (false, Some(_)) => "ESTABLISHED",
        (false, None) => "UNCONN",
    };
    let (domain, socket_type) = (sockopt::socket_domain(socket)?, sockopt::socket_type(socket)?);
    // Writing to memory does not fail.
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

/// Parses what [`describe`] wrote.
fn entry(process: &HelperProcess, line: &str) -> Entry {
    let words: Vec<&str> = line.splitn(5, ' ').collect();
    let [fd, inode, kind, state, rest] = words[..] else { panic!("not a socket: {line}") };
    let address = |word: &str| word.parse().expect("an address");
    let entry = match rest.split_once(' ') {
        _ if kind == "unix" && rest.is_empty() => Entry::unix("stream", state, None),
        _ if kind == "unix" => Entry::unix("stream", state, Some(format!("@{rest}").as_bytes())),
        Some((local, remote)) => Entry::inet(kind, state, address(local), address(remote)),
        None => panic!("not two addresses: {line}"),
    };
    let owner = process.owner(fd.parse().expect("a descriptor"));
    Entry { inode: inode.parse().ok(), owners: [owner].into(), ..entry }
}
