//! Where feature keys come from: `metaflows` of account, device and user merged, and `metaflow` of the callflow
//! (reference sections 4.1 and 4.2).

use std::time::Duration;

use flow::graph::Object;
use regex::RegexBuilder;
use serde_json::Value;

use crate::conversation::Side;
use crate::cx::Cx;
use crate::endpoint::Endpoint;
use crate::lenient::{self, Read};

use super::keys::{Binding, Keys};

/// The key that arms unless a document names another.
const BINDING_DIGIT: char = '*';

/// The pause that ends a sequence unless a document says otherwise.
const DIGIT_TIMEOUT: Duration = Duration::from_millis(800);

/// Longest pause.
const DIGIT_TIMEOUT_MAX: Duration = Duration::from_secs(30);

/// Largest compiled pattern.
const PATTERN_BYTES_MAX: usize = 1 << 18;

/// Patterns of one document used at most.
const PATTERNS_MAX: usize = 100;

/// The feature keys of a conversation between these endpoints (near, far), where they are devices of the account.
pub(crate) async fn keys(cx: &Cx, endpoints: [Option<&str>; 2]) -> Keys {
    let mut bindings = Vec::new();
    for (side, id) in [Side::Near, Side::Far].into_iter().zip(endpoints) {
        let Some(id) = id else { continue };
        if let Some(endpoint) = Endpoint::load(cx, id).await {
            bindings.extend(binding(cx, side, &endpoint.merged("metaflows")));
        }
    }
    let callflow = cx.with(|state| state.setup.callflow.id.clone());
    if let Some(document) = cx.document(&callflow).await
        && let Some(Value::Object(metaflow)) = document.at(&["metaflow"])
    {
        bindings.extend(binding(cx, Side::Near, metaflow));
    }
    Keys::new(bindings)
}

/// What an object binds, seen from the side it belongs to; `None` when it binds nothing.
fn binding(cx: &Cx, own: Side, metaflows: &Object) -> Option<Binding> {
    let object = |name: &str| metaflows.get(name).and_then(Value::as_object).cloned().unwrap_or_default();
    let (numbers, written) = (object("numbers"), object("patterns"));
    if numbers.is_empty() && written.is_empty() {
        return None;
    }
    let mut patterns = Vec::new();
    for (pattern, node) in written.into_iter().take(PATTERNS_MAX) {
        match RegexBuilder::new(&pattern).size_limit(PATTERN_BYTES_MAX).build() {
            Ok(regex) => patterns.push((regex, node)),
            Err(_) => cx.note("EN4001", format!("the metaflow pattern `{pattern}` is no regular expression")),
        }
    }
    let mut hears = [false, false];
    match metaflows.get("listen_on").and_then(Value::as_str) {
        Some("both" | "ab") => hears = [true, true],
        Some("peer") => hears[own.other() as usize] = true,
        Some("a") => hears[Side::Near as usize] = true,
        Some("b") => hears[Side::Far as usize] = true,
        _ => hears[own as usize] = true,
    }
    let digit = metaflows.get("binding_digit").and_then(lenient::as_text);
    let digit = digit.and_then(|text| text.chars().next()).map(|digit| digit.to_ascii_uppercase());
    let timeout = ["digit_timeout", "digit_timeout_ms"].iter().find_map(|name| metaflows.get(*name));
    let timeout =
        timeout.and_then(lenient::as_int).and_then(|ms| u64::try_from(ms).ok()).filter(|ms| *ms > 0);
    Some(Binding {
        digit: digit.filter(|digit| "0123456789*#ABCD".contains(*digit)).unwrap_or(BINDING_DIGIT),
        timeout: timeout.map_or(DIGIT_TIMEOUT, Duration::from_millis).min(DIGIT_TIMEOUT_MAX),
        hears,
        numbers,
        patterns,
    })
}
