//! `set_variable`: sets the call's priority or group (reference section 3.1).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "set_variable",
    summary: "Sets the priority or the group of the call.",
    example: r#"{"module": "set_variable", "data": {"variable": "call_priority", "value": "7"}, "children": {"_": {"module": "user", "data": {"id": "alice"}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match read_data::<Data>(data.clone()) {
        Ok(Data { variable: Some(name), value: Some(value), .. }) => format!("Set {name} to {value}"),
        _ => "Set a variable".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `call_priority` or `group_id`.
    #[serde(deserialize_with = "lenient::text")]
    variable: Option<String>,
    /// Its new value.
    #[serde(deserialize_with = "lenient::text")]
    value: Option<String>,
    /// `a` for the caller's leg, `both` for those dialled from now on too. Channel variables belong to the call here,
    /// so both are the same.
    #[serde(deserialize_with = "lenient::text")]
    channel: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    if let Some(channel) = data.channel.filter(|channel| channel != "a" && channel != "both") {
        return Err(ModuleError::Broken(format!("channel is `a` or `both`, found `{channel}`")));
    }
    let name = match data.variable.as_deref() {
        Some("call_priority") => "Call-Priority",
        Some("group_id") => "Group-ID",
        other => {
            let other = other.unwrap_or_default();
            cx.note("EN2024", format!("`{other}` is no variable that can be set; nothing was"));
            return Ok(Next::default_exit());
        }
    };
    let value = Value::String(data.value.unwrap_or_default());
    cx.vars(|vars| vars.channel.insert(name.to_owned(), value));
    Ok(Next::default_exit())
}
