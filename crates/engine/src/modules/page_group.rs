//! `page_group`: announces to many telephones at once, which answer by themselves (reference section 3.3).
//!
//! All of them and the caller are in one room; with `one-way` only the caller is heard there.

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::cause::Cause;
use crate::command::{Action, Dial, Seat};
use crate::cx::{Cx, HungUp};
use crate::ids::{CommandId, LegId};
use crate::input::Failure;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::modules::ring_group;
use crate::output::TraceEvent;
use crate::ring::{self, AUTO_ANSWER, Options};
use crate::state::{LegPhase, State};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "page_group",
    summary: "Announces to many telephones at once.",
    example: r#"{"module": "page_group", "data": {"audio": "one-way", "endpoints": [{"id": "alice", "endpoint_type": "user"}, {"id": "front-desk", "endpoint_type": "device"}]}, "children": {"_": {"module": "hangup", "data": {}}}}"#,
    exits: &[Exit::Stop, Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| {
        let members = data.get("endpoints").and_then(Value::as_array).map_or(0, Vec::len);
        format!("Page {members}")
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Deserialize)]
#[serde(default)]
struct Data {
    /// Members as in `ring_group`.
    endpoints: Vec<Value>,
    /// `one-way` or `two-way`.
    #[serde(deserialize_with = "lenient::text")]
    audio: Option<String>,
    /// Also telephones that are in a call.
    #[serde(deserialize_with = "lenient::boolean")]
    barge_calls: bool,
    /// Seconds until somebody must have answered.
    #[serde(deserialize_with = "lenient::int")]
    timeout: i64,
}

impl Default for Data {
    fn default() -> Self {
        Data { endpoints: Vec::new(), audio: None, barge_calls: false, timeout: 5 }
    }
}

/// One telephone being paged.
struct Paged {
    leg: LegId,
    dial: CommandId,
    /// Its command to join, once it has answered.
    join: Option<CommandId>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let options = Options { auto_answer: true, in_group: true, ..Options::default() };
    let parties = ring_group::paged(&cx, &data.endpoints, &options).await;
    let most = cx.with(|state| state.limits().ringing_legs);
    if parties.is_empty() {
        cx.note("EN2014", "there is nobody to page");
        return Ok(Next::default_exit());
    }
    let suppress = Value::String((!data.barge_calls).to_string());
    cx.vars(|vars| vars.channel.insert(AUTO_ANSWER.to_owned(), suppress));
    cx.answer().await?;
    let room = cx.with(|state| format!("page-{}", state.setup.call_id));
    let both = data.audio.as_deref() == Some("two-way");
    if let Err(failure) = join(&cx, LegId::CALLER, &room, true, both).await? {
        cx.note("EN2032", format!("nobody can be paged: {}", reason(&failure)));
        return Ok(Next::default_exit());
    }
    let mut paged: Vec<Paged> = Vec::new();
    for party in parties.into_iter().filter(|party| data.barge_calls || !party.is_busy).take(most) {
        let leg = cx.with(|state| state.new_leg());
        let dial = Dial {
            leg,
            target: party.target,
            caller_id: party.caller_id,
            headers: party.headers,
            codecs: party.codecs,
            for_leg: LegId::CALLER,
        };
        let dial = cx.start(Action::Dial(dial));
        cx.trace(TraceEvent::Rung { leg, party: party.label });
        paged.push(Paged { leg, dial, join: None });
    }
    let until = cx.mono().saturating_add(ring::seconds(data.timeout).unwrap_or(Duration::from_secs(5)));
    let announced = announce(&cx, &mut paged, until, &room, both).await;
    for page in &paged {
        cx.send(Action::HangUp { leg: page.leg, cause: Cause::NormalClearing });
    }
    match announced? {
        true => Ok(Next::Stop(None)),
        false => {
            cx.note("EN2013", "nobody answered the page");
            Ok(Next::default_exit())
        }
    }
}

/// Lets whoever answers in, until all have left; false when nobody was there by `until`.
async fn announce(
    cx: &Cx,
    paged: &mut Vec<Paged>,
    until: Duration,
    room: &str,
    both: bool,
) -> Result<bool, HungUp> {
    let mut anybody = false;
    loop {
        let deadline = (cx.mono() < until).then_some(until);
        let answered = cx
            .wait(deadline, |state| {
                paged.retain(|page| !is_over(state, page));
                let ready = |page: &&mut Paged| page.join.is_none() && phase(state, page.leg) == LegPhase::Up;
                let ready = paged.iter_mut().find(ready).map(|page| page.leg);
                match ready {
                    Some(leg) => Some(Some(leg)),
                    None => paged.is_empty().then_some(None),
                }
            })
            .await?;
        match answered {
            Some(Some(leg)) => {
                let seat = Seat { speaks: both, hears: true, ..Seat::default() };
                let id = cx.start(Action::Join { leg, room: room.to_owned(), seat });
                if let Some(page) = paged.iter_mut().find(|page| page.leg == leg) {
                    page.join = Some(id);
                }
                cx.trace(TraceEvent::Connected { leg });
                cx.vars(|vars| vars.bridged = true);
                anybody = true;
            }
            Some(None) => return Ok(anybody),
            // Time is up for those who have not answered.
            None => {
                let late: Vec<LegId> =
                    paged.iter().filter(|page| page.join.is_none()).map(|page| page.leg).collect();
                for leg in late {
                    cx.send(Action::HangUp { leg, cause: Cause::NoAnswer });
                    paged.retain(|page| page.leg != leg);
                }
                if paged.is_empty() {
                    return Ok(anybody);
                }
            }
        }
    }
}

fn phase(state: &State, leg: LegId) -> LegPhase {
    state.legs.get(&leg).map_or(LegPhase::Over(Cause::NormalClearing), |leg| leg.phase)
}

/// It could not be called, refused, has left, or could not be let in.
fn is_over(state: &mut State, page: &Paged) -> bool {
    if let Some(leg) = state.legs.get_mut(&page.leg) {
        leg.events.clear();
        leg.digits.clear();
    }
    let failed =
        |state: &mut State, command: CommandId| matches!(state.completions.remove(&command), Some(Err(_)));
    failed(state, page.dial)
        || page.join.is_some_and(|join| failed(state, join))
        || matches!(phase(state, page.leg), LegPhase::Over(_))
}

async fn join(
    cx: &Cx,
    leg: LegId,
    room: &str,
    speaks: bool,
    hears: bool,
) -> Result<Result<(), Failure>, HungUp> {
    let seat = Seat { speaks, hears, ..Seat::default() };
    let joined = cx.run(Action::Join { leg, room: room.to_owned(), seat }).await?;
    Ok(joined.map(|_| ()))
}

fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Unsupported { reason } => reason.clone(),
        other => format!("{other:?}"),
    }
}
