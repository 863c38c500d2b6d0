//! `fax_detect`: listens whether the caller is a fax machine (reference section 3.2): the calling tone CNG, 1100 Hz
//! (ITU-T T.30). Does not answer.

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;

use crate::command::Action;
use crate::cx::Cx;
use crate::ids::LegId;
use crate::input::{Done, Failure};
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};

/// Seconds, when the node does not say (`fax_detect_duration_s`), and the most it can say.
const DURATION_S: i64 = 5;
const DURATION_MAX_S: i64 = 120;

/// Time on top of the node's.
const GRACE: Duration = Duration::from_secs(2);

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "fax_detect",
    summary: "Listens whether the caller is a fax machine.",
    example: r#"{"module": "fax_detect", "data": {"duration": 5}, "children": {"ON_FAX": {"module": "receive_fax", "data": {"owner_id": "alice"}}, "ON_VOICE": {"module": "user", "data": {"id": "alice"}}}}"#,
    exits: &[Exit::Key("ON_FAX"), Exit::Key("ON_VOICE")],
    members: lenient::members::<Data>,
    caption: |_| "Is it a fax?".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// Seconds to listen.
    #[serde(deserialize_with = "lenient::opt_int")]
    duration: Option<i64>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let seconds = data.duration.filter(|seconds| *seconds > 0).unwrap_or(DURATION_S).min(DURATION_MAX_S);
    let limit = Duration::from_secs(seconds.unsigned_abs()) + GRACE;
    let heard = match cx.run(Action::DetectFax { leg: LegId::CALLER, limit }).await? {
        Ok(Done::FaxTone { heard }) => heard,
        Ok(_) => false,
        Err(Failure::Unsupported { reason }) => {
            cx.note("EN2034", format!("a fax machine cannot be told from a person: {reason}"));
            false
        }
        Err(failure) => {
            cx.note("EN2034", format!("a fax machine cannot be told from a person: {failure:?}"));
            false
        }
    };
    Ok(Next::Continue(if heard { "ON_FAX" } else { "ON_VOICE" }.to_owned()))
}
