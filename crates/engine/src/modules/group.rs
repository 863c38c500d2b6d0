//! `group`: rings the members of a group document (reference section 3.3).
//!
//! Unlike Kazoo's module it does not answer before it rings, plays no ring-back called `undefined` (section 8.1, 9), and
//! resolves groups within groups. Not here: ringing (`ring_group`).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::cx::Cx;
use crate::lenient::{self, Read};
use crate::module::{Module, Next, Outcome, read_data};
use crate::modules::ring_group;
use crate::ring;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "group",
    summary: "Rings the members of a group.",
    example: r#"{"module": "group", "data": {"id": "sales"}, "children": {"_": {"module": "voicemail", "data": {"id": "office-box"}}}}"#,
    exits: ring::EXITS,
    members: lenient::members::<Data>,
    caption: |data| match data.get("id").and_then(lenient::as_text) {
        Some(id) => format!("Ring group {id}"),
        None => "Ring a group".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The group document; not used when there are `endpoints`.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
    /// Members as in `ring_group`; the node is one then.
    endpoints: Vec<Value>,
    /// `simultaneous` or `single`, when the group does not say.
    #[serde(deserialize_with = "lenient::text")]
    strategy: Option<String>,
    /// Seconds, when the group does not say.
    #[serde(deserialize_with = "lenient::opt_int")]
    timeout: Option<i64>,
    /// Rounds.
    #[serde(deserialize_with = "lenient::opt_int")]
    repeats: Option<i64>,
    /// What the caller hears, when the group does not say.
    #[serde(deserialize_with = "lenient::text")]
    ringback: Option<String>,
    /// `Alert-Info` for calls from within and from outside.
    ringtones: Object,
    /// A telephone that redirects fails instead of being followed, when the group does not say.
    #[serde(deserialize_with = "lenient::not_false")]
    ignore_forward: Option<bool>,
    /// One telephone that rejects ends the round.
    #[serde(deserialize_with = "lenient::boolean")]
    fail_on_single_reject: bool,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let mut group = ring_group::Data {
        strategy: data.strategy,
        timeout: data.timeout.unwrap_or(20),
        repeats: data.repeats.unwrap_or(1),
        ringback: data.ringback,
        ringtones: data.ringtones,
        ignore_forward: data.ignore_forward,
        fail_on_single_reject: data.fail_on_single_reject,
        endpoints: data.endpoints,
    };
    if group.endpoints.is_empty() {
        let id = data.id.unwrap_or_default();
        let document = cx.document(&id).await;
        let Some(document) =
            document.filter(|document| document.text_at(&["pvt_type"]).as_deref() == Some("group"))
        else {
            cx.note("EN2014", format!("there is no group `{id}`"));
            return Ok(Next::default_exit());
        };
        group.endpoints = members(&document);
        group.strategy = document.text_at(&["strategy"]).or(group.strategy);
        group.timeout = document.int_at(&["timeout"]).unwrap_or(group.timeout);
        group.ringback = document.text_at(&["ringback"]).or(group.ringback);
    }
    ring_group::ring_group(cx, group).await
}

/// The group's members as those of a `ring_group`, telephones first.
fn members(group: &Value) -> Vec<Value> {
    let Some(Value::Object(listed)) = group.at(&["endpoints"]) else { return Vec::new() };
    let mut members: Vec<(bool, Value)> = listed
        .iter()
        .map(|(id, settings)| {
            let mut member = settings.as_object().cloned().unwrap_or_default();
            let kind = member.shift_remove("type");
            let is_device = kind.as_ref().and_then(Value::as_str) == Some("device");
            member.insert("id".to_owned(), Value::String(id.clone()));
            member.extend(kind.map(|kind| ("endpoint_type".to_owned(), kind)));
            (!is_device, Value::Object(member))
        })
        .collect();
    members.sort_by_key(|(later, _)| *later);
    members.into_iter().map(|(_, member)| member).collect()
}
