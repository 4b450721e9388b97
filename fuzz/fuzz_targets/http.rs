//! libFuzzer's door to `counterfoil_fuzz::http`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| counterfoil_fuzz::http::run(data));
