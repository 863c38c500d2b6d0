//! `If-Match` and `If-None-Match` against a document's revision (RFC 9110 section 13; reference "Crossbar" 1.8).
//!
//! Not here: detecting a second writer between this check and the save; the store does that by revision.

use super::error::Failure;
use super::request::Request;

/// Refuses when `If-Match` names other revisions than the stored one.
///
/// # Errors
/// `Precondition` (412).
pub(crate) fn check_match(request: &Request, revision: &str) -> Result<(), Failure> {
    match request.header("if-match") {
        Some(wanted) if !names(wanted, revision) => Err(Failure::Precondition),
        _ => Ok(()),
    }
}

/// Whether the client already has this revision.
pub(crate) fn is_known(request: &Request, revision: &str) -> bool {
    request.header("if-none-match").is_some_and(|known| names(known, revision))
}

/// Whether a list of entity tags has this revision; `*` has every one. Tags without quotes are taken too.
fn names(tags: &str, revision: &str) -> bool {
    tags.split(',')
        .map(str::trim)
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"') == revision)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_compared_with_and_without_quotes() {
        assert!(names("\"1-a\", W/\"2-b\"", "2-b"));
        assert!(names("2-b", "2-b"));
        assert!(names("*", "2-b"));
        assert!(!names("\"1-a\"", "2-b"));
        assert!(!names("", "2-b"));
    }
}
