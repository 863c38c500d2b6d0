//! `intercom`: calls the number dialled behind the feature code so that the telephone answers by itself
//! (reference section 3.3).

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::number;
use crate::ring::AUTO_ANSWER;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "intercom",
    summary: "Calls the number dialled, and the telephone answers by itself.",
    example: r#"{"module": "intercom", "data": {"barge_calls": false}}"#,
    exits: &[Exit::Branch, Exit::Key("_"), Exit::Stop],
    members: lenient::members::<Data>,
    caption: |_| "Intercom".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// Also telephones that are in a call.
    #[serde(deserialize_with = "lenient::boolean")]
    barge_calls: bool,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let Some(number) = number::captured(&cx).await else { return cx.bad_destination().await };
    match cx.lookup(&number).await.filter(|callflow| !callflow.no_match) {
        Some(callflow) => {
            let suppress = Value::String((!data.barge_calls).to_string());
            cx.vars(|vars| vars.channel.insert(AUTO_ANSWER.to_owned(), suppress));
            Ok(cx.branch(callflow))
        }
        None => Ok(Next::default_exit()),
    }
}
