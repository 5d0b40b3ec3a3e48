//! The keys of TCP MD5 signatures (include/uapi/linux/tcp.h `struct tcp_diag_md5sig`,
//! net/ipv4/tcp_diag.c `tcp_diag_put_md5sig`).

use core::{
    iter::FusedIterator,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use super::{AF_INET, AF_INET6};
use crate::{Column, Error, ErrorKind, netlink::Payload};

const COLUMN: Column = Column::new(&"md5sig");

/// `struct tcp_diag_md5sig`.
const LENGTH: usize = 100;

/// The keys with which a TCP socket signs: an iterator over [`Md5Key`].
///
/// They are secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Md5Keys<'a>(Payload<'a>);

/// A key of TCP MD5 signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Md5Key<'a> {
    /// The peers it is for.
    pub addr: IpAddr,
    /// How many bits of the address count.
    pub prefixlen: u8,
    /// The key, a secret of at most 80 bytes.
    pub key: &'a [u8],
}

impl<'a> Md5Keys<'a> {
    /// Checks all keys, so that iterating cannot fail.
    pub(super) fn decode(value: Payload<'a>) -> Result<Md5Keys<'a>, Error> {
        if value.as_bytes().len() % LENGTH != 0 {
            return Err(value.error(ErrorKind::Short, COLUMN, usize::MAX));
        }
        let mut rest = value;
        while !rest.as_bytes().is_empty() {
            key(rest)?;
            rest = rest.after(LENGTH);
        }
        Ok(Md5Keys(value))
    }

    /// The bytes of the structures that are left.
    #[must_use]
    pub fn as_bytes(&self) -> &'a [u8] {
        self.0.as_bytes()
    }
}

/// The first key; `None` where one was removed while the kernel reported them, which leaves zeros.
fn key(value: Payload<'_>) -> Result<Option<Md5Key<'_>>, Error> {
    let addr = match value.u8(0, COLUMN)? {
        0 => return Ok(None),
        AF_INET => IpAddr::from(Ipv4Addr::from(*value.array::<4>(4, COLUMN)?)),
        AF_INET6 => IpAddr::from(Ipv6Addr::from(*value.array::<16>(4, COLUMN)?)),
        _ => return Err(value.error(ErrorKind::Unexpected, COLUMN, 0)),
    };
    let length = usize::from(value.u16(2, COLUMN)?);
    let key: &[u8; 80] = value.array(20, COLUMN)?;
    let key = key.get(..length).ok_or_else(|| value.error(ErrorKind::Beyond, COLUMN, 2))?;
    Ok(Some(Md5Key { addr, prefixlen: value.u8(1, COLUMN)?, key }))
}

impl<'a> Iterator for Md5Keys<'a> {
    type Item = Md5Key<'a>;

    fn next(&mut self) -> Option<Md5Key<'a>> {
        while !self.0.as_bytes().is_empty() {
            let found = key(self.0);
            self.0 = self.0.after(LENGTH);
            if let Ok(Some(found)) = found {
                return Some(found);
            }
        }
        None
    }
}

impl FusedIterator for Md5Keys<'_> {}

#[cfg(test)]
mod tests {
    use std::{string::ToString, vec::Vec};

    use super::*;
    use crate::ByteOrder;

    fn sent(family: u8, prefixlen: u8, key: &[u8]) -> Vec<u8> {
        let length = u16::try_from(key.len()).unwrap().to_be_bytes();
        let mut bytes =
            [&[family, prefixlen][..], &length, &[192, 0, 2, 1], &[0; 12], key].concat();
        bytes.resize(LENGTH, 0);
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<Md5Keys<'_>, (ErrorKind, usize)> {
        let keys = Md5Keys::decode(Payload::new(bytes, ByteOrder::Big, 100));
        keys.map_err(|error| (error.kind(), error.offset()))
    }

    #[test]
    fn each_key_has_its_peers() {
        let bytes = [sent(2, 24, b"one"), sent(0, 0, b""), sent(10, 128, &[7; 80])].concat();
        let keys: Vec<_> = decode(&bytes).unwrap().collect();
        let shown: Vec<_> =
            keys.iter().map(|key| (key.addr.to_string(), key.prefixlen, key.key)).collect();
        assert_eq!(shown[0], ("192.0.2.1".to_string(), 24, &b"one"[..]));
        assert_eq!(shown[1], ("c000:201::".to_string(), 128, &[7; 80][..]));
        assert_eq!(shown.len(), 2, "one was removed meanwhile");
    }

    #[test]
    fn what_is_no_key_is_an_error() {
        assert_eq!(decode(&[0; 99]), Err((ErrorKind::Short, 199)));
        assert_eq!(decode(&sent(3, 0, b"")), Err((ErrorKind::Unexpected, 100)));
        let mut long = sent(2, 32, b"key");
        long[3] = 81;
        assert_eq!(decode(&long), Err((ErrorKind::Beyond, 102)));
    }
}
