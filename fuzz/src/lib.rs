//! The fuzz targets: functions of bytes that panic if a law does not hold.

pub mod client;
pub mod codes;
pub mod http;
pub mod operations;
pub mod redis;

/// A target's function.
pub type Target = fn(&[u8]);

/// All targets, by their names.
pub const ALL: [(&str, Target); 5] = [
    ("operations", operations::run),
    ("codes", codes::run),
    ("http", http::run),
    ("client", client::run),
    ("redis", redis::run),
];
