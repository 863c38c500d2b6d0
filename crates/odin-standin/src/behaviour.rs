//! How the stand-in treats requests: latency, tokens that end, and faults by path and count.
//!
//! Not here: what it answers when nothing is wrong (`world`).

use std::time::Duration;

/// How a server behaves. The default is a friendly one: no latency, tokens that last, no faults.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    /// Time before each reply.
    pub latency: Duration,
    /// Requests a token is good for; `None`: any number.
    pub token_lasts: Option<u64>,
    /// Whether `PUT /auth/token` takes a token that has ended.
    pub renews_ended_tokens: bool,
    /// Faults; the first that matches a request is taken.
    pub rules: Vec<Rule>,
}

impl Behaviour {
    /// The same with one more fault.
    #[must_use]
    pub fn with(mut self, rule: Rule) -> Behaviour {
        self.rules.push(rule);
        self
    }
}

/// A fault and when it happens.
#[derive(Clone, Debug)]
pub struct Rule {
    /// The path behind the base, without the query; `*` is any but `/auth/token`.
    pub path: String,
    /// A text that the decoded query must contain; empty: any.
    pub query: String,
    /// Requests that pass unharmed before it begins.
    pub after: u64,
    /// How often it happens.
    pub times: u64,
    /// What happens.
    pub answer: Answer,
}

impl Rule {
    /// A fault at every request for `path`.
    pub fn always(path: &str, answer: Answer) -> Rule {
        Rule { path: path.to_owned(), query: String::new(), after: 0, times: u64::MAX, answer }
    }

    /// A fault at the first `times` requests for `path`.
    pub fn first(times: u64, path: &str, answer: Answer) -> Rule {
        Rule { times, ..Rule::always(path, answer) }
    }

    /// The same, only for queries that contain `text`.
    #[must_use]
    pub fn for_query(mut self, text: &str) -> Rule {
        text.clone_into(&mut self.query);
        self
    }

    /// The same, beginning after `count` unharmed requests.
    #[must_use]
    pub fn after(mut self, count: u64) -> Rule {
        self.after = count;
        self
    }
}

/// What a faulty server does instead of answering.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A status with an error body as Odin writes it; `Retry-After` in seconds when given.
    Status {
        /// HTTP status.
        status: u16,
        /// `Retry-After` in seconds.
        retry_after: Option<u64>,
    },
    /// A page of a gateway in front of Odin.
    Html {
        /// HTTP status.
        status: u16,
    },
    /// Exactly this body, as JSON with status 200.
    Body(String),
    /// No reply, ever.
    Hang,
    /// The reply in pieces of a byte, one per this time.
    SlowBody(Duration),
    /// A reply of this many bytes.
    HugeBody(u64),
    /// The connection ends within the body.
    CutOff,
    /// A redirect to this address.
    Redirect(String),
}
