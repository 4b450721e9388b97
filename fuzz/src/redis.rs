//! The readers of what Redis holds: values that another program, another version or an attacker wrote.

/// Panics if a reader does, or if what was read is written as something else.
pub fn run(data: &[u8]) {
    counterfoil::fuzzing::read_stored(data);
}
