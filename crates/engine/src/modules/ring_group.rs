//! `ring_group`: rings several telephones, people and groups by a strategy, in rounds (reference section 7.4).
//!
//! `weighted_random` does what its name says; Kazoo's rings nobody (section 8.1, 1).

use std::time::Duration;

use flow::graph::Object;
use flow::time_rules::GREGORIAN_OFFSET_S;
use serde::Deserialize;
use serde_json::Value;

use crate::bridge::{self, Attempt, BridgeEnd, Order, Party};
use crate::cx::Cx;
use crate::lenient::{self, Read};
use crate::module::{Module, Next, Outcome, read_data};
use crate::ring::{self, Options};

/// Groups within groups followed at most.
const GROUP_DEPTH_MAX: usize = 8;

/// Members taken at most, all groups resolved.
const MEMBERS_MAX: usize = 500;

/// Weight of a member that has none.
const DEFAULT_WEIGHT: u64 = 20;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "ring_group",
    summary: "Rings several telephones, people and groups, all at once, in order, or in random order by weight.",
    example: r#"{"module": "ring_group", "data": {"strategy": "simultaneous", "timeout": 20, "endpoints": [{"id": "alice", "endpoint_type": "user"}, {"id": "front-desk", "endpoint_type": "device", "delay": 5}]}, "children": {"_": {"module": "voicemail", "data": {"id": "office-box"}}}}"#,
    exits: ring::EXITS,
    members: lenient::members::<Data>,
    caption: |data| {
        let members = data.get("endpoints").and_then(Value::as_array).map_or(0, Vec::len);
        format!("Ring group of {members}")
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

/// What a node says about ringing a group; shared with `group` and `route_to_cid`.
#[derive(Debug, Deserialize)]
#[serde(default)]
pub(super) struct Data {
    /// Members: objects as in the schema, or plain ids.
    pub(super) endpoints: Vec<Value>,
    /// `simultaneous`, `single` or `weighted_random`.
    #[serde(deserialize_with = "lenient::text")]
    pub(super) strategy: Option<String>,
    /// Seconds one round may take.
    #[serde(deserialize_with = "lenient::int")]
    pub(super) timeout: i64,
    /// Rounds.
    #[serde(deserialize_with = "lenient::int")]
    pub(super) repeats: i64,
    /// What the caller hears meanwhile.
    #[serde(deserialize_with = "lenient::text")]
    pub(super) ringback: Option<String>,
    /// `Alert-Info` for calls from within and from outside.
    pub(super) ringtones: Object,
    /// A telephone that redirects fails instead of being followed.
    #[serde(deserialize_with = "lenient::not_false")]
    pub(super) ignore_forward: Option<bool>,
    /// One telephone that rejects ends the round.
    #[serde(deserialize_with = "lenient::boolean")]
    pub(super) fail_on_single_reject: bool,
}

impl Default for Data {
    fn default() -> Self {
        Data {
            endpoints: Vec::new(),
            strategy: None,
            timeout: 20,
            repeats: 1,
            ringback: None,
            ringtones: Object::new(),
            ignore_forward: None,
            fail_on_single_reject: false,
        }
    }
}

/// One member, groups resolved.
#[derive(Clone, Debug)]
struct Member {
    id: String,
    options: Options,
    weight: u64,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    ring_group(cx, data).await
}

/// The telephones of a node's members, all at once, for a call forwarded to them.
pub(crate) async fn everybody(cx: &Cx, data: &Object, options: &Options) -> Vec<Party> {
    let Ok(data) = read_data::<Data>(data.clone()) else { return Vec::new() };
    let members = resolve(cx, &data.endpoints, &Options::default(), false).await;
    let mut parties = Vec::new();
    for member in members {
        let options = Options { delay: member.options.delay, in_group: true, ..options.clone() };
        parties.extend(ring::parties(cx, &member.id, &options).await);
    }
    parties
}

/// The telephones of members that are to be paged.
pub(super) async fn paged(cx: &Cx, endpoints: &[Value], options: &Options) -> Vec<Party> {
    let members = resolve(cx, endpoints, options, false).await;
    let data = Data::default();
    let parties = ring_parties(cx, members, &data).await;
    parties.into_iter().map(|(party, _)| party).collect()
}

/// Rings the members in rounds.
pub(super) async fn ring_group(cx: Cx, data: Data) -> Outcome {
    let by_weight = data.strategy.as_deref() == Some("single");
    let members = resolve(&cx, &data.endpoints, &Options::default(), by_weight).await;
    let parties = ring_parties(&cx, members, &data).await;
    if parties.is_empty() {
        cx.note("EN2014", "the ring group has nobody to ring");
        return Ok(Next::default_exit());
    }
    let order = ring::order(data.strategy.as_deref());
    let rounds = data.repeats.clamp(1, 100);
    for _ in 0..rounds {
        let attempt = Attempt {
            parties: in_order(&cx, &parties, data.strategy.as_deref()),
            order,
            timeout: ring::attempt_timeout(data.timeout),
            ringback: ring::ringback(&cx, data.ringback.as_deref()),
            ignore_early_media: true,
            fail_on_single_reject: data.fail_on_single_reject,
        };
        let end: BridgeEnd = bridge::run(&cx, attempt).await?;
        if let Some(next) = ring::after(&cx, end).await {
            return Ok(next);
        }
    }
    Ok(Next::default_exit())
}

/// The telephones a node would ring, in document order.
pub(crate) async fn telephones(cx: &Cx, data: Object) -> Vec<Party> {
    let Ok(data) = read_data::<Data>(data) else { return Vec::new() };
    let members = resolve(cx, &data.endpoints, &Options::default(), false).await;
    ring_parties(cx, members, &data).await.into_iter().map(|(party, _)| party).collect()
}

/// The members that are active, groups replaced by theirs: in document order, or `by_weight`, those without one last.
async fn resolve(cx: &Cx, endpoints: &[Value], options: &Options, by_weight: bool) -> Vec<Member> {
    let now = cx.civil().as_second() + GREGORIAN_OFFSET_S;
    let mut members: Vec<Member> = Vec::new();
    let mut open: Vec<(Value, Options, Option<u64>, usize)> =
        endpoints.iter().rev().map(|endpoint| (endpoint.clone(), options.clone(), None, 0)).collect();
    while let Some((endpoint, inherited, group_weight, depth)) = open.pop() {
        if members.len() >= MEMBERS_MAX {
            cx.note("EN1007", format!("a ring group rings at most {MEMBERS_MAX} members"));
            break;
        }
        let Some(id) = lenient::as_text(&endpoint).or_else(|| endpoint.text_at(&["id"])) else { continue };
        if endpoint.int_at(&["disable_until"]).is_some_and(|until| until >= now) {
            continue;
        }
        let options = member_options(&endpoint, &inherited);
        let own_weight = endpoint.int_at(&["weight"]).map(|weight| weight.clamp(1, 100).unsigned_abs());
        let weight = group_weight.or(own_weight);
        let named = endpoint.text_at(&["endpoint_type"]);
        let group = match named.as_deref() {
            Some("group") | None => cx
                .document(&id)
                .await
                .filter(|document| document.text_at(&["pvt_type"]).as_deref() == Some("group")),
            Some(_) => None,
        };
        match group {
            Some(_) if depth >= GROUP_DEPTH_MAX => {
                cx.note("EN1008", format!("groups within groups are followed {GROUP_DEPTH_MAX} deep"));
            }
            Some(group) => {
                if let Some(Value::Object(inner)) = group.at(&["endpoints"]) {
                    let mut inner: Vec<(&String, &Value)> = inner.iter().collect();
                    if by_weight {
                        inner.sort_by_key(|(_, settings)| settings.int_at(&["weight"]).unwrap_or(i64::MAX));
                    }
                    for (id, settings) in inner.into_iter().rev() {
                        let mut member = settings.as_object().cloned().unwrap_or_default();
                        member.insert("id".to_owned(), Value::String(id.clone()));
                        if let Some(kind) = member.shift_remove("type") {
                            member.insert("endpoint_type".to_owned(), kind);
                        }
                        let weight = weight.or(Some(DEFAULT_WEIGHT));
                        open.push((Value::Object(member), options.clone(), weight, depth + 1));
                    }
                }
            }
            None => {
                members.push(Member { id, options, weight: weight.unwrap_or(DEFAULT_WEIGHT) });
            }
        }
    }
    members
}

fn member_options(endpoint: &Value, inherited: &Options) -> Options {
    let of = |name: &str| endpoint.int_at(&[name]).and_then(ring::seconds);
    Options {
        delay: of("delay").unwrap_or(inherited.delay),
        timeout: of("timeout").or(inherited.timeout),
        can_call_self: endpoint.is_true_at(&["can_call_self"], inherited.can_call_self),
        suppress_clid: endpoint.is_true_at(&["suppress_clid"], inherited.suppress_clid),
        static_invite: endpoint.text_at(&["static_invite"]),
        in_group: true,
        ..inherited.clone()
    }
}

/// The telephones of the members, each once per delay and timeout.
async fn ring_parties(cx: &Cx, members: Vec<Member>, data: &Data) -> Vec<(Party, u64)> {
    let offnet = cx.with(|state| state.setup.facts.is_offnet());
    let ringtone = data
        .ringtones
        .get(if offnet { "external" } else { "internal" })
        .and_then(Value::as_str)
        .filter(|tone| !tone.is_empty() && !tone.contains(['\r', '\n']));
    let mut parties: Vec<(Party, u64)> = Vec::new();
    for member in members {
        let options =
            Options { timeout: member.options.timeout.or(Some(Duration::from_secs(20))), ..member.options };
        for mut party in ring::parties(cx, &member.id, &options).await {
            if let Some(tone) = ringtone {
                party.headers.retain(|(name, _)| name != "Alert-Info");
                party.headers.push(("Alert-Info".to_owned(), tone.to_owned()));
            }
            let twice = parties.iter().any(|(other, _)| {
                other.label == party.label && other.delay == party.delay && other.timeout == party.timeout
            });
            if !twice {
                parties.push((party, member.weight));
            }
        }
    }
    parties
}

/// The order of one round: as written, or drawn by weight.
fn in_order(cx: &Cx, parties: &[(Party, u64)], strategy: Option<&str>) -> Vec<Party> {
    let mut left: Vec<(Party, u64)> = parties.to_vec();
    if strategy != Some("weighted_random") {
        if ring::order(strategy) == Order::AllAtOnce {
            left.sort_by_key(|(party, _)| party.delay);
        }
        return left.into_iter().map(|(party, _)| party).collect();
    }
    let mut drawn = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let total: u64 = left.iter().map(|(_, weight)| weight).sum();
        let mut point = cx.with(|state| state.random_below(total));
        let place = left
            .iter()
            .position(|(_, weight)| {
                let here = point < *weight;
                point = point.saturating_sub(*weight);
                here
            })
            .unwrap_or(0);
        drawn.push(left.remove(place).0);
    }
    drawn
}
