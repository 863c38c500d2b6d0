//! An N2FE request as read from HTTP, and values as clients write them: numbers as numbers or as texts.
//!
//! Not here: whom it is from (`login`) and what it is for (`routes`).

use std::net::IpAddr;

use axum::http::{HeaderMap, Method};
use bytes::Bytes;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::fault::Fault;

/// The longest text of a name, user name or tag, in characters.
const TEXT_CHARS_MAX: usize = 200;

/// One request.
pub(crate) struct Request {
    pub(crate) method: Method,
    /// Behind the prefix: `/api/flow/7`.
    pub(crate) path: String,
    /// The query's pairs, decoded; of a form the pairs of the body behind them.
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    /// The body as JSON; an error says why it is none.
    pub(crate) body: Result<Value, String>,
    pub(crate) client: Option<IpAddr>,
}

impl Request {
    pub(crate) fn new(
        method: Method,
        path: String,
        query: &str,
        headers: HeaderMap,
        body: &Bytes,
        client: Option<IpAddr>,
    ) -> Request {
        let pairs = |text: &[u8]| -> Vec<(String, String)> {
            url::form_urlencoded::parse(text)
                .map(|(key, value)| (key.into_owned(), value.into_owned()))
                .collect()
        };
        let mut parameters = pairs(query.as_bytes());
        let declared = headers.get("content-type").and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_json = body.iter().find(|byte| !byte.is_ascii_whitespace()).is_none_or(|byte| *byte == b'{');
        let body = if declared.starts_with("application/x-www-form-urlencoded") && !is_json {
            parameters.extend(pairs(body));
            Ok(Value::Null)
        } else if body.iter().all(u8::is_ascii_whitespace) {
            Ok(Value::Null)
        } else {
            serde_json::from_slice(body).map_err(|error| error.to_string())
        };
        Request { method, path, parameters, headers, body, client }
    }

    /// A parameter of query or form.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A cookie (RFC 6265 section 4.2.1).
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let cookies = self.headers.get_all("cookie").iter().filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.trim_matches('"'))
    }

    /// The body's members.
    pub(crate) fn members(&self) -> Result<&Map<String, Value>, Fault> {
        match &self.body {
            Ok(Value::Object(members)) => Ok(members),
            Ok(_) => Err(Fault::Invalid("The body is not a JSON object.".to_owned())),
            Err(reason) => Err(Fault::Invalid(format!("The body is not JSON: {reason}."))),
        }
    }
}

/// A whole number, written as one or as text.
pub(crate) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Bool(flag) => Some(i64::from(*flag)),
        _ => None,
    }
}

/// A flag: `1`, `"1"`, `true`; an absent one is the default.
pub(crate) fn flag(value: Option<&Value>, default: bool) -> Result<bool, Fault> {
    match value {
        None | Some(Value::Null) => Ok(default),
        Some(value) => match (number(value), value.as_str()) {
            (Some(0), _) | (_, Some("false" | "")) => Ok(false),
            (Some(1), _) | (_, Some("true")) => Ok(true),
            _ => Err(Fault::Invalid("A flag is neither 0 nor 1.".to_owned())),
        },
    }
}

/// A text that must be there, without blanks at its ends; numbers are taken as their digits.
pub(crate) fn text(members: &Map<String, Value>, name: &str) -> Result<String, Fault> {
    optional(members, name)?.ok_or_else(|| Fault::Invalid(format!("`{name}` is missing.")))
}

/// A text that may be missing; an empty one is.
pub(crate) fn optional(members: &Map<String, Value>, name: &str) -> Result<Option<String>, Fault> {
    let found = match members.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(Fault::Invalid(format!("`{name}` is not a text."))),
    };
    if found.chars().count() > TEXT_CHARS_MAX || found.chars().any(char::is_control) {
        return Err(Fault::Invalid(format!(
            "`{name}` is longer than {TEXT_CHARS_MAX} characters or has control characters."
        )));
    }
    Ok(Some(found).filter(|found| !found.is_empty()))
}

/// A moment: ISO 8601 with a zone, or without one in the zone named. Fractions of a second are cut off.
pub(crate) fn moment(text: &str, zone: &str) -> Result<Timestamp, Fault> {
    let wrong = || Fault::Invalid(format!("`{text}` is not a moment such as 2026-05-05T05:04:50Z."));
    let text = text.trim();
    let found = match text.parse::<Timestamp>() {
        Ok(found) => found,
        Err(_) => {
            let civil: DateTime = text.parse().map_err(|_| wrong())?;
            let zone = TimeZone::get(zone)
                .map_err(|_| Fault::Invalid(format!("`{zone}` is not a time zone such as Europe/Berlin.")))?;
            zone.to_timestamp(civil).map_err(|_| wrong())?
        }
    };
    Timestamp::from_second(found.as_second()).map_err(|_| wrong())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn request(content_type: &str, body: &str, cookie: &str) -> Request {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", content_type.parse().expect("a header"));
        headers.insert("cookie", cookie.parse().expect("a header"));
        let body = Bytes::copy_from_slice(body.as_bytes());
        Request::new(Method::POST, "/__login".into(), "a=1&a=2", headers, &body, None)
    }

    #[test]
    fn forms_json_and_cookies_are_read() {
        let form =
            request("application/x-www-form-urlencoded", "username=su&password=a%26b", "x=1; N2FE=abc");
        assert_eq!((form.parameter("password"), form.parameter("a")), (Some("a&b"), Some("1")));
        assert_eq!((form.cookie("N2FE"), form.cookie("n2fe")), (Some("abc"), None));
        // curl -d sends JSON under the type of a form.
        let json = request("application/x-www-form-urlencoded", " {\"name\": 7}", "");
        assert_eq!(text(json.members().expect("members"), "name").expect("a name"), "7");
        assert!(request("application/json", "{", "").members().is_err());
        assert!(request("application/json", "[]", "").members().is_err());
    }

    #[test]
    fn numbers_and_flags_come_in_both_forms() {
        assert_eq!(
            (number(&json!("74969")), number(&json!(74969)), number(&json!("x"))),
            (Some(74969), Some(74969), None)
        );
        assert_eq!(flag(Some(&json!("1")), false).ok(), Some(true));
        assert_eq!(flag(Some(&json!(0)), true).ok(), Some(false));
        assert_eq!(flag(None, true).ok(), Some(true));
        assert!(flag(Some(&json!("maybe")), true).is_err());
    }

    #[test]
    fn moments_have_a_zone_or_get_one() {
        let seconds = |text: &str, zone: &str| moment(text, zone).ok().map(|moment| moment.to_string());
        assert_eq!(seconds("2026-05-05T05:04:50Z", "UTC").as_deref(), Some("2026-05-05T05:04:50Z"));
        assert_eq!(seconds("2026-05-05T05:04:50.9+02:00", "UTC").as_deref(), Some("2026-05-05T03:04:50Z"));
        assert_eq!(
            seconds("2026-05-05 12:00:00", "Pacific/Auckland").as_deref(),
            Some("2026-05-05T00:00:00Z")
        );
        assert_eq!(seconds("soon", "UTC"), None);
        assert_eq!(seconds("2026-05-05T12:00:00", "Middle/Earth"), None);
    }
}
