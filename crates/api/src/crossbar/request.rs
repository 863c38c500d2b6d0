//! A Crossbar request as read from HTTP: effective verb, parameters, `data`, or an uploaded file
//! (reference "Crossbar" 1.2).
//!
//! Not here: which endpoint it is for (`route`) and whether it may (`auth`).

use std::net::IpAddr;

use axum::http::{HeaderMap, Method};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::error::Failure;

/// What is asked to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Put,
    Post,
    Patch,
    Delete,
}

impl Verb {
    fn parse(text: &str) -> Option<Self> {
        Some(match text.to_ascii_uppercase().as_str() {
            "GET" | "HEAD" => Verb::Get,
            "PUT" => Verb::Put,
            "POST" => Verb::Post,
            "PATCH" => Verb::Patch,
            "DELETE" => Verb::Delete,
            _ => return None,
        })
    }
}

/// A file sent as the body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Upload {
    /// Its content type without parameters; from the data URI when there is one.
    pub(crate) content_type: String,
    /// `?filename=`, if given.
    pub(crate) name: Option<String>,
    /// Its bytes.
    pub(crate) bytes: Bytes,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// The effective verb (`verb` in query or envelope wins over the method).
    pub(crate) verb: Verb,
    /// The path as sent, `/v2/...`.
    pub(crate) path: String,
    /// The query's pairs in order, decoded.
    pub(crate) query: Vec<(String, String)>,
    /// Envelope members beside `data`, keys in lower case.
    pub(crate) envelope: Map<String, Value>,
    /// `data`: an object or a list; `{}` when there was none.
    pub(crate) data: Value,
    /// The file, when the content type is none of JSON or form.
    pub(crate) upload: Option<Upload>,
    /// The headers as sent.
    pub(crate) headers: HeaderMap,
    /// Where it came from.
    pub(crate) client: Option<IpAddr>,
    /// Echo of `X-Request-ID`, or new.
    pub(crate) id: String,
}

impl Request {
    /// A request without a body yet; [`Request::read_body`] completes it.
    pub(crate) fn new(method: &Method, path: &str, query: &str, headers: HeaderMap, id: String) -> Self {
        let query: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .map(|(key, value)| (key.into_owned(), value.into_owned()))
            .collect();
        Request {
            verb: Verb::parse(method.as_str()).unwrap_or(Verb::Get),
            path: path.to_owned(),
            query,
            envelope: Map::new(),
            data: Value::Object(Map::new()),
            upload: None,
            headers,
            client: None,
            id,
        }
    }

    /// Reads the body by its content type, then applies a tunnelled verb.
    ///
    /// # Errors
    /// `Malformed` for broken JSON, `Validation` for a `data` that is neither object nor list, `Method` for an
    /// unknown tunnelled verb.
    pub(crate) fn read_body(&mut self, body: &Bytes) -> Result<(), Failure> {
        let declared = self.header("content-type").unwrap_or("application/json");
        let content_type = essence(declared);
        match content_type.as_str() {
            "" | "application/json" | "application/x-json" => self.read_json(body)?,
            "application/x-www-form-urlencoded" => self.read_form(body)?,
            kind if kind.starts_with("multipart/") => {
                let boundary = parameter_of(declared, "boundary").map(str::to_owned);
                for (kind, part) in boundary.iter().flat_map(|boundary| parts(body, boundary)) {
                    self.read_part(&kind, &part)?;
                }
            }
            _ if body.is_empty() => {}
            _ => self.upload = Some(self.read_upload(&content_type, body)?),
        }
        if let Some(verb) = self.parameter("verb") {
            self.verb = Verb::parse(&verb).ok_or_else(|| Failure::Method(Vec::new()))?;
        }
        Ok(())
    }

    /// A parameter from the query, the envelope or `data`, as text.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        if let Some((_, value)) = self.query.iter().find(|(key, _)| key == name) {
            return Some(value.clone());
        }
        text(self.envelope.get(name)?)
    }

    /// Whether a parameter is `true`.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.parameter(name).is_some_and(|value| value == "true")
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// `data` as an object.
    ///
    /// # Errors
    /// `data.type` when it is a list.
    pub(crate) fn object(&self) -> Result<&Map<String, Value>, Failure> {
        match &self.data {
            Value::Object(object) => Ok(object),
            _ => Err(data_type("object")),
        }
    }

    fn read_json(&mut self, body: &[u8]) -> Result<(), Failure> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(());
        }
        let value: Value = serde_json::from_slice(body).map_err(|error| {
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default();
            Failure::Malformed(format!("{reason} around line {} column {}", error.line(), error.column()))
        })?;
        let Value::Object(members) = value else {
            return Err(data_type("object"));
        };
        self.take_envelope(members)
    }

    fn take_envelope(&mut self, members: Map<String, Value>) -> Result<(), Failure> {
        for (key, value) in members {
            let key = key.to_ascii_lowercase().replace('-', "_");
            match (key.as_str(), value) {
                (_, Value::Null) => {}
                ("data", value @ (Value::Object(_) | Value::Array(_))) => self.data = value,
                ("data", _) => return Err(data_type("objectarray")),
                (_, value) => {
                    self.envelope.insert(key, value);
                }
            }
        }
        Ok(())
    }

    /// Fields of a form are envelope members if `data` is among them, else the data itself. Clients that send JSON
    /// with curl's default type are understood too.
    fn read_form(&mut self, body: &[u8]) -> Result<(), Failure> {
        if body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') {
            return self.read_json(body);
        }
        let mut members = Map::new();
        for (key, value) in url::form_urlencoded::parse(body) {
            let value = match (key.as_ref(), serde_json::from_str::<Value>(&value)) {
                ("data", Ok(value)) => value,
                _ => Value::String(value.into_owned()),
            };
            members.insert(key.into_owned(), value);
        }
        if members.contains_key("data") {
            return self.take_envelope(members);
        }
        self.data = Value::Object(members);
        Ok(())
    }

    fn read_part(&mut self, content_type: &str, part: &Bytes) -> Result<(), Failure> {
        match content_type {
            "application/json" | "application/x-json" => self.read_json(part),
            "application/x-www-form-urlencoded" => self.read_form(part),
            other if self.upload.is_none() => {
                self.upload = Some(self.read_upload(other, part)?);
                Ok(())
            }
            _ => Err(Failure::invalid("file", "maxItems", "please provide a single media file", json!({}))),
        }
    }

    fn read_upload(&self, content_type: &str, body: &Bytes) -> Result<Upload, Failure> {
        let name = self.query.iter().find(|(key, _)| key == "filename").map(|(_, value)| value.clone());
        if !matches!(content_type, "application/base64" | "application/x-base64") {
            return Ok(Upload { content_type: content_type.to_owned(), name, bytes: body.clone() });
        }
        let broken = || Failure::invalid("file", "invalid", "the file is not base64", json!({}));
        let text = std::str::from_utf8(body).map_err(|_| broken())?.trim();
        let (content_type, encoded) = match text.strip_prefix("data:").and_then(|uri| uri.split_once(',')) {
            Some((head, encoded)) => (essence(head), encoded),
            None => ("application/octet-stream".to_owned(), text),
        };
        let compact: Vec<u8> = encoded.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        let bytes = STANDARD.decode(compact).map_err(|_| broken())?;
        Ok(Upload { content_type, name, bytes: Bytes::from(bytes) })
    }
}

/// A content type in lower case, without its parameters.
pub(crate) fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn data_type(target: &str) -> Failure {
    Failure::invalid("data", "type", "Value did not match type(s): object array", json!({"target": target}))
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

fn parameter_of<'a>(content_type: &'a str, name: &str) -> Option<&'a str> {
    content_type.split(';').skip(1).find_map(|pair| {
        let (key, value) = pair.trim().split_once('=')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim_matches('"'))
    })
}

/// The parts of a multipart body (RFC 2046 section 5.1): content type and bytes. At most 16.
fn parts(body: &Bytes, boundary: &str) -> Vec<(String, Bytes)> {
    let mut found = Vec::new();
    if boundary.is_empty() || boundary.len() > 70 {
        return found;
    }
    let delimiter = format!("--{boundary}");
    let mut place = find(body, delimiter.as_bytes(), 0);
    while let Some(start) = place {
        let start = start + delimiter.len();
        let next = find(body, delimiter.as_bytes(), start);
        let Some(end) = next else { break };
        let part = body.slice(start..end);
        if let Some(gap) = find(&part, b"\r\n\r\n", 0) {
            let head = String::from_utf8_lossy(part.get(..gap).unwrap_or_default()).into_owned();
            let kind = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.trim().eq_ignore_ascii_case("content-type").then(|| essence(value))
            });
            let content = part.slice(gap + 4..);
            let content = match content.strip_suffix(b"\r\n") {
                Some(trimmed) => content.slice_ref(trimmed),
                None => content.clone(),
            };
            found.push((kind.unwrap_or_else(|| "application/json".to_owned()), content));
        }
        if found.len() >= 16 {
            break;
        }
        place = next;
    }
    found
}

fn find(haystack: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    haystack.get(from..)?.windows(needle.len()).position(|window| window == needle).map(|place| place + from)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn request(content_type: Option<&'static str>, query: &str) -> Request {
        let mut headers = HeaderMap::new();
        if let Some(kind) = content_type {
            headers.insert("content-type", HeaderValue::from_static(kind));
        }
        Request::new(&Method::POST, "/v2/x", query, headers, "r".to_owned())
    }

    fn read(content_type: Option<&'static str>, query: &str, body: &str) -> Result<Request, Failure> {
        let mut request = request(content_type, query);
        request.read_body(&Bytes::copy_from_slice(body.as_bytes())).map(|()| request)
    }

    #[test]
    fn json_without_a_content_type_is_read() {
        let request = read(None, "", r#"{"data":{"a":1},"Auth-Token":"t","nothing":null}"#).expect("read");
        assert_eq!(request.data, json!({"a": 1}));
        assert_eq!(request.parameter("auth_token"), Some("t".to_owned()));
        assert!(!request.envelope.contains_key("nothing"));
        assert_eq!(read(None, "", "  ").expect("read").data, json!({}));
    }

    #[test]
    fn broken_json_and_wrong_data_say_so() {
        assert!(
            matches!(read(None, "", "{\"data\":"), Err(Failure::Malformed(text)) if text.contains(" around "))
        );
        assert!(matches!(read(None, "", r#"{"data":"x"}"#), Err(Failure::Validation(_))));
        assert!(matches!(read(None, "", "[1]"), Err(Failure::Validation(_))));
        let deep = "[".repeat(100_000);
        assert!(matches!(read(None, "", &deep), Err(Failure::Malformed(_))), "depth is bounded");
    }

    #[test]
    fn the_verb_may_come_by_query_or_envelope() {
        assert_eq!(read(None, "verb=put", "").expect("read").verb, Verb::Put);
        assert_eq!(read(None, "", r#"{"data":{},"verb":"patch"}"#).expect("read").verb, Verb::Patch);
        assert!(matches!(read(None, "verb=brew", ""), Err(Failure::Method(_))));
    }

    #[test]
    fn forms_are_data_and_curl_s_json_is_json() {
        let form = Some("application/x-www-form-urlencoded");
        assert_eq!(read(form, "", "name=a+b&n=1").expect("read").data, json!({"name": "a b", "n": "1"}));
        assert_eq!(read(form, "", r#"{"data":{"a":1}}"#).expect("read").data, json!({"a": 1}));
        assert_eq!(read(form, "", "data=%7B%22a%22%3A2%7D&verb=put").expect("read").verb, Verb::Put);
    }

    #[test]
    fn files_come_raw_or_as_a_data_uri() {
        let wav = read(Some("audio/wav"), "filename=a.wav", "RIFF").expect("read").upload.expect("a file");
        assert_eq!((wav.content_type.as_str(), wav.name.as_deref()), ("audio/wav", Some("a.wav")));
        let uri = read(Some("application/x-base64"), "", "data:audio/mp3;base64,aGVs\nbG8=").expect("read");
        let file = uri.upload.expect("a file");
        assert_eq!((file.content_type.as_str(), &file.bytes[..]), ("audio/mp3", b"hello".as_slice()));
        assert!(matches!(read(Some("application/base64"), "", "!!"), Err(Failure::Validation(_))));
    }

    #[test]
    fn multipart_gives_data_and_one_file() {
        let body = "--b\r\nContent-Type: application/json\r\n\r\n{\"data\":{\"a\":1}}\r\n--b\r\nContent-Type: audio/wav\r\n\r\nRI\r\nFF\r\n--b--\r\n";
        let request = read(Some("multipart/mixed; boundary=b"), "", body).expect("read");
        assert_eq!(request.data, json!({"a": 1}));
        assert_eq!(&request.upload.expect("a file").bytes[..], b"RI\r\nFF");
        assert!(read(Some("multipart/mixed"), "", body).expect("read").upload.is_none());
    }
}
