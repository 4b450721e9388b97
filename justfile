# The few commands of every day. `just` alone lists them; each is one line that can be typed by hand.

set positional-arguments

_list:
    @just --list --unsorted

# The example server, with two users for a demonstration
server *flags:
    cargo run --release --features axum --example server -- {{ flags }}

# Quick feedback while you write: the core's and the routes' tests
quick:
    cargo test -p counterfoil --features axum,wait,conformance --lib --test store --test http

# All tests
test:
    cargo test --all-features

# Everything that has to hold before a change lands, or only the steps that are named
ci *steps:
    .ci/run "$@"

# Format, and what clippy says
lint:
    cargo fmt --all
    cargo clippy --quiet --all-features --all-targets -- -D warnings

# All interleavings of the model-checked parts; `just loom waiters` for some
loom filter="loom":
    RUSTFLAGS="--cfg counterfoil_loom" cargo test --release --lib --features wait --target-dir target/loom {{ filter }}

# Instructions and bytes of each verb, against their limits
guard:
    .ci/guard

# The time of each verb
bench *filter:
    cargo bench --bench verbs {{ filter }}

# The documentation as docs.rs builds it, where a nightly compiler is installed
docs:
    RUSTDOCFLAGS="--cfg docsrs" cargo +nightly doc --all-features --no-deps --open
