//! `response`: refuses the call with a SIP status, after playing something as early media (reference section 3.1).
//!
//! A call that is answered already can only be hung up: there is no final response left to give.

use flow::graph::Object;
use serde::Deserialize;

use crate::cause::Cause;
use crate::cx::Cx;
use crate::lenient;
use crate::media::Loops;
use crate::media_path;
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "response",
    summary: "Refuses the call with a SIP status, optionally playing something first.",
    example: r#"{"module": "response", "data": {"code": 486, "message": "User Busy", "media": "closed-for-today"}}"#,
    exits: &[Exit::Stop],
    members: lenient::members::<Data>,
    caption: |data| match read_data::<Data>(data.clone()) {
        Ok(data) => format!("Refuse {}", data.code),
        Err(_) => "Refuse".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Deserialize)]
#[serde(default)]
struct Data {
    /// SIP status, 300 to 699.
    #[serde(deserialize_with = "lenient::int")]
    code: i64,
    /// Reason phrase.
    #[serde(deserialize_with = "lenient::text")]
    message: Option<String>,
    /// Media id or path to play first.
    #[serde(deserialize_with = "lenient::text")]
    media: Option<String>,
}

impl Default for Data {
    fn default() -> Self {
        Data { code: 486, message: None, media: None }
    }
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let status = u16::try_from(data.code).ok().filter(|code| (300..700).contains(code)).ok_or_else(|| {
        ModuleError::Broken(format!("code {} is no SIP final status from 300 to 699", data.code))
    })?;
    if let Some(media) = data.media.as_deref().and_then(|id| media_path::item(&cx, id)) {
        cx.play(vec![media], Loops::Once, "").await?;
    }
    if cx.is_answered() {
        return Ok(Next::Stop(Some(Cause::from_sip(status))));
    }
    cx.reject_caller(status, data.message);
    Ok(Next::Stop(None))
}
