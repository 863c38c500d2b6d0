//! `user`: rings all telephones of a person (reference section 3.3).

use flow::graph::Object;
use serde::Deserialize;

use crate::bridge::{Attempt, Order};
use crate::cx::Cx;
use crate::lenient;
use crate::module::{Module, Next, Outcome, read_data};
use crate::ring::{self, Options};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "user",
    summary: "Rings all telephones of a person and connects the caller with the first to answer.",
    example: r#"{"module": "user", "data": {"id": "alice", "timeout": 20}, "children": {"_": {"module": "voicemail", "data": {"id": "alice-box"}}}}"#,
    exits: ring::EXITS,
    members: lenient::members::<Data>,
    caption: |data| match data.get("id").and_then(lenient::as_text) {
        Some(id) => format!("Ring {id}"),
        None => "Ring a user".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Deserialize)]
#[serde(default)]
struct Data {
    /// The user.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
    /// Seconds to ring; 0 for the default wait.
    #[serde(deserialize_with = "lenient::int")]
    timeout: i64,
    /// Seconds before the telephones ring.
    #[serde(deserialize_with = "lenient::int")]
    delay: i64,
    /// `simultaneous` or `single`.
    #[serde(deserialize_with = "lenient::text")]
    strategy: Option<String>,
    /// The caller's own telephones may be rung.
    #[serde(deserialize_with = "lenient::boolean")]
    can_call_self: bool,
    /// One telephone that rejects ends the attempt; by default as the call's `Require-Fail-On-Single-Reject` says.
    #[serde(deserialize_with = "lenient::opt_boolean")]
    fail_on_single_reject: Option<bool>,
    /// User part to call instead of the contact's.
    #[serde(deserialize_with = "lenient::text")]
    static_invite: Option<String>,
    /// Show no caller id.
    #[serde(deserialize_with = "lenient::boolean")]
    suppress_clid: bool,
    /// More SIP headers.
    custom_sip_headers: Object,
}

impl Default for Data {
    fn default() -> Self {
        Data {
            id: None,
            timeout: 20,
            delay: 0,
            strategy: None,
            can_call_self: false,
            fail_on_single_reject: None,
            static_invite: None,
            suppress_clid: false,
            custom_sip_headers: Object::new(),
        }
    }
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let Some(id) = data.id else { return Ok(Next::default_exit()) };
    let options = Options {
        delay: ring::seconds(data.delay).unwrap_or_default(),
        timeout: ring::seconds(data.timeout),
        can_call_self: data.can_call_self,
        suppress_clid: data.suppress_clid,
        static_invite: data.static_invite,
        custom_sip_headers: data.custom_sip_headers,
        ..Options::default()
    };
    let order = ring::order(data.strategy.as_deref());
    let reach = ring::reach(&cx, &id, &options).await;
    let parties = reach.parties;
    if let (true, Some((number, callflow))) = (parties.is_empty(), reach.instead) {
        return Ok(ring::forwarded(&cx, number, callflow));
    }
    let rounds = if order == Order::OneByOne { parties.len().max(1) } else { 1 };
    let from_call =
        || cx.vars(|vars| vars.channel.get("Require-Fail-On-Single-Reject").is_some_and(lenient::is_true));
    let attempt = Attempt {
        order,
        timeout: ring::attempt_timeout(data.timeout)
            .saturating_add(options.delay)
            .saturating_mul(u32::try_from(rounds).unwrap_or(u32::MAX)),
        ringback: ring::ringback(&cx, None),
        ignore_early_media: order == Order::AllAtOnce || ring::wants_no_early_media(&cx, &id).await,
        fail_on_single_reject: data.fail_on_single_reject.unwrap_or_else(from_call),
        parties,
    };
    ring::ring(&cx, attempt).await
}
