//! Element ids: stable from one drawing to the next, and opaque.
//!
//! Not here: what gets one. A pointer may hold a person's user id or a caller's number; an id must not, because pictures
//! are handed on. So an id is a digest of what it stands for.

use std::collections::BTreeSet;

/// An id has 48 bits: twenty thousand of them meet by chance once in a million drawings.
const MASK: u64 = 0xffff_ffff_ffff;
const PRIME: u64 = 0x0100_0000_01b3;

/// The ids given out so far.
#[derive(Default)]
pub(super) struct Ids(BTreeSet<u64>);

impl Ids {
    /// The id of what these parts name, `n` and twelve hexadecimal digits; a second one for the same parts differs.
    pub(super) fn make(&mut self, parts: &[&str]) -> String {
        // 64-bit FNV-1a; a byte that no text holds stands between parts.
        let mut digest = parts
            .iter()
            .flat_map(|part| part.bytes().chain([0xff]))
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME));
        digest = (digest ^ (digest >> 48)) & MASK;
        while !self.0.insert(digest) {
            digest = digest.wrapping_mul(PRIME).wrapping_add(1) & MASK;
        }
        format!("n{digest:012x}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_tell_nothing_and_stay_the_same() {
        let mut ids = Ids::default();
        let first = ids.make(&["/users/ann.lee@example.com"]);
        assert_eq!(first, Ids::default().make(&["/users/ann.lee@example.com"]));
        assert!(first.len() == 13 && first.starts_with('n') && first.is_ascii());
        assert_ne!(
            first,
            ids.make(&["/users/ann.lee@example.com"]),
            "a second one of the same is told apart"
        );
        assert_ne!(ids.make(&["ab", "c"]), ids.make(&["a", "bc"]));
    }
}
