//! Reads `expect` of a scenario document.
//!
//! Not here: the comparison (`expect`).

use std::time::Duration;

use engine::cause::Cause;
use serde_json::Value;

use super::expect::{BoxCount, Expect, ExpectedExit, ExpectedRequest, ExpectedRing};
use super::fields::{Fields, Finder};
use crate::trace::RESULT_NAMES;

pub(super) fn expect(fields: &mut Fields<'_>) -> Expect {
    let Some(value) = fields.take("expect") else { return Expect::default() };
    let at = fields.at("expect");
    let mut one = Fields::of(fields.find, &value, &at);
    let expect = Expect {
        ended: word(&mut one, "ended", RESULT_NAMES),
        cause: cause(&mut one),
        answered: one.truth("answered"),
        status: one.number("status", 300, 699).and_then(|status| u16::try_from(status).ok()),
        heard: one.texts("heard"),
        heard_only: one.has("heard_only").then(|| one.texts("heard_only")),
        not_heard: one.texts("not_heard"),
        phones_heard: {
            let named = one.named("phones_heard");
            named.into_iter().map(|(id, value, at)| (id, one.find.texts(&value, &at))).collect()
        },
        rung: one.has("rung").then(|| {
            let list = one.list("rung");
            list.iter().map(|(value, at)| ring(one.find, value, at)).collect()
        }),
        connected: one.has("connected").then(|| one.texts("connected")),
        visited: one.texts("visited"),
        metaflows: one.texts("metaflows"),
        exits: {
            let list = one.list("exits");
            list.iter().map(|(value, at)| exit(Fields::of(one.find, value, at))).collect()
        },
        flows: one.texts("flows"),
        notes: one.texts("notes"),
        no_notes: one.truth("no_notes").unwrap_or(false),
        messages: {
            let named = one.named("messages");
            named.into_iter().map(|(id, value, at)| (id, box_count(one.find, &value, &at))).collect()
        },
        documents: one.named("documents").into_iter().map(|(id, value, _)| (id, value)).collect(),
        recordings: one
            .number("recordings", 0, u64::from(u32::MAX))
            .and_then(|count| usize::try_from(count).ok()),
        requests: {
            let list = one.list("requests");
            list.iter().map(|(value, at)| request(Fields::of(one.find, value, at))).collect()
        },
        request_count: one
            .number("request_count", 0, u64::from(u32::MAX))
            .and_then(|count| usize::try_from(count).ok()),
        published: one.has("published").then(|| one.texts("published")),
        sent: {
            let named = one.named("sent");
            named.into_iter().filter_map(|(id, value, at)| Some((id, one.find.text(&value, &at)?))).collect()
        },
        took: took(&mut one),
    };
    one.finish();
    expect
}

fn word(fields: &mut Fields<'_>, key: &'static str, known: &[&str]) -> Option<String> {
    let word = fields.text(key)?;
    if !known.contains(&word.as_str()) {
        let at = fields.at(key);
        fields.find.wrong_word(&at, &word, known);
    }
    Some(word)
}

fn cause(fields: &mut Fields<'_>) -> Option<Cause> {
    let names: Vec<&str> = Cause::ALL.iter().map(|cause| cause.name()).collect();
    word(fields, "cause", &names).and_then(|name| Cause::from_name(&name))
}

fn ring(find: &mut Finder, value: &Value, pointer: &str) -> ExpectedRing {
    if let Value::String(who) = value {
        return ExpectedRing { who: who.clone(), ..ExpectedRing::default() };
    }
    let mut fields = Fields::of(find, value, pointer);
    let ring = ExpectedRing {
        who: fields.required_text("who"),
        at: fields.duration("at"),
        number: fields.text("number"),
        hidden: fields.truth("hidden"),
        name: fields.text("name"),
        headers: texts(&mut fields, "headers"),
    };
    fields.finish();
    ring
}

fn texts(fields: &mut Fields<'_>, key: &'static str) -> Vec<(String, String)> {
    let named = fields.named(key);
    named.into_iter().filter_map(|(name, value, at)| Some((name, fields.find.text(&value, &at)?))).collect()
}

fn exit(mut fields: Fields<'_>) -> ExpectedExit {
    let exit = ExpectedExit {
        module: fields.required_text("module"),
        key: fields.text("key"),
        taken: fields.text("taken"),
        pointer: fields.text("pointer"),
    };
    fields.finish();
    exit
}

fn box_count(find: &mut Finder, value: &Value, pointer: &str) -> BoxCount {
    let small = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
    if let Some(total) = value.as_u64() {
        return BoxCount { kept: Some(small(total)), ..BoxCount::default() };
    }
    let mut fields = Fields::of(find, value, pointer);
    let most = u64::from(u32::MAX);
    let count = BoxCount {
        kept: None,
        new: fields.number("new", 0, most).map(small),
        saved: fields.number("saved", 0, most).map(small),
        deleted: fields.number("deleted", 0, most).map(small),
    };
    fields.finish();
    count
}

fn request(mut fields: Fields<'_>) -> ExpectedRequest {
    let request = ExpectedRequest {
        method: fields.text("method"),
        url: fields.text("url"),
        query: texts(&mut fields, "query"),
        form: texts(&mut fields, "form"),
        headers: texts(&mut fields, "headers"),
        json: fields.take_any("json"),
        body: fields.text("body"),
    };
    fields.finish();
    request
}

fn took(fields: &mut Fields<'_>) -> Option<(Duration, Duration)> {
    let value = fields.take("took")?;
    let at = fields.at("took");
    let mut one = Fields::of(fields.find, &value, &at);
    let range = (one.duration("min").unwrap_or_default(), one.duration("max").unwrap_or(Duration::MAX));
    one.finish();
    Some(range)
}
