//! `branch_variable`: takes the child named by a variable of the call or a member of a document
//! (reference section 3.1).
//!
//! A path of several members is followed as written; Kazoo follows it backwards (section 8.1, 6).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::cx::Cx;
use crate::endpoint::Endpoint;
use crate::lenient;
use crate::module::{DEFAULT_EXIT, Exit, Module, Next, Outcome, read_data};
use crate::toggle;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "branch_variable",
    summary: "Takes the branch named by the value of a variable.",
    example: r#"{"module": "branch_variable", "data": {"variable": "Call-Priority", "scope": "custom_channel_vars"}, "children": {"1": {"module": "user", "data": {"id": "alice"}}, "_": {"module": "voicemail", "data": {"id": "office-box"}}}}"#,
    exits: &[Exit::Dynamic("value"), Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("variable") {
        Some(Value::String(name)) => format!("By {name}"),
        _ => "By a variable".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// A name, or a path of names.
    variable: Value,
    /// `custom_channel_vars`, `account`, `user`, `device` or `merged`.
    #[serde(deserialize_with = "lenient::text")]
    scope: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let path: Vec<String> = match &data.variable {
        Value::Array(names) => {
            names.iter().filter_map(lenient::as_text).map(|name| normalise(&name)).collect()
        }
        name => lenient::as_text(name).map(|name| normalise(&name)).into_iter().collect(),
    };
    if path.is_empty() {
        return Ok(Next::default_exit());
    }
    let value = match data.scope.as_deref() {
        Some("account") => value_of(cx.account().await.as_ref(), &path),
        Some("user") => match caller_owner(&cx).await {
            Some(id) => cx.document(&id).await.and_then(|user| value_of(&user, &path)),
            None => None,
        },
        Some("device") => match toggle::calling_device(&cx) {
            Some(id) => cx.document(&id).await.and_then(|device| value_of(&device, &path)),
            None => None,
        },
        Some("merged") => merged(&cx, &path).await,
        _ => channel_variable(&cx, &path),
    };
    Ok(match value.filter(|value| value != DEFAULT_EXIT && cx.has_child(value)) {
        Some(value) => Next::Child(value),
        None => Next::default_exit(),
    })
}

/// Names are compared in lower case with `_` for `-`.
fn normalise(name: &str) -> String {
    name.to_ascii_lowercase().replace('-', "_")
}

/// The value behind a path, its names normalised on both sides.
fn value_of(document: &Value, path: &[String]) -> Option<String> {
    let found = path.iter().try_fold(document, |value, name| {
        value.as_object()?.iter().find(|(member, _)| normalise(member) == *name).map(|(_, value)| value)
    })?;
    lenient::as_text(found)
}

fn channel_variable(cx: &Cx, path: &[String]) -> Option<String> {
    let variables = cx.vars(|vars| vars.channel.clone());
    let object: Object = variables.into_iter().collect();
    value_of(&Value::Object(object), path)
}

async fn caller_owner(cx: &Cx) -> Option<String> {
    let id = toggle::calling_device(cx)?;
    Endpoint::load(cx, &id).await?.owner_id()
}

/// The merged endpoint's value when the node has a child for it, else the channel variable's.
async fn merged(cx: &Cx, path: &[String]) -> Option<String> {
    let id = cx.with(|state| state.setup.facts.authorizing_id.clone())?;
    let endpoint = Endpoint::load(cx, &id).await?;
    let (first, rest) = path.split_first()?;
    let of_endpoint = if rest.is_empty() {
        endpoint.first_of(first)
    } else {
        value_of(&Value::Object(endpoint.merged(first)), rest)
    };
    let own = endpoint.document().is_object().then(|| value_of(endpoint.document(), path)).flatten();
    of_endpoint.or(own).filter(|value| cx.has_child(value)).or_else(|| channel_variable(cx, path))
}
