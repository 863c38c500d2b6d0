//! `flush_dtmf`: forgets the digits collected under a name (reference section 3.2). Kazoo keeps them (section 8.1, 5).

use flow::graph::Object;
use serde::Deserialize;

use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::modules::collect_dtmf::DEFAULT_COLLECTION;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "flush_dtmf",
    summary: "Forgets digits that were collected.",
    example: r#"{"module": "flush_dtmf", "data": {"collection_name": "custom_name"}, "children": {"_": {"module": "menu", "data": {"id": "main-menu"}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |_| "Forget digits".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The name they were collected under.
    #[serde(deserialize_with = "lenient::text")]
    collection_name: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let name = data.collection_name.unwrap_or_else(|| DEFAULT_COLLECTION.to_owned());
    cx.vars(|vars| vars.collections.shift_remove(&name));
    Ok(Next::default_exit())
}
