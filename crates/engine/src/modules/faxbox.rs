//! `faxbox`: receives a fax for a fax box (reference section 3.8). The call ends with it.

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cx::Cx;
use crate::lenient::{self, Read};
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::modules::receive_fax;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "faxbox",
    summary: "Receives a fax for a fax box.",
    example: r#"{"module": "faxbox", "data": {"id": "office-fax"}}"#,
    exits: &[Exit::HardStop, Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("id").or(data.get("faxbox_id")).and_then(lenient::as_text) {
        Some(id) => format!("Fax box {id}"),
        None => "Fax box".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The fax box.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
    /// The fax box, when there is no `id`.
    #[serde(deserialize_with = "lenient::text")]
    faxbox_id: Option<String>,
    /// `fax_option`: true, false or `auto` for T.38; the box's own otherwise.
    media: Value,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let id = data.id.or(data.faxbox_id).unwrap_or_default();
    let found = cx.document(&id).await;
    let Some(faxbox) = found.filter(|found| found.text_at(&["pvt_type"]).as_deref() == Some("faxbox")) else {
        cx.note("EN2035", format!("no fax was received: the fax box `{id}` does not exist"));
        return Ok(Next::default_exit());
    };
    let own = faxbox.at(&["media", "fax_option"]);
    let option = data.media.at(&["fax_option"]).or(own).cloned().unwrap_or(Value::Null);
    let owner = faxbox.text_at(&["owner_id"]);
    let settings = json!({"faxbox_id": id, "owner_id": owner, "fax_option": option});
    receive_fax::receive(&cx, settings).await
}
