//! Versions and drawings of callflows, and what control plans have in common with them.
//!
//! Not here: drawing itself (`picture`).

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde_json::{Map, Value, json};
use store::Version;
use store::document::CALLFLOW;

use super::{json_response, work};
use crate::checks;
use crate::crossbar::data;
use crate::crossbar::error::{Failure, Tree};
use crate::crossbar::resources::callflows::check_dialled;
use crate::picture::{self, Look};
use crate::state::AppState;

/// How many versions one answer lists.
const VERSIONS_MAX: usize = 1_000;

/// Versions of a callflow.
pub(super) async fn list(
    state: State<AppState>,
    path: Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    list_of(state, CALLFLOW, path, headers).await
}

/// One version of a callflow.
pub(super) async fn read(
    state: State<AppState>,
    path: Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    read_of(state, CALLFLOW, path, headers).await
}

/// A callflow's picture.
pub(super) async fn drawing(
    state: State<AppState>,
    path: Path<(String, String, String)>,
    look: Query<Look>,
    headers: HeaderMap,
) -> Response {
    drawing_of(state, CALLFLOW, path, look, headers).await
}

pub(super) async fn list_of(
    State(state): State<AppState>,
    kind: &'static str,
    Path((account, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    work(state, headers, account, move |shared, _, account| {
        data::document(shared, account, kind, &id)?;
        let versions = shared.store.versions(account, &id, None, VERSIONS_MAX)?;
        let rows: Vec<Value> = versions.iter().map(describe).collect();
        Ok(json_response(StatusCode::OK, &json!({"versions": rows})))
    })
    .await
}

pub(super) async fn read_of(
    State(state): State<AppState>,
    kind: &'static str,
    Path((account, id, number)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    work(state, headers, account, move |shared, _, account| {
        let found = picture::read(shared, (account, kind), &id, Some(parse(&number)?))?;
        Ok(json_response(StatusCode::OK, &with_body(&found.version)))
    })
    .await
}

pub(super) async fn drawing_of(
    State(state): State<AppState>,
    kind: &'static str,
    Path((account, id, drawing)): Path<(String, String, String)>,
    Query(look): Query<Look>,
    headers: HeaderMap,
) -> Response {
    work(state, headers, account, move |shared, _, account| {
        let found = picture::read(shared, (account, kind), &id, look.version)?;
        let file = picture::file(&drawing, || picture::scene(shared, &found, look.theme()));
        let (media_type, text) = file.ok_or(Failure::NotFound)?;
        Ok(picture::response(media_type, text))
    })
    .await
}

pub(super) async fn make_live(
    State(state): State<AppState>,
    Path((account, id, number)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    work(state, headers, account, move |shared, identity, account| {
        let number = parse(&number)?;
        let _lock = shared.lock(account);
        let found = picture::read(shared, (account, CALLFLOW), &id, Some(number))?;
        let body = found.version.body.unwrap_or_default();
        // A number of an old version may belong to another callflow by now.
        let mut tree = Tree::default();
        check_dialled(shared, account, Some(&id), &body, &mut tree)?;
        tree.into_result()?;
        tracing::info!(callflow = %id, version = number, by = %identity.label(), "a version is made live");
        let revision = Some(found.document.revision.as_str());
        let document = shared.store.make_live(account, &id, number, revision)?;
        let mut made = json!({"version": document.version, "revision": document.revision});
        let warnings = checks::warnings(shared, account, &id);
        if let Some(members) = made.as_object_mut().filter(|_| !warnings.is_empty()) {
            members.insert("warnings".to_owned(), Value::Array(warnings));
        }
        Ok(json_response(StatusCode::OK, &made))
    })
    .await
}

fn parse(number: &str) -> Result<u32, Failure> {
    number.parse().map_err(|_| Failure::BadIdentifier(number.to_owned()))
}

fn describe(version: &Version) -> Value {
    json!({
        "number": version.number,
        "author": version.author.name,
        "note": version.author.note,
        "saved": version.saved,
        "hash": version.hash,
        "live": version.live,
    })
}

fn with_body(version: &Version) -> Value {
    let mut shown = describe(version);
    if let Some(members) = shown.as_object_mut() {
        let body: Map<String, Value> = version.body.clone().unwrap_or_default();
        members.insert("document".to_owned(), Value::Object(body));
    }
    shown
}
