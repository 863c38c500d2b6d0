//! `branch_bnumber`: takes the child named by the number that the pattern captured, or hunts it (reference section 3.1).
//!
//! A number that `hunt_allow` and `hunt_deny` hold back takes the default exit; Kazoo's module crashes into it
//! (section 8.1, 17).

use flow::graph::Object;
use serde::Deserialize;

use crate::cx::Cx;
use crate::hunt;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::number;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "branch_bnumber",
    summary: "Takes the branch of the number captured, or the callflow of that number.",
    example: r#"{"module": "branch_bnumber", "data": {"hunt": true, "hunt_allow": "^[0-9]{3}$"}, "children": {"_": {"module": "menu", "data": {"id": "main-menu"}}}}"#,
    exits: &[Exit::Dynamic("number captured"), Exit::Branch, Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match read_data::<Data>(data.clone()) {
        Ok(Data { hunt: true, .. }) => "Hunt the number".to_owned(),
        _ => "By the number".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// Look the number up instead of taking a child.
    #[serde(deserialize_with = "lenient::boolean")]
    hunt: bool,
    /// Only numbers that match are hunted.
    #[serde(deserialize_with = "lenient::text")]
    hunt_allow: Option<String>,
    /// Numbers that match are not hunted.
    #[serde(deserialize_with = "lenient::text")]
    hunt_deny: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let Some(number) = number::captured(&cx).await else { return Ok(Next::default_exit()) };
    if !data.hunt {
        return Ok(Next::Continue(number));
    }
    if !hunt::is_allowed(&cx, data.hunt_allow.as_deref(), data.hunt_deny.as_deref(), &number) {
        return Ok(Next::default_exit());
    }
    match hunt::lookup(&cx, &number).await {
        Some(callflow) => Ok(cx.branch(callflow)),
        None => Ok(Next::default_exit()),
    }
}
