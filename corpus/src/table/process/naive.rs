//! The naive decoders.

use procnet_core::process::status::Uids;

use crate::naive::text;

/// The inode in the target of a link to a socket.
#[must_use]
pub fn socket_inode(target: &[u8]) -> Option<u64> {
    let target = target.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    text::decimal(target).filter(|inode| *inode != 0)
}

/// The inode in the target of a link to a network namespace.
#[must_use]
pub fn network_namespace(target: &[u8]) -> Option<u64> {
    text::decimal(target.strip_prefix(b"net:[")?.strip_suffix(b"]")?)
}

/// The network namespaces in a `mountinfo` file, and where they are mounted.
#[must_use]
pub fn mounts(bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
    let mount = |line: Vec<u8>| {
        let columns: Vec<&[u8]> = line.split(|byte| matches!(byte, b' ' | b'\t')).collect();
        let namespace = network_namespace(columns.get(3)?)?;
        let point = *columns.get(4)?;
        let dash = columns.iter().skip(5).position(|column| *column == b"-")? + 5;
        let is_mount = point.first() == Some(&b'/') && *columns.get(dash + 1)? == b"nsfs";
        is_mount.then(|| (namespace, unescaped(point)))
    };
    text::lines(bytes).into_iter().filter_map(mount).collect()
}

fn unescaped(point: &[u8]) -> Vec<u8> {
    let mut path = Vec::new();
    let mut at = 0;
    while at < point.len() {
        let digits = point.get(at + 1..at + 4).and_then(|digits| std::str::from_utf8(digits).ok());
        let is_octal = |digits: &&str| digits.bytes().all(|digit| (b'0'..=b'7').contains(&digit));
        let escaped = digits.filter(is_octal).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match escaped {
            Some(byte) if point[at] == b'\\' => {
                path.push(byte);
                at += 4;
            }
            _ => {
                path.push(point[at]);
                at += 1;
            }
        }
    }
    path
}

/// The uids in a `status` file.
#[must_use]
pub fn uids(bytes: &[u8]) -> Option<Uids> {
    let line = text::lines(bytes).into_iter().find(|line| line.starts_with(b"Uid:"))?;
    let columns = text::columns(&line[4..]);
    let uid = |at: usize| u32::try_from(text::decimal(columns.get(at)?)?).ok();
    Some(Uids { real: uid(0)?, effective: uid(1)?, saved: uid(2)?, filesystem: uid(3)? })
}

/// The columns of a `stat` file, owned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Column 1.
    pub pid: u32,
    /// Column 2, without its parentheses.
    pub comm: Vec<u8>,
    /// Column 3.
    pub state: u8,
    /// Column 4.
    pub ppid: u32,
    /// Column 20.
    pub threads: u32,
    /// Column 22.
    pub start_time: u64,
}

/// A `stat` file: the name is between the first `(` and the last `)`.
#[must_use]
pub fn stat(bytes: &[u8]) -> Option<Stat> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let (before, rest) = text::cut(bytes, b'(')?;
    let close = rest.iter().rposition(|byte| *byte == b')')?;
    let columns = text::columns(&rest[close + 1..]);
    // The first of them is the third of the file.
    let number = |at: usize| text::decimal(columns.get(at - 3)?);
    let [state] = *columns.first()?.as_slice() else { return None };
    Some(Stat {
        pid: u32::try_from(text::decimal(text::columns(&before).first()?)?).ok()?,
        comm: rest[..close].to_vec(),
        state,
        ppid: u32::try_from(number(4)?).ok()?,
        threads: u32::try_from(number(20)?).ok()?,
        start_time: number(22)?,
    })
}
