//! libFuzzer's door to `counterfoil_fuzz::codes`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| counterfoil_fuzz::codes::run(data));
