//! Reads phones, trunks, steps and web servers of a scenario document.
//!
//! Not here: what they mean (`world::party`, `world::web`).

use std::time::Duration;

use indexmap::IndexMap;
use serde_json::Value;

use super::fields::{Fields, Finder};
use crate::world::others::{OtherCall, OtherParty, OtherSeat};
use crate::world::party::{Behaviour, Behaviours, Ends, KEY_EVERY, KEY_LENGTH, RING_AFTER, Step, Trunk};
use crate::world::queues::OtherMember;
use crate::world::web::{REPLY_AFTER, Reply, ReplyKind, Resource};

/// How long others talk with an agent when the scenario does not say.
const OTHERS_TALK: Duration = Duration::from_secs(60);

pub(super) fn phones(fields: &mut Fields<'_>) -> IndexMap<String, Behaviours> {
    let named = fields.named("phones");
    named.into_iter().map(|(id, value, at)| (id, behaviours(fields.find, &value, &at))).collect()
}

pub(super) fn trunks(fields: &mut Fields<'_>) -> Option<Vec<Trunk>> {
    fields.has("trunks").then(|| {
        let list = fields.list("trunks");
        list.iter().map(|(value, at)| trunk(Fields::of(fields.find, value, at))).collect()
    })
}

fn trunk(mut fields: Fields<'_>) -> Trunk {
    let to = fields.required_text("to");
    let at = fields.at("does");
    let does = match fields.take("does") {
        Some(value) => behaviours(fields.find, &value, &at),
        None => behaviour(&mut fields).into(),
    };
    fields.finish();
    Trunk { to, does }
}

fn behaviours(find: &mut Finder, value: &Value, pointer: &str) -> Behaviours {
    Behaviours::new(
        Finder::elements(value, pointer)
            .iter()
            .map(|(one, at)| match one {
                Value::String(word) => Behaviour::from_word(word).unwrap_or_else(|| {
                    find.wrong_word(at, word, Behaviour::WORDS);
                    Behaviour::new(Ends::Unregistered)
                }),
                other => {
                    let mut fields = Fields::of(find, other, at);
                    let behaviour = behaviour(&mut fields);
                    fields.finish();
                    behaviour
                }
            })
            .collect(),
    )
}

fn behaviour(fields: &mut Fields<'_>) -> Behaviour {
    if fields.has("answer_after") && fields.has("reject") {
        let at = fields.at("reject");
        fields.find.contradiction(&at, "a phone answers or rejects, not both");
    }
    let answer_after = fields.duration("answer_after");
    let reject = fields.number("reject", 300, 699).and_then(|status| u16::try_from(status).ok());
    let reject_after = fields.duration("reject_after").unwrap_or(RING_AFTER);
    let ends = match (answer_after, reject) {
        (Some(after), _) => Ends::Answers(after),
        (None, Some(status)) => Ends::Refuses { status, after: reject_after },
        (None, None) => Ends::Rings,
    };
    let mut behaviour = Behaviour::new(ends);
    let at = fields.at("ring_after");
    match fields.take("ring_after") {
        Some(Value::String(word)) if word == "never" => behaviour.ring_after = None,
        Some(value) => behaviour.ring_after = fields.find.duration(&value, &at),
        None => {}
    }
    behaviour.early_media = fields.truth("early_media").unwrap_or(false);
    behaviour.in_call = fields.truth("in_call").unwrap_or(false);
    behaviour.free_after = fields.duration("free_after");
    if behaviour.early_media && behaviour.ring_after.is_none() {
        behaviour.ring_after = Some(RING_AFTER);
    }
    behaviour.then = steps(fields, "then");
    behaviour
}

/// Calls of other people in progress.
pub(super) fn others(fields: &mut Fields<'_>) -> Vec<OtherCall> {
    let list = fields.list("others");
    list.iter().map(|(value, at)| other(Fields::of(fields.find, value, at))).collect()
}

fn other(mut fields: Fields<'_>) -> OtherCall {
    let call = OtherCall {
        call_id: fields.required_text("call_id"),
        caller: party(&mut fields, "caller").unwrap_or_default(),
        callee: party(&mut fields, "callee"),
        answered: fields.truth("answered").unwrap_or(false),
        ends: fields.duration("ends"),
        seat: seat(&mut fields),
    };
    fields.finish();
    call
}

fn seat(fields: &mut Fields<'_>) -> Option<OtherSeat> {
    let at = fields.at("conference");
    let value = fields.take("conference")?;
    let mut own = Fields::of(fields.find, &value, &at);
    let seat = OtherSeat {
        room: format!("conference-{}", own.required_text("id")),
        moderator: own.truth("moderator").unwrap_or(false),
        essential: own.truth("essential").unwrap_or(false),
        from: own.duration("from").unwrap_or_default(),
        until: own.duration("until"),
    };
    own.finish();
    Some(seat)
}

/// Others in queues: by queue id, a list.
pub(super) fn waiting(fields: &mut Fields<'_>) -> Vec<OtherMember> {
    let mut found = Vec::new();
    for (queue, list, at) in fields.named("waiting") {
        for (member, at) in Finder::elements(&list, &at) {
            let mut one = Fields::of(fields.find, &member, &at);
            let priority = one.number("priority", 0, 255).and_then(|number| i64::try_from(number).ok());
            found.push(OtherMember {
                queue: queue.clone(),
                priority: priority.unwrap_or(0),
                leaves_after: one.duration("leaves_after"),
                talks: one.duration("talks").unwrap_or(OTHERS_TALK),
            });
            one.finish();
        }
    }
    found
}

fn party(fields: &mut Fields<'_>, key: &'static str) -> Option<OtherParty> {
    let at = fields.at(key);
    let value = fields.take(key)?;
    let mut own = Fields::of(fields.find, &value, &at);
    let device = own.text("device");
    let is_device = device.is_some();
    let party = OtherParty {
        who: device.or_else(|| own.text("number")).unwrap_or_default(),
        is_device,
        then: steps(&mut own, "then"),
    };
    own.finish();
    Some(party)
}

/// A list of steps.
pub(super) fn steps(fields: &mut Fields<'_>, key: &'static str) -> Vec<Step> {
    let list = fields.list(key);
    list.iter().filter_map(|(value, at)| step(fields.find, value, at)).collect()
}

const STEP_WORDS: &[&str] = &["hang_up", "answered", "connected", "fax_tone", "taken"];
const STEP_KEYS: &[&str] = &["hear", "press", "wait", "speak", "talk", "hold", "transfer"];

fn step(find: &mut Finder, value: &Value, pointer: &str) -> Option<Step> {
    if let Value::String(word) = value {
        let step = match word.as_str() {
            "hang_up" => Some(Step::HangUp),
            "answered" => Some(Step::Answered),
            "connected" => Some(Step::Connected),
            "fax_tone" => Some(Step::FaxTone),
            "taken" => Some(Step::Taken),
            _ => None,
        };
        if step.is_none() {
            find.wrong_word(pointer, word, &[STEP_WORDS, STEP_KEYS].concat());
        }
        return step;
    }
    let mut fields = Fields::of(find, value, pointer);
    let present: Vec<&str> = STEP_KEYS.iter().copied().filter(|key| fields.has(key)).collect();
    if present.len() > 1 {
        let message = format!("one step cannot both {}; make it two", present.join(" and "));
        fields.find.contradiction(pointer, message);
    }
    // All are asked for, so that a misspelt key gets its suggestion.
    let step = hear(&mut fields)
        .or_else(|| press(&mut fields))
        .or_else(|| fields.duration("wait").map(Step::Wait))
        .or_else(|| fields.duration("speak").map(Step::Speak))
        .or_else(|| fields.duration("talk").map(Step::Talk))
        .or_else(|| fields.truth("hold").map(Step::Hold))
        .or_else(|| fields.text("transfer").map(Step::Transfer));
    fields.finish();
    step
}

fn hear(fields: &mut Fields<'_>) -> Option<Step> {
    let what = fields.text("hear")?;
    Some(Step::Hear { what, to_end: fields.truth("to_end").unwrap_or(false) })
}

fn press(fields: &mut Fields<'_>) -> Option<Step> {
    let keys = fields.text("press")?.to_ascii_uppercase();
    if let Some(wrong) = keys.chars().find(|key| !matches!(key, '0'..='9' | '*' | '#' | 'A'..='D')) {
        let at = fields.at("press");
        fields.find.contradiction(&at, format!("a telephone has no key `{wrong}`"));
    }
    let every = fields.duration("every").unwrap_or(KEY_EVERY);
    let length = fields.duration("length").unwrap_or(KEY_LENGTH);
    Some(Step::Press { keys, every, length })
}

pub(super) fn web(fields: &mut Fields<'_>) -> Option<Vec<Resource>> {
    fields.has("web").then(|| {
        let list = fields.list("web");
        list.iter().map(|(value, at)| resource(Fields::of(fields.find, value, at))).collect()
    })
}

fn resource(mut fields: Fields<'_>) -> Resource {
    let url = fields.required_text("url");
    let method = fields.text("method");
    if !fields.has("reply") {
        fields.missing("reply");
    }
    let list = fields.list("reply");
    let replies = list.iter().filter_map(|(value, at)| reply(fields.find, value, at)).collect();
    fields.finish();
    Resource::new(url, method, replies)
}

fn reply(find: &mut Finder, value: &Value, pointer: &str) -> Option<Reply> {
    if let Value::String(word) = value {
        let reply = Reply::from_word(word);
        if reply.is_none() {
            find.wrong_word(pointer, word, Reply::WORDS);
        }
        return reply;
    }
    let mut fields = Fields::of(find, value, pointer);
    let after = fields.duration("after").unwrap_or(REPLY_AFTER);
    let what = match fields.duration("sound") {
        Some(length) => ReplyKind::Sound(length),
        None => http(&mut fields),
    };
    fields.finish();
    Some(Reply { after, what })
}

fn http(fields: &mut Fields<'_>) -> ReplyKind {
    if ["json", "twiml", "text"].iter().filter(|body| fields.has(body)).count() > 1 {
        let at = fields.at("text");
        fields.find.contradiction(&at, "a body is one of `json`, `twiml` and `text`");
    }
    let json = fields.take_any("json").map(|value| value.to_string());
    let verbs = fields.text("twiml").map(|verbs| format!("<Response>{verbs}</Response>"));
    let usual_type = match (&json, &verbs) {
        (Some(_), _) => "application/json",
        (None, Some(_)) => "text/xml",
        (None, None) => "text/plain",
    };
    let text = fields.text("text");
    ReplyKind::Http {
        status: fields
            .number("status", 100, 599)
            .and_then(|status| u16::try_from(status).ok())
            .unwrap_or(200),
        content_type: fields.text("type").unwrap_or_else(|| usual_type.to_owned()),
        body: json.or(verbs).or(text).unwrap_or_default(),
        final_url: fields.text("final_url"),
    }
}
