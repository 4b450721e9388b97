//! libFuzzer's door to `counterfoil_fuzz::operations`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| counterfoil_fuzz::operations::run(data));
