//! `set_cid`: replaces the name and number that called parties see (reference sections 3.4 and 7.2).

use flow::graph::Object;
use serde::Deserialize;

use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "set_cid",
    summary: "Replaces the caller's name and number.",
    example: r#"{"module": "set_cid", "data": {"caller_id_name": "Reception", "caller_id_number": "100"}, "children": {"_": {"module": "user", "data": {"id": "alice"}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match read_data::<Data>(data.clone()) {
        Ok(data) => match data.caller_id_name.or(data.caller_id_number) {
            Some(shown) => format!("Caller id {shown}"),
            None => "Caller id as it was".to_owned(),
        },
        Err(_) => "Set the caller id".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The name from now on; empty for the caller's own.
    #[serde(deserialize_with = "lenient::text")]
    caller_id_name: Option<String>,
    /// The number from now on; empty for the caller's own.
    #[serde(deserialize_with = "lenient::text")]
    caller_id_number: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    cx.vars(|vars| {
        vars.caller_id.rewrite_name = data.caller_id_name.unwrap_or_default();
        vars.caller_id.rewrite_number = data.caller_id_number.unwrap_or_default();
    });
    Ok(Next::default_exit())
}
