//! `missed_call_alert`: has people told by e-mail when a call from outside reached nobody and left no message
//! (reference section 3.2).
//!
//! Not here: when and how that is done (`alert`).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::alert::{self, Alert};
use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "missed_call_alert",
    summary: "Has people told when nobody talks with the caller.",
    example: r#"{"module": "missed_call_alert", "data": {"recipients": [{"type": "email", "id": "front@example.com"}]}, "children": {"_": {"module": "user", "data": {"id": "alice"}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |_| "Tell of a missed call".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `{type: email or user, id}`.
    recipients: Vec<Value>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let kind = cx.with(|state| state.setup.facts.authorizing_type.clone());
    if matches!(kind.as_deref(), None | Some("resource" | "sys_info")) {
        let alert = Alert {
            kind: "missed_call",
            only_missed: true,
            recipients: data.recipients,
            members: Map::new(),
        };
        alert::at_the_end(&cx, alert);
    }
    Ok(Next::default_exit())
}
