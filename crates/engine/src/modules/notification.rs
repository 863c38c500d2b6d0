//! `notification`: has people told of the call by e-mail or text message, at once or when it ends
//! (reference section 3.2).
//!
//! Not here: how that is done (`alert`).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::alert::{self, Alert};
use crate::cx::Cx;
use crate::lenient::{self, Read};
use crate::module::{Exit, Module, Next, Outcome, read_data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "notification",
    summary: "Has people told of the call.",
    example: r#"{"module": "notification", "data": {"template_id": "called", "recipients": [{"type": "user", "id": "alice"}], "send_at": "callflow_exec"}, "children": {"_": {"module": "user", "data": {"id": "alice"}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("template_id").and_then(lenient::as_text) {
        Some(template) => format!("Notify: {template}"),
        None => "Notify".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `callflow_exec`: now; else when the call ends.
    #[serde(deserialize_with = "lenient::text")]
    send_at: Option<String>,
    /// The text's template; nothing is sent without one.
    #[serde(deserialize_with = "lenient::text")]
    template_id: Option<String>,
    /// `{type: email or user, id}`.
    recipients: Vec<Value>,
    /// Text that goes along.
    #[serde(deserialize_with = "lenient::text")]
    comments: Option<String>,
    /// `email`, `sms`.
    notification_media: Vec<Value>,
}

/// The account's own text of this name: `subject` and `text` of the document `notification-<name>`.
async fn template(cx: &Cx, name: &str) -> Option<Value> {
    let document = cx.document(&format!("notification-{name}")).await?;
    let text = document.text_at(&["text"])?;
    Some(json!({"subject": document.text_at(&["subject"]), "text": text}))
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let Some(template_id) = data.template_id else {
        cx.note("EN2026", "a notification without a template; nothing is sent");
        return Ok(Next::default_exit());
    };
    let mut members = Map::new();
    members.insert("template_id".to_owned(), json!(template_id));
    members.insert("media".to_owned(), json!(data.notification_media));
    members.extend(data.comments.map(|comments| ("comments".to_owned(), json!(comments))));
    members.extend(template(&cx, &template_id).await.map(|template| ("template".to_owned(), template)));
    let alert = Alert { kind: "custom", only_missed: false, recipients: data.recipients, members };
    if data.send_at.as_deref() == Some("callflow_exec") {
        alert::send(&cx, alert, None).await;
    } else {
        alert::at_the_end(&cx, alert);
    }
    Ok(Next::default_exit())
}
