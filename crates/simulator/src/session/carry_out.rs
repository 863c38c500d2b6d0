//! Carries out what the engine asks for.
//!
//! Not here: what legs and media do then (`legs`, `media`).

use std::time::Duration;

use engine::command::{Action, Change, Query, Request};
use engine::ids::{CommandId, LegId};
use engine::input::{Done, Failure, Loaded};
use serde_json::Value;

use super::legs::{AT_ONCE, Phase};
use super::{Due, Session};
use crate::text;
use crate::world::{Fate, others};

/// The time reading takes.
const LOAD_TAKES: Duration = Duration::from_millis(1);
/// The time a fax takes.
const FAX_TAKES: Duration = Duration::from_secs(20);
/// The time a script takes.
const SCRIPT_TAKES: Duration = Duration::from_millis(5);
/// The time a safe write takes.
const SAVE_TAKES: Duration = Duration::from_millis(5);

impl Session {
    pub(super) fn carry_out(&mut self, command: CommandId, action: Action) {
        match action {
            Action::Ring { leg } => self.complete_if(self.phase(leg) == Phase::Trying, command),
            Action::EarlyMedia { leg } => self.early_media(leg, command),
            Action::Answer { leg } => self.answer(leg, command),
            Action::Reject { leg, status, .. } => self.reject(leg, status, command),
            Action::HangUp { leg, cause } => self.hang_up_leg(leg, cause, command),
            Action::Play { leg, items, loops } => self.play(leg, items, loops, command),
            Action::StopPlayback { leg } => self.stop_playback(leg, command),
            Action::Record { leg, recording, limit, silence, .. } => {
                self.record(leg, recording, limit, silence, command);
            }
            Action::StopRecording { recording } => self.stop_recording(recording, command),
            Action::MaskRecording { recording, masked } => {
                let word = if masked { "masked" } else { "unmasked" };
                self.say(format!("recording {} is {word}", recording.0));
                self.complete_if(self.tapings.contains_key(&recording), command);
            }
            Action::Effect { leg, effect } => {
                let who = self.who(leg);
                self.say(format!("{who} sounds otherwise: {effect:?}"));
                let up = self.legs.get(&leg).is_some_and(|leg| leg.has_audio() && !leg.ending);
                self.complete_if(up, command);
            }
            Action::SendDigits { leg, digits, duration } => self.send_digits(leg, &digits, duration, command),
            Action::Dial(dial) => self.dial(dial, command),
            Action::Take { leg, from } => self.take(leg, &from, command),
            Action::Listen { leg, channel, voice } => self.listen(leg, &channel, voice, command),
            Action::TransferResult { leg, status } => {
                let who = self.who(leg);
                self.say(format!("{who} is told of its transfer: {status}"));
                self.complete_after(AT_ONCE, command, Ok(Done::Ok));
            }
            Action::Connect { a, b } => self.connect(a, b, command),
            Action::DetectFax { leg, limit } => self.detect_fax(leg, limit, command),
            Action::ReceiveFax { leg, settings } => self.receive_fax(leg, settings, command),
            Action::Join { leg, room, seat } => self.join(leg, &room, seat, command),
            Action::Announce { room, items } => self.announce(&room, &items, command),
            Action::Relate { room, listener, speaker, hears } => {
                self.relate(&room, listener, speaker, hears, command);
            }
            Action::Disconnect { leg } => self.disconnect(leg, command),
            Action::Load(query) => self.load(&query, command),
            Action::Save(change) => self.save(&change, command),
            Action::Queue(request) => self.queue(&request, command),
            Action::Fetch(request) => self.fetch(request, command),
            Action::RunScript(wanted) => {
                self.say("runs a script");
                self.complete_after(SCRIPT_TAKES, command, Ok(Done::Scripted(script::run(&wanted))));
            }
            Action::Publish { event, data } => {
                self.say(format!("tells the world: {event}"));
                self.observed.published.push((event, data));
                self.complete_after(AT_ONCE, command, Ok(Done::Ok));
            }
            Action::Notify { kind, data } => {
                self.say(format!("sends a notification: {kind}"));
                self.observed.published.push((kind, data));
                self.complete_after(AT_ONCE, command, Ok(Done::Ok));
            }
        }
    }

    fn early_media(&mut self, leg: LegId, command: CommandId) {
        let allowed = leg == LegId::CALLER && matches!(self.phase(leg), Phase::Trying | Phase::Early);
        if let Some(leg) = self.legs.get_mut(&leg).filter(|leg| allowed && !leg.ending) {
            leg.phase = Phase::Early;
        }
        self.complete_if(allowed, command);
    }

    fn receive_fax(&mut self, leg: LegId, settings: Value, command: CommandId) {
        if self.world.faults.fax_lost {
            let reason = "faxes cannot be received in this scenario".to_owned();
            return self.complete_after(AT_ONCE, command, Err(Failure::Unsupported { reason }));
        }
        if self.phase(leg) != Phase::Up {
            return self.complete_if(false, command);
        }
        self.say("receives a fax");
        self.observed.published.push(("fax_received".to_owned(), settings));
        self.complete_after(FAX_TAKES, command, Ok(Done::Ok));
    }

    /// Listens until the leg sends a fax tone, or for so long.
    fn detect_fax(&mut self, leg: LegId, limit: Duration, command: CommandId) {
        let audio = self.legs.get(&leg).is_some_and(|leg| leg.has_audio() && !leg.ending);
        if !audio {
            return self.complete_if(false, command);
        }
        self.fax_ears.insert(leg, command);
        self.in_a_while(limit, Due::NoFaxTone(leg, command));
    }

    /// A leg has sent a fax tone, or the time to listen for it is over.
    pub(super) fn fax_heard(&mut self, leg: LegId, only: Option<CommandId>, heard: bool) {
        let listening = self.fax_ears.get(&leg).copied();
        if let Some(command) = listening.filter(|command| only.is_none_or(|only| only == *command)) {
            self.fax_ears.remove(&leg);
            self.complete(command, Ok(Done::FaxTone { heard }));
        }
    }

    fn send_digits(&mut self, leg: LegId, digits: &str, duration: Duration, command: CommandId) {
        let allowed = self.legs.get(&leg).is_some_and(|leg| leg.has_audio() && !leg.ending);
        if !allowed {
            return self.complete_if(false, command);
        }
        let who = self.who(leg);
        self.say(format!("{who} is sent {digits}"));
        self.observed.sent.entry(who).or_default().push_str(digits);
        let count = u32::try_from(digits.chars().count()).unwrap_or(u32::MAX);
        self.complete_after(duration.saturating_mul(count), command, Ok(Done::Ok));
    }

    fn load(&mut self, query: &Query, command: CommandId) {
        if let Query::Channels { devices } = query {
            let found = others::channels(&self.world.others, devices);
            return self.complete_after(LOAD_TAKES, command, Ok(Done::Loaded(Loaded::Channels(found))));
        }
        if *query == Query::Usage {
            let usage = others::usage(&self.world.others);
            return self.complete_after(LOAD_TAKES, command, Ok(Done::Loaded(Loaded::Usage(usage))));
        }
        let result = match self.world.faults.next_load() {
            Fate::Well | Fate::Conflict => match query {
                Query::CallsOf { devices } => Ok(Done::Loaded(Loaded::Count(self.calls_of(devices)))),
                Query::Queue { queue, window_s } => Ok(self.queue_status(queue, *window_s)),
                query => self.world.account.answer(query).map(Done::Loaded),
            },
            Fate::Storage => Err(Failure::Storage { reason: "storage fails in this scenario".to_owned() }),
        };
        self.complete_after(LOAD_TAKES, command, result);
    }

    /// Phones that are in another call, and legs of this one.
    pub(super) fn calls_of(&self, devices: &[String]) -> u64 {
        let elsewhere = |id: &&String| {
            let phone = self.world.phones.get(id.as_str()).and_then(|phone| phone.peek());
            let now = self.world.clock.mono();
            phone.is_some_and(|phone| phone.in_call && phone.free_after.is_none_or(|free| now < free))
        };
        let here = self.legs.values().filter(|leg| !leg.is_over() && devices.contains(&leg.who)).count();
        (devices.iter().filter(elsewhere).count() + here) as u64
    }

    fn save(&mut self, change: &Change, command: CommandId) {
        let result = match self.world.faults.next_save() {
            Fate::Well => {
                let recorded = self.lengths_taped();
                self.world.account.save(change, &recorded, self.world.clock.now().civil)
            }
            Fate::Conflict => Err(Failure::Conflict),
            Fate::Storage => Err(Failure::Storage { reason: "storage fails in this scenario".to_owned() }),
        };
        match &result {
            Ok(_) => self.say(format!("saves: {}", describe(change))),
            Err(failure) => self.say(format!("cannot save: {}: {failure:?}", describe(change))),
        }
        self.complete_after(SAVE_TAKES, command, result);
    }

    fn fetch(&mut self, request: Request, command: CommandId) {
        let (after, result) = self.world.web.ask(&request);
        let came = match &result {
            Ok(Done::Fetched { status, .. }) => format!("status {status}"),
            Ok(_) => "something else".to_owned(),
            Err(failure) => format!("{failure:?}"),
        };
        self.say(format!("{} {}: {came} after {}", request.method, request.url, text::duration(after)));
        self.observed.requests.push(request);
        self.complete_after(after, command, result);
    }
}

fn describe(change: &Change) -> String {
    match change {
        Change::AddMessage { box_id, .. } => format!("a new message in box {box_id}"),
        Change::CopyMessage { message_id, to_box_id, .. } => {
            format!("a copy of message {message_id} in box {to_box_id}")
        }
        Change::MoveMessage { message_id, folder } => format!("message {message_id} goes to {folder}"),
        Change::PutMedia { media_id, .. } => format!("media {media_id}"),
        Change::KeepRecording { name, .. } => format!("recording {name}"),
        Change::AdjustCounter { counter, by } => format!("counter {counter} {by:+}"),
        Change::Create { id, .. } | Change::Patch { id, .. } | Change::PutDocument { id, .. } => {
            format!("document {id}")
        }
    }
}
