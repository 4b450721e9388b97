//! The same random order in every run.

/// Shuffles `all` (Fisher and Yates), so that neighbours in the table are worked on far apart.
pub fn shuffle<T>(all: &mut [T]) {
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    for last in (1..all.len()).rev() {
        // xorshift64 (Marsaglia 2003); the bias of the remainder is far below what matters here.
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        all.swap(last, (random % (last as u64 + 1)) as usize);
    }
}
