//! Hosts, numbers and names.

use procnet_core::ByteOrder;
use proptest::{collection::vec, prelude::*, sample::select};

use crate::render::{Host, Kernel, Word};

/// Any kernel on any machine.
pub fn host() -> impl Strategy<Value = Host> {
    let word = select(vec![Word::Bits32, Word::Bits64]);
    let order = select(vec![ByteOrder::Little, ByteOrder::Big]);
    (select(Kernel::ALL.to_vec()), word, order).prop_map(|(kernel, word, order)| Host {
        kernel,
        word,
        order,
    })
}

/// A name of up to `most` bytes: any bytes, likely ones, or text that looks like something else.
pub fn name(most: usize) -> impl Strategy<Value = Vec<u8>> {
    let mean = vec![
        "",
        " ",
        "\n",
        "\t",
        "@",
        "a b ",
        "\r\n",
        "\0",
        ":",
        "Num ",
        "Inter-|",
        "face|x",
        ") S 1 (",
        "\n0000000000000001: 00000002 00000000 00010000 0001 01 424242 /forged",
        "\nUid:\t0\t0\t0\t0",
        "caf\u{E9}",
        "\u{202E}",
        "\\x41",
        "\x1B[31m",
    ];
    prop_oneof![
        vec(any::<u8>(), 0..=most),
        "[ -~]{0,20}".prop_map(String::into_bytes),
        vec(select(mean), 0..4).prop_map(|parts| parts.concat().into_bytes()),
    ]
    .prop_map(move |mut name| {
        name.truncate(most);
        name
    })
}

/// Small numbers, any numbers, and extreme ones.
pub fn edges32() -> impl Strategy<Value = u32> {
    prop_oneof![0..100_u32, any::<u32>(), select(vec![0, 1 << 31, u32::MAX - 1, u32::MAX])]
}

/// Small numbers, any numbers, and extreme ones.
pub fn edges64() -> impl Strategy<Value = u64> {
    prop_oneof![0..100_u64, any::<u64>(), select(vec![1 << 32, 1 << 63, u64::MAX - 1, u64::MAX])]
}
