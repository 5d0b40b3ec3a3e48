//! Random errors in files.

use proptest::{collection::vec, prelude::*, sample::Index};

/// Bytes that have a meaning for some decoder, and some that have none.
const BYTES: &[u8] = b"  \t\n\n::-+0019afFgx()|@\\[]\r\0\x0B\x7F\x80\xA0\xFF";

/// One change of a file.
#[derive(Clone, Debug)]
enum Mutation {
    Replace(Index, u8),
    Insert(Index, u8),
    Delete(Index),
    Cut(Index),
    Drop(Index, usize),
    Repeat(Index, usize),
}

/// A file of `files`, unchanged or with up to five bytes or runs of bytes changed.
pub fn mutated(files: impl Strategy<Value = Vec<u8>>) -> impl Strategy<Value = Vec<u8>> {
    let byte = || prop_oneof![3 => proptest::sample::select(BYTES.to_vec()), 1 => any::<u8>()];
    let mutation = prop_oneof![
        6 => (any::<Index>(), byte()).prop_map(|(at, byte)| Mutation::Replace(at, byte)),
        3 => (any::<Index>(), byte()).prop_map(|(at, byte)| Mutation::Insert(at, byte)),
        3 => any::<Index>().prop_map(Mutation::Delete),
        1 => any::<Index>().prop_map(Mutation::Cut),
        1 => (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Mutation::Drop(at, count)),
        1 => (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Mutation::Repeat(at, count)),
    ];
    (files, vec(mutation, 0..6)).prop_map(|(mut file, mutations)| {
        mutations.iter().for_each(|mutation| mutation.apply(&mut file));
        file
    })
}

impl Mutation {
    fn apply(&self, file: &mut Vec<u8>) {
        if let Mutation::Insert(at, byte) = self {
            file.insert(at.index(file.len() + 1), *byte);
        }
        if file.is_empty() {
            return;
        }
        let length = file.len();
        match self {
            Mutation::Insert(..) => {}
            Mutation::Replace(at, byte) => file[at.index(length)] = *byte,
            Mutation::Delete(at) => drop(file.remove(at.index(length))),
            Mutation::Cut(at) => file.truncate(at.index(length)),
            Mutation::Drop(at, count) => {
                let at = at.index(length);
                file.drain(at..(at + count).min(length));
            }
            Mutation::Repeat(at, count) => {
                let at = at.index(length);
                let run = file[at..(at + count).min(length)].to_vec();
                file.splice(at..at, run);
            }
        }
    }
}
