//! What strings are worth: conversions to other types, regular expressions, and web addresses.

use regex::{Regex, RegexBuilder};
use serde_json::{Number, Value};

/// Largest compiled form of a regular expression of a schema, in bytes.
const REGEX_SIZE_LIMIT: usize = 1 << 20;

/// Largest integer that a double holds exactly.
const EXACT_DOUBLE: f64 = 9_007_199_254_740_992.0;

/// Compiles a regular expression of a schema (not of a document: see `numbers`), with a bound on its size.
pub(super) fn compile(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(REGEX_SIZE_LIMIT).build()
}

/// The value as one of the given type (`integer`, `number`, `boolean`), when it plainly means one: `"3"`, `3.0`,
/// `"true"`. Only these three types are converted to (reference section 1.6).
pub(super) fn coerce(value: &Value, type_name: &str) -> Option<Value> {
    match (type_name, value) {
        ("integer", Value::String(text)) => text.trim().parse::<i64>().ok().map(Value::from),
        ("integer", Value::Number(number)) => {
            let double = number.as_f64()?;
            (double.fract() == 0.0 && double.abs() <= EXACT_DOUBLE).then(|| Value::from(double as i64))
        }
        ("number", Value::String(text)) => {
            let text = text.trim();
            if let Ok(integer) = text.parse::<i64>() {
                return Some(Value::from(integer));
            }
            text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number)
        }
        ("boolean", Value::String(text)) => match text.trim() {
            text if text.eq_ignore_ascii_case("true") => Some(Value::Bool(true)),
            text if text.eq_ignore_ascii_case("false") => Some(Value::Bool(false)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a text is an absolute http or https address with a host.
pub(super) fn is_web_address(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
        return false;
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return false;
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or_default() };
    !host.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_plain_meanings_are_converted() {
        let cases = [
            (json!("3"), "integer", Some(json!(3))),
            (json!(" -3 "), "integer", Some(json!(-3))),
            (json!(3.0), "integer", Some(json!(3))),
            (json!(3.5), "integer", None),
            (json!("3.5"), "integer", None),
            (json!(""), "integer", None),
            (json!("99999999999999999999"), "integer", None),
            (json!("3.5"), "number", Some(json!(3.5))),
            (json!("3"), "number", Some(json!(3))),
            (json!("NaN"), "number", None),
            (json!("inf"), "number", None),
            (json!("TRUE"), "boolean", Some(json!(true))),
            (json!("false"), "boolean", Some(json!(false))),
            (json!("yes"), "boolean", None),
            (json!(1), "boolean", None),
            (json!(3), "string", None),
            (json!([]), "object", None),
        ];
        for (value, type_name, expected) in cases {
            assert_eq!(coerce(&value, type_name), expected, "{value} as {type_name}");
        }
    }

    #[test]
    fn web_addresses_need_scheme_and_host() {
        for good in ["http://a", "HTTPS://a.example/x?y#z", "http://u:p@a:8080/", "http://[::1]:80/"] {
            assert!(is_web_address(good), "{good}");
        }
        for bad in
            ["", "a.example", "ftp://a", "http://", "http:///x", "http://:80/", "http://a b/", "http:/a"]
        {
            assert!(!is_web_address(bad), "{bad}");
        }
    }
}
