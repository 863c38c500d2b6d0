//! Where flows to draw come from: an account folder, a file, standard input, or a URL.
//!
//! Not here: where pictures go (`picture`).

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flow::account::services::ALTERNATIVE_SUFFIX;
use flow::account::{AccountIndex, CallflowEntry, Document, Ringback};
use flow::folder::MAX_DOCUMENT_BYTES;
use flow::n2fe::{self, service};
use jiff::Zoned;
use serde_json::{Value, json};
use url::Url;

use crate::disk;
use crate::fault::{Exit, Fault};

/// How long a server may take to give a document.
const FETCH_TIMEOUT: Duration = Duration::from_secs(30);

/// Redirects followed.
const REDIRECTS_MAX: usize = 5;

/// Flows, and what they are called.
pub(super) struct Source {
    /// The account, or one that has nothing but the document.
    pub(super) index: AccountIndex,
    /// The path or URL, without user name, password and query.
    pub(super) name: String,
    /// A document without its account: ids in it have no names.
    pub(super) alone: bool,
}

impl Source {
    /// A text of the account's document, when it is not empty.
    pub(super) fn account_text(&self, member: &str) -> Option<&str> {
        self.index.account().body.get(member).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// All callflows and control plans.
    pub(super) fn flows(&self) -> Vec<Arc<CallflowEntry>> {
        let plans = self.index.of_type(service::PLAN).map(|document| Arc::new(plan(document)));
        self.index.callflows().cloned().chain(plans).collect()
    }

    /// What answers a number at a moment, as for calls: what a service number has in force, or a callflow.
    pub(super) fn answering(&self, number: &str, at: Zoned) -> Option<Arc<CallflowEntry>> {
        let normal = self.index.normalise(number);
        let scheduled = |number: &str| self.index.service(number, at.timestamp(), ALTERNATIVE_SUFFIX);
        if let Some(found) = scheduled(number).or_else(|| scheduled(&normal)) {
            return Some(found.flow);
        }
        self.index.lookup(&normal).ok().map(|found| found.callflow)
    }
}

/// A control plan as a flow.
fn plan(document: &Document) -> CallflowEntry {
    let text =
        |member: &str| document.body.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
    CallflowEntry {
        id: document.id.clone(),
        version: document.version,
        name: text("name"),
        flow: Arc::new(n2fe::read(service::plan_of(&document.body)).flow),
        numbers: Vec::new(),
        patterns: Vec::new(),
        no_match: false,
        ringback: Ringback::default(),
    }
}

/// Reads what a path, a URL or `-` names.
pub(super) fn read(from: &str) -> Result<Source, Fault> {
    if from.starts_with("http://") || from.starts_with("https://") {
        let (name, bytes) = fetch(from)?;
        return document(name, &bytes);
    }
    if from == "-" {
        let mut bytes = Vec::new();
        let limit = MAX_DOCUMENT_BYTES as u64 + 1;
        std::io::stdin()
            .lock()
            .take(limit)
            .read_to_end(&mut bytes)
            .map_err(|error| Fault::unreadable(Path::new("standard input"), &error))?;
        return document("standard input".to_owned(), &bytes);
    }
    let path = Path::new(from);
    if path.is_dir() {
        let folder = disk::usable_account(path)?;
        let versions = folder.other_versions();
        let index = AccountIndex::build(folder.account, folder.documents).0.with_versions(versions);
        return Ok(Source { index, name: from.to_owned(), alone: false });
    }
    document(from.to_owned(), &disk::bytes(path)?)
}

/// One document: a callflow or control plan as it is stored, or as the Kazoo or N2FE API replies with it.
fn document(name: String, bytes: &[u8]) -> Result<Source, Fault> {
    if bytes.len() > MAX_DOCUMENT_BYTES {
        return Err(Fault::new(Exit::Data, format!("{name} is larger than a document may be")));
    }
    let mut body: Value = serde_json::from_slice(bytes)
        .map_err(|error| Fault::new(Exit::Data, format!("{name} is not JSON: {error}")))?;
    // What the N2FE interface answers with `fields=content`, and what it is sent.
    for member in ["content", "flowJson"] {
        if let Some(plan) = body.get_mut(member).filter(|plan| is_plan(plan)).map(Value::take) {
            body = json!({"id": body.get("id"), "name": body.get("name"), "flow": plan});
        }
    }
    if body.get("flow").is_none()
        && let Some(data) = body.get_mut("data").filter(|data| data.get("flow").is_some())
    {
        body = data.take();
    }
    let kind = if is_plan(service::plan_of(&body)) { service::PLAN } else { "callflow" };
    if kind == "callflow" && body.get("flow").is_none() {
        let message = format!("{name} is neither a callflow (it has no `flow`) nor a control plan");
        return Err(Fault::new(Exit::Data, message));
    }
    let id = body.get("id").and_then(Value::as_str).unwrap_or("flow").to_owned();
    let document = Document { id, kind: kind.to_owned(), version: 1, revision: String::new(), body };
    let index = AccountIndex::build(Document::default(), [document]).0;
    Ok(Source { index, name, alone: true })
}

/// Whether a value is a hash of operations with types we know.
fn is_plan(value: &Value) -> bool {
    value.is_object() && n2fe::read(value).flow.nodes.iter().any(|node| n2fe::type_of(node).is_some())
}

/// Gets a document; its name is the URL without what may be secret.
fn fetch(url: &str) -> Result<(String, Vec<u8>), Fault> {
    let mut shown =
        Url::parse(url).map_err(|error| Fault::new(Exit::Usage, format!("{url} is no URL: {error}")))?;
    let address = shown.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    // Only URLs that cannot have them refuse; those are not fetched.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    let name = shown.to_string();
    let failed = |error: reqwest::Error| {
        Fault::new(Exit::Unavailable, format!("cannot get {name}: {}", error.without_url()))
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Fault::new(Exit::Software, format!("no runtime: {error}")))?;
    let bytes = runtime.block_on(async {
        let client = reqwest::Client::builder()
            .user_agent(concat!("Strowger/", env!("CARGO_PKG_VERSION")))
            .timeout(FETCH_TIMEOUT)
            .redirect(reqwest::redirect::Policy::limited(REDIRECTS_MAX))
            .build()
            .map_err(failed)?;
        let mut response = client.get(address).send().await.map_err(failed)?;
        if !response.status().is_success() {
            let status = response.status();
            return Err(Fault::new(
                Exit::Unavailable,
                format!("cannot get {name}: the server says {status}"),
            ));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_DOCUMENT_BYTES {
                return Err(Fault::new(Exit::Data, format!("{name} is larger than a document may be")));
            }
        }
        Ok(bytes)
    })?;
    Ok((name, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_plan_is_known_by_its_operations() {
        let bare = br#"{"1": {"id": "1", "type": "Start", "exits": [2]}, "2": {"id": "2", "type": "Menu", "exits": []}}"#;
        let wrapped =
            br#"{"id": "p", "name": "Toll-free", "flow": {"1": {"id": "1", "type": "Start", "exits": []}}}"#;
        for (bytes, nodes) in [(bare.as_slice(), 2), (wrapped.as_slice(), 1)] {
            let source = document("x".to_owned(), bytes).unwrap();
            assert_eq!(source.flows()[0].flow.nodes.len(), nodes);
        }
    }

    #[test]
    fn a_document_may_come_in_the_envelope_of_the_api() {
        let bare = br#"{"id": "c1", "flow": {"module": "hangup"}}"#;
        let wrapped = br#"{"data": {"id": "c1", "flow": {"module": "hangup"}}, "status": "success"}"#;
        for bytes in [bare.as_slice(), wrapped.as_slice()] {
            let source = document("x".to_owned(), bytes).unwrap();
            assert!(source.alone && source.index.callflow("c1").is_some());
        }
        for wrong in [br#"{"data": {}}"#.as_slice(), b"[]", b"{"] {
            assert_eq!(document("x".to_owned(), wrong).map(|_| ()).unwrap_err().code, Exit::Data);
        }
    }
}
