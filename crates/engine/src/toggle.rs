//! What feature codes that change the caller's own settings share: whose document it is, which state is wanted, and saving
//! (reference section 3.5).

use std::sync::Arc;

use serde_json::Value;

use crate::command::Change;
use crate::cx::Cx;
use crate::lenient::Read;

/// The telephone the call comes from.
pub(crate) fn calling_device(cx: &Cx) -> Option<String> {
    cx.with(|state| {
        let facts = &state.setup.facts;
        let device = matches!(facts.authorizing_type.as_deref(), Some("device" | "mobile"));
        facts.authorizing_id.clone().filter(|_| device)
    })
}

/// A telephone or person by id, if that is what it is.
pub(crate) async fn document(cx: &Cx, id: Option<String>) -> Option<(String, Arc<Value>)> {
    let id = id?;
    let document = cx.document(&id).await?;
    let kind = document.text_at(&["pvt_type"]);
    matches!(kind.as_deref(), Some("device" | "user")).then_some((id, document))
}

/// The state that an action asks for; `None` for a word that is no action.
pub(crate) fn wanted(action: &str, enabled: bool) -> Option<bool> {
    match action {
        "activate" => Some(true),
        "deactivate" => Some(false),
        "toggle" => Some(!enabled),
        _ => None,
    }
}

/// Changes members of a document; false, noted, when that failed.
pub(crate) async fn save(cx: &Cx, id: &str, patch: Value) -> bool {
    cx.save(Change::Patch { id: id.to_owned(), patch, revision: None }).await.is_ok()
}
