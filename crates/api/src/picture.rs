//! The drawing of a stored callflow's version, with the names of the documents it refers to.
//!
//! Not here: how a drawing is made (crate `drawing`), who may see it.

use drawing::{Context, DrawOptions, Header, Reference, Scene, Theme, draw};
use serde_json::Value;
use store::{Document, Version};

use crate::crossbar::context::text;
use crate::crossbar::data;
use crate::crossbar::error::Failure;
use crate::state::Shared;

/// A callflow with one of its versions.
pub(crate) struct Versioned {
    /// The callflow as it is now.
    pub(crate) document: Document,
    /// The version asked for, with its body; the live one by default.
    pub(crate) version: Version,
}

/// Reads a callflow and one of its versions.
///
/// # Errors
/// `BadIdentifier` without the callflow or the version.
pub(crate) fn read(
    shared: &Shared,
    account: &str,
    id: &str,
    number: Option<u32>,
) -> Result<Versioned, Failure> {
    let document = data::document(shared, account, store::document::CALLFLOW, id)?;
    let version = shared.store.version(account, id, number.unwrap_or(document.version))?;
    Ok(Versioned { document, version })
}

/// Draws it.
pub(crate) fn scene(shared: &Shared, versioned: &Versioned, theme: Theme) -> Scene {
    let Versioned { document, version } = versioned;
    let body = Value::Object(version.body.clone().unwrap_or_default());
    let (callflow, _) = flow::kazoo::read(&body);
    let names = |id: &str| {
        let found = data::find(shared, &document.account, id).ok().flatten()?;
        Some(reference(&found))
    };
    let account = data::account(shared, &document.account).ok();
    let account_name = account.as_ref().and_then(|account| text(&account.body, "name")).unwrap_or_default();
    let options = DrawOptions {
        theme,
        title: callflow.name().to_owned(),
        numbers: callflow.numbers().map(str::to_owned).collect(),
        header: Header {
            account: account_name.to_owned(),
            version: format!("version {}", version.number),
            ..Header::default()
        },
        ..DrawOptions::default()
    };
    let context = Context { names: Some(&names), flows: None, flow_id: Some(&document.id) };
    draw(&callflow.flow, &context, &options)
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
