//! The drawing of a version of a stored callflow or N2FE control plan, with the names of the documents it refers to.
//!
//! Not here: how a drawing is made (crate `drawing`), who may see it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use drawing::{Context, DrawOptions, Header, Reference, Scene, Theme, draw};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use store::document::{CONTROL_PLAN, SERVICE_NUMBER};
use store::{Document, Version};

use crate::crossbar::context::text;
use crate::crossbar::data;
use crate::crossbar::error::Failure;
use crate::state::Shared;

/// Service numbers that stand in a picture.
const NUMBERS_SHOWN: usize = 20;

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

/// A callflow or control plan with one of its versions.
pub(crate) struct Versioned {
    /// It as it is now.
    pub(crate) document: Document,
    /// The version asked for, with its body; the live one by default.
    pub(crate) version: Version,
}

/// Reads a flow of a kind (callflow or control plan) and one of its versions.
///
/// # Errors
/// `BadIdentifier` without the flow or the version.
pub(crate) fn read(
    shared: &Shared,
    (account, kind): (&str, &str),
    id: &str,
    number: Option<u32>,
) -> Result<Versioned, Failure> {
    let document = data::document(shared, account, kind, id)?;
    let version = shared.store.version(account, id, number.unwrap_or(document.version))?;
    Ok(Versioned { document, version })
}

/// Draws it.
pub(crate) fn scene(shared: &Shared, versioned: &Versioned, theme: Theme) -> Scene {
    let Versioned { document, version } = versioned;
    let body = Value::Object(version.body.clone().unwrap_or_default());
    let (flow, title, numbers) = if document.kind == CONTROL_PLAN {
        let name = body.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let plan = flow::n2fe::read(flow::n2fe::service::plan_of(&body));
        (plan.flow, name, service_numbers(shared, versioned))
    } else {
        let (callflow, _) = flow::kazoo::read(&body);
        let numbers = callflow.numbers().map(str::to_owned).collect();
        let name = callflow.name().to_owned();
        (callflow.flow, name, numbers)
    };
    let names = |id: &str| {
        let found = data::find(shared, &document.account, id).ok().flatten()?;
        Some(reference(&found))
    };
    let account = data::account(shared, &document.account).ok();
    let account_name = account.as_ref().and_then(|account| text(&account.body, "name")).unwrap_or_default();
    let options = DrawOptions {
        theme,
        title,
        numbers,
        header: Header {
            account: account_name.to_owned(),
            version: format!("version {}", version.number),
            ..Header::default()
        },
        ..DrawOptions::default()
    };
    let context = Context { names: Some(&names), flows: None, flow_id: Some(&document.id) };
    draw(&flow, &context, &options)
}

/// The picture as a file of this name (`drawing.svg`, `.mmd`, `.txt`, `.json`): media type and text. `None` for any
/// other name.
pub(crate) fn file(name: &str, scene: impl FnOnce() -> Scene) -> Option<(&'static str, String)> {
    Some(match name {
        "drawing.svg" => ("image/svg+xml", scene().to_svg()),
        "drawing.mmd" => ("text/vnd.mermaid; charset=utf-8", scene().to_mermaid()),
        "drawing.txt" => ("text/plain; charset=utf-8", scene().to_outline()),
        "drawing.json" => ("application/json", scene().to_json().to_string()),
        _ => return None,
    })
}

/// A picture or another text for a reader. Opened by itself, an SVG may load and run nothing.
pub(crate) fn response(media_type: &'static str, body: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
        ),
    ];
    (StatusCode::OK, headers, body).into_response()
}

/// The service numbers that a plan's version answers at this moment.
fn service_numbers(shared: &Shared, versioned: &Versioned) -> Vec<String> {
    let Versioned { document, version } = versioned;
    let Some(index) = shared.store.index(&document.account) else { return Vec::new() };
    let (now, suffix) = (Timestamp::now(), &shared.config.n2fe.alternative_suffix);
    let answered = |number: &str| {
        let found = index.service(number, now, suffix);
        found.is_some_and(|found| found.flow.id == document.id && found.flow.version == version.number)
    };
    let numbers = index.of_type(SERVICE_NUMBER).filter_map(|found| found.body.get("number")?.as_str());
    numbers.filter(|number| answered(number)).take(NUMBERS_SHOWN).map(str::to_owned).collect()
}

/// A document in a person's words.
fn reference(document: &Document) -> Reference {
    let part = |name| text(&document.body, name).unwrap_or_default();
    let name = match part("name") {
        "" => format!("{} {}", part("first_name"), part("last_name")).trim().to_owned(),
        name => name.to_owned(),
    };
    let first_number =
        document.body.get("numbers").and_then(|numbers| numbers.get(0)).and_then(Value::as_str);
    let number = first_number.or_else(|| text(&document.body, "mailbox"));
    Reference { kind: document.kind.clone(), name, number: number.map(str::to_owned), lines: Vec::new() }
}
