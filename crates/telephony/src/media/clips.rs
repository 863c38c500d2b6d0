//! A cache of clips with a budget in bytes: what was not used for the longest time goes first.
//!
//! Not for: system prompts, which are always in memory ([`prompts`](super::prompts)).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;

use super::clip::Clip;

/// The cache; share it by `Arc`.
#[derive(Debug)]
pub struct Clips {
    budget: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    entries: HashMap<String, Entry>,
    /// Keys by when they were used last.
    order: BTreeMap<u64, String>,
    uses: u64,
    bytes: usize,
}

#[derive(Debug)]
struct Entry {
    clip: Arc<Clip>,
    used: u64,
}

impl Clips {
    /// A cache for at most `budget` bytes; a clip counts twice its samples (both codecs).
    pub fn new(budget: usize) -> Clips {
        Clips { budget, inner: Mutex::default() }
    }

    /// The clip of a key. Keys name the content exactly: put a document's revision into its key.
    pub fn get(&self, key: &str) -> Option<Arc<Clip>> {
        let mut inner = self.inner.lock();
        let inner = &mut *inner;
        inner.uses += 1;
        let entry = inner.entries.get_mut(key)?;
        if let Some(key) = inner.order.remove(&entry.used) {
            inner.order.insert(inner.uses, key);
        }
        entry.used = inner.uses;
        Some(entry.clip.clone())
    }

    /// Keeps a clip. One larger than the whole budget is not kept.
    pub fn put(&self, key: &str, clip: Arc<Clip>) {
        let size = size_of(&clip);
        if size > self.budget {
            return;
        }
        let mut inner = self.inner.lock();
        inner.remove(key);
        while inner.bytes + size > self.budget {
            let Some((_, oldest)) = inner.order.pop_first() else { break };
            inner.remove(&oldest);
        }
        inner.uses += 1;
        let used = inner.uses;
        inner.bytes += size;
        inner.order.insert(used, key.into());
        inner.entries.insert(key.into(), Entry { clip, used });
    }

    /// Bytes kept.
    pub fn bytes(&self) -> usize {
        self.inner.lock().bytes
    }
}

impl Inner {
    fn remove(&mut self, key: &str) {
        if let Some(entry) = self.entries.remove(key) {
            self.order.remove(&entry.used);
            self.bytes -= size_of(&entry.clip);
        }
    }
}

fn size_of(clip: &Clip) -> usize {
    clip.samples() * 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clip(samples: usize) -> Arc<Clip> {
        Arc::new(Clip::from_pcmu(vec![0; samples].into()))
    }

    #[test]
    fn the_longest_unused_goes_first() {
        let clips = Clips::new(400);
        clips.put("a", clip(100));
        clips.put("b", clip(100));
        assert!(clips.get("a").is_some());
        clips.put("c", clip(100));
        assert!(clips.get("b").is_none());
        assert!(clips.get("a").is_some() && clips.get("c").is_some());
        assert_eq!(clips.bytes(), 400);
    }

    #[test]
    fn a_key_is_kept_once_and_giants_never() {
        let clips = Clips::new(400);
        clips.put("a", clip(100));
        clips.put("a", clip(50));
        assert_eq!((clips.bytes(), clips.get("a").unwrap().samples()), (100, 50));
        clips.put("b", clip(201));
        assert!(clips.get("b").is_none() && clips.get("a").is_some());
    }
}
