//! `acdc_wait_time`: a queue's average wait chooses the child (reference section 3.8).

use flow::graph::Object;
use serde::Deserialize;

use crate::command::Query;
use crate::cx::Cx;
use crate::input::Loaded;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "acdc_wait_time",
    summary: "Chooses the child by the average wait of a queue, in seconds.",
    example: r#"{"module": "acdc_wait_time", "data": {"id": "support", "window": 900}, "children": {"300": {"module": "play", "data": {"id": "long-wait"}}, "_": {"module": "acdc_member", "data": {"id": "support"}}}}"#,
    exits: &[Exit::Dynamic("seconds"), Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("id").and_then(lenient::as_text) {
        Some(id) => format!("Waiting time of {id}"),
        None => "Waiting time".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The queue.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
    /// Seconds to look back; all waits remembered by default.
    #[serde(deserialize_with = "lenient::opt_int")]
    window: Option<i64>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let window_s = data.window.and_then(|window| u64::try_from(window).ok()).filter(|window| *window > 0);
    let query = Query::Queue { queue: data.id.unwrap_or_default(), window_s };
    let Some(Loaded::Queue(queue)) = cx.load(query).await else {
        cx.note("EN2040", "the queue's waiting time is not known; the default child runs");
        return Ok(Next::default_exit());
    };
    Ok(choose(&keys(&cx), queue.average_wait_s)
        .map_or_else(Next::default_exit, |key| Next::Continue(key.to_owned())))
}

/// The children that are whole seconds.
fn keys(cx: &Cx) -> Vec<String> {
    let seconds = |key: &&String| key.parse::<u64>().is_ok();
    cx.node().map(|node| node.exits.keys().filter(seconds).cloned().collect()).unwrap_or_default()
}

/// The largest of the keys that is not above the wait.
fn choose(keys: &[String], wait_s: u64) -> Option<&str> {
    let numbers = keys.iter().filter_map(|key| Some((key.parse::<u64>().ok()?, key.as_str())));
    numbers.filter(|(seconds, _)| *seconds <= wait_s).max().map(|(_, key)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_key_not_above_the_wait_counts() {
        let keys: Vec<String> = ["60", "300", "0"].map(str::to_owned).to_vec();
        assert_eq!(choose(&keys, 59), Some("0"));
        assert_eq!(choose(&keys, 60), Some("60"));
        assert_eq!(choose(&keys, 4_000), Some("300"));
        assert_eq!(choose(&keys[..2], 10), None);
    }
}
