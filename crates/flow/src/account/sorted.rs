//! A sorted map that is cheap to copy: entries in chunks that copies share until one of them changes.
//!
//! A change copies one chunk and the list of chunks, so an account of a million numbers takes a change in
//! microseconds to a fraction of a millisecond. Not a general collection: what `account` needs and no more.

use std::cmp::Ordering;
use std::sync::Arc;

/// Entries a chunk has after building; it splits at twice as many.
const CHUNK: usize = 128;

type Chunk<K, V> = Arc<Vec<(K, V)>>;

#[derive(Clone, Debug)]
pub(super) struct Sorted<K, V> {
    /// No chunk is empty.
    chunks: Arc<Vec<Chunk<K, V>>>,
    len: usize,
}

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Sorted { chunks: Arc::default(), len: 0 }
    }
}

impl<K: Ord + Clone, V: Clone> Sorted<K, V> {
    /// Sorts the rows; of equal keys the last row counts.
    pub(super) fn build(mut rows: Vec<(K, V)>) -> Self {
        rows.sort_by(|left, right| left.0.cmp(&right.0));
        rows.dedup_by(|later, earlier| {
            let is_same = later.0 == earlier.0;
            if is_same {
                std::mem::swap(later, earlier);
            }
            is_same
        });
        let len = rows.len();
        let mut chunks = Vec::with_capacity(len / CHUNK + 1);
        let mut rows = rows.into_iter();
        loop {
            let chunk: Vec<(K, V)> = rows.by_ref().take(CHUNK).collect();
            if chunk.is_empty() {
                break;
            }
            chunks.push(Arc::new(chunk));
        }
        Sorted { chunks: Arc::new(chunks), len }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &(K, V)> {
        self.chunks.iter().flat_map(|chunk| chunk.iter())
    }

    /// The value whose key compares as equal; `order` compares a key with what is sought.
    pub(super) fn find(&self, order: impl Fn(&K) -> Ordering) -> Option<&V> {
        self.starting(order).next().map(|(_, value)| value)
    }

    /// All entries whose key compares as equal, in order.
    pub(super) fn starting<F: Fn(&K) -> Ordering>(
        &self,
        order: F,
    ) -> impl Iterator<Item = &(K, V)> + use<'_, F, K, V> {
        let chunk = self
            .chunks
            .partition_point(|chunk| chunk.last().is_some_and(|(key, _)| order(key) == Ordering::Less));
        let at = self
            .chunks
            .get(chunk)
            .map_or(0, |rows| rows.partition_point(|(key, _)| order(key) == Ordering::Less));
        let rest = self.chunks.get(chunk..).unwrap_or_default();
        rest.iter()
            .flat_map(|chunk| chunk.iter())
            .skip(at)
            .take_while(move |(key, _)| order(key) == Ordering::Equal)
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        let chunks = Arc::make_mut(&mut self.chunks);
        let at = chunks.partition_point(|chunk| chunk.last().is_some_and(|(last, _)| *last < key));
        let at = at.min(chunks.len().saturating_sub(1));
        let Some(chunk) = chunks.get_mut(at) else {
            chunks.push(Arc::new(vec![(key, value)]));
            self.len = 1;
            return;
        };
        let rows = Arc::make_mut(chunk);
        match rows.binary_search_by(|(here, _)| here.cmp(&key)) {
            Ok(found) => {
                if let Some(row) = rows.get_mut(found) {
                    *row = (key, value);
                }
            }
            Err(gap) => {
                rows.insert(gap, (key, value));
                self.len += 1;
                if rows.len() > 2 * CHUNK {
                    let upper = rows.split_off(CHUNK);
                    chunks.insert(at + 1, Arc::new(upper));
                }
            }
        }
    }

    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.chunks.partition_point(|chunk| chunk.last().is_some_and(|(last, _)| last < key));
        let found = self.chunks.get(at)?.binary_search_by(|(here, _)| here.cmp(key)).ok()?;
        let chunks = Arc::make_mut(&mut self.chunks);
        let rows = Arc::make_mut(chunks.get_mut(at)?);
        let (_, value) = rows.remove(found);
        if rows.is_empty() {
            chunks.remove(at);
        }
        self.len -= 1;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_is_a_sorted_map(
            rows in prop::collection::vec((0u16..2000, any::<u8>()), 0..900),
            changes in prop::collection::vec((0u16..2000, prop::option::of(any::<u8>())), 0..900),
        ) {
            let mut model: BTreeMap<u16, u8> = rows.iter().copied().collect();
            let before = Sorted::build(rows);
            let kept: Vec<_> = before.iter().copied().collect();
            let mut sorted = before.clone();
            for (key, change) in changes {
                match change {
                    Some(value) => { sorted.insert(key, value); model.insert(key, value); }
                    None => prop_assert_eq!(sorted.remove(&key), model.remove(&key)),
                }
                prop_assert_eq!(sorted.len(), model.len());
                prop_assert_eq!(sorted.find(|here| here.cmp(&key)), model.get(&key));
            }
            let tens: Vec<_> = sorted.starting(|key| (key / 10).cmp(&50)).copied().collect();
            let model_tens: Vec<_> = model.range(500..510).map(|(key, value)| (*key, *value)).collect();
            prop_assert_eq!(tens, model_tens);
            prop_assert_eq!(sorted.iter().copied().collect::<Vec<_>>(), model.into_iter().collect::<Vec<_>>());
            prop_assert_eq!(before.iter().copied().collect::<Vec<_>>(), kept);
        }
    }
}
