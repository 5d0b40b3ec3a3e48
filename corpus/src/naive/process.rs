//! What a process's files say.

use procnet_core::process::status::Uids;

use super::text;

/// The inode in a link's target, if it is a socket's.
#[must_use]
pub fn socket_inode(target: &[u8]) -> Option<u64> {
    let target = target.strip_prefix(b"socket:[")?.strip_suffix(b"]")?;
    text::decimal(target).filter(|inode| *inode != 0)
}

/// The users in a `status` file.
#[must_use]
pub fn uids(bytes: &[u8]) -> Option<Uids> {
    let line = text::lines(bytes).into_iter().find(|line| line.starts_with(b"Uid:"))?;
    let columns = text::columns(&line[4..]);
    let uid = |at: usize| u32::try_from(text::decimal(columns.get(at)?)?).ok();
    Some(Uids { real: uid(0)?, effective: uid(1)?, saved: uid(2)?, filesystem: uid(3)? })
}

/// What a `stat` file says, owned.
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

/// A `stat` file: the name stands between the first `(` and the last `)`.
#[must_use]
pub fn stat(bytes: &[u8]) -> Option<Stat> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let (before, rest) = text::cut(bytes, b'(')?;
    let close = rest.iter().rposition(|byte| *byte == b')')?;
    let columns = text::columns(&rest[close + 1..]);
    // The first of them is the file's third.
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
