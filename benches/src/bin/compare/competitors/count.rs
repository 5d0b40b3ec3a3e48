//! Counts sockets in the output of commands.

use procnet_benches::protocol::Answer;

/// Counts a socket, and whether it has an owner.
fn add(answer: &mut Answer, owned: Option<bool>) {
    *answer.sockets.get_or_insert(0) += 1;
    if let Some(owned) = owned {
        *answer.owned.get_or_insert(0) += u64::from(owned);
    }
}

fn contains(line: &[u8], text: &[u8]) -> bool {
    line.windows(text.len()).any(|window| window == text)
}

pub(super) fn rows(answer: &mut Answer, _line: &[u8]) {
    add(answer, None);
}

pub(super) fn ss(answer: &mut Answer, line: &[u8]) {
    add(answer, Some(contains(line, b"users:((")));
}

pub(super) fn json(answer: &mut Answer, line: &[u8]) {
    add(answer, Some(contains(line, b"\"owners\":[{")));
}

/// `lsof` lists descriptors, so each socket has an owner.
pub(super) fn lsof(answer: &mut Answer, line: &[u8]) {
    if contains(line, b" TCP ") {
        add(answer, Some(true));
    }
}

pub(super) fn netstat(answer: &mut Answer, line: &[u8]) {
    if line.starts_with(b"tcp") {
        add(answer, Some(!line.trim_ascii_end().ends_with(b" -")));
    }
}
