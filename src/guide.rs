//! The guide: one chapter for each thing that people do with this crate.
//!
//! The tests compile its code, and run it, but for two things: the first block of [machines], which needs a server of Redis
//! and is only compiled, and what [without_http] shows of actix-web and tonic, which is a piece of the recipes in `examples/`
//! and tested there. Each chapter begins with what a program adds that has its code; `.ci/newcomer` makes that program.
//!
//! | chapter | for you if |
//! | --- | --- |
//! | [mounting] | you have an axum server |
//! | [without_http] | your server is another framework's, or no HTTP server at all |
//! | [tenants] | several projects, teams or environments share one server |
//! | [tokens] | you decide what a tool is given, and how it is renewed and revoked |
//! | [machines] | several processes serve the same logins |
//! | [testing] | you test a server or a tool that uses this crate |
//! | [operating] | you run it: figures, alarms, sizes |
//! | [security] | you have to answer for it |
//! | [writing_a_backend] | you keep sessions in a database of your own |
//!
//! Four documents say more: how the engine in memory works ([design]), what lies where in Redis ([redis]), who attacks what
//! and which test shows the defence ([threat_model]), and how to work on the crate itself (`CONTRIBUTING.md` in the
//! repository).

#[cfg(feature = "axum")]
#[doc = include_str!("../docs/guide/mounting.md")]
pub mod mounting {}

#[doc = include_str!("../docs/guide/without_http.md")]
pub mod without_http {}

#[doc = include_str!("../docs/guide/tenants.md")]
pub mod tenants {}

#[cfg(feature = "axum")]
#[doc = include_str!("../docs/guide/tokens.md")]
pub mod tokens {}

#[cfg(feature = "redis")]
#[doc = include_str!("../docs/guide/machines.md")]
pub mod machines {}

#[cfg(all(feature = "axum", feature = "client"))]
#[doc = include_str!("../docs/guide/testing.md")]
pub mod testing {}

#[cfg(feature = "axum")]
#[doc = include_str!("../docs/guide/operating.md")]
pub mod operating {}

#[cfg(feature = "axum")]
#[doc = include_str!("../docs/guide/security.md")]
pub mod security {}

#[cfg(feature = "conformance")]
#[doc = include_str!("../docs/guide/writing_a_backend.md")]
pub mod writing_a_backend {}

#[doc = concat!("[BENCHMARKS.md]: https://docs.rs/crate/counterfoil/", env!("CARGO_PKG_VERSION"), "/source/BENCHMARKS.md")]
#[doc = ""]
#[doc = include_str!("../docs/design.md")]
pub mod design {}

#[doc = include_str!("../docs/redis.md")]
pub mod redis {}

#[doc = include_str!("../docs/threat_model.md")]
pub mod threat_model {}
