//! `sleep`: waits without answering (reference section 3.1).

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;

use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};

/// Longest wait: a day.
const DURATION_MAX_MS: u64 = 86_400_000;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "sleep",
    summary: "Waits for a while.",
    example: r#"{"module": "sleep", "data": {"duration": 2, "unit": "s"}, "children": {"_": {"module": "hangup", "data": {}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match read_data::<Data>(data.clone()) {
        Ok(data) => format!("Wait {} {}", data.duration, data.unit_name()),
        Err(_) => "Wait".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// How long, in `unit`.
    #[serde(deserialize_with = "lenient::int")]
    duration: i64,
    /// `ms`, `s`, `m`, `h`; anything else counts as `s`.
    #[serde(deserialize_with = "lenient::text")]
    unit: Option<String>,
}

impl Data {
    fn unit_name(&self) -> &'static str {
        match self.unit.as_deref() {
            Some("ms") => "ms",
            Some("m") => "min",
            Some("h") => "h",
            _ => "s",
        }
    }

    fn wait(&self) -> Duration {
        let factor_ms: u64 = match self.unit_name() {
            "ms" => 1,
            "min" => 60_000,
            "h" => 3_600_000,
            _ => 1_000,
        };
        let duration = u64::try_from(self.duration).unwrap_or(0);
        Duration::from_millis(duration.saturating_mul(factor_ms).min(DURATION_MAX_MS))
    }
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    cx.sleep(data.wait()).await?;
    Ok(Next::default_exit())
}
