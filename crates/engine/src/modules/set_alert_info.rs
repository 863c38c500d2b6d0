//! `set_alert_info`: how telephones rung from now on shall sound (reference section 3.4; RFC 3261 section 20.4).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};

/// The channel variable it is kept in.
pub(crate) const VARIABLE: &str = "Alert-Info";

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "set_alert_info",
    summary: "Sets how telephones rung from now on shall sound.",
    example: r#"{"module": "set_alert_info", "data": {"alert_info": "info=external"}, "children": {"_": {"module": "user", "data": {"id": "alice"}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("alert_info").and_then(lenient::as_text) {
        Some(alert) => format!("Ring as {alert}"),
        None => "Set the ring".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The header's value.
    #[serde(deserialize_with = "lenient::text")]
    alert_info: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let alert = data.alert_info.ok_or_else(|| ModuleError::Broken("alert_info is missing".to_owned()))?;
    if alert.contains(['\r', '\n']) {
        return Err(ModuleError::Broken("alert_info is more than one line".to_owned()));
    }
    cx.vars(|vars| vars.channel.insert(VARIABLE.to_owned(), Value::String(alert)));
    Ok(Next::default_exit())
}
