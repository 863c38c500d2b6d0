//! The engine's commands, carried out. Each is completed exactly once: here, by a [`Reply`], or by a stream.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use engine::account_reader;
use engine::cause::Cause;
use engine::command::{Action, Body, Change, Command, Dial, Effect, Query, Target};
use engine::ids::{CommandId, LegId, RecordingId};
use engine::input::{Done, Failure, Input, LegEvent as Event, Loaded};
use jiff::Timestamp;

use super::call::{CallKey, LegState, LiveLeg, LiveRecording};
use super::channels;
use super::host::Reply;
use super::mailbox;
use super::playback::Heard;
use super::switch::Switch;
use crate::media::clip::Repeat;
use crate::media::engine::{MediaError, MediaHandle, StreamId};
use crate::media::recording::RecordSpec;
use crate::sip::digest::Credentials;
use crate::sip::directory;
use crate::sip::leg::{Dial as SipDial, DialTarget, LegCommand, LegKey, Party};

impl Switch {
    /// Carries out one command of a call.
    pub(super) fn carry_out(&mut self, key: CallKey, command: Command) {
        let id = command.id;
        let now = match command.action {
            Action::Ring { leg } => self.incoming_command(key, leg, LegCommand::Ring),
            Action::EarlyMedia { leg } => self.early_media(key, leg),
            Action::Answer { leg } => self.answer(key, leg),
            Action::Reject { leg, status, reason } => self.reject(key, leg, status, reason),
            Action::HangUp { leg, cause } => self.hang_up(key, leg, cause),
            Action::Play { leg, items, loops } => {
                return self.play(key, id, Heard::By(leg), items, loops.into());
            }
            Action::StopPlayback { leg } => {
                self.stop_playback(key, leg);
                Ok(Done::Ok)
            }
            Action::Record { leg, recording, both_ways, limit, silence } => {
                let spec = RecordSpec { token: id.0, both_ways, limit, silence };
                match self.record_leg(key, leg, recording, id, spec) {
                    Ok(()) => return,
                    Err(failure) => Err(failure),
                }
            }
            Action::StopRecording { recording } => self.stop_recording(key, recording),
            Action::MaskRecording { recording, masked } => self.mask_recording(key, recording, masked),
            Action::Effect { leg, effect: Effect::Level { heard, steps } } => {
                self.with_stream(key, leg, |media, stream| media.set_level(stream, heard, steps))
            }
            Action::Effect { effect: Effect::Voice { .. }, .. } => Err(unsupported("another pitch or tempo")),
            Action::SendDigits { leg, digits, duration } => {
                match self.send_digits(key, leg, id, &digits, duration) {
                    Ok(true) => return,
                    Ok(false) => Ok(Done::Ok),
                    Err(failure) => Err(failure),
                }
            }
            Action::Take { leg, from } => self.take_over(key, leg, &from),
            Action::Listen { leg, channel, voice } => self.listen(key, leg, &channel, voice),
            Action::TransferResult { leg, status } => self.transfer_result(key, leg, status),
            Action::Dial(dial) => self.dial(key, dial, None),
            Action::Connect { a, b } => self.connect(key, a, b),
            Action::Disconnect { leg } => {
                self.leave_room(key, leg);
                match self.live_leg(key, leg).and_then(|leg| leg.stream) {
                    Some(stream) => self.media.disconnect(stream).map(|()| Done::Ok).map_err(media_failure),
                    None => Ok(Done::Ok),
                }
            }
            Action::DetectFax { leg, limit } => match self.detect_fax(key, leg, id, limit) {
                Ok(()) => return,
                Err(failure) => Err(failure),
            },
            Action::ReceiveFax { leg, settings } => match self.receive_fax(key, leg, id, &settings) {
                Ok(()) => return,
                Err(failure) => Err(failure),
            },
            Action::Join { leg, room, seat } => self.join(key, leg, room, seat),
            Action::Announce { room, items } => {
                return self.play(key, id, Heard::In(room), items, Repeat::Times(1));
            }
            Action::Relate { room, listener, speaker, hears } => {
                self.relate(key, &room, listener, speaker, hears)
            }
            Action::Load(Query::CallsOf { devices }) => {
                Ok(Done::Loaded(Loaded::Count(self.calls_of(key, &devices))))
            }
            Action::Load(Query::Queue { queue, window_s }) => self.queue_status(key, &queue, window_s),
            Action::Load(Query::Usage) => Ok(Done::Loaded(Loaded::Usage(self.usage(key)))),
            Action::Load(query) => {
                if let Some(found) = self.channels(key, &query) {
                    return self.complete(key, id, found);
                }
                let Some(call) = self.calls.get(&key) else { return };
                let index = self.host.index(&call.account_id);
                match index.and_then(|index| account_reader::answer(&query, &index)) {
                    Some(answer) => answer,
                    None => return self.host.load(&call.account_id, query, self.reply(key, id)),
                }
            }
            Action::Save(change) => {
                let recording =
                    recording_of(&change).and_then(|recording| self.recording_path(key, recording));
                let Some(call) = self.calls.get(&key) else { return };
                return self.host.save(&call.account_id, change, recording, self.reply(key, id));
            }
            Action::Queue(request) => return self.queue(key, id, &request),
            Action::Fetch(request) => {
                let recording = match &request.body {
                    Body::Recording { recording, .. } => self.recording_path(key, *recording),
                    Body::Empty | Body::Text(_) => None,
                };
                let Some(call) = self.calls.get(&key) else { return };
                return self.host.fetch(&call.account_id, request, recording, self.reply(key, id));
            }
            Action::RunScript(script) => {
                let Some(call) = self.calls.get(&key) else { return };
                return self.host.run_script(&call.account_id, script, self.reply(key, id));
            }
            Action::Publish { event, data } => {
                if let Some(call) = self.calls.get(&key) {
                    let account_id = call.account_id.clone();
                    self.lamp_event(&account_id, &event, &data);
                }
                if let Some(call) = self.calls.get(&key) {
                    self.host.publish(&call.account_id, &call.call_id, &event, data);
                }
                Ok(Done::Ok)
            }
            Action::Notify { kind, data } => {
                let Some(call) = self.calls.get(&key) else { return };
                return self.host.notify(&call.account_id, &kind, data, self.reply(key, id));
            }
        };
        self.complete(key, id, now);
    }

    /// Completes a command with the next inputs.
    pub(super) fn complete(&mut self, key: CallKey, command: CommandId, result: Result<Done, Failure>) {
        self.inputs.push_back((key, Input::Completed { command, result }));
    }

    /// Legs of these telephones that are not over, in all calls of the same account.
    fn calls_of(&self, key: CallKey, devices: &[String]) -> u64 {
        let account_id = self.calls.get(&key).map(|call| &call.account_id);
        account_id.map_or(0, |account_id| self.calls_in(account_id, devices))
    }

    /// Legs of these telephones that are not over, in all calls of an account.
    pub(super) fn calls_in(&self, account_id: &str, devices: &[String]) -> u64 {
        let busy = |leg: &&LiveLeg| {
            leg.state != LegState::Over && leg.device.as_ref().is_some_and(|device| devices.contains(device))
        };
        let of_account = self.calls.values().filter(|call| call.account_id == account_id);
        of_account.flat_map(|call| call.legs.values()).filter(busy).count() as u64
    }

    fn reply(&self, key: CallKey, command: CommandId) -> Reply {
        Reply::new(key, command, self.mailbox.clone())
    }

    fn incoming_command(&mut self, key: CallKey, id: LegId, command: LegCommand) -> Result<Done, Failure> {
        let leg = self.live_leg(key, id).filter(|leg| leg.state == LegState::Calling);
        let leg_key = leg.ok_or(Failure::LegState)?.key;
        self.leg_command(leg_key, command);
        Ok(Done::Ok)
    }

    pub(super) fn early_media(&mut self, key: CallKey, id: LegId) -> Result<Done, Failure> {
        let calling = self.live_leg(key, id).is_some_and(|leg| leg.state == LegState::Calling);
        if !calling {
            return Err(Failure::LegState);
        }
        let sdp = self.describe(key, id)?;
        self.incoming_command(key, id, LegCommand::EarlyMedia(sdp))
    }

    fn answer(&mut self, key: CallKey, id: LegId) -> Result<Done, Failure> {
        let calling = self.live_leg(key, id).is_some_and(|leg| leg.state == LegState::Calling);
        if !calling {
            return Err(Failure::LegState);
        }
        let sdp = self.describe(key, id)?;
        let done = self.incoming_command(key, id, LegCommand::Answer(sdp))?;
        if let Some(leg) = self.live_leg(key, id) {
            leg.state = LegState::Up;
        }
        if id != LegId::CALLER {
            return Ok(done);
        }
        if let Some(call) = self.calls.get_mut(&key) {
            call.answered = Some(Timestamp::now());
        }
        if let Some(shown) = self.shown.lock().calls.get_mut(&key) {
            shown.answered = Some(Timestamp::now());
        }
        Ok(done)
    }

    /// Our description for an incoming leg; without one the leg is refused, and the engine told.
    fn describe(&mut self, key: CallKey, id: LegId) -> Result<bytes::Bytes, Failure> {
        self.describe_incoming(key, id).map_err(|error| {
            tracing::warn!(%error, "a leg got no audio");
            let status = error.status();
            // The refusal ends the leg whatever the flow does next.
            let _ = self.reject(key, id, status, None);
            Failure::LegState
        })
    }

    fn reject(
        &mut self,
        key: CallKey,
        id: LegId,
        status: u16,
        reason: Option<String>,
    ) -> Result<Done, Failure> {
        let done =
            self.incoming_command(key, id, LegCommand::Reject { status, reason, headers: Vec::new() })?;
        self.over(key, id, Event::Gone { cause: Cause::from_sip(status) });
        Ok(done)
    }

    pub(super) fn hang_up(&mut self, key: CallKey, id: LegId, cause: Cause) -> Result<Done, Failure> {
        let Some(leg) = self.live_leg(key, id) else { return Ok(Done::Ok) };
        let leg_key = leg.key;
        match leg.state {
            LegState::Over => {}
            LegState::Calling => return self.reject(key, id, cause.sip_status(), None),
            LegState::Dialling => {
                let waiting = leg.waiting_dial.take().is_some();
                if waiting {
                    self.over(key, id, Event::Refused { status: 487, cause: Cause::OriginatorCancel });
                } else {
                    self.leg_command(leg_key, LegCommand::Cancel);
                }
            }
            LegState::Up => {
                let reason = Some(format!("Q.850;cause={};text=\"{}\"", q850(cause), cause.name()));
                self.leg_command(leg_key, LegCommand::Bye { reason });
            }
        }
        Ok(Done::Ok)
    }

    pub(super) fn connect(&mut self, key: CallKey, a: LegId, b: LegId) -> Result<Done, Failure> {
        for leg in [a, b] {
            self.leave_room(key, leg);
        }
        let a = self.live_leg(key, a).and_then(|leg| leg.stream).ok_or(Failure::LegState)?;
        let b = self.live_leg(key, b).and_then(|leg| leg.stream).ok_or(Failure::LegState)?;
        self.media.connect(a, b).map(|()| Done::Ok).map_err(media_failure)
    }

    /// Calls somebody. `to` is the number in the header `To`; `None` for whom it goes to.
    pub(super) fn dial(&mut self, key: CallKey, dial: Dial, to: Option<String>) -> Result<Done, Failure> {
        let id = dial.leg;
        self.next_leg += 1;
        let leg_key = LegKey::dialled(self.next_leg);
        let Some(call) = self.calls.get_mut(&key) else { return Err(Failure::LegState) };
        let account_id = call.account_id.clone();
        let max_forwards = call.max_forwards.saturating_sub(1);
        let device = match &dial.target {
            Target::Device { id, .. } => Some(id.clone()),
            Target::Uri { .. } => None,
        };
        call.legs.insert(id, LiveLeg { device, ..LiveLeg::new(leg_key, LegState::Dialling, None) });
        self.by_leg.insert(leg_key, (key, id));
        let (target, realm, credentials) = self.target(&account_id, &dial.target)?;
        let sdp = self
            .describe_outgoing(key, id, &dial.codecs)
            .map_err(|error| Failure::NoRoute { reason: error.to_string() })?;
        let name_of = |target: &DialTarget| match target {
            DialTarget::Uri { uri, address: None, .. } => host_to_resolve(uri),
            _ => None,
        };
        let unresolved = name_of(&target);
        let to = to.map(|user| Party { name: String::new(), user, host: realm.clone() });
        let (from, mut headers) = from(&dial, realm);
        headers.extend(dial.headers.iter().cloned());
        let sip =
            Box::new(SipDial { targets: vec![target], from, to, headers, sdp, credentials, max_forwards });
        match unresolved {
            None => self.leg_command(leg_key, LegCommand::Dial(sip)),
            Some((host, port)) => {
                if let Some(leg) = self.live_leg(key, id) {
                    leg.waiting_dial = Some(sip);
                }
                let mailbox = self.mailbox.clone();
                self.runtime.spawn(async move {
                    let limit = Duration::from_secs(5);
                    let found =
                        tokio::time::timeout(limit, tokio::net::lookup_host((host.as_str(), port))).await;
                    let address =
                        found.ok().and_then(Result::ok).and_then(|mut found| found.find(SocketAddr::is_ipv4));
                    mailbox.post(mailbox::Event::Resolved { call: key, leg: id, address });
                });
            }
        }
        Ok(Done::Ok)
    }

    /// Where a target is: an address of record, or a URI. Also the realm for `From`, and credentials.
    fn target(
        &self,
        account_id: &str,
        target: &Target,
    ) -> Result<(DialTarget, String, Option<Credentials>), Failure> {
        let index = self.host.index(account_id);
        let realm = index
            .as_ref()
            .and_then(|index| index.account().body.get("realm")?.as_str().map(str::to_owned))
            .unwrap_or_default();
        match target {
            Target::Device { id, invite_user } => {
                let device = index.as_ref().and_then(|index| index.document(id).cloned());
                let sip = device.as_ref().and_then(|device| device.body.get("sip").cloned());
                let text = |name: &str| sip.as_ref()?.get(name)?.as_str().map(str::to_owned);
                let username = text("username").ok_or(Failure::NotRegistered)?;
                let realm = text("realm").unwrap_or(realm);
                let aor = directory::aor(&username, &realm);
                Ok((DialTarget::Registered { aor, invite_user: invite_user.clone() }, realm, None))
            }
            Target::Uri { uri, route, credentials } => {
                let credentials = credentials.as_ref().map(|given| Credentials {
                    username: given.username.clone(),
                    password: given.password.clone(),
                });
                let address = route.as_deref().and_then(|route| route.parse().ok());
                let target = DialTarget::Uri { uri: uri.clone(), address, route: None, tcp: false };
                Ok((target, realm, credentials))
            }
        }
    }

    fn record_leg(
        &mut self,
        key: CallKey,
        id: LegId,
        recording: RecordingId,
        command: CommandId,
        mut spec: RecordSpec,
    ) -> Result<(), Failure> {
        let leg = self.live_leg(key, id).ok_or(Failure::LegState)?;
        let stream = leg.stream.ok_or(Failure::LegState)?;
        spec.token = channels::token(leg.owner, command);
        let name = format!("{}-{}-{}.wav", std::process::id(), key.0, recording.0);
        let path = self.config.recordings.join(name);
        self.media.record(stream, spec, path.clone()).map_err(media_failure)?;
        if let Some(call) = self.calls.get_mut(&key) {
            call.recordings.insert(recording, LiveRecording { path, leg: id });
            if let Some(leg) = call.legs.get_mut(&id) {
                leg.tokens.insert(command);
            }
        }
        Ok(())
    }

    fn stop_recording(&mut self, key: CallKey, recording: RecordingId) -> Result<Done, Failure> {
        let leg = self.calls.get(&key).and_then(|call| call.recordings.get(&recording)).map(|made| made.leg);
        let stream = leg.and_then(|leg| self.live_leg(key, leg)).and_then(|leg| leg.stream);
        match stream {
            Some(stream) => self.media.stop_record(stream).map(|()| Done::Ok).map_err(media_failure),
            None => Ok(Done::Ok),
        }
    }

    fn mask_recording(&self, key: CallKey, recording: RecordingId, masked: bool) -> Result<Done, Failure> {
        let call = self.calls.get(&key).ok_or(Failure::LegState)?;
        let leg = call.recordings.get(&recording).map(|made| made.leg).ok_or(Failure::NotFound)?;
        self.with_stream(key, leg, |media, stream| media.mask_record(stream, masked))
    }

    /// Tells the media layer something about a leg that has audio.
    fn with_stream(
        &self,
        key: CallKey,
        leg: LegId,
        tell: impl FnOnce(&MediaHandle, StreamId) -> Result<(), MediaError>,
    ) -> Result<Done, Failure> {
        let stream = self.calls.get(&key).and_then(|call| call.legs.get(&leg)?.stream);
        tell(&self.media, stream.ok_or(Failure::LegState)?).map(|()| Done::Ok).map_err(media_failure)
    }

    fn recording_path(&self, key: CallKey, recording: RecordingId) -> Option<std::path::PathBuf> {
        self.calls.get(&key)?.recordings.get(&recording).map(|made| made.path.clone())
    }

    /// True when the stream will say that the digits are sent.
    fn send_digits(
        &mut self,
        key: CallKey,
        id: LegId,
        command: CommandId,
        digits: &str,
        duration: Duration,
    ) -> Result<bool, Failure> {
        let leg = self.live_leg(key, id).ok_or(Failure::LegState)?;
        let stream = leg.stream.ok_or(Failure::LegState)?;
        let leg_key = leg.key;
        let by_rtp =
            leg.negotiated.as_ref().is_some_and(|negotiated| negotiated.telephone_event_pt.is_some());
        if !by_rtp && leg.state == LegState::Up {
            for digit in digits.chars() {
                self.leg_command(leg_key, LegCommand::Info { digit, duration });
            }
            return Ok(false);
        }
        leg.tokens.insert(command);
        let token = channels::token(leg.owner, command);
        self.media.send_digits(stream, token, digits, duration).map_err(media_failure)?;
        Ok(true)
    }
}

pub(super) fn media_failure(error: MediaError) -> Failure {
    Failure::Media { reason: error.to_string() }
}

fn recording_of(change: &Change) -> Option<RecordingId> {
    match change {
        Change::AddMessage { recording, .. }
        | Change::PutMedia { recording, .. }
        | Change::KeepRecording { recording, .. } => Some(*recording),
        Change::CopyMessage { prepend, .. } => *prepend,
        Change::MoveMessage { .. }
        | Change::Create { .. }
        | Change::Patch { .. }
        | Change::PutDocument { .. }
        | Change::AdjustCounter { .. } => None,
    }
}

/// `From` and the privacy headers of a call (RFC 3323, RFC 3325).
fn from(dial: &Dial, realm: String) -> (Party, Vec<(String, String)>) {
    let shown = &dial.caller_id;
    let hidden = shown.hide_number;
    let name = if hidden || shown.hide_name { "Anonymous".to_owned() } else { shown.name.clone() };
    let mut headers = Vec::new();
    let (user, host) = if hidden {
        headers.push(("Privacy".to_owned(), "id".to_owned()));
        ("anonymous".to_owned(), "anonymous.invalid".to_owned())
    } else {
        let user = if shown.number.is_empty() { "anonymous" } else { &shown.number };
        (user.to_owned(), realm)
    };
    (Party { name, user, host }, headers)
}

/// Host and port of a SIP URI whose host is a name.
fn host_to_resolve(uri: &str) -> Option<(String, u16)> {
    let rest = uri.split_once(':')?.1;
    let rest = rest.split_once('@').map_or(rest, |(_, host)| host);
    let host_port = rest.split([';', '?', '>']).next()?;
    if host_port.starts_with('[') {
        return None;
    }
    let (host, port) = match host_port.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (host_port, 5060),
    };
    (host.parse::<IpAddr>().is_err() && !host.is_empty()).then(|| (host.to_owned(), port))
}

/// Q.850 number of a cause, for the `Reason` header (RFC 3326).
fn q850(cause: Cause) -> u8 {
    match cause {
        Cause::UnallocatedNumber => 1,
        Cause::NoRouteDestination => 3,
        Cause::UserBusy => 17,
        Cause::NoUserResponse => 18,
        Cause::NoAnswer => 19,
        Cause::SubscriberAbsent | Cause::UserNotRegistered => 20,
        Cause::CallRejected => 21,
        Cause::NumberChanged => 22,
        Cause::DestinationOutOfOrder => 27,
        Cause::InvalidNumberFormat => 28,
        Cause::FacilityRejected => 29,
        Cause::NormalUnspecified => 31,
        Cause::NormalCircuitCongestion => 34,
        Cause::NetworkOutOfOrder => 38,
        Cause::NormalTemporaryFailure => 41,
        Cause::SwitchCongestion => 42,
        Cause::RecoveryOnTimerExpire | Cause::MediaTimeout => 102,
        Cause::Interworking | Cause::Unknown => 127,
        _ => 16,
    }
}

fn unsupported(what: &str) -> Failure {
    Failure::Unsupported { reason: format!("{what} is not built into the media layer") }
}
