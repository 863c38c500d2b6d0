//! The words of one box: title and detail lines from a node's module and data.
//!
//! Pins, passwords and the like are never drawn. Not here: captions and colours (`catalogue`), exit words (`exits`).

use flow::graph::{Node, Object};
use serde_json::Value;

use crate::options::{Reference, Resolver};
use crate::text::clean;

/// Detail lines a box has at most.
pub(crate) const LINES_MAX: usize = 5;
/// Members of a ring group that get a line of their own.
const MEMBERS_MAX: usize = 4;
const TOGETHER: &str = "all together";

/// What a node is about.
#[derive(Clone, Debug, Default)]
pub(crate) struct Subject {
    /// What it does it to; empty when the caption says it all.
    pub(crate) title: String,
    /// Extension or number.
    pub(crate) number: Option<String>,
    /// Details, most important first, at most [`LINES_MAX`].
    pub(crate) lines: Vec<String>,
    /// Ids the account does not have.
    pub(crate) missing: Vec<String>,
}

/// The caller's names, or none.
pub(crate) struct Names<'a, 'b> {
    pub(crate) resolver: Option<&'a (dyn Resolver + 'b)>,
}

impl Names<'_, '_> {
    pub(crate) fn named(&self, id: &str) -> Option<Reference> {
        self.resolver.and_then(|resolver| resolver.resolve(id))
    }

    /// An id as a person can bear it: long ones keep their first eight characters.
    pub(crate) fn short(&self, id: &str) -> String {
        if id.len() >= 20 && id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            id.chars().take(8).chain(['\u{2026}']).collect()
        } else {
            clean(id)
        }
    }

    /// The name of a document; an id nobody knows is noted in `missing`.
    fn name(&self, id: &str, missing: &mut Vec<String>) -> String {
        match self.named(id) {
            Some(found) if !found.name.is_empty() => clean(&found.name),
            Some(_) => self.short(id),
            None => {
                if self.resolver.is_some() {
                    missing.push(id.to_owned());
                }
                self.short(id)
            }
        }
    }
}

/// The words of a node.
pub(crate) fn subject(node: &Node, names: &Names<'_, '_>) -> Subject {
    let data = &node.data;
    let mut about = Subject::default();
    match node.module.as_str() {
        "ring_group" | "page_group" => ring_group(data, names, &mut about),
        "device" | "user" | "group" => {
            document(data, names, &mut about);
            ringing(data, &mut about);
        }
        "play" => media(data, names, &mut about),
        "tts" => {
            about.title =
                text(data, "text").map(|text| format!("\u{201c}{text}\u{201d}")).unwrap_or_default();
            labelled(data, "voice", "voice", &mut about.lines);
            labelled(data, "language", "language", &mut about.lines);
        }
        "audio_macro" => audio_macro(data, names, &mut about),
        "voicemail" => {
            document(data, names, &mut about);
            about.lines.insert(
                0,
                match text(data, "action").as_deref() {
                    Some("check") => "listen to messages".to_owned(),
                    _ => "leave a message".to_owned(),
                },
            );
        }
        "menu" => {
            document(data, names, &mut about);
            milliseconds(data, "interdigit_timeout", "between digits", &mut about.lines);
        }
        "temporal_route" => temporal_route(data, names, &mut about),
        "pivot" => pivot(data, &mut about),
        "webhook" => {
            about.title = text(data, "uri").map(|uri| host(&uri)).unwrap_or_default();
            labelled(data, "http_verb", "method", &mut about.lines);
        }
        "response" => response(data, names, &mut about),
        "resources" | "offnet" => {
            about.title = text(data, "to_did").unwrap_or_else(|| "the dialled number".to_owned());
            if data.get("use_local_resources") == Some(&Value::Bool(true)) {
                about.lines.push("own carriers only".to_owned());
            }
            labelled(data, "caller_id_type", "caller ID", &mut about.lines);
            seconds(data, "timeout", "rings for", &mut about.lines);
        }
        "transfer" => {
            about.title = text(data, "target").unwrap_or_else(|| "the dialled number".to_owned());
            labelled(data, "transfer_type", "kind", &mut about.lines);
        }
        "sleep" => {
            let unit = text(data, "unit").unwrap_or_else(|| "s".to_owned());
            about.title = format!("{} {unit}", number(data, "duration").unwrap_or(0));
        }
        "collect_dtmf" => {
            let digits = number(data, "max_digits").unwrap_or(1);
            about.title = if digits == 1 { "1 digit".to_owned() } else { format!("up to {digits} digits") };
            milliseconds(data, "timeout", "to begin", &mut about.lines);
            labelled(data, "collection_name", "kept as", &mut about.lines);
        }
        "send_dtmf" => about.title = text(data, "digits").unwrap_or_default(),
        "branch_variable" => {
            about.title = match data.get("variable") {
                Some(Value::Array(path)) => path.iter().filter_map(shown).collect::<Vec<_>>().join("."),
                Some(value) => shown(value).unwrap_or_default(),
                None => String::new(),
            };
            labelled(data, "scope", "of", &mut about.lines);
        }
        "set_variable" => {
            about.title = pair(data, "variable", "value");
            if text(data, "channel").as_deref() == Some("both") {
                about.lines.push("on both legs".to_owned());
            }
        }
        "set_variables" => {
            if let Some(Value::Object(variables)) = data.get("custom_application_vars") {
                members(variables, &mut about.lines);
            }
        }
        "set_cid" => about.title = pair(data, "caller_id_name", "caller_id_number").replace(" = ", " "),
        "prepend_cid" => {
            about.title = pair(data, "caller_id_name_prefix", "caller_id_number_prefix").replace(" = ", " ");
        }
        "check_cid" => about.title = text(data, "regex").unwrap_or_else(|| ".*".to_owned()),
        "record_call" => {
            about.title =
                if text(data, "action").as_deref() == Some("stop") { "stop" } else { "start" }.to_owned();
            labelled(data, "format", "format", &mut about.lines);
            seconds(data, "time_limit", "at most", &mut about.lines);
        }
        "disa" => {
            let guarded = text(data, "pin").is_some_and(|pin| !pin.is_empty());
            about.lines.push(if guarded { "asks for a PIN" } else { "without a PIN" }.to_owned());
        }
        _ => {
            document(data, names, &mut about);
            generic(data, &mut about);
        }
    }
    about.title = clean(&about.title);
    about.lines.truncate(LINES_MAX);
    about
}

/// Title, number and the caller's own lines from the document `data.id` names.
fn document(data: &Object, names: &Names<'_, '_>, about: &mut Subject) {
    let keys = ["id", "faxbox_id", "callflow_id", "user_id", "device_id", "group_id"];
    let Some(id) = keys.iter().find_map(|key| text(data, key)).filter(|id| !id.is_empty()) else { return };
    about.title = names.name(&id, &mut about.missing);
    if let Some(found) = names.named(&id) {
        about.number = found.number.as_deref().map(clean).filter(|number| !number.is_empty());
        about.lines.extend(found.lines.iter().map(|line| clean(line)));
    }
}

fn ringing(data: &Object, about: &mut Subject) {
    seconds(data, "timeout", "rings for", &mut about.lines);
    if number(data, "delay").is_some_and(|delay| delay > 0) {
        seconds(data, "delay", "after", &mut about.lines);
    }
}

fn ring_group(data: &Object, names: &Names<'_, '_>, about: &mut Subject) {
    about.title = text(data, "name").unwrap_or_default();
    let strategy = match text(data, "strategy").as_deref() {
        Some("single") => "one after another",
        Some("weighted_random") => "in random order by weight",
        _ => TOGETHER,
    };
    let mut how = strategy.to_owned();
    if let Some(repeats) = number(data, "repeats").filter(|repeats| *repeats > 1) {
        how.push_str(&format!(", {repeats} rounds"));
    }
    about.lines.push(how);
    let Some(Value::Array(endpoints)) = data.get("endpoints") else { return };
    for (place, endpoint) in endpoints.iter().filter_map(Value::as_object).enumerate() {
        let id = text(endpoint, "id").unwrap_or_default();
        let name = names.name(&id, &mut about.missing);
        if place >= MEMBERS_MAX || (place + 1 == MEMBERS_MAX && endpoints.len() > MEMBERS_MAX) {
            continue;
        }
        let delay = number(endpoint, "delay").filter(|delay| *delay > 0);
        let timeout = number(endpoint, "timeout");
        // Together, each member has a span of time; in turn, a length.
        let line = match (strategy == TOGETHER, delay, timeout) {
            (true, delay, Some(timeout)) => {
                let begins = delay.unwrap_or(0);
                format!("{begins}\u{2013}{} s {name}", begins.saturating_add(timeout))
            }
            (true, Some(delay), None) => format!("after {delay} s {name}"),
            (false, Some(delay), Some(timeout)) => format!("{timeout} s {name}, after {delay} s"),
            (false, Some(delay), None) => format!("{name}, after {delay} s"),
            (false, None, Some(timeout)) => format!("{timeout} s {name}"),
            (_, None, None) => name,
        };
        about.lines.push(line);
    }
    if endpoints.len() > MEMBERS_MAX {
        about.lines.push(format!("and {} more", endpoints.len() - MEMBERS_MAX + 1));
    }
}

fn media(data: &Object, names: &Names<'_, '_>, about: &mut Subject) {
    let id = text(data, "id").unwrap_or_default();
    about.title = medium(&id, names, &mut about.missing);
    if let Some(times) = number(data, "loop_count").filter(|times| *times > 1) {
        about.lines.push(format!("{times} times"));
    }
    if data.get("endless_playback") == Some(&Value::Bool(true)) {
        about.lines.push("again and again".to_owned());
    }
    if data.get("answer") == Some(&Value::Bool(false)) {
        about.lines.push("without answering".to_owned());
    }
}

/// The name of something to play; only a plain document id can be missing.
fn medium(id: &str, names: &Names<'_, '_>, missing: &mut Vec<String>) -> String {
    if let Some(found) = names.named(id) {
        return clean(&found.name);
    }
    if id.contains("://") {
        return clean(id.split('?').next().unwrap_or(id));
    }
    if let Some(last) = id.rsplit('/').next().filter(|_| id.contains('/')) {
        return clean(last);
    }
    let is_document = id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_document { names.name(id, missing) } else { clean(id) }
}

fn audio_macro(data: &Object, names: &Names<'_, '_>, about: &mut Subject) {
    let Some(Value::Array(macros)) = data.get("macros") else { return };
    for step in macros.iter().filter_map(Value::as_object) {
        let kind = text(step, "macro").unwrap_or_default();
        let what = match kind.as_str() {
            "play" | "prompt" => medium(&text(step, "id").unwrap_or_default(), names, &mut about.missing),
            _ => text(step, "text").unwrap_or_default(),
        };
        about.lines.push(format!("{kind} {what}").trim().to_owned());
    }
}

fn temporal_route(data: &Object, names: &Names<'_, '_>, about: &mut Subject) {
    match text(data, "action").as_deref() {
        Some("enable") => about.title = "switch rules on".to_owned(),
        Some("disable") => about.title = "switch rules off".to_owned(),
        Some("reset") => about.title = "put rules back to normal".to_owned(),
        Some("menu") => about.title = "let the caller switch rules".to_owned(),
        _ => {}
    }
    if let Some(Value::Array(rules)) = data.get("rules") {
        for rule in rules.iter().filter_map(Value::as_str) {
            let name = names.name(rule, &mut about.missing);
            let when = names.named(rule).and_then(|found| found.lines.first().map(|line| clean(line)));
            about.lines.push(when.map_or_else(|| name.clone(), |when| format!("{name}: {when}")));
        }
    }
    if let Some(set) = text(data, "rule_set").filter(|set| !set.is_empty()) {
        about.lines.push(format!("rule set {}", names.name(&set, &mut about.missing)));
    }
    if about.lines.len() > LINES_MAX - 1 {
        let hidden = about.lines.len() - (LINES_MAX - 2);
        about.lines.truncate(LINES_MAX - 2);
        about.lines.push(format!("and {hidden} more"));
    }
    labelled(data, "timezone", "in", &mut about.lines);
}

fn pivot(data: &Object, about: &mut Subject) {
    let url = text(data, "voice_url").unwrap_or_default();
    about.title = host(&url);
    let method = text(data, "method").unwrap_or_else(|| "get".to_owned()).to_uppercase();
    let path =
        url.split_once("://").and_then(|(_, rest)| rest.find('/').map(|place| rest[place..].to_owned()));
    let path = path.as_deref().and_then(|path| path.split('?').next()).unwrap_or("/").to_owned();
    about.lines.push(format!("{method} {path}"));
    labelled(data, "req_format", "format", &mut about.lines);
    if let Some(limit) = number(data, "req_timeout_ms") {
        about.lines.push(format!("waits {limit} ms"));
    }
}

/// Host and port of a URL: never the user name or password that may stand before them.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    clean(authority.rsplit('@').next().unwrap_or_default())
}

fn response(data: &Object, names: &Names<'_, '_>, about: &mut Subject) {
    let code = number(data, "code").unwrap_or(486);
    let message = text(data, "message").unwrap_or_default();
    about.title = format!("{code} {message}").trim().to_owned();
    if let Some(id) = text(data, "media").filter(|id| !id.is_empty()) {
        about.lines.push(format!("after {}", medium(&id, names, &mut about.missing)));
    }
}

/// Scalar members of any other module's data, without ids and without secrets.
fn generic(data: &Object, about: &mut Subject) {
    let plain: Object = data
        .iter()
        .filter(|(key, _)| !matches!(key.as_str(), "skip_module" | "id") && !key.ends_with("_id"))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if about.title.is_empty() {
        for key in ["action", "language", "alert_info", "mode", "name", "status"] {
            if let Some(value) = text(&plain, key) {
                about.title = value;
                let rest = plain.into_iter().filter(|(other, _)| other != key).collect();
                return members(&rest, &mut about.lines);
            }
        }
    }
    members(&plain, &mut about.lines);
}

fn members(data: &Object, lines: &mut Vec<String>) {
    for (key, value) in data {
        if let Some(value) = shown(value).filter(|_| !is_secret(key)) {
            lines.push(clean(&format!("{}: {value}", key.replace('_', " "))));
        }
    }
}

fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["pin", "password", "secret", "token", "username", "key"].iter().any(|word| key.contains(word))
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(clean(text)),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(if *flag { "yes" } else { "no" }.to_owned()),
        _ => None,
    }
}

fn text(data: &Object, key: &str) -> Option<String> {
    data.get(key).and_then(Value::as_str).map(clean)
}

/// A whole number, also when written as text.
fn number(data: &Object, key: &str) -> Option<i64> {
    match data.get(key) {
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    }
}

fn labelled(data: &Object, key: &str, word: &str, lines: &mut Vec<String>) {
    if let Some(value) = data.get(key).and_then(shown).filter(|value| !value.is_empty()) {
        lines.push(format!("{word} {value}"));
    }
}

fn seconds(data: &Object, key: &str, word: &str, lines: &mut Vec<String>) {
    if let Some(value) = number(data, key) {
        lines.push(format!("{word} {value} s"));
    }
}

fn milliseconds(data: &Object, key: &str, word: &str, lines: &mut Vec<String>) {
    if let Some(value) = number(data, key) {
        let (whole, tenth) = (value / 1000, (value % 1000) / 100);
        let amount = if tenth == 0 { whole.to_string() } else { format!("{whole}.{tenth}") };
        lines.push(format!("{amount} s {word}"));
    }
}

fn pair(data: &Object, left: &str, right: &str) -> String {
    let side = |key: &str| data.get(key).and_then(shown).filter(|text| !text.is_empty());
    match (side(left), side(right)) {
        (Some(left), Some(right)) => format!("{left} = {right}"),
        (one, other) => one.or(other).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn node(module: &str, data: Value) -> Node {
        let data = data.as_object().cloned().unwrap_or_default();
        Node { module: module.to_owned(), data, ..Node::default() }
    }

    fn people(id: &str) -> Option<Reference> {
        let name = match id {
            "u1" => "Ann Lee",
            "u2" => "Bob Ray",
            _ => return None,
        };
        Some(Reference { kind: "user".into(), name: name.into(), ..Reference::default() })
    }

    #[test]
    fn a_ring_group_names_its_members_with_their_delays() {
        let group = node(
            "ring_group",
            json!({"name": "Sales", "strategy": "single", "repeats": 2, "endpoints": [
                {"id": "u1", "endpoint_type": "user", "delay": 0, "timeout": 20},
                {"id": "u2", "endpoint_type": "user", "delay": 5, "timeout": 15},
                {"id": "gone", "endpoint_type": "device"}]}),
        );
        let about = subject(&group, &Names { resolver: Some(&people) });
        assert_eq!(about.title, "Sales");
        assert_eq!(
            about.lines,
            ["one after another, 2 rounds", "20 s Ann Lee", "15 s Bob Ray, after 5 s", "gone"]
        );
        assert_eq!(about.missing, ["gone"]);
    }

    #[test]
    fn secrets_are_not_drawn() {
        let names = Names { resolver: None };
        let web = node("pivot", json!({"voice_url": "https://joe:s3cret@web.example:8443/ivr?token=s3cret"}));
        let about = subject(&web, &names);
        assert_eq!((about.title.as_str(), about.lines[0].as_str()), ("web.example:8443", "GET /ivr"));
        for hidden in [node("disa", json!({"pin": "4711"})), node("nomorobo", json!({"password": "4711"}))] {
            let about = subject(&hidden, &names);
            assert!(!format!("{about:?}").contains("4711"));
        }
    }

    #[test]
    fn data_of_the_wrong_type_is_passed_by() {
        for module in crate::catalogue::modules() {
            for value in
                [json!(null), json!([]), json!({"a": 1}), json!(-1), json!("x"), json!([1, {"id": 2}])]
            {
                let data = json!({"id": value, "endpoints": value, "rules": value, "timeout": value,
                    "variable": value, "voice_url": value, "macros": value, "code": value});
                let about = subject(&node(module.module, data), &Names { resolver: Some(&people) });
                assert!(about.lines.len() <= LINES_MAX);
            }
        }
    }
}
