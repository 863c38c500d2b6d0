//! `pivot`: asks the customer's web server what the call shall do (reference section 5): a flow in JSON, or TwiML.
//!
//! Whatever the server does wrong (slow, dead, too long, neither JSON nor TwiML), the next child runs and the trace says why;
//! Kazoo hangs up in several of these cases. Limits: time and size of a reply, and how often one call may ask. Not here: the
//! requests, and TwiML's verbs (`crate::pivot`).

use std::time::Duration;

use flow::graph::Object;
use flow::twiml::Method;
use serde::Deserialize;

use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, ModuleError, Outcome, read_data};
use crate::pivot::{self, Answer, Session, Settings};

/// Time a web server has, and the most a node can give it (`pivot.request_timeout_ms`).
const TIMEOUT_MAX_MS: i64 = 5_000;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "pivot",
    summary: "Asks a web server for the flow the call shall take.",
    example: r#"{"module": "pivot", "data": {"voice_url": "http://flows.example.com/main", "method": "get"}, "children": {"_": {"module": "voicemail", "data": {"id": "office-box"}}}}"#,
    exits: &[Exit::Replace, Exit::HardStop, Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("voice_url").and_then(lenient::as_text) {
        Some(url) => format!("Ask {url}"),
        None => "Ask a web server".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The address asked.
    #[serde(deserialize_with = "lenient::text")]
    voice_url: Option<String>,
    /// Told about the call when it has ended.
    #[serde(deserialize_with = "lenient::text")]
    cdr_url: Option<String>,
    /// `get` or `post`.
    #[serde(deserialize_with = "lenient::text")]
    method: Option<String>,
    /// `kazoo` or `twiml`: how parameters are named.
    #[serde(deserialize_with = "lenient::text")]
    req_format: Option<String>,
    /// `form` or `json`, for `post`.
    #[serde(deserialize_with = "lenient::text")]
    req_body_format: Option<String>,
    /// Milliseconds the server has.
    #[serde(deserialize_with = "lenient::opt_int")]
    req_timeout_ms: Option<i64>,
    /// Keep requests and replies for the author of the flow.
    #[serde(deserialize_with = "lenient::boolean")]
    debug: bool,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    // A feature key has asked already, and the caller has left the conversation for the answer.
    if let Some((mut session, response)) = cx.vars(|vars| vars.pivot_answer.take()).map(|answer| *answer) {
        return pivot::run(&cx, &mut session, Some(Answer::Twiml(response))).await;
    }
    let (mut session, answer) = begin(&cx, data).await?;
    pivot::run(&cx, &mut session, answer).await
}

/// Asks for the first time; without an answer the reason is noted.
pub(crate) async fn begin(cx: &Cx, data: Object) -> Result<(Session, Option<Answer>), ModuleError> {
    let data: Data = read_data(data)?;
    let Some(url) = &data.voice_url else {
        return Err(ModuleError::Broken("voice_url is missing".to_owned()));
    };
    if data.cdr_url.is_some() {
        cx.vars(|vars| vars.cdr_url.clone_from(&data.cdr_url));
    }
    let is = |member: &Option<String>, word: &str| {
        member.as_deref().is_some_and(|member| member.eq_ignore_ascii_case(word))
    };
    let timeout_ms = data.req_timeout_ms.filter(|ms| *ms > 0).unwrap_or(TIMEOUT_MAX_MS).min(TIMEOUT_MAX_MS);
    let mut session = Session::new(Settings {
        twiml_names: is(&data.req_format, "twiml"),
        json_body: is(&data.req_body_format, "json"),
        timeout: Duration::from_millis(timeout_ms.unsigned_abs()),
        debug: data.debug,
    });
    let method = if is(&data.method, "post") { Method::Post } else { Method::Get };
    let answer = pivot::ask(cx, &mut session, url, method).await?;
    Ok((session, answer))
}
