//! `nomorobo`: asks the Nomorobo service how likely the caller is a robot, and branches on the answer from 0 to 10
//! (reference section 3.1).
//!
//! Unlike in Kazoo the server's certificate is verified.

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::command::{Action, Body, Request};
use crate::cx::Cx;
use crate::input::{Done, Failure};
use crate::lenient;
use crate::module::{DEFAULT_EXIT, Exit, Module, Next, Outcome, read_data};
use crate::number::npan;
use crate::web_form;

/// Where the score comes from.
const ADDRESS: &str = "https://api.nomorobo.com/v1/check";

/// Time the service has; the caller waits meanwhile.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "nomorobo",
    summary: "Branches on how likely the caller is a robot.",
    example: r#"{"module": "nomorobo", "data": {"username": "acme", "password": "a-password"}, "children": {"0": {"module": "user", "data": {"id": "alice"}}, "8": {"module": "hangup", "data": {}}}}"#,
    exits: &[Exit::Dynamic("score 0 to 10"), Exit::Key("_"), Exit::Stop],
    members: lenient::members::<Data>,
    caption: |_| "Is it a robot?".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// Of the account at the service.
    #[serde(deserialize_with = "lenient::text")]
    username: Option<String>,
    /// Of the account at the service.
    #[serde(deserialize_with = "lenient::text")]
    password: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let score = match score(&cx, &data).await? {
        Ok(score) => Some(score),
        Err(reason) => {
            cx.note("EN3008", format!("the caller could not be judged: {reason}"));
            None
        }
    };
    Ok(choose(&keys(&cx), score).map_or(Next::Stop(None), |key| Next::Continue(key.to_owned())))
}

/// The children's keys as numbers, lowest first; `_` counts as the lowest.
fn keys(cx: &Cx) -> Vec<(i64, String)> {
    let mut keys: Vec<(i64, String)> = cx
        .node()
        .map(|node| {
            let number = |key: &String| if key == DEFAULT_EXIT { Some(-1) } else { key.parse().ok() };
            node.exits.keys().filter_map(|key| Some((number(key)?, key.clone()))).collect()
        })
        .unwrap_or_default();
    keys.sort();
    keys
}

/// The largest key not above the score, or else the smallest. Without a score `_` or `0`, if that is the lowest.
fn choose(keys: &[(i64, String)], score: Option<i64>) -> Option<&str> {
    let lowest = keys.first();
    let chosen = match score {
        Some(score) => keys.iter().rev().find(|(key, _)| *key <= score).or(lowest),
        None => lowest.filter(|(key, _)| *key <= 0),
    };
    chosen.map(|(_, key)| key.as_str())
}

async fn score(cx: &Cx, data: &Data) -> Result<Result<i64, String>, crate::cx::HungUp> {
    let (from, to) = cx.vars(|vars| (vars.caller_number.clone(), vars.number.clone()));
    let query = json!({"From": npan(&from), "To": npan(&to)});
    let query = web_form::encode(query.as_object().unwrap_or(&Object::new()));
    let secret = format!(
        "{}:{}",
        data.username.as_deref().unwrap_or_default(),
        data.password.as_deref().unwrap_or_default()
    );
    let request = Request {
        method: "GET".to_owned(),
        url: web_form::with_query(ADDRESS, &query),
        headers: vec![("Authorization".to_owned(), format!("Basic {}", web_form::base64(secret.as_bytes())))],
        body: Body::Empty,
        timeout: TIMEOUT,
        max_bytes: 1 << 16,
    };
    Ok(match cx.run(Action::Fetch(request)).await? {
        Ok(Done::Fetched { status: 200, body, .. }) => serde_json::from_str::<Value>(&body)
            .ok()
            .and_then(|reply| reply.get("score")?.as_f64())
            .map(|score| (score.clamp(0.0, 1.0) * 10.0) as i64)
            .ok_or_else(|| "the reply has no score".to_owned()),
        Ok(Done::Fetched { status, .. }) => Err(format!("HTTP status {status}")),
        Ok(_) => Err("the driver gave no reply".to_owned()),
        Err(Failure::Web { reason, fault }) => Err(format!("{reason} ({})", fault.name())),
        Err(other) => Err(format!("{other:?}")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_key_not_above_the_score_counts() {
        let keys = |list: &[(i64, &str)]| -> Vec<(i64, String)> {
            list.iter().map(|(number, key)| (*number, (*key).to_owned())).collect()
        };
        let some = keys(&[(3, "3"), (8, "8")]);
        assert_eq!(choose(&some, Some(9)), Some("8"));
        assert_eq!(choose(&some, Some(7)), Some("3"));
        assert_eq!(choose(&some, Some(1)), Some("3"));
        assert_eq!(choose(&some, None), None);
        let with_default = keys(&[(-1, "_"), (8, "8")]);
        assert_eq!((choose(&with_default, Some(7)), choose(&with_default, None)), (Some("_"), Some("_")));
        assert_eq!(choose(&keys(&[(0, "0"), (8, "8")]), None), Some("0"));
    }
}
