//! Versions and drawings of callflows.
//!
//! Not here: drawing itself (`picture`).

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use drawing::Theme;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use store::Version;

use super::{json_response, work};
use crate::crossbar::data;
use crate::crossbar::error::{Failure, Tree};
use crate::crossbar::resources::callflows::check_dialled;
use crate::picture;
use crate::state::AppState;

/// How many versions one answer lists.
pub(super) const VERSIONS_MAX: usize = 1_000;

/// What a drawing shall look like.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Look {
    /// The version; the live one by default.
    pub(crate) version: Option<u32>,
    /// `dark`, `print` or anything else for light.
    pub(crate) theme: Option<String>,
}

impl Look {
    /// The theme asked for.
    pub(crate) fn theme(&self) -> Theme {
        match self.theme.as_deref() {
            Some("dark") => Theme::Dark,
            Some("print") => Theme::Print,
            _ => Theme::Light,
        }
    }
}

pub(super) async fn list(
    State(state): State<AppState>,
    Path((account, id)): Path<(String, String)>,
    headers: HeaderMap,
) -> Response {
    work(state, headers, account, move |shared, _, account| {
        data::document(shared, account, store::document::CALLFLOW, &id)?;
        let versions = shared.store.versions(account, &id, None, VERSIONS_MAX)?;
        let rows: Vec<Value> = versions.iter().map(describe).collect();
        Ok(json_response(StatusCode::OK, &json!({"versions": rows})))
    })
    .await
}

pub(super) async fn read(
    State(state): State<AppState>,
    Path((account, id, number)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    work(state, headers, account, move |shared, _, account| {
        let found = picture::read(shared, account, &id, Some(parse(&number)?))?;
        Ok(json_response(StatusCode::OK, &with_body(&found.version)))
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
        let found = picture::read(shared, account, &id, Some(number))?;
        let body = found.version.body.unwrap_or_default();
        // A number of an old version may belong to another callflow by now.
        let mut tree = Tree::default();
        check_dialled(shared, account, Some(&id), &body, &mut tree)?;
        tree.into_result()?;
        tracing::info!(callflow = %id, version = number, by = %identity.label(), "a version is made live");
        let revision = Some(found.document.revision.as_str());
        let document = shared.store.make_live(account, &id, number, revision)?;
        Ok(json_response(
            StatusCode::OK,
            &json!({"version": document.version, "revision": document.revision}),
        ))
    })
    .await
}

pub(super) async fn drawing(
    State(state): State<AppState>,
    Path((account, id, drawing)): Path<(String, String, String)>,
    Query(look): Query<Look>,
    headers: HeaderMap,
) -> Response {
    work(state, headers, account, move |shared, _, account| {
        let found = picture::read(shared, account, &id, look.version)?;
        let scene = || picture::scene(shared, &found, look.theme());
        Ok(match drawing.as_str() {
            "drawing.svg" => text("image/svg+xml", scene().to_svg()),
            "drawing.mmd" => text("text/vnd.mermaid; charset=utf-8", scene().to_mermaid()),
            "drawing.txt" => text("text/plain; charset=utf-8", scene().to_outline()),
            "drawing.json" => json_response(StatusCode::OK, &scene().to_json()),
            _ => return Err(Failure::NotFound),
        })
    })
    .await
}

/// A text with its content type. Opened by itself, an SVG may load and run nothing.
pub(crate) fn text(content_type: &'static str, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(content_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        ),
    ];
    (StatusCode::OK, headers, body).into_response()
}

pub(super) fn parse(number: &str) -> Result<u32, Failure> {
    number.parse().map_err(|_| Failure::BadIdentifier(number.to_owned()))
}

pub(super) fn describe(version: &Version) -> Value {
    json!({
        "number": version.number,
        "author": version.author.name,
        "note": version.author.note,
        "saved": version.saved,
        "hash": version.hash,
        "live": version.live,
    })
}

pub(super) fn with_body(version: &Version) -> Value {
    let mut shown = describe(version);
    if let Some(members) = shown.as_object_mut() {
        let body: Map<String, Value> = version.body.clone().unwrap_or_default();
        members.insert("document".to_owned(), Value::Object(body));
    }
    shown
}
