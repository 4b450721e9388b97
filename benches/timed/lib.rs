//! Nothing: the package is its benchmarks.
