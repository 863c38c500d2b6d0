//! `route_to_cid`: rings whoever shows the dialled number as their caller id (reference section 3.3).
//!
//! No `cid_types` at all stand for all of them; in Kazoo nothing is found then (section 8.1, 15).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::command::View;
use crate::cx::Cx;
use crate::lenient::{self, Read};
use crate::module::{Module, Next, Outcome, read_data};
use crate::modules::ring_group;
use crate::number;
use crate::ring;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "route_to_cid",
    summary: "Rings whoever shows the dialled number as their caller id.",
    example: r#"{"module": "route_to_cid", "data": {"cid_types": ["external"], "endpoint_types": ["user"], "timeout": 20}, "children": {"_": {"module": "voicemail", "data": {"id": "office-box"}}}}"#,
    exits: ring::EXITS,
    members: lenient::members::<Data>,
    caption: |_| "Ring who has the number".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `internal`, `external` ...; all without any.
    cid_types: Vec<Value>,
    /// `device`, `user`; all without any.
    endpoint_types: Vec<Value>,
    /// Seconds to ring; 0 for the default wait.
    #[serde(deserialize_with = "lenient::opt_int")]
    timeout: Option<i64>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let wanted =
        |list: &[Value], word: &str| list.is_empty() || list.iter().any(|one| one.as_str() == Some(word));
    let dialled = cx.vars(|vars| vars.number.clone());
    let spellings = number::spellings(&cx, &dialled).await;
    let mut endpoints = Vec::new();
    for kind in ["device", "user"].into_iter().filter(|kind| wanted(&data.endpoint_types, kind)) {
        for document in cx.list(View::OfType { kind: kind.to_owned() }).await {
            let Some(Value::Object(shown)) = document.at(&["caller_id"]) else { continue };
            let mut of_types = shown.iter().filter(|(name, _)| wanted(&data.cid_types, name));
            let has =
                of_types.any(|(_, of)| of.text_at(&["number"]).is_some_and(|own| spellings.contains(&own)));
            let id = document.text_at(&["id"]);
            endpoints.extend(id.filter(|_| has).map(|id| json!({"id": id, "endpoint_type": kind})));
        }
    }
    if endpoints.is_empty() {
        cx.note("EN2014", "nobody shows the dialled number");
        return Ok(Next::default_exit());
    }
    let timeout = data.timeout.unwrap_or(20);
    ring_group::ring_group(cx, ring_group::Data { endpoints, timeout, ..ring_group::Data::default() }).await
}
