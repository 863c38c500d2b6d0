//! What the engine asks of its driver. Every command carries an id and ends in exactly one
//! [`Completed`](crate::input::Input::Completed) input with that id, also when it fails or its leg goes away.
//!
//! A driver only knows legs, media and documents: it takes no flow decisions. Timeouts, retries, terminators and
//! ring strategies are engine logic.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cause::Cause;
use crate::ids::{CommandId, LegId, RecordingId};
use crate::media::{Loops, Media};
use crate::queue::QueueRequest;
use crate::script::Script;

/// A numbered command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// Its number, counted from 1 within the call.
    pub id: CommandId,
    /// What to do.
    pub action: Action,
}

/// What to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant)]
pub enum Action {
    /// Tell an unanswered incoming leg that it rings (SIP 180). Completes [`Done::Ok`](crate::input::Done::Ok).
    Ring {
        /// The leg.
        leg: LegId,
    },
    /// Open an unanswered incoming leg's audio without answering (SIP 183 with SDP). Completes `Ok`.
    EarlyMedia {
        /// The leg.
        leg: LegId,
    },
    /// Answer an incoming leg. Completes `Ok` once the answer is confirmed (SIP ACK, or sent and media usable).
    Answer {
        /// The leg.
        leg: LegId,
    },
    /// Refuse an unanswered incoming leg with a SIP status. Completes `Ok`; then the leg is gone.
    Reject {
        /// The leg.
        leg: LegId,
        /// SIP status, 300 to 699.
        status: u16,
        /// Reason phrase; `None` for the standard one.
        reason: Option<String>,
    },
    /// End a leg: BYE when answered, CANCEL when dialled and unanswered, a refusal when incoming and unanswered.
    /// Completes `Ok` at once; the leg then also ends with a `Gone` or `Refused` event.
    HangUp {
        /// The leg.
        leg: LegId,
        /// Why; gives the SIP status and the `Reason` header.
        cause: Cause,
    },
    /// Play a playlist to a leg, replacing what it hears from another leg until it ends. Completes
    /// [`Done::Played`](crate::input::Done::Played) at the end of the playlist or when stopped.
    /// One playback per leg: a new one ends the former.
    Play {
        /// The leg that hears it.
        leg: LegId,
        /// What.
        items: Vec<Media>,
        /// How often.
        loops: Loops,
    },
    /// End the playback on a leg, if any. Completes `Ok`; the playback completes too, before or after.
    StopPlayback {
        /// The leg.
        leg: LegId,
    },
    /// Record what a leg says (and, with `both_ways`, what it hears). Completes
    /// [`Done::Recorded`](crate::input::Done::Recorded) when it ends, for whatever reason.
    Record {
        /// The leg.
        leg: LegId,
        /// The name it has from now on.
        recording: RecordingId,
        /// Also what the leg hears, mixed.
        both_ways: bool,
        /// Ends it after this long.
        limit: Duration,
        /// Ends it after this much silence; `None` never.
        silence: Option<Duration>,
    },
    /// End a recording. Completes `Ok`; the recording completes as `Recorded`.
    StopRecording {
        /// Which.
        recording: RecordingId,
    },
    /// Silence in a recording from now on, or the end of it: what is said meanwhile is not kept. Completes `Ok`.
    MaskRecording {
        /// Which.
        recording: RecordingId,
        /// Silence.
        masked: bool,
    },
    /// Change how a leg sounds or what it hears, until changed again. Completes `Ok`.
    Effect {
        /// The leg.
        leg: LegId,
        /// How.
        effect: Effect,
    },
    /// Send digits to a leg, RFC 4733 or SIP INFO as negotiated. Completes `Ok` when sent.
    SendDigits {
        /// The leg.
        leg: LegId,
        /// `0-9*#A-D`.
        digits: String,
        /// Length of each.
        duration: Duration,
    },
    /// Call somebody: makes a new outgoing leg. Completes `Ok` once the attempt is under way, or fails
    /// ([`Failure::NotRegistered`](crate::input::Failure::NotRegistered), `NoRoute`). What happens then comes as leg
    /// events: `Ringing`, `EarlyMedia`, `Answered`, or `Refused`.
    Dial(Dial),
    /// Take a leg of another call of the account over into this one. Completes
    /// [`Done::Taken`](crate::input::Done::Taken); the other call is told that the leg is
    /// [taken](crate::input::LegEvent::Taken). Fails `NotFound` when the leg is gone.
    Take {
        /// The leg's number here.
        leg: LegId,
        /// Which.
        from: TakeFrom,
    },
    /// Let a leg hear the conversation of another call's channel: all that the channel's party says and hears. Completes
    /// `Ok`; when the channel is gone the leg gets
    /// [`ListeningEnded`](crate::input::LegEvent::ListeningEnded). Given again for the same channel it changes who hears the leg.
    Listen {
        /// The leg that listens.
        leg: LegId,
        /// The channel listened to.
        channel: String,
        /// Who hears what the leg says.
        voice: Voice,
    },
    /// Tell the party that asked for a transfer how it went (SIP NOTIFY). Completes `Ok`.
    TransferResult {
        /// The leg that asked.
        leg: LegId,
        /// SIP status: 200 for done.
        status: u16,
    },
    /// Let two answered (or early) legs hear each other. Completes `Ok`. A leg is connected to at most one other.
    Connect {
        /// One.
        a: LegId,
        /// The other.
        b: LegId,
    },
    /// Listen for the calling tone of a fax machine (CNG, ITU-T T.30) on a leg. Completes
    /// [`Done::FaxTone`](crate::input::Done::FaxTone) when it is heard or the time is over, or fails `Unsupported`.
    DetectFax {
        /// The leg.
        leg: LegId,
        /// How long.
        limit: Duration,
    },
    /// Receive a fax on an answered leg, or hand the leg over to who does. Completes `Ok` when that is over, or fails
    /// `Unsupported`, or `NoRoute` when nobody takes the call.
    ReceiveFax {
        /// The leg.
        leg: LegId,
        /// `faxbox_id`, `owner_id`, `fax_option`.
        settings: Value,
    },
    /// Put a leg into a room where several hear each other, those of other calls too. It leaves with its end, when it is
    /// disconnected or connected, or joins another one; to join the same again changes what is given here and nothing else.
    /// Completes [`Done::Joined`](crate::input::Done::Joined); fails [`Failure::Full`](crate::input::Failure::Full), or
    /// [`Failure::Unsupported`](crate::input::Failure::Unsupported) where nothing can mix. At each coming and going
    /// everybody inside gets [`LegEvent::Room`](crate::input::LegEvent::Room).
    Join {
        /// The leg, answered or early.
        leg: LegId,
        /// The room; calls of one account that name the same room are in the same.
        room: String,
        /// How it is there.
        seat: Seat,
    },
    /// Play to everybody in a room who hears, besides what they say. Completes `Ok` when it has begun; nothing tells
    /// when it ends. A room where nobody is hears nothing.
    Announce {
        /// The room.
        room: String,
        /// What.
        items: Vec<Media>,
    },
    /// Decide whether one in a room hears another. Completes `Ok`, or fails `NotFound` when one of them is not there.
    Relate {
        /// The room.
        room: String,
        /// Who hears, or does not, by the number in [`Done::Joined`](crate::input::Done::Joined).
        listener: u32,
        /// Whom.
        speaker: u32,
        /// It hears them.
        hears: bool,
    },
    /// Undo [`Action::Connect`] for a leg and its partner, or take the leg out of its room. Completes `Ok`.
    Disconnect {
        /// Either leg.
        leg: LegId,
    },
    /// Read something of the account. Completes [`Done::Loaded`](crate::input::Done::Loaded) or fails `NotFound`.
    Load(Query),
    /// Change something of the account. Completes [`Done::Saved`](crate::input::Done::Saved) only when it survives a
    /// power cut; fails `Conflict` when the document has changed since `revision`.
    Save(Change),
    /// Ask the account's agent queues for something: [`QueueRequest`] says how each completes.
    Queue(QueueRequest),
    /// An HTTP request. Completes [`Done::Fetched`](crate::input::Done::Fetched) for every HTTP status, or fails `Web`.
    Fetch(Request),
    /// Run a script of the account's. Completes [`Done::Scripted`](crate::input::Done::Scripted) however the script
    /// ends, or fails [`Failure::Unsupported`](crate::input::Failure::Unsupported) where nothing can run one.
    RunScript(Script),
    /// Tell whoever listens (event streams, notifications). Completes `Ok` at once; never blocks the call.
    Publish {
        /// `voicemail_new`, `voicemail_full`, `call_bridged` ...
        event: String,
        /// What it says.
        data: Value,
    },
    /// Tell people by e-mail or text message. Completes `Ok` when it is handed over, or fails
    /// [`Failure::Unsupported`](crate::input::Failure::Unsupported) where nothing can send it.
    Notify {
        /// `missed_call`, `custom` ...
        kind: String,
        /// `recipients` (e-mail addresses), `media` (`email`, `sms`), `template_id` and what happened.
        data: Value,
    },
}

impl Action {
    /// The leg the command is about, if it is about one.
    pub fn leg(&self) -> Option<LegId> {
        match self {
            Action::Ring { leg }
            | Action::EarlyMedia { leg }
            | Action::Answer { leg }
            | Action::Reject { leg, .. }
            | Action::HangUp { leg, .. }
            | Action::Play { leg, .. }
            | Action::StopPlayback { leg }
            | Action::Record { leg, .. }
            | Action::SendDigits { leg, .. }
            | Action::Effect { leg, .. }
            | Action::Join { leg, .. }
            | Action::DetectFax { leg, .. }
            | Action::ReceiveFax { leg, .. }
            | Action::Take { leg, .. }
            | Action::Listen { leg, .. }
            | Action::TransferResult { leg, .. }
            | Action::Disconnect { leg } => Some(*leg),
            Action::Connect { a, .. } => Some(*a),
            Action::Dial(dial) => Some(dial.leg),
            Action::StopRecording { .. }
            | Action::MaskRecording { .. }
            | Action::Announce { .. }
            | Action::Relate { .. }
            | Action::Load(_)
            | Action::Save(_)
            | Action::Queue(_)
            | Action::Fetch(_)
            | Action::RunScript(_)
            | Action::Publish { .. }
            | Action::Notify { .. } => None,
        }
    }
}

/// Who hears somebody that listens to a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Voice {
    /// Nobody.
    #[default]
    Nobody,
    /// The party listened to; the other one does not.
    Party,
    /// The other one only.
    Partner,
    /// Both.
    Both,
}

/// How a leg is in a room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The others hear it.
    pub speaks: bool,
    /// It hears the others.
    pub hears: bool,
    /// It counts as a moderator.
    pub moderator: bool,
    /// With it everybody has to go: when it leaves the others are told that the room is closed.
    pub essential: bool,
    /// Let it in only while fewer than this many are inside; `None` for as many as the driver can.
    pub at_most: Option<u32>,
}

/// A leg of another call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TakeFrom {
    /// This very channel.
    Channel(String),
    /// Who is connected with this channel, or, while it rings, who calls it; for a caller's channel whom they talk to.
    PeerOf(String),
    /// The caller of the call with this call id.
    CallerOf(String),
}

/// A change of a leg's sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Louder or softer.
    Level {
        /// What the leg hears; what it says otherwise.
        heard: bool,
        /// -4 to 4, 0 for as it is; a step is 3 dB.
        steps: i8,
    },
    /// Higher or lower, faster or slower.
    Voice {
        /// What the leg hears; what it says otherwise.
        heard: bool,
        /// Hundredths of a semitone, 0 for as it is.
        semitones_hundredths: i32,
        /// Per cent of the speed, 100 for as it is.
        tempo_percent: u32,
    },
}

/// A new outgoing leg.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dial {
    /// The new leg's number.
    pub leg: LegId,
    /// Whom to call.
    pub target: Target,
    /// The caller as the called party sees it.
    pub caller_id: CallerId,
    /// More SIP headers, in order.
    pub headers: Vec<(String, String)>,
    /// Codec names in order of preference (`PCMU`, `PCMA`); empty for the server's own.
    pub codecs: Vec<String>,
    /// The leg on whose behalf it is made, for the SIP `Diversion`/`X-` headers and the call record.
    pub for_leg: LegId,
}

/// Whom to call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// A device of the account by its id: all contacts registered for its SIP user name; the first to answer wins.
    Device {
        /// Document id.
        id: String,
        /// User part of the request URI instead of the contact's.
        invite_user: Option<String>,
    },
    /// A SIP URI, called as it stands: `sip:+15551234567@carrier.example:5060;transport=udp`.
    Uri {
        /// The URI.
        uri: String,
        /// Send the INVITE here instead of where the URI points: `host[:port]` or a SIP URI.
        route: Option<String>,
        /// Digest credentials for a challenge.
        credentials: Option<Credentials>,
    },
}

/// Digest credentials of a trunk.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// Password; never in logs.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Credentials({}, ***)", self.username)
    }
}

/// The caller as the called party sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallerId {
    /// Display name.
    pub name: String,
    /// Number: the user part of `From`.
    pub number: String,
    /// The name must not be shown.
    pub hide_name: bool,
    /// The number must not be shown.
    pub hide_number: bool,
}

/// What to read of the account the call belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Query {
    /// The account document. Gives `Loaded::Document`.
    Account,
    /// A document of any type by id. Gives `Loaded::Document`.
    Document {
        /// Its id.
        id: String,
    },
    /// The live version of a callflow by document id. Gives `Loaded::Callflow`.
    Callflow {
        /// The callflow document's id.
        id: String,
    },
    /// The callflow a number leads to (reference section 1.5, catch-all included). Gives `Loaded::Callflow` or `NotFound`.
    Lookup {
        /// The number, already normalised or not as the module wants it.
        number: String,
    },
    /// A document that control plans use, of one of `flow::n2fe::service::KINDS`, by its name (service numbers by their
    /// digits) or else by its id. Gives `Loaded::Document`.
    Named {
        /// The kind.
        kind: String,
        /// The name.
        name: String,
    },
    /// Documents by a property, ordered by id. Gives `Loaded::Documents`, possibly empty.
    List(View),
    /// A number through the converters and classifiers in force for the account (reference sections 1.4, 3 and 1.10).
    /// Gives `Loaded::Number`.
    Number {
        /// The number as it was dialled or written.
        number: String,
        /// Also through the account's dial plan, as a number that is dialled.
        dialled: bool,
    },
    /// How many calls telephones of the account have at the moment, ringing ones included. Gives `Loaded::Count`.
    CallsOf {
        /// The devices' ids.
        devices: Vec<String>,
    },
    /// An agent queue at the moment, as the call sees it. Gives `Loaded::Queue`.
    Queue {
        /// The queue's document id.
        queue: String,
        /// The average wait is that of the last so many seconds; `None` for all waits remembered.
        window_s: Option<u64>,
    },
    /// How many other calls the account has in progress. Gives `Loaded::Usage`.
    Usage,
    /// Legs of other calls in progress that belong to these devices. Gives `Loaded::Channels`, oldest call first.
    Channels {
        /// Device ids.
        devices: Vec<String>,
    },
}

/// Documents by a property.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// All documents of a type: `device`, `user`, `vmbox`, `resource`, `directory`, `group` ...
    OfType {
        /// The type.
        kind: String,
    },
    /// Devices of a user: owned by it (and not hot-desked by others), or hot-desked by it.
    DevicesOf {
        /// The user's id.
        user_id: String,
    },
    /// Voicemail boxes of a user.
    BoxesOf {
        /// The owner's id.
        owner_id: String,
    },
    /// Voicemail boxes with this `mailbox`, compared as text.
    BoxesNumbered {
        /// The mailbox number.
        mailbox: String,
    },
    /// Messages of a box that are not deleted, oldest first: `{"id", "folder", "timestamp", "length", "caller_id_number", ...}`.
    Messages {
        /// The box's id.
        box_id: String,
    },
    /// Devices with this SIP user name.
    SipUsername {
        /// The user name.
        username: String,
    },
    /// Users that belong to a directory.
    UsersInDirectory {
        /// The directory's id.
        directory_id: String,
    },
    /// Entries of a match list.
    EntriesOfList {
        /// The list's id.
        list_id: String,
    },
    /// Groups whose `endpoints` name a device, user or group.
    GroupsWith {
        /// Its id.
        endpoint_id: String,
    },
    /// Devices a user is logged into by hot-desking.
    HotdesksOf {
        /// The user's id.
        user_id: String,
    },
    /// Users with this `hotdesk.id`.
    HotdeskId {
        /// What they dial to log in.
        hotdesk_id: String,
    },
    /// The shared (system) carrier resources, as against the account's own, which are `OfType { kind: "resource" }`.
    GlobalResources,
}

/// What to change in the account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A new voicemail message from a recording of this call.
    AddMessage {
        /// The box.
        box_id: String,
        /// The new message's id, 32 hex digits.
        message_id: String,
        /// Its audio.
        recording: RecordingId,
        /// `caller_id_name`, `caller_id_number`, `from`, `to`, `length` (ms), `timestamp` (gregorian s), `folder` ...
        metadata: Value,
    },
    /// A copy of a message into another box, with audio of its own put before it when `prepend` is given.
    CopyMessage {
        /// The message.
        message_id: String,
        /// The other box.
        to_box_id: String,
        /// The copy's id.
        new_message_id: String,
        /// Spoken comment in front.
        prepend: Option<RecordingId>,
    },
    /// Move a message between `new`, `saved` and `deleted`.
    MoveMessage {
        /// The message.
        message_id: String,
        /// The folder.
        folder: String,
    },
    /// Store a recording as the audio of a media document, new or existing.
    PutMedia {
        /// The media document's id.
        media_id: String,
        /// Its audio.
        recording: RecordingId,
        /// The document's members when it is new.
        document: Value,
    },
    /// Store a call recording with the account.
    KeepRecording {
        /// Which.
        recording: RecordingId,
        /// File name with its ending: `call_recording_<call id>.wav`.
        name: String,
        /// Who, when, why.
        metadata: Value,
    },
    /// A document that is there once in an account (`manual_presence`): made when it is missing, else changed like
    /// [`Change::Patch`].
    PutDocument {
        /// Its id.
        id: String,
        /// Its type.
        kind: String,
        /// Members: a JSON merge patch (RFC 7396).
        members: Value,
    },
    /// Add to a counter that calls share, at one go: no two calls get the same value. Completes
    /// [`Done::Counted`](crate::input::Done::Counted), or fails `NotFound`.
    AdjustCounter {
        /// The counter's name or id (documents of kind `n2fe_counter`).
        counter: String,
        /// What is added; may be negative.
        by: i64,
    },
    /// A new document. Fails `Conflict` when there is one with this id.
    Create {
        /// Its id.
        id: String,
        /// Its type: `parked_call`.
        kind: String,
        /// Its members.
        document: Value,
    },
    /// Change members of a document: a JSON merge patch (RFC 7396).
    Patch {
        /// The document.
        id: String,
        /// The patch.
        patch: Value,
        /// Fail with `Conflict` unless the document still has this `_rev`; `None` writes in any case.
        revision: Option<String>,
    },
}

/// An HTTP request on behalf of the flow. Its driver enforces the address rules (no private addresses unless allowed),
/// the redirect limit, and the size and time given here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// `GET`, `POST` or `PUT`.
    pub method: String,
    /// `http://` or `https://`.
    pub url: String,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// What is sent.
    pub body: Body,
    /// Everything must be over by then.
    pub timeout: Duration,
    /// A longer reply fails as [`WebFault::TooLarge`](crate::input::WebFault::TooLarge).
    pub max_bytes: u64,
}

/// The body of a [`Request`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// None.
    #[default]
    Empty,
    /// Text, its content type being in the headers.
    Text(String),
    /// A recording of this call, encoded as the file ending says: `wav`, `mp3` where the driver can.
    Recording {
        /// Which.
        recording: RecordingId,
        /// `wav` or `mp3`.
        format: String,
    },
}
