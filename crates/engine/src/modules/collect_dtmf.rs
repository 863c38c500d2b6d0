//! `collect_dtmf`: collects digits under a name, for a later pivot or collection (reference section 3.2).

use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;

use crate::caller::Collect;
use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};

/// Name of the collection that playbacks fill and that is used when none is named.
pub(crate) const DEFAULT_COLLECTION: &str = "default";

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "collect_dtmf",
    summary: "Collects digits from the caller under a name.",
    example: r#"{"module": "collect_dtmf", "data": {"max_digits": 4, "collection_name": "custom_name"}, "children": {"_": {"module": "pivot", "data": {"voice_url": "http://pivot.example.com/collected"}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match read_data::<Data>(data.clone()) {
        Ok(data) if data.max_digits > 1 => format!("Collect up to {} digits", data.max_digits),
        _ => "Collect a digit".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Deserialize)]
#[serde(default)]
struct Data {
    /// Stops when this many are in.
    #[serde(deserialize_with = "lenient::int")]
    max_digits: i64,
    /// Milliseconds until the first digit.
    #[serde(deserialize_with = "lenient::int")]
    timeout: i64,
    /// Milliseconds between digits.
    #[serde(deserialize_with = "lenient::int")]
    interdigit_timeout: i64,
    /// One key that ends the collection.
    #[serde(deserialize_with = "lenient::text")]
    terminator: Option<String>,
    /// Several keys that end the collection; goes before `terminator`.
    #[serde(deserialize_with = "lenient::keys")]
    terminators: Option<String>,
    /// The name it is kept under.
    #[serde(deserialize_with = "lenient::text")]
    collection_name: Option<String>,
}

impl Default for Data {
    fn default() -> Self {
        Data {
            max_digits: 1,
            timeout: 5000,
            interdigit_timeout: 2000,
            terminator: None,
            terminators: None,
            collection_name: None,
        }
    }
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let positive = |name: &str, value: i64| {
        u64::try_from(value)
            .ok()
            .filter(|value| *value > 0)
            .ok_or_else(|| ModuleError::Broken(format!("{name} must be at least 1, found {value}")))
    };
    let max_digits = positive("max_digits", data.max_digits)? as usize;
    let timeout = Duration::from_millis(positive("timeout", data.timeout)?);
    let interdigit = Duration::from_millis(positive("interdigit_timeout", data.interdigit_timeout)?);
    let terminators = data.terminators.or(data.terminator).unwrap_or_else(|| "#".to_owned());
    if let Some(bad) = terminators.chars().find(|key| !"0123456789*#".contains(*key)) {
        return Err(ModuleError::Broken(format!("`{bad}` is no key of a telephone")));
    }
    let name = data.collection_name.unwrap_or_else(|| DEFAULT_COLLECTION.to_owned());

    cx.answer().await?;
    let earlier = cx.vars(|vars| vars.collections.shift_remove(DEFAULT_COLLECTION)).unwrap_or_default();
    let ended = earlier.find(|key| terminators.contains(key));
    let mut digits: String = earlier[..ended.unwrap_or(earlier.len())].chars().take(max_digits).collect();
    if ended.is_none() && digits.len() < max_digits {
        let spec =
            Collect { max_digits: max_digits - digits.len(), timeout, interdigit, terminators: &terminators };
        digits.push_str(&cx.collect(Vec::new(), &spec).await?);
    }
    cx.vars(|vars| vars.collections.insert(name, digits));
    Ok(Next::default_exit())
}
