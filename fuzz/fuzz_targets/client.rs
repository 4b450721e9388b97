//! libFuzzer's door to `counterfoil_fuzz::client`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| counterfoil_fuzz::client::run(data));
