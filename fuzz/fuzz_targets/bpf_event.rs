#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| procnet_corpus::fuzz::run(
    env!("CARGO_BIN_NAME"),
    input
));
