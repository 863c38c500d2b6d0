//! Scripts of function documents that are no JavaScript (`CK1901`).
//!
//! Here and not with the other checks (`flow::check`), because reading JavaScript takes an interpreter.

use flow::account::Document;
use flow::issue::Issue;
use serde_json::Value;

/// What is wrong with the form of a document's script.
pub(super) fn check(document: &Document) -> Option<Issue> {
    let text = |name: &str| document.body.get(name).and_then(Value::as_str);
    let is_javascript = text("language_pack").is_none_or(|language| language == "javascript");
    if document.kind != "function" || !is_javascript {
        return None;
    }
    let error = script::check(text("function_js")?).err()?;
    let issue = Issue::error("CK1901", "/function_js", format!("the script cannot be read: {error}"));
    Some(issue.with_help("until it is mended, the default child of the nodes that run it follows"))
}
