//! `device`: rings one telephone (reference section 3.3).

use flow::graph::Object;
use serde::Deserialize;

use crate::bridge::Attempt;
use crate::cx::Cx;
use crate::lenient;
use crate::module::{Module, Next, Outcome, read_data};
use crate::ring::{self, Options};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "device",
    summary: "Rings one telephone and connects the caller when it is answered.",
    example: r#"{"module": "device", "data": {"id": "front-desk", "timeout": 20}, "children": {"_": {"module": "voicemail", "data": {"id": "office-box"}}}}"#,
    exits: ring::EXITS,
    members: lenient::members::<Data>,
    caption: |data| match data.get("id").and_then(lenient::as_text) {
        Some(id) => format!("Ring {id}"),
        None => "Ring a device".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Deserialize)]
#[serde(default)]
struct Data {
    /// The device.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
    /// Seconds to ring; 0 for the default wait.
    #[serde(deserialize_with = "lenient::int")]
    timeout: i64,
    /// Seconds before it rings.
    #[serde(deserialize_with = "lenient::int")]
    delay: i64,
    /// `simultaneous` or `single`; the same for one device.
    #[serde(deserialize_with = "lenient::text")]
    dial_strategy: Option<String>,
    /// The caller's own telephones may be rung.
    #[serde(deserialize_with = "lenient::boolean")]
    can_call_self: bool,
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
            dial_strategy: None,
            can_call_self: false,
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
    let reach = ring::reach(&cx, &id, &options).await;
    if let (true, Some((number, callflow))) = (reach.parties.is_empty(), reach.instead) {
        return Ok(ring::forwarded(&cx, number, callflow));
    }
    let attempt = Attempt {
        parties: reach.parties,
        order: ring::order(data.dial_strategy.as_deref()),
        timeout: ring::attempt_timeout(data.timeout).saturating_add(options.delay),
        ringback: ring::ringback(&cx, None),
        ignore_early_media: ring::wants_no_early_media(&cx, &id).await,
        fail_on_single_reject: false,
    };
    ring::ring(&cx, attempt).await
}
