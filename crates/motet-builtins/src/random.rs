//! Seeded random numbers: the stream and the sampling of `StdRng` in the `rand` crate, version 0.8.

use rand_chacha::{
    ChaCha12Rng,
    rand_core::{RngCore, SeedableRng},
};

/// A stream of random numbers.
#[derive(Clone, Debug)]
pub struct Random(ChaCha12Rng);

impl Random {
    /// The stream of a number.
    #[must_use]
    pub fn from_number(seed: u64) -> Self {
        Self(ChaCha12Rng::seed_from_u64(seed))
    }

    /// The stream of a full seed.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(ChaCha12Rng::from_seed(seed))
    }

    /// A float in `0.0..1.0`.
    pub fn float(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// An int in `low..=high`; `low` when the range is empty.
    pub fn int(&mut self, low: i64, high: i64) -> i64 {
        if low > high {
            return low;
        }
        let range = (high.wrapping_sub(low) as u64).wrapping_add(1);
        if range == 0 {
            return self.0.next_u64() as i64;
        }
        let zone = (range << range.leading_zeros()).wrapping_sub(1);
        loop {
            let product = u128::from(self.0.next_u64()) * u128::from(range);
            if product as u64 <= zone {
                return low.wrapping_add((product >> 64) as i64);
            }
        }
    }

    /// Fills a buffer.
    pub fn fill(&mut self, buffer: &mut [u8]) {
        self.0.fill_bytes(buffer);
    }
}
