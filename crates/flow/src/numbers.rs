//! Number plans: how a dialled number is normalised, matched against patterns, classified and admitted
//! (reference sections 1.2 to 1.6, 1.10 and 3.3).
//!
//! Everything here is a pure function of its arguments. Not here: which callflow a number leads to (`account`).

mod admission;
mod classify;
mod examples;
mod pattern;
mod rewrite;

pub use admission::{Answering, CatchAll, answering, sip_user};
pub use classify::{Classifier, Classifiers, UNKNOWN, is_reconcilable};
pub use pattern::{Captured, Pattern};
pub use rewrite::{DialPlan, NumberPlan, Rewrites};

/// Longest regular expression taken from a document, in bytes.
pub const MAX_REGEX_BYTES: usize = 1_000;

/// Most memory one compiled regular expression may take, in bytes.
pub const MAX_REGEX_COMPILED_BYTES: usize = 1 << 18;

use crate::issue::Issue;

/// Compiles a regular expression of a document the way the reference runtime understands it: bytes, not Unicode;
/// searched, not anchored. Linear time, so look-around and back references do not exist.
pub(crate) fn compile(text: &str, pointer: &str) -> Result<regex::bytes::Regex, Box<Issue>> {
    if text.len() > MAX_REGEX_BYTES {
        return Err(Box::new(Issue::error(
            "NP1002",
            pointer,
            format!("the pattern is longer than {MAX_REGEX_BYTES} characters"),
        )));
    }
    regex::bytes::RegexBuilder::new(text)
        .unicode(false)
        .size_limit(MAX_REGEX_COMPILED_BYTES)
        .nest_limit(50)
        .build()
        .map_err(|error| Box::new(bad_regex(text, pointer, &error.to_string())))
}

/// The issue for a text that is no regular expression we can run.
pub(crate) fn bad_regex(text: &str, pointer: &str, error: &str) -> Issue {
    let cause = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
    let beyond_linear = ["(?=", "(?!", "(?<=", "(?<!", "(?>"].iter().any(|syntax| text.contains(syntax))
        || cause.contains("backreference");
    if beyond_linear {
        return Issue::error(
            "NP1003",
            pointer,
            format!("`{text}` uses look-around, atomic groups or back references"),
        )
        .with_help("patterns run in linear time without them; list the cases, as in `^(1[0-9]|2[0-4])$`");
    }
    if cause.contains("exceeds size limit") {
        return Issue::error("NP1002", pointer, format!("`{text}` is too large when compiled"))
            .with_help("use smaller repetition counts");
    }
    Issue::error("NP1001", pointer, format!("`{text}` is not a regular expression: {cause}")).with_help(
        "it is passed over when numbers are looked up; mind that `*` and `+` need a backslash: `^\\*97$`",
    )
}
