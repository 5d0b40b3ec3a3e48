//! Counters that go by their place or by a line of their own.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::inet::{edges64, host};
use crate::{
    naive,
    render::{self, protocols::methods},
};

/// A file of counters of IPv6, of the host or of an interface.
pub fn snmp6() -> impl Strategy<Value = Vec<u8>> {
    let row = ("[!-~]{1,40}|Icmp6(In|Out)Type[0-9]{1,3}", edges64());
    (host(), any::<bool>(), vec(edges64(), 0..80), vec(row, 0..4)).prop_map(
        |(host, interface, values, more)| {
            let known = render::snmp6::names(host, interface).into_iter().zip(values);
            let rows = known.chain(more);
            let row = |(name, value): (String, u64)| {
                render::snmp6::row(&naive::snmp6::Row { name: name.into_bytes(), value })
            };
            rows.flat_map(row).collect()
        },
    )
}

/// A file of what CPUs did, by any kernel, and by some that is not written yet.
pub fn softnet() -> impl Strategy<Value = Vec<u8>> {
    let row = vec(any::<u32>(), 18);
    (host(), vec(row, 0..5), option::of(0..18_usize)).prop_map(|(host, rows, width)| {
        let width = width.unwrap_or_else(|| render::softnet::width(host));
        rows.iter().map(|row| render::softnet::row(&row[..width])).collect::<String>().into_bytes()
    })
}

/// A file of protocols.
pub fn protocols() -> impl Strategy<Value = Vec<u8>> {
    let words = ("[!-~]{1,12}", "[a-z_0-9]{1,14}");
    let numbers = (any::<u32>(), option::of(any::<u32>()), option::of(edges64()), any::<u32>());
    let states = (option::of(any::<bool>()), any::<bool>());
    let letters = vec(select(vec![true, false]), 19);
    (host(), vec((words, numbers, states, letters), 0..5)).prop_map(|(host, rows)| {
        let mut file = render::protocols::heading(host).into_bytes();
        for ((name, module), (size, sockets, memory, max_header), (pressure, slab), letters) in rows
        {
            let names = methods(host).into_iter().map(|name| name.as_bytes().to_vec());
            file.extend(render::protocols::row(&naive::protocols::Row {
                name: name.into_bytes(),
                size,
                sockets,
                memory,
                pressure,
                max_header,
                slab,
                module: module.into_bytes(),
                methods: names.zip(letters).map(Some).collect(),
                ragged: false,
            }));
        }
        file
    })
}
