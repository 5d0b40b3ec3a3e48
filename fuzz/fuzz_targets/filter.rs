#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| procnet_corpus::target::filter(data));
