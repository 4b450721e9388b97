//! What only some sessions have beside grant and context: who began them, whom they are counted against, what their polls
//! have to carry.

use crate::binding::Binding;
use crate::clock::Tick;
use crate::details::Details;
use crate::memory::sources::Claim;
use crate::memory::word::{BOUND, EXTRA, HANDS};
use crate::sync::atomic::{AtomicU64, Ordering};

/// In one allocation, which belongs to the session from its beginning until its slot is freed. All of it but the proof
/// stays as it is.
pub(crate) struct Extra {
    pub(crate) began: Tick,
    pub(crate) details: Option<Box<Details>>,
    pub(crate) claim: Option<Claim>,
    pub(crate) binding: Option<Binding>,
    /// What the poll that redeems has to carry; means something while [`PROVEN`](crate::memory::word::PROVEN) stands.
    proof: [AtomicU64; 4],
}

impl Extra {
    pub(crate) fn new(
        began: Tick,
        details: Option<Box<Details>>,
        binding: Option<Binding>,
        claim: Option<Claim>,
    ) -> Self {
        let proof = std::array::from_fn(|_| AtomicU64::new(0));
        Self { began, details, claim, binding, proof }
    }

    /// The flags of a session with it.
    pub(super) fn flags(&self) -> u64 {
        let hands = self.details.as_ref().is_some_and(|details| details.hand_back.is_some());
        EXTRA | if self.binding.is_some() { BOUND } else { 0 } | if hands { HANDS } else { 0 }
    }

    /// Only for the completer that has set `WRITING`.
    pub(super) fn set_proof(&self, proof: &Binding) {
        let (words, _) = proof.as_bytes().as_chunks::<8>();
        for (to, from) in self.proof.iter().zip(words) {
            // ORDERING: Relaxed: the swap that sets `PROVEN` (Release) publishes them.
            to.store(u64::from_le_bytes(*from), Ordering::Relaxed);
        }
    }

    /// What the completer wrote. Only for a thread that has seen `PROVEN`.
    pub(crate) fn proof(&self) -> Binding {
        let mut bytes = [0; 32];
        let (words, _) = bytes.as_chunks_mut::<8>();
        for (to, from) in words.iter_mut().zip(&self.proof) {
            // ORDERING: Relaxed: written before the swap that set `PROVEN`, which was read with Acquire.
            *to = from.load(Ordering::Relaxed).to_le_bytes();
        }
        Binding::new(bytes)
    }
}

impl Drop for Extra {
    fn drop(&mut self) {
        for word in &self.proof {
            // ORDERING: Relaxed: no other thread has it any more.
            word.store(0, Ordering::Relaxed);
        }
        std::hint::black_box(&self.proof);
    }
}

#[cfg(all(test, not(any(counterfoil_loom, counterfoil_shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn a_proof_reads_back() {
        let extra = Extra::new(Tick::from_raw(1), Some(Box::default()), None, None);
        let proof = Binding::new(std::array::from_fn(|at| at as u8 * 7 + 1));
        extra.set_proof(&proof);
        assert_eq!(extra.proof(), proof);
    }
}
