//! Random files.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::{naive, render};
use crate::{
    generate::{edges64, host, in_file},
    table::Variant,
};

pub(super) fn files() -> BoxedStrategy<(Vec<u8>, Variant)> {
    let words = ("[!-~]{1,12}", "[a-z_0-9]{1,14}");
    let numbers = (any::<u32>(), option::of(any::<u32>()), option::of(edges64()), any::<u32>());
    let states = (option::of(any::<bool>()), any::<bool>());
    let letters = vec(select(vec![true, false]), 19);
    (host(), vec((words, numbers, states, letters), 0..5))
        .prop_map(|(host, rows)| {
            let mut file = render::heading(host).into_bytes();
            for ((name, module), (size, sockets, memory, max_header), (pressure, slab), letters) in
                rows
            {
                let names = render::methods(host).into_iter().map(|name| name.as_bytes().to_vec());
                file.extend(render::row(&naive::Row {
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
        .prop_map(in_file("net/protocols"))
        .boxed()
}
