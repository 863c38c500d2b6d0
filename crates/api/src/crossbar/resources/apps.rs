//! `A/apps_store`: the one browser application this server is made for (reference "Crossbar" 4.3).
//!
//! Not here: the application's files.

use serde_json::{Value, json};

use crate::crossbar::context::Cx;
use crate::crossbar::envelope::Reply;
use crate::crossbar::error::Failure;
use crate::crossbar::request::Verb;

/// The application's id, the same in every account.
const CALLFLOWS_APP: &str = "ca11f1035ca11f1035ca11f1035ca11f";

/// The list, or the one application.
pub(crate) fn run(cx: &Cx<'_>, arguments: &[&str]) -> Result<Reply, Failure> {
    match (arguments, cx.request.verb) {
        ([], Verb::Get) => Ok(Reply::ok(Value::Array(vec![app(cx)]))),
        ([CALLFLOWS_APP], Verb::Get) => Ok(Reply::ok(app(cx))),
        ([] | [CALLFLOWS_APP], _) => Err(Failure::Method(vec!["GET"])),
        ([id, ..], _) => Err(Failure::BadIdentifier((*id).to_owned())),
    }
}

/// The applications a login may start, without their texts.
pub(crate) fn of_login() -> Value {
    json!([{"id": CALLFLOWS_APP, "name": "callflows", "label": "Callflows"}])
}

fn app(cx: &Cx<'_>) -> Value {
    let text = json!({"label": "Callflows", "description": "Edit call flows", "extended_description": "", "features": []});
    let mut app = json!({
        "id": CALLFLOWS_APP,
        "name": "callflows",
        "i18n": {"en-US": text},
        "tags": ["reseller", "carrier", "end-user"],
        "account_id": cx.account,
        "users": [],
        "allowed_users": "all",
        "masqueradable": true,
        "phase": "gold",
    });
    if let (Some(url), Some(members)) = (&cx.state.config.api_url, app.as_object_mut()) {
        members.insert("api_url".to_owned(), url.clone().into());
    }
    app
}
