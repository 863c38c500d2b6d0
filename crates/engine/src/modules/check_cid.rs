//! `check_cid`: branches on the caller's number by a pattern (reference section 3.1).
//!
//! The new identity is there before the child runs, and the absolute mode also finds a child written without `+`; in
//! Kazoo neither is so (section 8.1, 7).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::cx::Cx;
use crate::hunt;
use crate::lenient::{self, Read};
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "check_cid",
    summary: "Branches on the caller's number by a pattern.",
    example: r#"{"module": "check_cid", "data": {"regex": "^\\+1555", "use_absolute_mode": false}, "children": {"match": {"module": "user", "data": {"id": "alice"}}, "nomatch": {"module": "voicemail", "data": {}}}}"#,
    exits: &[Exit::Key("match"), Exit::Key("nomatch"), Exit::Dynamic("caller's number"), Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match read_data::<Data>(data.clone()) {
        Ok(Data { use_absolute_mode: true, .. }) => "By caller's number".to_owned(),
        Ok(Data { regex: Some(regex), .. }) => format!("Caller like {regex}"),
        _ => "By caller's number".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// Pattern searched in the caller's number; everything matches without one.
    #[serde(deserialize_with = "lenient::text")]
    regex: Option<String>,
    /// On a match take the child named by the number itself.
    #[serde(deserialize_with = "lenient::boolean")]
    use_absolute_mode: bool,
    /// `external.name` and `external.number`: the caller's new identity.
    caller_id: Value,
    /// The user the caller stands for from now on.
    #[serde(deserialize_with = "lenient::text")]
    user_id: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let number = cx.vars(|vars| vars.caller_number.clone());
    let pattern = data.regex.as_deref().unwrap_or(".*");
    let Some(pattern) = hunt::pattern(&cx, "EN2016", pattern) else {
        return Err(ModuleError::Broken("regex is no pattern".to_owned()));
    };
    if !pattern.is_match(&number) {
        return Ok(child(&cx, "nomatch"));
    }
    let next = if data.use_absolute_mode {
        let bare = number.trim_start_matches('+');
        if cx.has_child(&number) { child(&cx, &number) } else { child(&cx, bare) }
    } else {
        child(&cx, "match")
    };
    let of = |member: &str| data.caller_id.text_at(&["external", member]);
    if let (Next::Child(_), Some(name), Some(number), Some(user_id)) =
        (&next, of("name"), of("number"), data.user_id)
    {
        cx.vars(|vars| {
            vars.caller_name = name;
            vars.caller_number = number;
            vars.owner_id = Some(user_id);
        });
    }
    Ok(next)
}

/// The child with this key, or else the default one.
fn child(cx: &Cx, key: &str) -> Next {
    if !key.is_empty() && cx.has_child(key) { Next::Child(key.to_owned()) } else { Next::default_exit() }
}
