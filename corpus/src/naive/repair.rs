//! The naive repair of a table as somebody sent it: whole texts and vectors.

use super::text;

type Heading = (&'static [&'static str], &'static [&'static [&'static str]], usize, bool);

/// The tables, with the words that their headings begin with, the blanks that kernels print before
/// them, and whether the heading names the columns, so that it has to be decoded.
const HEADINGS: [Heading; 12] = [
    (
        &["tcp", "tcp6", "udp", "udp6", "udplite", "udplite6", "raw", "raw6", "icmp", "icmp6"],
        &[&["sl", "local_address"]],
        3,
        false,
    ),
    (&["unix"], &[&["Num", "RefCount"]], 0, false),
    (&["packet"], &[&["sk", "RefCnt"]], 0, false),
    (&["netlink"], &[&["sk", "Eth"]], 0, false),
    (&["dev"], &[&["Inter-|", "Receive"], &["face", "|bytes"]], 0, false),
    (&["wireless"], &[&["Inter-|", "sta-|"], &["face", "|"]], 0, false),
    (&["arp"], &[&["IP", "address"]], 0, false),
    (&["route"], &[&["Iface", "Destination"]], 0, false),
    (&["igmp"], &[&["Idx", "Device"]], 0, false),
    (&["ptype"], &[&["Type", "Device"]], 0, false),
    (&["protocols"], &[&["protocol", "size"]], 0, true),
    (&["stat/nf_conntrack"], &[&["entries"]], 0, true),
];

/// The repaired text: each line keeps its number, and what has nothing to decode is blank.
#[must_use]
pub fn repaired(bytes: &[u8], name: &str) -> Vec<u8> {
    let is_utf16 = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut lines = text::lines(bytes);
    let is_blank = |line: &[u8]| text::columns(without_returns(line)).is_empty();
    let first = lines.iter().position(|line| !is_blank(line)).unwrap_or(lines.len());
    let returns = lines.get(first).map_or(0, |line| line.len() - without_returns(line).len());
    for line in &mut lines {
        let most = if name == "unix" { returns } else { usize::MAX };
        let end = without_returns(line).len();
        line.truncate(end.max(line.len().saturating_sub(most)));
    }
    let known = HEADINGS.iter().find(|(names, ..)| names.contains(&name));
    let (_, heading, printed, is_decoded) = known.copied().unwrap_or((&[], &[], 0, false));
    let blanks = |line: &[u8]| line.iter().take_while(|byte| b" \t".contains(byte)).count();
    let has_prefix = ["snmp", "netstat", "sockstat", "sockstat6"].contains(&name);
    let mut expected = heading.iter();
    let mut indent = 0;
    for (at, line) in lines.iter_mut().enumerate() {
        if is_utf16 || at < first {
            line.clear();
        } else if text::columns(line).is_empty() {
            if name != "unix" {
                line.clear();
            }
        } else if expected.as_slice().first().is_some_and(|words| begins_with(line, words)) {
            expected.next();
            if at == first && printed == 0 {
                indent = blanks(line);
            }
            if !is_decoded {
                line.clear();
            }
        } else {
            // A heading that comes later is a row.
            expected = [].iter();
            let removed = if has_prefix { blanks(line) } else { blanks(line).min(indent) };
            line.drain(..removed);
        }
    }
    let mut repaired = lines.join(&b'\n');
    if bytes.ends_with(b"\n") {
        repaired.push(b'\n');
    }
    repaired
}

fn without_returns(line: &[u8]) -> &[u8] {
    let end = line.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last + 1);
    &line[..end]
}

fn begins_with(line: &[u8], words: &[&str]) -> bool {
    let found = text::columns(line);
    found.len() >= words.len()
        && words.iter().zip(found).all(|(word, found)| found == word.as_bytes())
}
