//! Values from which rows are assembled.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::{collection::vec, prelude::*};

use super::values::{edges64, host, name};
use crate::table::{LineTable, Variant};

/// The values from which rows are assembled, used in turn and repeated.
#[derive(Clone, Debug)]
pub(crate) struct RandomValues {
    numbers: Vec<u64>,
    names: Vec<Vec<u8>>,
    addresses: Vec<[u8; 16]>,
    taken: usize,
}

impl RandomValues {
    pub(crate) fn number(&mut self) -> u64 {
        self.taken += 1;
        self.numbers[self.taken % self.numbers.len()]
    }

    pub(crate) fn number32(&mut self) -> u32 {
        self.number() as u32
    }

    pub(crate) fn is(&mut self) -> bool {
        self.number().is_multiple_of(2)
    }

    pub(crate) fn some<T>(&mut self, make: impl FnOnce(&mut RandomValues) -> T) -> Option<T> {
        self.is().then(|| make(self))
    }

    pub(crate) fn v6(&mut self) -> Ipv6Addr {
        self.taken += 1;
        Ipv6Addr::from(self.addresses[self.taken % self.addresses.len()])
    }

    pub(crate) fn v4(&mut self) -> Ipv4Addr {
        Ipv4Addr::from(self.v6().to_bits() as u32)
    }

    pub(crate) fn ip(&mut self) -> IpAddr {
        if self.is() { self.v6().into() } else { self.v4().into() }
    }
}

fn random_values() -> impl Strategy<Value = RandomValues> {
    let address = prop_oneof![any::<[u8; 16]>(), Just([0; 16]), Just([0xFF; 16])];
    (vec(edges64(), 5..40), vec(name(15), 1..4), vec(address, 1..5)).prop_map(
        |(numbers, names, addresses)| RandomValues { numbers, names, addresses, taken: 0 },
    )
}

/// Files of a table, with rows assembled by `row`.
pub(crate) fn line_table<T: LineTable>(
    row: for<'a> fn(&mut RandomValues, &'a [u8]) -> T::Row<'a>,
) -> BoxedStrategy<(Vec<u8>, Variant)> {
    let file = move |(host, mut values, rows): (_, RandomValues, usize)| {
        let names = values.names.clone();
        let mut file = T::heading(host).into_bytes();
        for at in 0..rows {
            let row = row(&mut values, &names[at % names.len()]);
            file.extend(T::print(host, &row));
        }
        (file, Variant { file: T::FILES[0], order: host.order })
    };
    (host(), random_values(), 0..5_usize).prop_map(file).boxed()
}
