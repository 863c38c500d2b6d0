//! Unpredictable identifiers (tags, branches, Call-IDs, client nonces) from a secret seed. Not for anything that must
//! repeat in a replay: it is deterministic for a seed, which tests use.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A stream of random numbers: HMAC-SHA-256 of a counter.
pub struct Random {
    seed: [u8; 32],
    counter: u64,
    pool: Vec<u64>,
}

impl Random {
    /// A stream for this seed; keep the seed secret, since dialog tags guard calls.
    pub fn new(seed: [u8; 32]) -> Random {
        Random { seed, counter: 0, pool: Vec::with_capacity(4) }
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        if let Some(number) = self.pool.pop() {
            return number;
        }
        self.counter += 1;
        let digest = keyed_hash(&self.seed, &[b"random", &self.counter.to_be_bytes()]);
        for chunk in digest.chunks_exact(8) {
            let mut octets = [0; 8];
            octets.copy_from_slice(chunk);
            self.pool.push(u64::from_be_bytes(octets));
        }
        self.pool.pop().unwrap_or(self.counter)
    }

    /// A number below `bound`; 0 when `bound` is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.number() % bound }
    }

    /// 32 hexadecimal digits.
    pub fn token(&mut self) -> String {
        format!("{:016x}{:016x}", self.number(), self.number())
    }
}

/// HMAC-SHA-256 over the parts, each with its length in front.
pub fn keyed_hash(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}
