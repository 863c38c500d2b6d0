//! `acdc_member`: the caller waits in a queue until an agent talks with them (reference section 3.8).
//!
//! The caller's own call does everything: it plays the music, tells the place, and rings the agents that the queue names,
//! with the same means as `user`. Not here: whose turn it is and which agent is next ([`crate::queue`]), what callers are
//! told (`modules::acdc_member::announcement`).

mod announcement;

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;
use serde_json::json;

use self::announcement::Announcer;
use crate::bridge::{self, Attempt, Meanwhile, Order, Party, Reached};
use crate::command::Action;
use crate::conversation;
use crate::cx::{Cx, HungUp};
use crate::ids::{CommandId, LegId};
use crate::input::{Done, Failure};
use crate::lenient::{self, Read};
use crate::media::{Loops, Media};
use crate::media_path;
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};
use crate::modules::record_call;
use crate::queue::{self, QueueReply, QueueRequest, Settings};
use crate::recording;
use crate::ring::{self, Options};

/// The pause after the key that leaves the queue.
const AFTER_EXIT_KEY: Duration = Duration::from_secs(1);

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "acdc_member",
    summary: "The caller waits in a queue until an agent is free, who is rung and connected.",
    example: r#"{"module": "acdc_member", "data": {"id": "support", "priority": 5}, "children": {"_": {"module": "voicemail", "data": {"id": "support-box"}}}}"#,
    exits: &[Exit::Stop, Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("id").and_then(lenient::as_text) {
        Some(id) => format!("Wait in queue {id}"),
        None => "Wait in a queue".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The queue.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
    /// Higher goes first; by default the call's `Call-Priority`.
    #[serde(deserialize_with = "lenient::opt_int")]
    priority: Option<i64>,
}

/// How waiting ended.
enum End {
    /// The caller talked with an agent.
    Talked,
    /// They pressed the key that leaves the queue.
    ExitKey,
    /// They have waited long enough.
    TimedOut,
    /// The queue does not know them any more.
    Lost,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let id = data.id.ok_or_else(|| ModuleError::Broken("there is no queue id".to_owned()))?;
    let document = cx.document(&id).await;
    let document = document.filter(|found| found.text_at(&["pvt_type"]).as_deref() == Some(queue::DOCUMENT));
    let Some(document) = document else {
        cx.note("EN2040", format!("there is no queue `{id}`; the next child runs"));
        return Ok(Next::default_exit());
    };
    let settings = Settings::read(&document);
    let of_call = || cx.vars(|vars| vars.channel.get("Call-Priority").and_then(lenient::as_int));
    let priority = data.priority.or_else(of_call).unwrap_or(0);
    match ask(&cx, QueueRequest::Enter { queue: id.clone(), priority }).await {
        Ok(Done::Queue(QueueReply::Entered)) => {}
        Ok(Done::Queue(QueueReply::Full)) => {
            cx.note("EN2041", format!("the queue `{id}` is full; the next child runs"));
            return Ok(Next::default_exit());
        }
        Ok(Done::Queue(QueueReply::NoAgents)) => {
            cx.note("EN2042", format!("no agent of the queue `{id}` is logged in; the next child runs"));
            return Ok(Next::default_exit());
        }
        other => {
            cx.note("EN2040", format!("the queue `{id}` takes nobody: {other:?}; the next child runs"));
            return Ok(Next::default_exit());
        }
    }
    let began = cx.mono();
    cx.vars(|vars| {
        vars.channel.insert("Queue-ID".to_owned(), json!(id));
        if let Some(url) = settings.cdr_url.clone() {
            vars.cdr_url = Some(url);
        }
    });
    publish(&cx, "queue_entered", json!({"queue_id": id, "priority": priority}));
    let mut waiting =
        Waiting { cx: &cx, id: &id, settings: &settings, began, playing: None, mute: false, answered: false };
    let ended = waiting.until_over().await;
    let answered = waiting.answered;
    // Whatever happened, also when the caller has hung up.
    cx.send(Action::Queue(QueueRequest::Leave));
    cx.vars(|vars| vars.channel.shift_remove("Queue-ID"));
    let waited_s = cx.mono().saturating_sub(began).as_secs();
    let left = |reason: &str| {
        publish(&cx, "queue_left", json!({"queue_id": id, "reason": reason, "after_s": waited_s}))
    };
    if ended.is_err() && !answered {
        left("hung_up");
    }
    let end = ended?;
    match end {
        End::Talked => return Ok(ring::after_talking(&cx).await),
        End::ExitKey => {
            left("exit_key");
            cx.sleep(AFTER_EXIT_KEY).await?;
        }
        End::TimedOut => {
            cx.note("EN2043", format!("nobody of the queue `{id}` was free in time; the next child runs"));
            left("timeout");
        }
        End::Lost => left("lost"),
    }
    Ok(Next::default_exit())
}

/// A caller in a queue.
struct Waiting<'a> {
    cx: &'a Cx,
    id: &'a str,
    settings: &'a Settings,
    began: Duration,
    /// What the caller hears: the playback, and whether it is the music.
    playing: Option<(CommandId, bool)>,
    /// The music cannot be played.
    mute: bool,
    /// An agent has answered, so that who hangs up has not given up.
    answered: bool,
}

/// Something that happened while the caller waits.
enum Event {
    Turn(Result<Done, Failure>),
    ExitKey,
    PlaybackOver(Result<Done, Failure>),
}

impl Waiting<'_> {
    async fn until_over(&mut self) -> Result<End, HungUp> {
        let cx = self.cx;
        cx.answer().await?;
        let ends = self.settings.connection_timeout.map(|timeout| self.began.saturating_add(timeout));
        let mut announcer = Announcer::new(&self.settings.announcements, cx.mono());
        let mut turn = cx.start(Action::Queue(QueueRequest::Await));
        loop {
            self.play_music().await?;
            let next = [ends, announcer.next()].into_iter().flatten().min();
            match self.event(turn, next).await? {
                Some(Event::Turn(Ok(Done::Queue(QueueReply::Agents(agents))))) => {
                    // An announcement gives way to the music: nobody shall hear half a sentence and then nothing.
                    self.stop_announcement().await?;
                    if let Some(end) = self.offer(agents, ends).await? {
                        return Ok(end);
                    }
                    turn = cx.start(Action::Queue(QueueRequest::Await));
                }
                Some(Event::Turn(lost)) => {
                    cx.note("EN2040", format!("the caller has no place in the queue any more: {lost:?}"));
                    self.stop_playing().await?;
                    return Ok(End::Lost);
                }
                Some(Event::ExitKey) => {
                    self.stop_playing().await?;
                    return Ok(End::ExitKey);
                }
                Some(Event::PlaybackOver(result)) => self.playback_over(result),
                None if ends.is_some_and(|ends| cx.mono() >= ends) => {
                    self.stop_playing().await?;
                    return Ok(End::TimedOut);
                }
                None => {
                    let items = announcer.items(cx, self.id).await;
                    if !items.is_empty() {
                        self.stop_playing().await?;
                        self.playing = cx
                            .begin_playback(items, Loops::Once)
                            .await?
                            .ok()
                            .map(|playback| (playback, false));
                    }
                }
            }
        }
    }

    /// Waits for the caller's turn, a key, the end of what they hear, or until then.
    async fn event(&self, turn: CommandId, until: Option<Duration>) -> Result<Option<Event>, HungUp> {
        let key = self.settings.caller_exit_key;
        let playing = self.playing;
        self.cx
            .wait(until, |state| {
                if let Some(done) = state.completions.remove(&turn) {
                    return Some(Event::Turn(done));
                }
                if let Some(done) = playing.and_then(|(playback, _)| state.completions.remove(&playback)) {
                    return Some(Event::PlaybackOver(done));
                }
                let caller = state.legs.get_mut(&LegId::CALLER)?;
                while let Some(digit) = caller.digits.pop_front() {
                    if digit == key {
                        return Some(Event::ExitKey);
                    }
                }
                None
            })
            .await
    }

    /// Rings agents; `None` when none of them took the call and the caller waits on.
    async fn offer(&mut self, agents: Vec<String>, ends: Option<Duration>) -> Result<Option<End>, HungUp> {
        let cx = self.cx;
        let left = ends.map_or(Duration::MAX, |ends| ends.saturating_sub(cx.mono()));
        let timeout = self.settings.agent_ring_timeout.min(left);
        let options =
            Options { timeout: Some(timeout), in_group: true, in_queue: true, ..Options::default() };
        let mut parties: Vec<Party> = Vec::new();
        for agent in agents {
            for mut party in ring::parties(cx, &agent, &options).await {
                party.stands_for = Some(agent.clone());
                for instead in &mut party.fallback {
                    instead.stands_for = Some(agent.clone());
                }
                parties.push(party);
            }
        }
        let attempt = Attempt {
            parties,
            order: Order::AllAtOnce,
            timeout,
            ringback: None,
            ignore_early_media: true,
            fail_on_single_reject: false,
        };
        let meanwhile = Meanwhile { hears_other: true, leave_key: Some(self.settings.caller_exit_key) };
        let reached = match attempt.parties.is_empty() {
            true => Reached::Failed { cause: crate::cause::Cause::NoRouteDestination, status: 0 },
            false => bridge::reach(cx, &attempt, meanwhile).await?,
        };
        match reached {
            Reached::Answered { leg, device, stands_for, .. } => {
                let agent = stands_for.unwrap_or_default();
                self.connect(leg, device, agent).await.map(|talked| talked.then_some(End::Talked))
            }
            Reached::Left => {
                self.stop_playing().await?;
                Ok(Some(End::ExitKey))
            }
            Reached::Failed { cause, .. } => {
                cx.note("EN2013", format!("no agent answered: {}", cause.name()));
                let _ = ask(cx, QueueRequest::Unanswered).await;
                Ok(None)
            }
        }
    }

    /// Lets the caller talk with the agent who answered; false when they could not be connected, and the caller waits on.
    async fn connect(&mut self, leg: LegId, device: Option<String>, agent: String) -> Result<bool, HungUp> {
        let cx = self.cx;
        let _ = ask(cx, QueueRequest::Answered { agent: agent.clone() }).await;
        self.stop_playing().await?;
        if let Some(item) = self.settings.announce.as_deref().and_then(|path| media_path::item(cx, path)) {
            cx.send(Action::Play { leg, items: vec![item.clone()], loops: Loops::Once });
            cx.play(vec![item], Loops::Once, "").await?;
        }
        let records = self.settings.record_caller && cx.vars(|vars| vars.recording.is_none());
        if records {
            let mut data = Object::new();
            data.insert("action".to_owned(), json!("start"));
            data.insert("format".to_owned(), json!(record_call::FORMAT));
            data.insert("record_on_bridge".to_owned(), json!(true));
            data.extend(self.settings.recording_url.clone().map(|url| ("url".to_owned(), json!(url))));
            if let Err(ModuleError::Broken(reason)) = record_call::run(cx.clone(), data).await {
                cx.note("EN2000", format!("the call is not recorded: {reason}"));
            }
        }
        let waited_s = cx.mono().saturating_sub(self.began).as_secs();
        publish(cx, "queue_answered", json!({"queue_id": self.id, "agent_id": agent, "waited_s": waited_s}));
        let connected = bridge::connect(cx, leg).await?;
        self.answered = connected;
        if connected {
            conversation::talk(cx, leg, device).await?;
        } else {
            let _ = ask(cx, QueueRequest::Unanswered).await;
        }
        if records {
            recording::finish(cx).await;
        }
        Ok(connected)
    }

    async fn play_music(&mut self) -> Result<(), HungUp> {
        if self.playing.is_none() && !self.mute {
            let music = media_path::music_on_hold(self.cx, self.settings.moh.as_deref()).await;
            self.mute = matches!(music, Media::Silence { .. });
            let playback = self.cx.begin_playback(vec![music], Loops::Endless).await?;
            self.playing = playback.ok().map(|playback| (playback, true));
        }
        Ok(())
    }

    fn playback_over(&mut self, result: Result<Done, Failure>) {
        let was_music = self.playing.take().is_some_and(|(_, is_music)| is_music);
        if let Err(failure) = result {
            self.cx.note("EN2005", format!("playback failed: {failure:?}"));
            self.mute |= was_music;
        }
    }

    async fn stop_announcement(&mut self) -> Result<(), HungUp> {
        if self.playing.is_some_and(|(_, is_music)| !is_music) {
            self.stop_playing().await?;
            self.play_music().await?;
        }
        Ok(())
    }

    async fn stop_playing(&mut self) -> Result<(), HungUp> {
        match self.playing.take() {
            Some((playback, _)) => self.cx.stop_playback(playback).await,
            None => Ok(()),
        }
    }
}

/// Asks the queue for something that is answered at once.
async fn ask(cx: &Cx, request: QueueRequest) -> Result<Done, Failure> {
    let command = cx.start(Action::Queue(request));
    cx.completion(command).await
}

fn publish(cx: &Cx, event: &str, data: serde_json::Value) {
    cx.send(Action::Publish { event: event.to_owned(), data });
}
