//! `camping_feature`: calls back when an extension becomes free, or an outside number answers (reference section 3.6).
//!
//! The caller's call itself keeps watch: it lets the caller go and goes on without them, so nothing else has to remember
//! who waits for whom. A restart of the server forgets it.

use std::sync::Arc;
use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;
use serde_json::json;

use crate::bridge::{Party, RINGBACK_TONE};
use crate::cause::Cause;
use crate::command::{Action, CallerId, Query};
use crate::conversation::{self, PartyGone, wait_with};
use crate::cx::Cx;
use crate::endpoint::{self, Endpoint, Kind};
use crate::ids::LegId;
use crate::input::{Callflow, Loaded};
use crate::lenient;
use crate::media::{Loops, Media};
use crate::media_path;
use crate::metaflows::take_over::{Answered, Rung};
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::modules::resources;
use crate::number;
use crate::output::TraceEvent;
use crate::ring::{self, Options};
use crate::toggle;

/// How often it is looked whether both are free.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How long telephones ring.
const RING_TIME: Duration = Duration::from_secs(30);

/// The longest watch.
const WATCH_MAX: Duration = Duration::from_secs(12 * 3_600);

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "camping_feature",
    summary: "Calls back when the extension dialled behind the feature code is free.",
    example: r#"{"module": "camping_feature", "data": {"stop_after": 31, "tries": 10, "try_interval": 3}}"#,
    exits: &[Exit::Branch, Exit::Stop],
    members: lenient::members::<Data>,
    caption: |_| "Call back when free".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Deserialize)]
#[serde(default)]
struct Data {
    /// Minutes that a busy extension is watched; as `stop_after` when it is 0.
    #[serde(deserialize_with = "lenient::int")]
    timeout: i64,
    /// Times that somebody is called.
    #[serde(deserialize_with = "lenient::int")]
    tries: i64,
    /// Minutes until it is given up.
    #[serde(deserialize_with = "lenient::int")]
    stop_after: i64,
    /// Minutes between two tries.
    #[serde(deserialize_with = "lenient::int")]
    try_interval: i64,
}

impl Default for Data {
    fn default() -> Self {
        Data { timeout: 0, tries: 10, stop_after: 31, try_interval: 3 }
    }
}

/// Who is waited for.
enum Target {
    /// A device or user, whose telephones can be looked at.
    Endpoint { id: String, module: String, devices: Vec<String> },
    /// A number outside: only calling it tells whether it is free.
    Outside(Object),
}

/// The two who shall talk.
struct Camp {
    cx: Cx,
    /// The caller's device.
    own: String,
    number: String,
    target: Target,
}

/// How a try ended.
enum Tried {
    /// They talked, or the caller gave up.
    Done,
    /// Not this time.
    InVain,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    cx.answer().await?;
    let (Some(own), Some((number, target))) = (toggle::calling_device(&cx), target(&cx).await) else {
        cx.note(
            "EN2045",
            "nobody is called back: the caller is no telephone of ours, or the number is no extension",
        );
        cx.prompt("camper-deny").await?;
        return Ok(Next::Stop(None));
    };
    let camp = Camp { cx: cx.clone(), own, number, target };
    if let Target::Endpoint { id, module, devices } = &camp.target
        && calls_of(&cx, devices.clone()).await == 0
    {
        let node = json!({"module": module, "data": {"id": id}, "children": {}});
        let flow = Arc::new(flow::kazoo::read_flow(&node).0);
        return Ok(Next::Branch(Box::new(Callflow::of_flow(&camp.number, flow))));
    }
    // Who hangs up before the prompt has ended is called back too.
    let _ = cx.prompt("camper-queue").await;
    cx.send(Action::HangUp { leg: LegId::CALLER, cause: Cause::NormalClearing });
    let minutes = match (&camp.target, data.timeout) {
        (Target::Endpoint { .. }, 1..) => data.timeout,
        _ => data.stop_after,
    };
    let until = cx.mono().saturating_add(minutes_of(minutes).min(WATCH_MAX));
    if camp.keep_watch(&data, until).await.is_ok_and(|done| !done) {
        cx.note("EN2046", "the number was not free in time, or the caller did not take the call; given up");
    }
    Ok(Next::Stop(None))
}

/// The number behind the feature code and whom it rings; `None` for one that rings nobody by itself.
async fn target(cx: &Cx) -> Option<(String, Target)> {
    let number = number::captured(cx).await?;
    let callflow = cx.lookup(&number).await?;
    let root = callflow.flow.entry_node()?;
    let target = match root.module.as_str() {
        "device" | "user" => {
            let id = root.data.get("id").and_then(lenient::as_text)?;
            let devices = match Endpoint::load(cx, &id).await?.kind {
                Kind::Device => vec![id.clone()],
                Kind::User => endpoint::devices_of(cx, &id).await,
            };
            Target::Endpoint { id, module: root.module.clone(), devices }
        }
        "offnet" | "resources" => Target::Outside(root.data.clone()),
        _ => return None,
    };
    Some((number, target))
}

impl Camp {
    /// Looks and calls until they talk or the time is over; false in the latter case.
    async fn keep_watch(&self, data: &Data, until: Duration) -> Result<bool, PartyGone> {
        let interval = minutes_of(data.try_interval).max(LOOK_EVERY);
        let mut tries = data.tries.max(1);
        let mut next = self.cx.mono().saturating_add(LOOK_EVERY);
        while next < until {
            wait_with(&self.cx, &[], Some(next), |_| None::<()>).await?;
            next = self.cx.mono().saturating_add(LOOK_EVERY);
            if !self.both_are_free().await {
                continue;
            }
            let tried = match &self.target {
                Target::Endpoint { id, .. } => self.call_extension(id).await?,
                Target::Outside(data) => self.call_outside(data).await?,
            };
            tries -= 1;
            match tried {
                Tried::Done => return Ok(true),
                Tried::InVain if tries == 0 => return Ok(false),
                Tried::InVain => next = self.cx.mono().saturating_add(interval),
            }
        }
        Ok(false)
    }

    /// The caller's telephone is free, and the extension's are, as far as that can be known.
    async fn both_are_free(&self) -> bool {
        let mut devices = vec![self.own.clone()];
        if let Target::Endpoint { devices: others, .. } = &self.target {
            devices.extend(others.iter().cloned());
        }
        calls_of(&self.cx, devices).await == 0
    }

    /// Rings the caller, and then the extension.
    async fn call_extension(&self, id: &str) -> Result<Tried, PartyGone> {
        let Some(caller) = self.ring(self.own_parties().await, &[]).await? else { return Ok(Tried::InVain) };
        let tone = Media::Tone { spec: RINGBACK_TONE.to_owned() };
        self.cx.send(Action::Play { leg: caller.leg, items: vec![tone], loops: Loops::Endless });
        let parties = ring::parties(&self.cx, id, &Options::default()).await;
        match self.ring(parties, &[caller.leg]).await {
            Ok(Some(called)) => self.connect(caller, called).await,
            Ok(None) => {
                self.cx.send(Action::HangUp { leg: caller.leg, cause: Cause::NoAnswer });
                Ok(Tried::InVain)
            }
            // Who hangs up while it rings does not want to wait any more.
            Err(PartyGone) => Ok(Tried::Done),
        }
    }

    /// Calls the number outside, and then the caller.
    async fn call_outside(&self, data: &Object) -> Result<Tried, PartyGone> {
        let parties = resources::ways(&self.cx, data.clone(), &self.number).await;
        let Some(called) = self.ring(parties, &[]).await? else { return Ok(Tried::InVain) };
        let music = media_path::music_on_hold(&self.cx, None).await;
        self.cx.send(Action::Play { leg: called.leg, items: vec![music], loops: Loops::Endless });
        match self.ring(self.own_parties().await, &[called.leg]).await {
            Ok(Some(caller)) => self.connect(caller, called).await,
            Ok(None) => {
                self.cx.send(Action::HangUp { leg: called.leg, cause: Cause::NoAnswer });
                Ok(Tried::InVain)
            }
            Err(PartyGone) => Ok(Tried::InVain),
        }
    }

    /// The caller's own telephone, which sees the number they wait for.
    async fn own_parties(&self) -> Vec<Party> {
        let options = Options { can_call_self: true, ..Options::default() };
        let mut parties = ring::parties(&self.cx, &self.own, &options).await;
        for party in &mut parties {
            party.caller_id =
                CallerId { name: self.number.clone(), number: self.number.clone(), ..CallerId::default() };
        }
        parties
    }

    /// Rings telephones all at once; `None` when nobody answered. Ends with `with`, or with the call.
    async fn ring(&self, parties: Vec<Party>, with: &[LegId]) -> Result<Option<Answered>, PartyGone> {
        if parties.is_empty() {
            return Ok(None);
        }
        let until = self.cx.mono().saturating_add(RING_TIME);
        let mut rung = Rung::start(&self.cx, parties, LegId::CALLER);
        let rang = wait_with(&self.cx, with, Some(until), |state| rung.look(state)).await;
        match rang {
            Ok(Some(Ok(answered))) => {
                rung.release(&self.cx, Cause::LoseRace);
                Ok(Some(answered))
            }
            Ok(_) => {
                rung.release(&self.cx, Cause::NoAnswer);
                Ok(None)
            }
            Err(gone) => {
                rung.release(&self.cx, Cause::OriginatorCancel);
                Err(gone)
            }
        }
    }

    /// Lets the two talk until one hangs up.
    async fn connect(&self, caller: Answered, called: Answered) -> Result<Tried, PartyGone> {
        for leg in [caller.leg, called.leg] {
            self.cx.send(Action::StopPlayback { leg });
        }
        let connect = self.cx.start(Action::Connect { a: caller.leg, b: called.leg });
        if let Err(failure) = self.cx.completion(connect).await {
            self.cx.note("EN2010", format!("the parties could not be connected: {failure:?}"));
        }
        self.cx.vars(|vars| vars.bridged = true);
        self.cx.trace(TraceEvent::Connected { leg: called.leg });
        let legs = [caller.leg, called.leg];
        conversation::between(&self.cx, (caller.leg, caller.endpoint), (called.leg, called.endpoint)).await;
        for leg in legs {
            self.cx.send(Action::HangUp { leg, cause: Cause::NormalClearing });
        }
        Ok(Tried::Done)
    }
}

/// Calls that these telephones have at the moment.
async fn calls_of(cx: &Cx, devices: Vec<String>) -> u64 {
    match cx.load(Query::CallsOf { devices }).await {
        Some(Loaded::Count(calls)) => calls,
        _ => 0,
    }
}

fn minutes_of(minutes: i64) -> Duration {
    Duration::from_secs(u64::try_from(minutes).unwrap_or_default().saturating_mul(60))
}
