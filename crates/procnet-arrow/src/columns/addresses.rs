//! Two columns of an IP address: as text, and as 16 bytes.

use std::{
    fmt::Write as _,
    net::{IpAddr, Ipv6Addr},
    sync::Arc,
};

use arrow_array::{
    ArrayRef, DictionaryArray, FixedSizeBinaryArray, Int32Array, builder::StringBuilder,
    types::Int32Type,
};
use arrow_buffer::{Buffer, NullBufferBuilder, ScalarBuffer};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::renewed;
use crate::schema::IP_BYTES;

/// Addresses of sockets. Neighbours often have the same one.
pub(crate) struct Addresses {
    keys: Vec<i32>,
    bytes: Vec<u8>,
    nulls: NullBufferBuilder,
    /// The different addresses of this batch.
    texts: StringBuilder,
    known: HashMap<IpAddr, i32, RandomState>,
    last: Option<(IpAddr, i32)>,
}

impl Addresses {
    pub(crate) fn with_capacity(rows: usize) -> Addresses {
        Addresses {
            keys: Vec::with_capacity(rows),
            bytes: Vec::with_capacity(rows * IP_BYTES as usize),
            nulls: NullBufferBuilder::new(rows),
            texts: StringBuilder::new(),
            known: HashMap::default(),
            last: None,
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, ip: Option<IpAddr>) {
        let Some(ip) = ip else {
            self.keys.push(0);
            self.bytes.extend_from_slice(&[0; IP_BYTES as usize]);
            self.nulls.append_null();
            return;
        };
        let key = match self.last {
            Some((last, key)) if last == ip => key,
            _ => self.key(ip),
        };
        self.keys.push(key);
        self.bytes.extend_from_slice(&mapped(ip).octets());
        self.nulls.append_non_null();
    }

    fn key(&mut self, ip: IpAddr) -> i32 {
        let next = i32::try_from(self.known.len()).unwrap_or(i32::MAX);
        let key = *self.known.entry(ip).or_insert_with(|| {
            // Builders take all that is written.
            let _ = write!(self.texts, "{ip}");
            self.texts.append_value("");
            next
        });
        self.last = Some((ip, key));
        key
    }

    /// The texts, and the bytes.
    pub(crate) fn take(&mut self) -> [ArrayRef; 2] {
        let nulls = self.nulls.finish();
        let texts = Arc::new(self.texts.finish());
        let keys = ScalarBuffer::from(renewed(&mut self.keys));
        let keys = Int32Array::new(keys, nulls.clone());
        self.known.clear();
        self.last = None;
        let bytes = Buffer::from_vec(renewed(&mut self.bytes));
        let bytes = FixedSizeBinaryArray::new(IP_BYTES, bytes, nulls);
        [Arc::new(DictionaryArray::<Int32Type>::new(keys, texts)), Arc::new(bytes)]
    }
}

/// An IPv4 address as `::ffff:a.b.c.d` (RFC 4291, 2.5.5.2), so that the socket of a dual-stack server
/// has the same address as that of its IPv4 client.
fn mapped(ip: IpAddr) -> Ipv6Addr {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    }
}
