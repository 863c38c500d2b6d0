//! Asking the caller for digits, again and again up to a number of tries.

use std::time::Duration;

use flow::n2fe::config::Collection;

use super::announcement;
use crate::caller::Collect;
use crate::cx::{Cx, HungUp};

/// The wait for each digit when a plan names none.
pub(super) const DIGIT_TIMEOUT: Duration = Duration::from_secs(5);

/// Tries left with a caller.
pub(super) struct Asking<'a> {
    collection: &'a Collection,
    max_digits: usize,
    tries: u32,
}

impl<'a> Asking<'a> {
    /// Nothing asked yet.
    pub(super) fn new(collection: &'a Collection) -> Asking<'a> {
        Asking { collection, max_digits: collection.max_digits as usize, tries: 0 }
    }

    /// For at most so many digits, whatever the configuration says.
    pub(super) fn of_length(collection: &'a Collection, max_digits: usize) -> Asking<'a> {
        Asking { max_digits, ..Asking::new(collection) }
    }

    /// Plays the announcement and collects; `None` when there are no tries left. A cancelled entry is empty and counts
    /// as a try. The call is answered first: digits before the answer do not come through everywhere.
    pub(super) async fn next(&mut self, cx: &Cx) -> Result<Option<String>, HungUp> {
        if self.tries >= self.collection.max_iterations {
            return Ok(None);
        }
        cx.answer().await?;
        let collection = self.collection;
        let prompt = if self.tries == 0 { &collection.main } else { &collection.reprompt };
        self.tries += 1;
        let timeout = collection
            .digit_timeout_s
            .map_or(DIGIT_TIMEOUT, |seconds| Duration::from_secs(u64::from(seconds)));
        let terminators: String = collection.end_key.into_iter().chain(collection.cancel_key).collect();
        let spec =
            Collect { max_digits: self.max_digits, timeout, interdigit: timeout, terminators: &terminators };
        let (digits, ended_by) = cx.collect_ended(announcement::items(cx, prompt).await, &spec).await?;
        let cancelled = ended_by.is_some() && ended_by == collection.cancel_key;
        Ok(Some(if cancelled { String::new() } else { digits }))
    }
}
