//! `offnet`: calls a number through a shared carrier: `resources` without the account's own (reference section 3.3).

use flow::graph::Object;

use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Outcome, read_data};
use crate::modules::resources::{self, Data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "offnet",
    summary: "Calls the number through a shared carrier.",
    example: r#"{"module": "offnet", "data": {"to_did": "+35316877779"}}"#,
    exits: &[Exit::Stop, Exit::Dynamic("hang-up cause or sip:NNN")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("to_did").and_then(lenient::as_text) {
        Some(number) => format!("Call {number} outside"),
        None => "Call outside".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let mut data: Data = read_data(data)?;
    data.use_local_resources = Some(false);
    resources::call(cx, data).await
}
