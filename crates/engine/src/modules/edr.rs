//! `edr`: puts an event about the call, with the node's data, on the event stream (reference section 3.2).

use flow::graph::Object;
use serde_json::Value;

use crate::command::Action;
use crate::cx::Cx;
use crate::module::{Exit, Module, Next, Outcome};
use crate::modules::webhook::call_members;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "edr",
    summary: "Writes an event about the call.",
    example: r#"{"module": "edr", "data": {"step": "greeted"}, "children": {"_": {"module": "user", "data": {"id": "alice"}}}}"#,
    exits: &[Exit::Key("_")],
    members: || &[],
    caption: |_| "Write an event".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, mut data: Object) -> Outcome {
    data.shift_remove("skip_module");
    let mut members = call_members(&cx);
    members.insert("custom_data".to_owned(), Value::Object(data));
    cx.send(Action::Publish { event: "edr".to_owned(), data: Value::Object(members) });
    Ok(Next::default_exit())
}
