//! What one pivot knows while it goes from document to document: how it asks, where it is, and what the verbs have found
//! out, which goes along with every request (reference section 5.2).

use std::time::Duration;

use flow::twiml::VARIABLES_MAX;
use indexmap::IndexMap;
use serde_json::{Map, Value, json};
use url::Url;

use crate::cx::Cx;

/// How a node wants its web server to be asked.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// Parameters have TwiML's names; otherwise Kazoo's.
    pub(crate) twiml_names: bool,
    /// A body is JSON; otherwise a form.
    pub(crate) json_body: bool,
    /// Time the server has.
    pub(crate) timeout: Duration,
    /// Requests and replies are kept for its author.
    pub(crate) debug: bool,
}

/// One pivot under way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    /// How it asks.
    pub(crate) settings: Settings,
    /// The address asked last, without our parameters.
    pub(crate) url: String,
    /// Where that led after redirects: what relative addresses are relative to.
    pub(crate) base: String,
    /// Requests so far.
    pub(crate) iteration: u32,
    /// A verb has been carried out.
    pub(crate) began: bool,
    /// Digits that verbs have collected; `None` for none.
    pub(crate) digits: Option<String>,
    /// What was recorded last.
    pub(crate) recording: Option<Recording>,
    /// How the last `Dial` ended.
    pub(crate) dialled: Option<Dialled>,
    /// Variables of `Set` and `Redirect`.
    variables: IndexMap<String, String>,
}

/// A recording, as the web server is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Recording {
    /// Where it is.
    pub(crate) url: String,
    /// Its id or file name.
    pub(crate) sid: String,
    /// Its length, in whole seconds.
    pub(crate) seconds: u64,
}

/// A call to somebody, as the web server is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dialled {
    /// `completed`, `busy`, `no-answer`, `failed`.
    pub(crate) status: &'static str,
    /// The id of the call to the party that answered.
    pub(crate) sid: Option<String>,
    /// Length of the conversation, in whole seconds.
    pub(crate) seconds: u64,
}

impl Session {
    /// With nothing asked and nothing found out.
    pub(crate) fn new(settings: Settings) -> Session {
        Session { settings, ..Session::default() }
    }

    /// An address of a document, which may be relative to the document's own.
    pub(crate) fn resolve(&self, address: Option<&str>) -> Result<String, String> {
        let Some(address) = address else { return Ok(self.url.clone()) };
        let base = Url::parse(&self.base).or_else(|_| Url::parse(&self.url));
        let resolved = match base {
            Ok(base) => base.join(address),
            Err(_) => Url::parse(address),
        };
        match resolved {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(url.into()),
            Ok(url) => Err(format!("`{}:` is no http(s) address", url.scheme())),
            Err(error) => Err(format!("`{address}` is no address: {error}")),
        }
    }

    /// Keys pressed while something was heard.
    pub(crate) fn add_digits(&mut self, cx: &Cx, pressed: &str) {
        if pressed.is_empty() {
            return;
        }
        let most = cx.with(|state| state.limits().buffered_digits);
        let digits = self.digits.get_or_insert_with(String::new);
        digits.extend(pressed.chars().take(most.saturating_sub(digits.len())));
    }

    /// Sets variables; more than a call can carry are left out, which is noted.
    pub(crate) fn set(&mut self, cx: &Cx, variables: Vec<(String, String)>) {
        for (key, value) in variables {
            if self.variables.len() >= VARIABLES_MAX && !self.variables.contains_key(&key) {
                cx.note(
                    "EN1006",
                    format!("more than {VARIABLES_MAX} variables of a pivot; `{key}` is left out"),
                );
                continue;
            }
            self.variables.insert(key, value);
        }
    }

    /// What goes along in every format, before the format's own parameters; absent ones are null.
    pub(crate) fn overlay(&self, call_status: &str) -> Map<String, Value> {
        let mut all: Map<String, Value> =
            self.variables.iter().map(|(key, value)| (key.clone(), json!(value))).collect();
        let recording = self.recording.as_ref();
        let dialled = self.dialled.as_ref();
        for (name, value) in [
            ("Digits", json!(self.digits)),
            ("RecordingUrl", json!(recording.map(|made| &made.url))),
            ("RecordingDuration", json!(recording.map(|made| made.seconds))),
            ("DialCallStatus", json!(dialled.map(|dialled| dialled.status))),
            ("DialCallSid", json!(dialled.and_then(|dialled| dialled.sid.as_ref()))),
            ("DialCallDuration", json!(dialled.map(|dialled| dialled.seconds))),
            ("CallStatus", if self.began { json!(call_status) } else { Value::Null }),
        ] {
            if !value.is_null() {
                all.insert(name.to_owned(), value);
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(url: &str, base: &str) -> Session {
        Session { url: url.to_owned(), base: base.to_owned(), ..Session::default() }
    }

    #[test]
    fn addresses_are_relative_to_where_the_document_came_from() {
        let session = at("http://a.example/in/x?y=1", "https://b.example/out/first?y=1");
        for (written, resolved) in [
            (None, "http://a.example/in/x?y=1"),
            (Some("next?z=2"), "https://b.example/out/next?z=2"),
            (Some("/next"), "https://b.example/next"),
            (Some("//c.example/n"), "https://c.example/n"),
            (Some("http://d.example"), "http://d.example/"),
        ] {
            assert_eq!(session.resolve(written).as_deref(), Ok(resolved), "{written:?}");
        }
        assert!(session.resolve(Some("file:///etc/passwd")).is_err());
        assert!(at("http://a", "no address").resolve(Some("http://")).is_err());
        assert_eq!(at("http://a/b", "").resolve(Some("c")).as_deref(), Ok("http://a/c"));
    }
}
