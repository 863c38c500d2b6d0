//! Talking with one leg, mostly the caller's: answer, play, say, collect digits, record.
//!
//! Rules: reference section 2.11. A digit that ends a playback is consumed; the first digit of a collection stops
//! the prompt; the first-digit timer starts when the prompt has ended.

use std::time::Duration;

use crate::cause::Cause;
use crate::command::Action;
use crate::cx::{Cx, HungUp};
use crate::ids::{LegId, RecordingId};
use crate::input::{Done, Failure, RecordingEnd};
use crate::media::{Loops, Media};
use crate::module::{Next, Outcome};
use crate::modules::collect_dtmf::DEFAULT_COLLECTION;
use crate::modules::record_call;
use crate::output::TraceEvent;
use crate::state::LegPhase;

/// All twelve keys: what ends a playback unless a flow says otherwise.
pub(crate) const ANY_KEY: &str = "1234567890*#";

/// All keys there are, those of telephones with four columns included.
const EVERY_KEY: &str = "1234567890*#ABCD";

/// How a playback ended.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum PlayEnd {
    /// It was played to its end.
    Finished,
    /// A terminator was pressed; it is consumed.
    Digit(char),
    /// It could not be played, or not to its end.
    Failed(Failure),
}

/// What to collect.
#[derive(Clone, Debug)]
pub(crate) struct Collect<'a> {
    /// Stops when this many are in; 0 counts as 1.
    pub(crate) max_digits: usize,
    /// Until the first digit, after the prompt.
    pub(crate) timeout: Duration,
    /// After each digit.
    pub(crate) interdigit: Duration,
    /// Keys that end the collection; they are not part of it.
    pub(crate) terminators: &'a str,
}

impl Default for Collect<'_> {
    fn default() -> Self {
        Collect {
            max_digits: 1,
            timeout: Duration::from_millis(5000),
            interdigit: Duration::from_millis(2000),
            terminators: "#",
        }
    }
}

/// A recording made.
#[derive(Clone, Debug)]
pub(crate) struct Recorded {
    /// Its name.
    pub(crate) id: RecordingId,
    /// Its length.
    pub(crate) duration: Duration,
    /// Why it ended.
    pub(crate) end: RecordingEnd,
}

impl Cx {
    /// Answers the caller, unless that is done.
    pub(crate) async fn answer(&self) -> Result<(), HungUp> {
        if self.caller_phase() == LegPhase::Up {
            return Ok(());
        }
        match self.run(Action::Answer { leg: LegId::CALLER }).await? {
            Ok(_) => {
                self.set_caller_phase(LegPhase::Up);
                record_call::begin_armed(self, false);
            }
            Err(failure) => self.note("EN2004", format!("the call could not be answered: {failure:?}")),
        }
        Ok(())
    }

    /// The caller's leg has been answered.
    pub(crate) fn is_answered(&self) -> bool {
        self.caller_phase() == LegPhase::Up
    }

    /// Opens the caller's audio before the answer, if it is not open.
    pub(crate) async fn open_audio(&self) -> Result<(), HungUp> {
        if self.caller_phase() == LegPhase::Trying
            && self.run(Action::EarlyMedia { leg: LegId::CALLER }).await?.is_ok()
        {
            self.set_caller_phase(LegPhase::Early);
        }
        Ok(())
    }

    /// Plays to the caller until the end or until one of `terminators` is pressed.
    pub(crate) async fn play(
        &self,
        items: Vec<Media>,
        loops: Loops,
        terminators: &str,
    ) -> Result<PlayEnd, HungUp> {
        self.play_hearing(items, loops, terminators, &mut String::new()).await
    }

    /// As [`Cx::play`], also telling which keys were pressed meanwhile, the terminator included.
    pub(crate) async fn play_hearing(
        &self,
        items: Vec<Media>,
        loops: Loops,
        terminators: &str,
        pressed: &mut String,
    ) -> Result<PlayEnd, HungUp> {
        let playback = match self.begin_playback(items, loops).await? {
            Ok(playback) => playback,
            Err(end) => return Ok(end),
        };
        let ended = self
            .wait(None, |state| {
                if let Some(done) = state.completions.remove(&playback) {
                    return Some(Err(done));
                }
                let leg = state.legs.get_mut(&LegId::CALLER)?;
                while let Some(digit) = leg.digits.pop_front() {
                    pressed.push(digit);
                    if terminators.contains(digit) {
                        return Some(Ok(digit));
                    }
                }
                None
            })
            .await?;
        match ended {
            Some(Ok(digit)) => {
                self.stop_playback(playback).await?;
                Ok(PlayEnd::Digit(digit))
            }
            Some(Err(Ok(_))) | None => Ok(PlayEnd::Finished),
            Some(Err(Err(failure))) => {
                self.note("EN2005", format!("playback failed: {failure:?}"));
                Ok(PlayEnd::Failed(failure))
            }
        }
    }

    /// A blocking prompt in the call's language: any key ends it and is consumed.
    pub(crate) async fn prompt(&self, name: &str) -> Result<PlayEnd, HungUp> {
        let item = self.prompt_item(name);
        self.play(vec![item], Loops::Once, ANY_KEY).await
    }

    /// A prompt as a playlist item in the call's language.
    pub(crate) fn prompt_item(&self, name: &str) -> Media {
        Media::Prompt { name: name.to_owned(), language: self.vars(|vars| vars.language.clone()) }
    }

    /// Plays `items` (none is allowed) and collects digits. The result lacks the terminator; it is empty after a
    /// timeout or a lone terminator.
    pub(crate) async fn collect(&self, items: Vec<Media>, spec: &Collect<'_>) -> Result<String, HungUp> {
        self.collect_ended(items, spec).await.map(|(digits, _)| digits)
    }

    /// As [`Cx::collect`], also telling the terminator that ended it.
    pub(crate) async fn collect_ended(
        &self,
        items: Vec<Media>,
        spec: &Collect<'_>,
    ) -> Result<(String, Option<char>), HungUp> {
        let max_digits = spec.max_digits.max(1);
        let mut digits = String::new();
        let playback =
            if items.is_empty() { None } else { self.begin_playback(items, Loops::Once).await?.ok() };
        let mut playing = playback;
        let mut deadline =
            if playing.is_some() { None } else { Some(self.mono().saturating_add(spec.timeout)) };
        loop {
            let event = self
                .wait(deadline, |state| {
                    if let Some(digit) =
                        state.legs.get_mut(&LegId::CALLER).and_then(|leg| leg.digits.pop_front())
                    {
                        return Some(Some(digit));
                    }
                    let ended = state.completions.remove(&playing?)?;
                    if let Err(failure) = ended {
                        state.note("EN2005", format!("playback failed: {failure:?}"));
                    }
                    Some(None)
                })
                .await?;
            match event {
                None => return Ok((digits, None)),
                Some(None) => {
                    playing = None;
                    deadline = Some(self.mono().saturating_add(spec.timeout));
                }
                Some(Some(digit)) => {
                    if let Some(id) = playing.take() {
                        self.stop_playback(id).await?;
                    }
                    if spec.terminators.contains(digit) {
                        return Ok((digits, Some(digit)));
                    }
                    digits.push(digit);
                    if digits.len() >= max_digits {
                        return Ok((digits, None));
                    }
                    deadline = Some(self.mono().saturating_add(spec.interdigit));
                }
            }
        }
    }

    /// Records the caller until any key, silence, the limit or a hang-up; the key is consumed. `None` when it could
    /// not be recorded at all.
    pub(crate) async fn record_caller(&self, limit: Duration, silence: Option<Duration>) -> Option<Recorded> {
        self.record_until(EVERY_KEY, limit, silence).await.0
    }

    /// As [`Cx::record_caller`], but only these keys end it; also tells which one did.
    pub(crate) async fn record_until(
        &self,
        keys: &str,
        limit: Duration,
        silence: Option<Duration>,
    ) -> (Option<Recorded>, Option<char>) {
        let id = self.with(|state| {
            if let Some(leg) = state.legs.get_mut(&LegId::CALLER) {
                leg.digits.clear();
            }
            state.new_recording()
        });
        let command = self.start(Action::Record {
            leg: LegId::CALLER,
            recording: id,
            both_ways: false,
            limit,
            silence,
        });
        let stop = self
            .wait(None, |state| {
                if let Some(done) = state.completions.remove(&command) {
                    return Some(Ok(done));
                }
                let leg = state.legs.get_mut(&LegId::CALLER)?;
                while let Some(digit) = leg.digits.pop_front() {
                    if keys.contains(digit) {
                        return Some(Err(digit));
                    }
                }
                None
            })
            .await;
        let key = match &stop {
            Ok(Some(Err(key))) => Some(*key),
            _ => None,
        };
        let done = match stop {
            Ok(Some(Ok(done))) => done,
            Ok(_) | Err(_) => {
                self.send(Action::StopRecording { recording: id });
                self.completion(command).await
            }
        };
        let recorded = match done {
            Ok(Done::Recorded { duration, end }) => Some(Recorded { id, duration, end }),
            Ok(_) => None,
            Err(failure) => {
                self.note("EN2006", format!("recording failed: {failure:?}"));
                None
            }
        };
        (recorded, key)
    }

    /// Tells the caller that there is no such number, and stops.
    pub(crate) async fn bad_destination(&self) -> Outcome {
        self.prompt("fault-can_not_be_completed_as_dialed").await?;
        Ok(Next::Stop(None))
    }

    /// Forgets digits pressed and not yet used.
    pub(crate) fn flush_digits(&self) {
        self.with(|state| {
            if let Some(leg) = state.legs.get_mut(&LegId::CALLER) {
                leg.digits.clear();
            }
        });
    }

    /// Starts a playback to the caller; `Err` says how it ended at once.
    pub(crate) async fn begin_playback(
        &self,
        mut items: Vec<Media>,
        loops: Loops,
    ) -> Result<Result<crate::ids::CommandId, PlayEnd>, HungUp> {
        let max = self.with(|state| state.limits().playlist_items);
        if items.len() > max {
            self.note("EN1004", format!("a playlist of {} items was cut to {max}", items.len()));
            items.truncate(max);
        }
        if items.is_empty() {
            return Ok(Err(PlayEnd::Finished));
        }
        self.open_audio().await?;
        self.trace(TraceEvent::Heard { what: describe(&items) });
        Ok(Ok(self.start(Action::Play { leg: LegId::CALLER, items, loops })))
    }

    /// Ends a playback to the caller that was begun, and waits for its end.
    pub(crate) async fn stop_playback(&self, playback: crate::ids::CommandId) -> Result<(), HungUp> {
        self.send(Action::StopPlayback { leg: LegId::CALLER });
        self.wait(None, |state| state.completions.remove(&playback)).await.map(|_| ())
    }

    /// Adds digits pressed during a playback to the `default` collection (reference section 3.2 `play`).
    pub(crate) fn add_to_default_collection(&self, pressed: &str) {
        if pressed.is_empty() {
            return;
        }
        self.with(|state| {
            let max = state.limits().buffered_digits;
            let collection = state.vars.collections.entry(DEFAULT_COLLECTION.to_owned()).or_default();
            collection.extend(pressed.chars().take(max.saturating_sub(collection.len())));
        });
    }

    /// Refuses the unanswered caller; their leg is over then, and its own event only confirms that.
    pub(crate) fn reject_caller(&self, status: u16, reason: Option<String>) {
        self.send(Action::Reject { leg: LegId::CALLER, status, reason });
        self.with(|state| state.caller_refused = true);
        self.set_caller_phase(LegPhase::Over(Cause::from_sip(status)));
    }

    pub(crate) fn caller_phase(&self) -> LegPhase {
        self.with(|state| state.legs.get(&LegId::CALLER).map_or(LegPhase::Trying, |leg| leg.phase))
    }

    fn set_caller_phase(&self, phase: LegPhase) {
        self.with(|state| {
            if let Some(leg) = state.legs.get_mut(&LegId::CALLER)
                && !matches!(leg.phase, LegPhase::Over(_))
            {
                leg.phase = phase;
            }
        });
    }
}

/// The call's words for a playlist, as the trace shows it.
pub(crate) fn describe(items: &[Media]) -> String {
    let words: Vec<String> = items
        .iter()
        .map(|item| match item {
            Media::Prompt { name, .. } => format!("prompt {name}"),
            Media::Document { id } => format!("media {id}"),
            Media::Url { url } => format!("url {url}"),
            Media::Tone { spec } => format!("tone {spec}"),
            Media::Silence { duration: Some(duration) } => format!("silence {} ms", duration.as_millis()),
            Media::Silence { duration: None } => "silence".to_owned(),
            Media::Speech { text, .. } => format!("speech {text:?}"),
            Media::Recording { recording } => format!("recording {}", recording.0),
            Media::Message { message_id, from } if from.is_zero() => format!("message {message_id}"),
            Media::Message { message_id, from } => {
                format!("message {message_id} from {}s", from.as_secs_f64())
            }
        })
        .collect();
    words.join(", ")
}
