//! Random files.

use proptest::{collection::vec, prelude::*};

use crate::{
    generate::{edges64, in_file},
    table::Variant,
};

pub(super) fn files() -> BoxedStrategy<(Vec<u8>, Variant)> {
    let value = ("inuse|tw|orphan|memory|[ -~]{0,6}", edges64(), 0..6_u8);
    let row = ("sockets|TCP6?|UDP|FRAG6|[ -~]{0,6}", vec(value, 0..6), 0..8_u8);
    vec(row, 0..6)
        .prop_map(|rows| {
            let mut file = String::new();
            for (prefix, values, damage) in rows {
                file += &prefix;
                file += if damage == 0 { "" } else { ":" };
                for (name, value, damage) in values {
                    match damage {
                        0 => file += &format!(" {name} -{value}"),
                        1 => file += &format!("  {name}\t{value}x "),
                        2 => file += &format!(" {name}"),
                        _ => file += &format!(" {name} {value}"),
                    }
                }
                file += if damage == 1 { "\n \n" } else { "\n" };
            }
            file.into_bytes()
        })
        .prop_map(in_file("net/sockstat"))
        .boxed()
}
