//! Two columns of an IP address: as text, and as 16 bytes.

use std::{fmt::Write as _, net::IpAddr, sync::Arc};

use arrow_array::{
    ArrayRef, DictionaryArray, FixedSizeBinaryArray, Int32Array, builder::StringBuilder,
    types::Int32Type,
};
use arrow_buffer::{Buffer, NullBuffer};
use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::nulls;
use crate::schema::IP_BYTES;

/// The different addresses of a batch, each with a number, from 1 on in the order in which they came first.
/// Neighbours often have the same one.
#[derive(Default)]
pub(crate) struct Addresses {
    texts: StringBuilder,
    /// As in the column of bytes.
    bytes: Vec<u128>,
    known: HashMap<IpAddr, u32, RandomState>,
    last: Option<(IpAddr, u32)>,
}

impl Addresses {
    /// The number of an address; 0 of none.
    #[inline]
    pub(crate) fn number(&mut self, ip: Option<IpAddr>) -> u32 {
        match (ip, self.last) {
            (None, _) => 0,
            (Some(ip), Some((last, number))) if last == ip => number,
            (Some(ip), _) => self.find(ip),
        }
    }

    fn find(&mut self, ip: IpAddr) -> u32 {
        let number = *self.known.entry(ip).or_insert_with(|| {
            // Builders take all that is written.
            let _ = write!(self.texts, "{ip}");
            self.texts.append_value("");
            self.bytes.push(mapped(ip));
            u32::try_from(self.bytes.len()).unwrap_or(u32::MAX)
        });
        self.last = Some((ip, number));
        number
    }

    /// The texts and the bytes of rows with these numbers. Then all addresses are forgotten.
    pub(crate) fn take(&mut self, numbers: &[u32], nulls: Option<NullBuffer>) -> [ArrayRef; 2] {
        let texts = Arc::new(self.texts.finish());
        let keys: Vec<_> = numbers.iter().map(|number| number.saturating_sub(1) as i32).collect();
        let keys = Int32Array::new(keys.into(), nulls.clone());
        let bytes = |number: &u32| match number.checked_sub(1) {
            Some(place) => self.bytes[place as usize],
            None => 0,
        };
        let bytes = Buffer::from_vec(numbers.iter().map(bytes).collect());
        let bytes = FixedSizeBinaryArray::new(IP_BYTES, bytes, nulls);
        self.bytes.clear();
        self.known.clear();
        self.last = None;
        [Arc::new(DictionaryArray::<Int32Type>::new(keys, texts)), Arc::new(bytes)]
    }
}

/// Addresses in the order of rows.
#[derive(Default)]
pub(crate) struct AddressColumns {
    numbers: Vec<u32>,
    addresses: Addresses,
}

impl AddressColumns {
    #[inline]
    pub(crate) fn push(&mut self, ip: Option<IpAddr>) {
        self.numbers.push(self.addresses.number(ip));
    }

    /// The texts, and the bytes.
    pub(crate) fn take(&mut self) -> [ArrayRef; 2] {
        let nulls = nulls(&self.numbers, |number| *number > 0);
        let columns = self.addresses.take(&self.numbers, nulls);
        self.numbers.clear();
        columns
    }
}

/// The bytes of an address, IPv4 as `::ffff:a.b.c.d` (RFC 4291, 2.5.5.2), so that the socket of a dual-stack
/// server has the same address as that of its IPv4 client.
fn mapped(ip: IpAddr) -> u128 {
    let ip = match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped(),
        IpAddr::V6(ip) => ip,
    };
    u128::from_ne_bytes(ip.octets())
}
