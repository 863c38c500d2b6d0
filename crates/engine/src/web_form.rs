//! Parameters of a web request in the three shapes customers' servers are used to: query string, form, JSON
//! (reference section 5.2).

use serde_json::{Map, Value};

/// Levels of objects within objects that are written out.
const DEPTH_MAX: usize = 16;

/// `application/x-www-form-urlencoded`: objects become `Key[sub]=v`, arrays `Key[]=v`.
pub(crate) fn encode(parameters: &Map<String, Value>) -> String {
    let mut pairs = Vec::new();
    for (name, value) in parameters {
        flatten(&encode_key(name), value, 0, &mut pairs);
    }
    pairs.join("&")
}

/// An address with parameters added to its query; its own query and fragment stay.
pub(crate) fn with_query(url: &str, query: &str) -> String {
    if query.is_empty() {
        return url.to_owned();
    }
    let (base, fragment) = match url.split_once('#') {
        Some((base, fragment)) => (base, format!("#{fragment}")),
        None => (url, String::new()),
    };
    let joint = match base.split_once('?') {
        None => "?",
        Some((_, "")) => "",
        Some(_) => "&",
    };
    format!("{base}{joint}{query}{fragment}")
}

fn flatten(name: &str, value: &Value, depth: usize, pairs: &mut Vec<String>) {
    match value {
        Value::Object(members) if depth < DEPTH_MAX => {
            for (member, value) in members {
                flatten(&format!("{name}[{}]", encode_key(member)), value, depth + 1, pairs);
            }
        }
        Value::Array(items) if depth < DEPTH_MAX => {
            for item in items {
                flatten(&format!("{name}[]"), item, depth + 1, pairs);
            }
        }
        Value::Null | Value::Object(_) | Value::Array(_) => {}
        Value::String(text) => pairs.push(format!("{name}={}", percent(text, b"-_.*", true))),
        other => pairs.push(format!("{name}={}", percent(&other.to_string(), b"-_.*", true))),
    }
}

/// Names keep their brackets; what would end a name is escaped.
fn encode_key(name: &str) -> String {
    percent(name, b"-_.[]", false)
}

fn percent(text: &str, plain: &[u8], plus_for_space: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
            out.push(char::from(byte));
        } else if byte == b' ' && plus_for_space {
            out.push('+');
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_values_are_written_the_way_php_reads_them() {
        let parameters = json!({
            "To": "+1 555", "Digits": {"default": "12", "pin": "9#"}, "User-ID": ["a", "b"], "None": null
        });
        let encoded = encode(parameters.as_object().unwrap());
        assert_eq!(encoded, "To=%2B1+555&Digits[default]=12&Digits[pin]=9%23&User-ID[]=a&User-ID[]=b");
    }

    #[test]
    fn a_query_is_added_before_the_fragment() {
        assert_eq!(with_query("http://a/b", "x=1"), "http://a/b?x=1");
        assert_eq!(with_query("http://a/b?y=2#f", "x=1"), "http://a/b?y=2&x=1#f");
        assert_eq!(with_query("http://a/b?", "x=1"), "http://a/b?x=1");
        assert_eq!(with_query("http://a/b", ""), "http://a/b");
    }
}
