//! Local storage that BPF programs attached to a socket (include/uapi/linux/sock_diag.h
//! `SK_DIAG_BPF_STORAGE*`, net/core/bpf_sk_storage.c `bpf_sk_storage_diag_put`).

use core::iter::FusedIterator;

use crate::{
    Column, Error, ErrorKind,
    netlink::{Attribute, Attributes},
};

const COLUMN: Column = Column::new(&"bpf_storage");

/// The values that BPF maps (`BPF_MAP_TYPE_SK_STORAGE`) have for a socket: an iterator over
/// [`Storage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storages<'a>(Attributes<'a>);

/// The value that a BPF map has for a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Storage<'a> {
    /// The ID of the map.
    pub map_id: u32,
    /// The value, in the form of the map's value type.
    pub value: &'a [u8],
}

impl<'a> Storages<'a> {
    /// Checks all values, so that iterating cannot fail.
    pub(super) fn decode(attributes: Attributes<'a>) -> Result<Storages<'a>, Error> {
        for attribute in attributes {
            storage(attribute?)?;
        }
        Ok(Storages(attributes))
    }

    /// The bytes of the attributes that are left.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0.as_bytes()
    }
}

/// `None` for an attribute of another kind.
fn storage(attribute: Attribute<'_>) -> Result<Option<Storage<'_>>, Error> {
    // `SK_DIAG_BPF_STORAGE`.
    if attribute.kind() != 1 {
        return Ok(None);
    }
    let (mut map_id, mut value) = (None, &[][..]);
    for part in attribute.nested() {
        let part = part?;
        match part.kind() {
            2 => map_id = Some(part.value.u32(0, COLUMN)?),
            3 => value = part.value.as_bytes(),
            _ => {}
        }
    }
    let missing = || attribute.value.error(ErrorKind::Short, COLUMN, usize::MAX);
    Ok(Some(Storage { map_id: map_id.ok_or_else(missing)?, value }))
}

impl<'a> Iterator for Storages<'a> {
    type Item = Storage<'a>;

    fn next(&mut self) -> Option<Storage<'a>> {
        self.0.by_ref().flatten().find_map(|attribute| storage(attribute).ok().flatten())
    }
}

impl FusedIterator for Storages<'_> {}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;
    use crate::ByteOrder;

    const VALUE: [u8; 20] = [20, 0, 1, 0, 8, 0, 2, 0, 7, 0, 0, 0, 6, 0, 3, 0, 0xAB, 0xCD, 0, 0];

    fn decode(bytes: &[u8]) -> Result<Vec<(u32, &[u8])>, ErrorKind> {
        let storages = Storages::decode(Attributes::of(bytes, ByteOrder::Little));
        let storages = storages.map_err(|error| error.kind())?;
        Ok(storages.map(|storage| (storage.map_id, storage.value)).collect())
    }

    #[test]
    fn each_map_has_its_value() {
        let other = [4, 0, 9, 0];
        let bytes = [&VALUE[..], &other, &VALUE].concat();
        assert_eq!(decode(&bytes), Ok([(7, &[0xAB, 0xCD][..]); 2].to_vec()));
        assert_eq!(decode(&[]), Ok(Vec::new()));
    }

    #[test]
    fn a_value_without_its_map_is_an_error() {
        assert_eq!(decode(&[4, 0, 1, 0]), Err(ErrorKind::Short));
        assert_eq!(decode(&VALUE[..16]), Err(ErrorKind::Beyond));
    }
}
