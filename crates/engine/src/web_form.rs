//! Parameters of a web request in the three shapes customers' servers are used to: query string, form, JSON
//! (reference section 5.2).

use serde_json::{Map, Value};

/// Levels of objects within objects that are written out.
const DEPTH_MAX: usize = 16;

/// `application/x-www-form-urlencoded`: objects become `Key[sub]=v`, arrays `Key[]=v`.
pub(crate) fn encode(parameters: &Map<String, Value>) -> String {
    let pair =
        |(name, text): (String, String)| format!("{}={}", encode_key(&name), percent(&text, b"-_.*", true));
    flat(parameters).into_iter().map(pair).collect::<Vec<_>>().join("&")
}

/// Names and texts as a form has them, not yet escaped.
pub(crate) fn flat(parameters: &Map<String, Value>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (name, value) in parameters {
        flatten(name, value, 0, &mut pairs);
    }
    pairs
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

/// Base64 with padding (RFC 4648 section 4), for `Authorization: Basic`.
pub(crate) fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at) & 63) as usize];
            out.push(if at > three.len() { '=' } else { char::from(letter) });
        }
    }
    out
}

fn flatten(name: &str, value: &Value, depth: usize, pairs: &mut Vec<(String, String)>) {
    match value {
        Value::Object(members) if depth < DEPTH_MAX => {
            for (member, value) in members {
                flatten(&format!("{name}[{member}]"), value, depth + 1, pairs);
            }
        }
        Value::Array(items) if depth < DEPTH_MAX => {
            for item in items {
                flatten(&format!("{name}[]"), item, depth + 1, pairs);
            }
        }
        Value::Null | Value::Object(_) | Value::Array(_) => {}
        Value::String(text) => pairs.push((name.to_owned(), text.clone())),
        other => pairs.push((name.to_owned(), other.to_string())),
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
    fn base64_as_in_the_rfc() {
        for (plain, coded) in
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")]
        {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn a_query_is_added_before_the_fragment() {
        assert_eq!(with_query("http://a/b", "x=1"), "http://a/b?x=1");
        assert_eq!(with_query("http://a/b?y=2#f", "x=1"), "http://a/b?y=2&x=1#f");
        assert_eq!(with_query("http://a/b?", "x=1"), "http://a/b?x=1");
        assert_eq!(with_query("http://a/b", ""), "http://a/b");
    }
}
