//! A parser of what `ss -anp` prints.
//!
//! `ss` prints names raw, in columns. So a line is parsed from both ends: what precedes and
//! follows a unix socket's name has a fixed form. A name with a newline is joined again, as only
//! the first line of an entry starts with a kind of socket. A name with such a word behind a
//! newline would mislead this parser, which is why it is used for scenes only.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    process::Command,
};

use super::{Entry, Owner};

/// Every TCP, UDP and unix socket that `ss` shows in the caller's network namespace.
///
/// # Errors
///
/// Why `ss` cannot run, or the line that does not have the expected form.
pub fn sockets() -> Result<Vec<Entry>, String> {
    // -O: a line each; -e: with inode and user. Without -w, as where the kernel has raw_diag, `ss`
    // names a raw socket after its protocol (misc/ss.c `proto_name`), which may be `udp`.
    let arguments = ["-H", "-O", "-t", "-u", "-x", "-a", "-n", "-p", "-e"];
    let ran = Command::new("ss").args(arguments).output();
    let output = ran.map_err(|error| format!("ss: {error}"))?;
    if !output.status.success() {
        return Err(format!("ss: {}", String::from_utf8_lossy(&output.stderr)));
    }
    parse(&output.stdout)
}

/// Parses what `ss -HOanpe` printed.
///
/// # Errors
///
/// The first line that does not have the expected form.
pub fn parse(output: &[u8]) -> Result<Vec<Entry>, String> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for line in output.strip_suffix(b"\n").unwrap_or(output).split(|byte| *byte == b'\n') {
        match lines.last_mut() {
            Some(last) if !is_first(line) => {
                last.push(b'\n');
                last.extend_from_slice(line);
            }
            _ => lines.push(line.to_vec()),
        }
    }
    lines.retain(|line| !line.is_empty());
    let parsed = lines.iter().filter_map(|line| {
        let what = || format!("ss: {}", line.escape_ascii());
        match word(line).0 {
            b"tcp" | b"udp" => Some(inet(line).ok_or_else(what)),
            b"u_str" | b"u_dgr" | b"u_seq" => Some(unix(line).ok_or_else(what)),
            _ => None,
        }
    });
    parsed.collect()
}

/// Whether a line begins with one of the kinds of sockets that `ss` prints.
fn is_first(line: &[u8]) -> bool {
    const KINDS: [&[u8]; 14] = [
        b"nl", b"p_raw", b"p_dgr", b"u_str", b"u_dgr", b"u_seq", b"raw", b"udp", b"tcp", b"sctp",
        b"v_str", b"icmp6", b"xdp", b"mptcp",
    ];
    KINDS.contains(&word(line).0) && line.contains(&b' ')
}

/// The first word of a line, and what follows the blanks behind it.
fn word(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
    (&line[..end], line[end..].trim_ascii_start())
}

/// `tcp LISTEN 0 16 127.0.0.1:34567 0.0.0.0:* users:(("name",pid=1,fd=3)) uid:7 ino:8 sk:9 …`
fn inet(line: &[u8]) -> Option<Entry> {
    let (kind, rest) = word(line);
    let (state, rest) = word(rest);
    let (rx, rest) = word(rest);
    let (tx, rest) = word(rest);
    let (local, rest) = word(rest);
    let (remote, rest) = word(rest);
    let (owners, rest) = users(rest)?;
    let local = address(text(local)?, None)?;
    let remote = address(text(remote)?, Some(local))?;
    let kind = match (text(kind)?, local.is_ipv6()) {
        (kind, false) => kind.to_owned(),
        (kind, true) => format!("{kind}6"),
    };
    let details = text(rest)?;
    let detail =
        |key: &str| details.split(' ').find_map(|word| word.strip_prefix(key)?.parse().ok());
    let inode = detail("ino:").filter(|inode| *inode != 0);
    let uid = detail("uid:").unwrap_or(0);
    let uid = u32::try_from(uid).ok()?;
    let numbers = Some((uid, text(rx)?.parse().ok()?, text(tx)?.parse().ok()?));
    let entry = Entry::inet(&kind, self::state(state)?, local, remote);
    Some(Entry { inode, owners, numbers, ..entry })
}

/// What `ss -HOane` prints about a TCP, UDP or raw socket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InetSocket {
    /// `tcp`, `tcp6`, `udp`, `udp6`, `raw` or `raw6`.
    pub kind: String,
    /// Its own address.
    pub local: SocketAddr,
    /// The address of its peer; all zeros if there is none.
    pub remote: SocketAddr,
    /// The name of the interface that it is bound to.
    pub interface: Option<String>,
    /// 0 if it has no file.
    pub inode: u64,
    /// 0 if it has none.
    pub mark: u32,
}

/// Parses what `ss -HOane` printed about TCP, UDP and raw sockets.
///
/// # Errors
///
/// The first line that does not have the expected form.
pub fn parse_inet(output: &[u8]) -> Result<Vec<InetSocket>, String> {
    let text = std::str::from_utf8(output).map_err(|error| error.to_string())?;
    text.lines().map(|line| inet_socket(line).ok_or_else(|| format!("ss: {line}"))).collect()
}

fn inet_socket(line: &str) -> Option<InetSocket> {
    let mut words = line.split_ascii_whitespace();
    let kind = words.next().filter(|kind| ["tcp", "udp", "raw"].contains(kind))?;
    let [local, remote] = {
        let mut ends = words.by_ref().skip(3);
        [ends.next()?, ends.next()?]
    };
    let interface = local.rsplit_once(':')?.0.split_once('%').map(|(_, name)| name.to_owned());
    let local = address(local, None)?;
    let remote = address(remote, Some(local))?;
    let details: Vec<&str> = words.collect();
    let detail = |key: &str| details.iter().find_map(|word| word.strip_prefix(key));
    Some(InetSocket {
        kind: if local.is_ipv6() { format!("{kind}6") } else { kind.to_owned() },
        local,
        remote,
        interface,
        inode: detail("ino:").map_or(Some(0), |inode| inode.parse().ok())?,
        mark: detail("fwmark:0x").map_or(Some(0), |it| u32::from_str_radix(it, 16).ok())?,
    })
}

/// `u_str ESTAB 0 0 NAME INODE * PEER users:(…) …`
fn unix(line: &[u8]) -> Option<Entry> {
    let (kind, rest) = word(line);
    let (state, rest) = word(rest);
    let (_rx, rest) = word(rest);
    let (_tx, rest) = word(rest);
    let kind = match kind {
        b"u_str" => "stream",
        b"u_dgr" => "dgram",
        _ => "seqpacket",
    };
    // The last position where the two addresses can end is the right one: no name follows it.
    let (at, (inode, after)) =
        (0..rest.len()).rev().find_map(|at| peer(&rest[at..]).map(|found| (at, found)))?;
    let name = &rest[..at];
    let name = (name != b"*").then_some(name);
    let (owners, _) = users(after)?;
    let entry = Entry::unix(kind, self::state(state)?, name);
    Some(Entry { inode: Some(inode), owners, ..entry })
}

/// ` INODE   * PEER`, and what follows.
fn peer(text: &[u8]) -> Option<(u64, &[u8])> {
    let (inode, rest) = number(text.strip_prefix(b" ")?)?;
    let (_peer, rest) = number(rest.strip_prefix(b" ")?.trim_ascii_start().strip_prefix(b"* ")?)?;
    let ends = rest.is_empty() || rest.starts_with(b" ");
    ends.then(|| (inode, rest.trim_ascii_start()))
}

fn number(text: &[u8]) -> Option<(u64, &[u8])> {
    let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    Some((self::text(&text[..end])?.parse().ok()?, &text[end..]))
}

/// `users:(("name",pid=1,fd=3),("other",pid=2,fd=3))`, and what follows; or nothing.
fn users(mut rest: &[u8]) -> Option<(BTreeSet<Owner>, &[u8])> {
    let mut owners = BTreeSet::new();
    let Some(list) = rest.strip_prefix(b"users:(") else { return Some((owners, rest)) };
    rest = list;
    while let Some(user) = rest.strip_prefix(b"(\"") {
        // The name of a process may contain anything, but is short.
        let end = user.windows(6).position(|window| window == b"\",pid=")?;
        let (pid, after) = number(&user[end + 6..])?;
        let (fd, after) = number(after.strip_prefix(b",fd=")?)?;
        owners.insert(Owner {
            pid: u32::try_from(pid).ok()?,
            fd: u32::try_from(fd).ok()?,
            comm: user[..end].to_vec(),
        });
        rest = after.strip_prefix(b")")?;
        rest = rest.strip_prefix(b",").unwrap_or(rest);
    }
    Some((owners, rest.strip_prefix(b")")?.trim_ascii_start()))
}

/// `1.2.3.4:5`, `[::1]:5`, and `*` for port 0 and for the unspecified address of both protocols.
fn address(text: &str, like: Option<SocketAddr>) -> Option<SocketAddr> {
    let (host, port) = text.rsplit_once(':')?;
    let port = if port == "*" { 0 } else { port.parse().ok()? };
    let host = host.split('%').next()?;
    let ip: IpAddr = match host.trim_matches(['[', ']']) {
        "*" if like.is_none_or(|like| like.is_ipv6()) => Ipv6Addr::UNSPECIFIED.into(),
        host => host.parse().ok()?,
    };
    Some(SocketAddr::new(ip, port))
}

fn state(word: &[u8]) -> Option<&'static str> {
    Some(match word {
        b"ESTAB" => "ESTABLISHED",
        b"SYN-SENT" => "SYN_SENT",
        b"SYN-RECV" => "SYN_RECV",
        b"FIN-WAIT-1" => "FIN_WAIT1",
        b"FIN-WAIT-2" => "FIN_WAIT2",
        b"TIME-WAIT" => "TIME_WAIT",
        b"UNCONN" => "UNCONN",
        b"CLOSE-WAIT" => "CLOSE_WAIT",
        b"LAST-ACK" => "LAST_ACK",
        b"LISTEN" => "LISTEN",
        b"CLOSING" => "CLOSING",
        _ => return None,
    })
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}
