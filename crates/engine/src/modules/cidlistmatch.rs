//! `cidlistmatch`: branches on whether the caller's number is in a match list (reference section 3.1).

use flow::graph::Object;
use serde::Deserialize;

use crate::cx::Cx;
use crate::lenient;
use crate::match_list;
use crate::module::{Exit, Module, Next, Outcome, read_data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "cidlistmatch",
    summary: "Branches on whether the caller's number is in a list.",
    example: r#"{"module": "cidlistmatch", "data": {"id": "friends"}, "children": {"match": {"module": "user", "data": {"id": "alice"}}, "nomatch": {"module": "voicemail", "data": {}}}}"#,
    exits: &[Exit::Key("match"), Exit::Key("nomatch"), Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("id").and_then(lenient::as_text) {
        Some(id) => format!("Caller in list {id}"),
        None => "Caller in a list".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The list document.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let number = cx.vars(|vars| vars.caller_number.clone());
    let lists: Vec<String> = data.id.into_iter().collect();
    let key = if match_list::find(&cx, &lists, &number).await.is_some() { "match" } else { "nomatch" };
    Ok(if cx.has_child(key) { Next::Child(key.to_owned()) } else { Next::default_exit() })
}
