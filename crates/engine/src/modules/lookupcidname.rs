//! `lookupcidname`: gives the caller the name that a match list has for their number (reference section 3.1).
//!
//! Kazoo's module never finds a name (section 8.1, 4). Here it is the entry's `displayname`, `name` or `cid_name`.

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::cx::Cx;
use crate::lenient::{self, Read};
use crate::match_list;
use crate::module::{Exit, Module, Next, Outcome, read_data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "lookupcidname",
    summary: "Names the caller as a list does.",
    example: r#"{"module": "lookupcidname", "data": {"lists": ["customers"]}, "children": {"_": {"module": "user", "data": {"id": "alice"}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |_| "Name the caller".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// Ids of lists.
    lists: Vec<Value>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let lists: Vec<String> = data.lists.iter().filter_map(lenient::as_text).collect();
    let number = cx.vars(|vars| vars.caller_number.clone());
    let name = match_list::find(&cx, &lists, &number).await.and_then(|entry| {
        ["displayname", "name", "cid_name"].iter().find_map(|member| entry.text_at(&[member]))
    });
    if let Some(name) = name {
        cx.vars(|vars| vars.caller_name = name);
    }
    Ok(Next::default_exit())
}
