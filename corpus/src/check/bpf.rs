//! The kernel's type information, and the records of BPF programs.

use std::collections::BTreeMap;

use procnet_bpf::{Row, SocketEvent, btf::Types};

use crate::naive::btf;

/// The types of any bytes: those of the naive reader, and no lookup panics.
pub fn types(input: &[u8]) {
    let naive = btf::composites(input);
    let mut named: BTreeMap<&str, Vec<&btf::Composite>> = BTreeMap::new();
    for composite in naive.iter().flat_map(|(composites, _)| composites) {
        if let Some(name) =
            std::str::from_utf8(&composite.name).ok().filter(|name| !name.is_empty())
        {
            named.entry(name).or_default().push(composite);
        }
    }
    // A lookup takes a limited time, but a hostile input may have very many names.
    let names: Vec<&str> = named.keys().copied().take(50).collect();
    let types = match (Types::scan(input, &names), &naive) {
        (Ok(types), Some(_)) => types,
        (Err(_), None) => return,
        (scanned, _) => panic!("{:?} beside {naive:?}", scanned.map(drop)),
    };
    for name in names {
        for path in ["a", "a.0.b", "", "__sk_common.skc_state", "pids.1", "f_inode"] {
            let _ = types.field(name, path);
        }
        let [composite] = named[name][..] else { continue };
        assert_eq!(types.size(name), Ok(composite.size), "{name}");
        for (at, member) in composite.members.iter().enumerate().take(50) {
            let Ok(path) = std::str::from_utf8(&member.name) else { continue };
            // Found before by another member of that name, or within an anonymous one.
            let before = &composite.members[..at];
            let hidden = |other: &btf::Member| other.name.is_empty() || other.name == member.name;
            let is_path = path.contains('.') || path.parse::<u32>().is_ok();
            if path.is_empty() || is_path || before.iter().any(hidden) {
                continue;
            }
            // An error, if its type is malformed or it is a bit field.
            if let Ok(field) = types.field(name, path) {
                assert_eq!(8 * field.offset, member.offset, "{name}.{path}");
                assert_eq!(member.bits, 0, "{name}.{path}");
            }
        }
    }
}

/// Events of any bytes: each is malformed, or the same when it is written and read again.
pub fn event(input: &[u8]) {
    for record in input.chunks_exact(SocketEvent::LENGTH).filter_map(<[u8]>::first_chunk) {
        let Ok(event) = SocketEvent::decode(record) else { continue };
        let written = event.encode();
        assert_eq!(SocketEvent::decode(&written), Ok(event));
        // All that is known is written as it was, a truth as 1; what is unknown, as zeros.
        let is_same = |(at, now): (usize, &u8)| *now == 0 || *now == record[at] || at == 83;
        assert!(written.iter().enumerate().all(is_same), "{event:?}");
        assert!(event.owner.is_none_or(|owner| !owner.comm().contains(&0)));
    }
}

/// A row of any bytes: printed again, it is the same row, and nothing but its rest is behind it.
pub fn row(input: &[u8]) {
    let mut rest = input;
    while let Ok(Some((row, after))) = Row::decode(rest) {
        assert!(after.len() < rest.len());
        let mut encoded = Vec::new();
        row.encode(&mut encoded);
        assert_eq!(Row::decode(&encoded), Ok(Some((row, &[][..]))));
        let record = &rest[..rest.len() - after.len()];
        assert!(encoded.len() <= record.len().next_multiple_of(8), "{row:?}");
        rest = after;
    }
}
