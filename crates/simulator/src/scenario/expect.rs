//! What must come of a call, and the comparison with what came.
//!
//! Not here: how expectations are written (`expectations`).

use std::time::Duration;

use engine::cause::Cause;
use engine::command::{Body, Request};
use engine::output::Termination;
use serde_json::Value;

use crate::session::{ExitTaken, Observed, Rung};
use crate::text;
use crate::trace::result_name;
use crate::world::account::Account;
use crate::world::web::{form_of, query_of};

/// What must come of a call; what is absent or empty is not asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expect {
    /// The result's name.
    pub ended: Option<String>,
    /// The hang-up cause.
    pub cause: Option<Cause>,
    /// The caller's call was answered.
    pub answered: Option<bool>,
    /// The SIP status it was refused with.
    pub status: Option<u16>,
    /// Heard by the caller, in this order, among others.
    pub heard: Vec<String>,
    /// All that the caller heard.
    pub heard_only: Option<Vec<String>>,
    /// Not heard by the caller.
    pub not_heard: Vec<String>,
    /// Heard by the users of phones.
    pub phones_heard: Vec<(String, Vec<String>)>,
    /// All who were called.
    pub rung: Option<Vec<ExpectedRing>>,
    /// Whom the caller was connected to; an empty list is nobody.
    pub connected: Option<Vec<String>>,
    /// Modules entered.
    pub visited: Vec<String>,
    /// Metaflow actions that must have run, in this order, as `name` or `name exit`.
    pub metaflows: Vec<String>,
    /// Exits taken.
    pub exits: Vec<ExpectedExit>,
    /// Callflows entered.
    pub flows: Vec<String>,
    /// Codes of notes.
    pub notes: Vec<String>,
    /// There is no note.
    pub no_notes: bool,
    /// Voicemail messages by box.
    pub messages: Vec<(String, BoxCount)>,
    /// Members of documents afterwards.
    pub documents: Vec<(String, Value)>,
    /// Call recordings kept.
    pub recordings: Option<usize>,
    /// Requests to web servers.
    pub requests: Vec<ExpectedRequest>,
    /// The number of all requests.
    pub request_count: Option<usize>,
    /// Events published, in this order, among others; an empty list is none at all.
    pub published: Option<Vec<String>>,
    /// All digits sent, by party.
    pub sent: Vec<(String, String)>,
    /// The least and the greatest length of the call.
    pub took: Option<(Duration, Duration)>,
}

/// An attempt to call somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectedRing {
    /// Device id or SIP URI.
    pub who: String,
    /// Time since the call began.
    pub at: Option<Duration>,
    /// The caller's number as shown.
    pub number: Option<String>,
    /// The caller's name as shown.
    pub name: Option<String>,
    /// Name and number are both withheld, or neither is.
    pub hidden: Option<bool>,
    /// Headers it has.
    pub headers: Vec<(String, String)>,
}

/// An exit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExpectedExit {
    /// The module.
    pub module: String,
    /// The key asked for.
    pub key: Option<String>,
    /// The child really taken; `none` for none.
    pub taken: Option<String>,
    /// The node.
    pub pointer: Option<String>,
}

/// Numbers of messages in a box.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BoxCount {
    /// Not deleted.
    pub kept: Option<usize>,
    /// In folder `new`.
    pub new: Option<usize>,
    /// In folder `saved`.
    pub saved: Option<usize>,
    /// In folder `deleted`.
    pub deleted: Option<usize>,
}

/// A request to a web server.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExpectedRequest {
    /// The method.
    pub method: Option<String>,
    /// The address without its query.
    pub url: Option<String>,
    /// Members of the query.
    pub query: Vec<(String, String)>,
    /// Members of a form body.
    pub form: Vec<(String, String)>,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Members of a JSON body.
    pub json: Option<Value>,
    /// Part of the body.
    pub body: Option<String>,
}

/// What was expected and what came instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The key of `expect`, or what else was not as it should be.
    pub about: String,
    /// What was expected.
    pub expected: String,
    /// What came.
    pub got: String,
}

/// What came of a call.
#[derive(Clone, Copy, Debug)]
pub struct Outcome<'a> {
    /// How it ended; `None` when it did not.
    pub termination: Option<&'a Termination>,
    /// What was observed.
    pub observed: &'a Observed,
    /// The account afterwards.
    pub account: &'a Account,
}

impl Expect {
    /// Everything that is not as expected.
    pub fn compare(&self, outcome: Outcome<'_>) -> Vec<Mismatch> {
        let mut wrong = Verdict::default();
        self.compare_end(outcome, &mut wrong);
        self.compare_talk(outcome.observed, &mut wrong);
        self.compare_path(outcome.observed, &mut wrong);
        self.compare_traces_left(outcome, &mut wrong);
        wrong.0
    }

    fn compare_end(&self, outcome: Outcome<'_>, wrong: &mut Verdict) {
        let seen = outcome.observed;
        let ended = outcome.termination.map(|end| result_name(end.result));
        wrong.equal("ended", self.ended.as_deref(), ended);
        let cause = outcome.termination.map(|end| end.cause.name());
        wrong.equal("cause", self.cause.map(Cause::name), cause);
        wrong.equal("answered", self.answered, Some(seen.answered));
        wrong.equal("status", self.status, seen.status);
        if let Some((least, most)) = self.took
            && !(least..=most).contains(&seen.took)
        {
            let most = if most == Duration::MAX { "any time".to_owned() } else { text::duration(most) };
            wrong.add("took", format!("{} to {most}", text::duration(least)), text::duration(seen.took));
        }
    }

    fn compare_talk(&self, seen: &Observed, wrong: &mut Verdict) {
        let none = Vec::new();
        let heard = seen.heard.get("caller").unwrap_or(&none);
        wrong.in_order("heard", &self.heard, heard, |want, got| text::contains(want, got), Clone::clone);
        if let Some(only) = &self.heard_only {
            let same = only.len() == heard.len()
                && only.iter().zip(heard).all(|(want, got)| text::contains(want, got));
            wrong.check(same, "heard_only", || (list(only), list(heard)));
        }
        for unwanted in &self.not_heard {
            if let Some(got) = heard.iter().find(|got| text::contains(unwanted, got)) {
                wrong.add("not_heard", format!("nothing like {unwanted}"), got.clone());
            }
        }
        for (phone, wanted) in &self.phones_heard {
            let heard = seen.heard.get(phone).unwrap_or(&none);
            let about = format!("phones_heard {phone}");
            wrong.in_order(&about, wanted, heard, |want, got| text::contains(want, got), Clone::clone);
        }
        if let Some(rung) = &self.rung {
            let same = rung.len() == seen.rung.len()
                && rung.iter().zip(&seen.rung).all(|(want, got)| want.matches(got));
            wrong.check(same, "rung", || {
                let wanted: Vec<String> = rung.iter().map(ExpectedRing::describe).collect();
                (list(&wanted), list(&seen.rung.iter().map(describe_ring).collect::<Vec<_>>()))
            });
        }
        match &self.connected {
            Some(nobody) if nobody.is_empty() && !seen.connected.is_empty() => {
                wrong.add("connected", "nobody".to_owned(), list(&seen.connected));
            }
            Some(wanted) => {
                wrong.in_order(
                    "connected",
                    wanted,
                    &seen.connected,
                    |want, got| text::matches(want, got),
                    Clone::clone,
                );
            }
            None => {}
        }
        for (party, digits) in &self.sent {
            let got = seen.sent.get(party).map_or("", String::as_str);
            wrong.check(digits == got, &format!("sent {party}"), || (digits.clone(), got.to_owned()));
        }
    }

    fn compare_path(&self, seen: &Observed, wrong: &mut Verdict) {
        wrong.in_order("visited", &self.visited, &seen.visited, |want, got| want == got, Clone::clone);
        wrong.in_order(
            "metaflows",
            &self.metaflows,
            &seen.metaflows,
            |want, (name, exit)| want == name || want.split_once(' ') == Some((name, exit)),
            |(name, exit)| format!("{name} {exit}"),
        );
        wrong.in_order("flows", &self.flows, &seen.flows, |want, got| text::matches(want, got), Clone::clone);
        let wanted: Vec<String> = self.exits.iter().map(ExpectedExit::describe).collect();
        let missing = first_missing(&self.exits, &seen.exits, ExpectedExit::matches);
        wrong.check(missing.is_none(), "exits", || {
            (list(&wanted), list(&seen.exits.iter().map(describe_exit).collect::<Vec<_>>()))
        });
        let codes: Vec<String> = seen.notes.iter().map(|(code, _)| code.clone()).collect();
        wrong.in_order("notes", &self.notes, &codes, |want, got| want == got, Clone::clone);
        if self.no_notes && !seen.notes.is_empty() {
            let notes: Vec<String> =
                seen.notes.iter().map(|(code, text)| format!("{code}: {text}")).collect();
            wrong.add("no_notes", "no note".to_owned(), list(&notes));
        }
    }

    fn compare_traces_left(&self, outcome: Outcome<'_>, wrong: &mut Verdict) {
        let (seen, account) = (outcome.observed, outcome.account);
        for (box_id, wanted) in &self.messages {
            let got = |folder| account.messages_in(box_id, folder);
            let (new, saved, deleted) = (got("new"), got("saved"), got("deleted"));
            let differs = wanted.kept.is_some_and(|count| count != new + saved)
                || wanted.new.is_some_and(|count| count != new)
                || wanted.saved.is_some_and(|count| count != saved)
                || wanted.deleted.is_some_and(|count| count != deleted);
            wrong.check(!differs, &format!("messages {box_id}"), || {
                (wanted.describe(), format!("new {new}, saved {saved}, deleted {deleted}"))
            });
        }
        for (id, members) in &self.documents {
            let got = account.document(id);
            let holds = got.as_ref().is_some_and(|document| has_members(document, members));
            wrong.check(holds, &format!("documents {id}"), || {
                (members.to_string(), got.map_or_else(|| "no such document".to_owned(), |it| it.to_string()))
            });
        }
        wrong.equal("recordings", self.recordings, Some(account.recordings().len()));
        let requests: Vec<String> = self.requests.iter().map(ExpectedRequest::describe).collect();
        let missing = first_missing(&self.requests, &seen.requests, ExpectedRequest::matches);
        wrong.check(missing.is_none(), "requests", || {
            (list(&requests), list(&seen.requests.iter().map(describe_request).collect::<Vec<_>>()))
        });
        wrong.equal("request_count", self.request_count, Some(seen.requests.len()));
        let events: Vec<String> = seen.published.iter().map(|(event, _)| event.clone()).collect();
        if let Some(published) = &self.published {
            wrong.check(!published.is_empty() || events.is_empty(), "published", || {
                ("nothing".to_owned(), list(&events))
            });
            wrong.in_order("published", published, &events, |want, got| want == got, Clone::clone);
        }
    }
}

#[derive(Default)]
struct Verdict(Vec<Mismatch>);

impl Verdict {
    fn add(&mut self, about: &str, expected: String, got: String) {
        self.0.push(Mismatch { about: about.to_owned(), expected, got });
    }

    fn check(&mut self, holds: bool, about: &str, texts: impl FnOnce() -> (String, String)) {
        if !holds {
            let (expected, got) = texts();
            self.add(about, expected, got);
        }
    }

    fn equal<T: PartialEq + ToString>(&mut self, about: &str, wanted: Option<T>, got: Option<T>) {
        if let Some(wanted) = wanted
            && got.as_ref() != Some(&wanted)
        {
            self.add(
                about,
                wanted.to_string(),
                got.map_or_else(|| "nothing".to_owned(), |got| got.to_string()),
            );
        }
    }

    fn in_order<W, G>(
        &mut self,
        about: &str,
        wanted: &[W],
        got: &[G],
        same: impl Fn(&W, &G) -> bool,
        show: impl Fn(&G) -> String,
    ) where
        W: ToString,
    {
        if let Some(missing) = first_missing(wanted, got, same) {
            let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
            let first = wanted.get(missing).cloned().unwrap_or_default();
            let got: Vec<String> = got.iter().map(show).collect();
            self.add(about, format!("{} (`{first}` did not come)", list(&wanted)), list(&got));
        }
    }
}

/// The first of `wanted` that does not come in `got` in order.
fn first_missing<W, G>(wanted: &[W], got: &[G], same: impl Fn(&W, &G) -> bool) -> Option<usize> {
    let mut rest = got.iter();
    wanted.iter().position(|want| !rest.any(|one| same(want, one)))
}

fn list(items: &[String]) -> String {
    if items.is_empty() { "nothing".to_owned() } else { items.join(", ") }
}

/// A document has these members; `null` stands for none.
fn has_members(document: &Value, members: &Value) -> bool {
    match (document, members) {
        (Value::Object(document), Value::Object(members)) => {
            members.iter().all(|(name, wanted)| match (document.get(name), wanted) {
                (None | Some(Value::Null), Value::Null) => true,
                (Some(got), wanted) => has_members(got, wanted),
                (None, _) => false,
            })
        }
        (got, wanted) => got == wanted,
    }
}

impl ExpectedRing {
    fn matches(&self, got: &Rung) -> bool {
        text::matches(&self.who, &got.who)
            && self.at.is_none_or(|at| at == got.at)
            && self.number.as_ref().is_none_or(|number| text::matches(number, &got.caller_id.number))
            && self.name.as_ref().is_none_or(|name| text::matches(name, &got.caller_id.name))
            && self
                .hidden
                .is_none_or(|hidden| (got.caller_id.hide_name, got.caller_id.hide_number) == (hidden, hidden))
            && pairs_within(&self.headers, &got.headers, true)
    }

    fn describe(&self) -> String {
        let mut out = self.who.clone();
        out.extend(self.at.map(|at| format!(" at {}", text::duration(at))));
        out.extend(self.name.as_ref().map(|name| format!(" \"{name}\"")));
        out.extend(self.number.as_ref().map(|number| format!(" <{number}>")));
        out.extend(self.hidden.map(|hidden| if hidden { " hidden" } else { " shown" }));
        out.extend(self.headers.iter().map(|(name, value)| format!(" {name}: {value}")));
        out
    }
}

fn describe_ring(got: &Rung) -> String {
    let headers: String = got.headers.iter().map(|(name, value)| format!(" {name}: {value}")).collect();
    let at = text::duration(got.at);
    let hidden = match (got.caller_id.hide_name, got.caller_id.hide_number) {
        (false, false) => "",
        (true, true) => " hidden",
        (true, false) => " name hidden",
        (false, true) => " number hidden",
    };
    format!("{} at {at} \"{}\" <{}>{hidden}{headers}", got.who, got.caller_id.name, got.caller_id.number)
}

impl ExpectedExit {
    fn matches(&self, got: &ExitTaken) -> bool {
        self.module == got.module
            && self.key.as_ref().is_none_or(|key| *key == got.key)
            && self.taken.as_ref().is_none_or(|taken| taken == got.taken.as_deref().unwrap_or("none"))
            && self.pointer.as_ref().is_none_or(|pointer| *pointer == got.pointer)
    }

    fn describe(&self) -> String {
        let mut out = self.module.clone();
        out.extend(self.key.as_ref().map(|key| format!(" key {key}")));
        out.extend(self.taken.as_ref().map(|taken| format!(" taken {taken}")));
        out.extend(self.pointer.as_ref().map(|pointer| format!(" at {pointer}")));
        out
    }
}

fn describe_exit(got: &ExitTaken) -> String {
    let taken = got.taken.as_deref().unwrap_or("none");
    format!("{} key {} taken {taken} at {}", got.module, got.key, got.pointer)
}

impl BoxCount {
    fn describe(&self) -> String {
        let parts =
            [("kept", self.kept), ("new", self.new), ("saved", self.saved), ("deleted", self.deleted)];
        let parts: Vec<String> =
            parts.iter().filter_map(|(name, count)| Some(format!("{name} {}", (*count)?))).collect();
        parts.join(", ")
    }
}

impl ExpectedRequest {
    fn matches(&self, got: &Request) -> bool {
        let body = match &got.body {
            Body::Text(body) => body.as_str(),
            Body::Empty | Body::Recording { .. } => "",
        };
        let address = got.url.split(['?', '#']).next().unwrap_or_default();
        self.method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(&got.method))
            && self.url.as_ref().is_none_or(|url| text::matches(url, address))
            && pairs_within(&self.query, &query_of(got), false)
            && pairs_within(&self.form, &form_of(got), false)
            && pairs_within(&self.headers, &got.headers, true)
            && self.body.as_ref().is_none_or(|part| text::contains(part, body))
            && self.json.as_ref().is_none_or(|members| {
                serde_json::from_str(body).is_ok_and(|body: Value| has_members(&body, members))
            })
    }

    fn describe(&self) -> String {
        let mut out = self.method.clone().unwrap_or_else(|| "any method".to_owned());
        out.extend(self.url.as_ref().map(|url| format!(" {url}")));
        for (what, pairs) in [("query", &self.query), ("form", &self.form), ("header", &self.headers)] {
            out.extend(pairs.iter().map(|(name, value)| format!(" {what} {name}={value}")));
        }
        out.extend(self.json.as_ref().map(|json| format!(" json {json}")));
        out.extend(self.body.as_ref().map(|body| format!(" body {body}")));
        out
    }
}

fn describe_request(got: &Request) -> String {
    let body = match &got.body {
        Body::Empty => String::new(),
        Body::Text(text) => format!(" body {text}"),
        Body::Recording { recording, format } => format!(" body recording {} as {format}", recording.0),
    };
    format!("{} {}{body}", got.method, got.url)
}

/// Each wanted pair is among those that came; header names ignore case.
fn pairs_within(wanted: &[(String, String)], got: &[(String, String)], headers: bool) -> bool {
    wanted.iter().all(|(name, value)| {
        got.iter().any(|(other, found)| {
            (name == other || headers && name.eq_ignore_ascii_case(other)) && text::matches(value, found)
        })
    })
}
