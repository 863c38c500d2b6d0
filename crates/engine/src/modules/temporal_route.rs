//! `temporal_route`: takes the branch of the first time rule that applies now, or switches rules on and off
//! (reference section 7.12). When a rule applies is decided in `flow::time_rules`.

use std::sync::Arc;

use flow::graph::Object;
use flow::time_rules::{self, Rule};
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::caller::Collect;
use crate::command::Change;
use crate::cx::Cx;
use crate::lenient::{self, Read};
use crate::module::{DEFAULT_EXIT, Exit, Module, ModuleError, Next, Outcome, read_data};
use crate::zone;

/// Child key for the rules of `rule_set`.
const RULE_SET_EXIT: &str = "rule_set";

/// Prompts without a usable key before the menu gives up.
const MENU_TRIES: usize = 10;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "temporal_route",
    summary: "Takes the branch of the first time rule that applies now.",
    example: r#"{"module": "temporal_route", "data": {"timezone": "America/New_York", "rules": ["office-hours"]}, "children": {"office-hours": {"module": "user", "data": {"id": "alice"}}, "_": {"module": "voicemail", "data": {"id": "office-box"}}}}"#,
    exits: &[Exit::Dynamic("rule or rule set id"), Exit::Key("rule_set"), Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("action").and_then(Value::as_str) {
        Some(action) => format!("Time rules: {action}"),
        None => "By time".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `menu`, `enable`, `disable`, `reset`; routing when absent.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
    /// Rule ids, in order.
    rules: Vec<Value>,
    /// A rule set whose rules lead to the child `rule_set`.
    #[serde(deserialize_with = "lenient::text")]
    rule_set: Option<String>,
    /// Time zone; the account's when absent or `inherit`.
    #[serde(deserialize_with = "lenient::text")]
    timezone: Option<String>,
    /// Milliseconds between digits of the menu.
    #[serde(deserialize_with = "lenient::opt_int")]
    interdigit_timeout: Option<i64>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    match data.action.as_deref() {
        None => route(&cx, &data).await,
        Some("menu") => menu(&cx, &data).await,
        Some(action @ ("enable" | "disable" | "reset")) => switch(&cx, &data, action).await,
        Some(other) => Err(ModuleError::Broken(format!("`{other}` is no action of temporal_route"))),
    }
}

async fn route(cx: &Cx, data: &Data) -> Outcome {
    let zone = zone(cx, data).await?;
    let now = cx.civil().to_zoned(zone);
    for (key, document) in candidates(cx, data).await {
        let (rule, issues) = Rule::read(&document);
        for issue in &issues {
            cx.note(
                "EN2019",
                format!("time rule `{}`: {}", document.text_at(&["id"]).unwrap_or_default(), issue.message),
            );
        }
        if time_rules::applies(&rule, &now) {
            return Ok(Next::Continue(key));
        }
    }
    Ok(Next::default_exit())
}

async fn zone(cx: &Cx, data: &Data) -> Result<TimeZone, ModuleError> {
    let name = match data.timezone.as_deref() {
        Some(name) if name != "inherit" => Some(name.to_owned()),
        _ => cx.account().await.text_at(&["timezone"]),
    };
    match name {
        None => Ok(TimeZone::UTC),
        Some(name) => {
            zone::named(&name).ok_or_else(|| ModuleError::Broken(format!("`{name}` is no known time zone")))
        }
    }
}

/// Child key and rule document, in the order in which they are tried: `rules`, then the children, then `rule_set`;
/// a set stands for its rules under its own key.
async fn candidates(cx: &Cx, data: &Data) -> Vec<(String, Arc<Value>)> {
    let mut ids: Vec<(String, String)> =
        data.rules.iter().filter_map(lenient::as_text).map(|id| (id.clone(), id)).collect();
    if let Some(node) = cx.node() {
        let children = node.exits.keys().filter(|key| !matches!(key.as_str(), DEFAULT_EXIT | RULE_SET_EXIT));
        ids.extend(children.map(|key| (key.clone(), key.clone())));
    }
    ids.extend(data.rule_set.iter().map(|id| (RULE_SET_EXIT.to_owned(), id.clone())));
    let mut found = Vec::new();
    for (key, id) in ids {
        let Some(document) = cx.document(&id).await else {
            cx.note("EN2018", format!("the time rule `{id}` does not exist; passed over"));
            continue;
        };
        match document.at(&["temporal_rules"]) {
            Some(Value::Array(rules)) if !rules.is_empty() => {
                for id in rules.iter().filter_map(lenient::as_text) {
                    if let Some(rule) = cx.document(&id).await {
                        found.push((key.clone(), rule));
                    }
                }
            }
            _ => found.push((key, document)),
        }
    }
    found
}

async fn menu(cx: &Cx, data: &Data) -> Outcome {
    for _ in 0..MENU_TRIES {
        let mut spec = Collect::default();
        if let Some(ms) = data.interdigit_timeout.and_then(|ms| u64::try_from(ms).ok()) {
            spec.interdigit = std::time::Duration::from_millis(ms);
        }
        let key = cx.collect(vec![cx.prompt_item("temporal-menu")], &spec).await?;
        let action = match key.as_str() {
            "1" => "enable",
            "2" => "disable",
            "3" => "reset",
            _ => continue,
        };
        return switch(cx, data, action).await;
    }
    Ok(Next::default_exit())
}

/// Sets or removes `enabled` on every rule of the node.
async fn switch(cx: &Cx, data: &Data, action: &str) -> Outcome {
    let (enabled, prompt) = match action {
        "enable" => (json!(true), "temporal-marked_enabled"),
        "disable" => (json!(false), "temporal-marked_disabled"),
        _ => (Value::Null, "temporal-marker_reset"),
    };
    for id in data.rules.iter().filter_map(lenient::as_text) {
        let change = Change::Patch { id, patch: json!({"enabled": enabled}), revision: None };
        // A rule that cannot be saved is noted by `save`; the others still are.
        let _ = cx.save(change).await;
    }
    cx.prompt(prompt).await?;
    Ok(Next::default_exit())
}
