//! The scan: where each type is, and which have a wanted name.

use super::{
    Error,
    reader::{Reader, Type, is_string, kind},
};

/// Types of one name and class that are kept at most. The kernel has hardly ever two.
const MAX_OF_A_NAME: usize = 8;

/// Type information, of which the types with wanted names have been found.
#[derive(Clone, Debug)]
pub struct Types<'a> {
    pub(super) reader: Reader<'a>,
    /// Where each type begins in the types, by its number. Number 0 is `void`, which is nowhere.
    offsets: Vec<u32>,
    found: Vec<Found<'a>>,
}

/// A wanted name, and the types that have it.
#[derive(Clone, Debug)]
struct Found<'a> {
    name: &'a str,
    /// By [`Class`].
    ids: [Vec<u32>; 4],
}

/// What names distinguish: a struct and a function may have the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Structs and unions.
    Composite,
    Enumeration,
    Function,
    Typedef,
}

impl Class {
    #[inline]
    fn of(kind: u32) -> Option<Class> {
        match kind {
            kind::STRUCT | kind::UNION => Some(Class::Composite),
            kind::ENUM | kind::ENUM64 => Some(Class::Enumeration),
            kind::FUNC => Some(Class::Function),
            kind::TYPEDEF => Some(Class::Typedef),
            _ => None,
        }
    }
}

impl<'a> Types<'a> {
    /// Finds the structs, unions, enumerations, functions and typedefs that have one of the names, in one pass
    /// over all types.
    ///
    /// Both byte orders are read.
    ///
    /// # Errors
    ///
    /// If the input is not BTF, is truncated, or has a type of unknown kind. A name that no type has
    /// is an error of the lookups, not of the scan.
    pub fn scan(bytes: &'a [u8], names: &[&'a str]) -> Result<Types<'a>, Error> {
        let reader = Reader::new(bytes)?;
        let mut found: Vec<Found<'a>> = Vec::with_capacity(names.len());
        let mut wanted = Wanted::NONE;
        for name in names {
            wanted.add(name);
            found.push(Found { name, ids: Default::default() });
        }
        // A type has at least twelve bytes; the kernel's have 25 on average.
        let mut offsets = Vec::with_capacity(1 + reader.types.len() / 24);
        offsets.push(u32::MAX);
        let mut at = 0;
        while at < reader.types.len() {
            let truncated = Error::Truncated { offset: at };
            let id = u32::try_from(offsets.len()).map_err(|_| truncated.clone())?;
            let each = reader.type_at(at).ok_or(truncated.clone())?;
            let length = Reader::body_length(&each);
            let length = length.ok_or(Error::UnknownKind { kind: each.kind, id })?;
            if let Some(class) = Class::of(each.kind) {
                let string = reader.string(each.name).unwrap_or_default();
                if wanted.may_have(string) {
                    let named = found.iter_mut().filter(|found| is_string(string, found.name));
                    for ids in named.map(|found| &mut found.ids[class as usize]) {
                        if ids.len() < MAX_OF_A_NAME {
                            ids.push(id);
                        }
                    }
                }
            }
            offsets.push(u32::try_from(at).map_err(|_| truncated.clone())?);
            at = each
                .body
                .checked_add(length)
                .filter(|end| *end <= reader.types.len())
                .ok_or(truncated)?;
        }
        Ok(Types { reader, offsets, found })
    }

    /// The number of a function, by which a program is attached to it.
    ///
    /// # Errors
    ///
    /// [`Error::NoType`].
    pub fn function(&self, name: &str) -> Result<u32, Error> {
        Ok(self.named(name, Class::Function)?[0])
    }

    /// The number of a typedef: of `btf_trace_NAME`, by which a program is attached to a tracepoint.
    ///
    /// # Errors
    ///
    /// [`Error::NoType`].
    pub fn typedef(&self, name: &str) -> Result<u32, Error> {
        Ok(self.named(name, Class::Typedef)?[0])
    }

    /// The types of a class with a wanted name: at least one.
    pub(super) fn named(&self, name: &str, class: Class) -> Result<&[u32], Error> {
        let found = self.found.iter().find(|found| found.name == name);
        let ids = found.map(|found| found.ids[class as usize].as_slice());
        ids.filter(|ids| !ids.is_empty()).ok_or_else(|| Error::NoType { name: name.to_owned() })
    }

    /// A type by its number.
    pub(super) fn get(&self, id: u32) -> Result<Type, Error> {
        let offset = self.offsets.get(id as usize);
        let found = offset.and_then(|offset| self.reader.type_at(*offset as usize));
        found.ok_or(Error::Malformed { id })
    }
}

/// Hashes of the first four bytes of wanted names, so that few names need to be compared.
struct Wanted([bool; 1 << 12]);

impl Wanted {
    const NONE: Wanted = Wanted([false; 1 << 12]);

    fn add(&mut self, name: &str) {
        // With the zero that ends it.
        let bytes: Vec<u8> = name.bytes().chain([0]).collect();
        match bytes.first_chunk() {
            Some(first) => self.0[hash(*first)] = true,
            // What follows so short a name may be anything.
            None => self.0 = [true; 1 << 12],
        }
    }

    #[inline]
    fn may_have(&self, string: &[u8]) -> bool {
        // A string of fewer bytes is the last one.
        string.first_chunk().is_none_or(|first| self.0[hash(*first)])
    }
}

#[inline]
fn hash(first: [u8; 4]) -> usize {
    (u32::from_le_bytes(first).wrapping_mul(0x9e37_79b1) >> 20) as usize
}
