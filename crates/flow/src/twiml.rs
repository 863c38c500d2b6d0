//! TwiML: the XML in which a web server says what a call shall do (reference section 5.3): verbs, carried out in order.
//!
//! Reading is bounded in size, depth and number, knows no document types and so no entities of anybody's making, and
//! tells each fault with its line and column. Not here: carrying verbs out (crate `engine`), asking the web server.

mod attributes;
mod bounds;
mod fault;
mod nouns;
mod read;

use std::time::Duration;

pub use fault::{Fault, Place};
pub use read::read;

/// Bytes of one document.
pub const BYTES_MAX: usize = 64 << 10;

/// Verbs of one document, nested ones included, and parties of one `Dial`.
pub const VERBS_MAX: usize = 1_000;

/// Characters of a text that is spoken; the rest is left out (Kazoo's `pivot.tts_texts_size`).
pub const TEXT_MAX_CHARS: usize = 4_000;

/// Characters of an attribute, an address, an id.
pub const VALUE_MAX_CHARS: usize = 2_048;

/// Variables of one `Set` or `Redirect`.
pub const VARIABLES_MAX: usize = 200;

/// Faults told of one document.
pub const FAULTS_MAX: usize = 50;

/// A document that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Response {
    /// What to do, in order, up to the first error.
    pub verbs: Vec<Verb>,
    /// What is wrong, in the order of the document. An error ends the document: the verbs before it are good, nothing
    /// behind it is done. A warning changes nothing but what it says.
    pub faults: Vec<Fault>,
}

impl Response {
    /// The error that ends the document before its end.
    pub fn error(&self) -> Option<&Fault> {
        self.faults.iter().find(|fault| fault.is_error())
    }
}

/// One verb.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verb {
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub kind: Kind,
}

/// What a verb does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `Say`, `Play`, `Pause`: something is heard.
    Sound(Sound),
    /// `Gather`: digits are collected.
    Gather(Gather),
    /// `Record`: the caller is recorded.
    Record(Record),
    /// `Dial`: somebody is called and connected.
    Dial(Dial),
    /// `Redirect`: the web server is asked for another document.
    Redirect {
        /// Where; empty for the address of this document.
        to: Next,
        /// Variables that go along.
        variables: Vec<(String, String)>,
    },
    /// `Set`: variables that go along with every request from now on.
    Set(Vec<(String, String)>),
    /// `Hangup`.
    Hangup,
    /// `Reject`: the call is refused.
    Reject {
        /// As busy; otherwise as rejected.
        busy: bool,
        /// A media id or address that is played first.
        prompt: Option<String>,
    },
}

impl Kind {
    /// The element's name.
    pub fn name(&self) -> &'static str {
        match self {
            Kind::Sound(Sound { what: What::Say { .. }, .. }) => "Say",
            Kind::Sound(Sound { what: What::Play { .. }, .. }) => "Play",
            Kind::Sound(Sound { what: What::Pause { .. }, .. }) => "Pause",
            Kind::Gather(_) => "Gather",
            Kind::Record(_) => "Record",
            Kind::Dial(_) => "Dial",
            Kind::Redirect { .. } => "Redirect",
            Kind::Set(_) => "Set",
            Kind::Hangup => "Hangup",
            Kind::Reject { .. } => "Reject",
        }
    }
}

/// Where the web server is asked for the next document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Next {
    /// The address as it is written, absolute or relative; `None` for the address of this document.
    pub url: Option<String>,
    /// How.
    pub method: Method,
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Method {
    /// Parameters in the query.
    Get,
    /// Parameters in the body.
    #[default]
    Post,
}

/// Something that is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sound {
    /// What.
    pub what: What,
    /// How often.
    pub repeat: Repeat,
    /// Keys that end it; `None` for all twelve.
    pub terminators: Option<String>,
}

/// What is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A text is spoken.
    Say {
        /// The text, at most [`TEXT_MAX_CHARS`].
        text: String,
        /// `male`, `female`, or a speech engine's own name; empty for the default.
        voice: String,
        /// Language tag, lower case; empty for the call's.
        language: String,
        /// The speech engine; empty for the configured one.
        engine: String,
    },
    /// Audio is played.
    Play {
        /// A media id, path or address.
        media: String,
    },
    /// Nothing.
    Pause {
        /// How long, 1 h at most.
        length: Duration,
    },
}

/// How often something is heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// So many times, at least once.
    Times(u32),
    /// Until it is ended.
    Endless,
}

/// Digits to be collected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gather {
    /// What is heard meanwhile; the first digit ends it.
    pub sounds: Vec<Sound>,
    /// Until the first digit, counted from the end of what is heard, and after each further one. Default 5 s.
    pub timeout: Duration,
    /// Keys that end it, `#` by default; empty for none.
    pub finish_on: String,
    /// It ends with so many digits; `None` for any number.
    pub digits: Option<u32>,
    /// Who is told the digits.
    pub next: Next,
}

/// A recording to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// Silence that ends it. Default 5 s.
    pub silence: Duration,
    /// Its longest, 1 h at most and by default.
    pub limit: Duration,
    /// Keys that end it, all twelve by default; empty for none.
    pub finish_on: String,
    /// A tone says that it begins.
    pub beep: bool,
    /// Base address the file is sent to; kept with the account without one.
    pub send_to: Option<String>,
    /// Who is told of it.
    pub next: Next,
}

/// Somebody to be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dial {
    /// Whom, at least one.
    pub parties: Vec<Party>,
    /// The caller's number as they see it; `None` for the call's own rules.
    pub caller_id: Option<String>,
    /// Keys of the caller that end the conversation; empty for none.
    pub hang_up_on: String,
    /// The conversation is recorded.
    pub record: bool,
    /// Until somebody answers; `None` for 20 s, or 30 s for numbers.
    pub timeout: Option<Duration>,
    /// The longest conversation. Default 4 h.
    pub time_limit: Duration,
    /// One after the other; otherwise all at once.
    pub one_by_one: bool,
    /// The document goes on when nobody was reached; otherwise the call ends.
    pub continue_on_fail: bool,
    /// Who is told how it ended; `None` for nobody: the next verb follows.
    pub next: Option<Next>,
}

/// One party of a [`Dial`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// Who.
    pub who: Who,
    /// Who is told of it.
    pub status: Option<StatusCallback>,
}

/// Whom to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A telephone number, through a carrier.
    Number(String),
    /// A user of the account, by id.
    User(String),
    /// A device of the account, by id.
    Device(String),
    /// A SIP address.
    Sip(String),
    /// A room where several talk.
    Conference(Conference),
}

/// A room where several talk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conference {
    /// Its name; who names the same one is in the same.
    pub name: String,
    /// It begins with this caller; otherwise the caller waits for somebody who begins it.
    pub start_on_enter: bool,
    /// It ends with this caller.
    pub end_on_exit: bool,
    /// A tone tells who comes and goes.
    pub beep: bool,
    /// The caller is not heard.
    pub muted: bool,
    /// The caller does not hear.
    pub deaf: bool,
    /// The most who can be in it, 3 to 40.
    pub max_participants: u32,
    /// Audio that is heard until it begins.
    pub wait_url: Option<String>,
}

/// A web server that is told how a called party fares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatusCallback {
    /// The address as it is written.
    pub url: String,
    /// How.
    pub method: Method,
    /// It is told when the party is being called.
    pub initiated: bool,
    /// It is told when the party has answered.
    pub answered: bool,
    /// It is told how it ended; so by default.
    pub completed: bool,
}
