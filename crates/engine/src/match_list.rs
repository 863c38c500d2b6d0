//! Match lists: the entry of a list that a number belongs to (reference section 3.1, `cidlistmatch`).

use std::sync::Arc;

use serde_json::Value;

use crate::command::View;
use crate::cx::Cx;
use crate::hunt;
use crate::lenient::Read;

/// The entry with the longest `number` or `prefix` that the number begins with, else the first whose `pattern` or
/// `regexp` matches it, in the order of the lists and of the entries' ids.
pub(crate) async fn find(cx: &Cx, lists: &[String], number: &str) -> Option<Arc<Value>> {
    let digits = number.trim_start_matches('+');
    let mut longest: Option<(usize, Arc<Value>)> = None;
    let mut by_pattern = None;
    for list_id in lists {
        for entry in cx.list(View::EntriesOfList { list_id: list_id.clone() }).await {
            let beginning = ["number", "prefix"]
                .iter()
                .filter_map(|name| entry.text_at(&[name]))
                .map(|text| text.trim_start_matches('+').to_owned())
                .filter(|text| !text.is_empty() && digits.starts_with(text.as_str()))
                .map(|text| text.len())
                .max();
            if let Some(length) = beginning
                && longest.as_ref().is_none_or(|(other, _)| length > *other)
            {
                longest = Some((length, Arc::clone(&entry)));
            }
            let pattern = entry.text_at(&["pattern"]).or_else(|| entry.text_at(&["regexp"]));
            if by_pattern.is_none()
                && let Some(pattern) = pattern.and_then(|text| hunt::pattern(cx, "EN2023", &text))
                && pattern.is_match(number)
            {
                by_pattern = Some(entry);
            }
        }
    }
    longest.map(|(_, entry)| entry).or(by_pattern)
}
