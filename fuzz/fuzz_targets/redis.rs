//! libFuzzer's door to `counterfoil_fuzz::redis`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| counterfoil_fuzz::redis::run(data));
