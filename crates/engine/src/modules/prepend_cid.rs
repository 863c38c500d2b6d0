//! `prepend_cid`: puts text before the name and number that called parties see (reference sections 3.4 and 7.2).

use flow::graph::Object;
use serde::Deserialize;

use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, ModuleError, Next, Outcome, read_data};

/// Longest prefix; a flow that goes round must not make it grow for ever.
const PREFIX_MAX_CHARS: usize = 256;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "prepend_cid",
    summary: "Puts text before the caller's name and number.",
    example: r#"{"module": "prepend_cid", "data": {"caller_id_name_prefix": "Sales: ", "apply_to": "current"}, "children": {"_": {"module": "user", "data": {"id": "alice"}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match read_data::<Data>(data.clone()) {
        Ok(Data { action: Some(action), .. }) if action == "reset" => "Caller id without prefix".to_owned(),
        Ok(data) => {
            let prefix = data.caller_id_name_prefix.or(data.caller_id_number_prefix).unwrap_or_default();
            format!("Caller id with {prefix:?}")
        }
        Err(_) => "Caller id with prefix".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `prepend` or `reset`.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
    /// `current`: before the prefix there is; `original`: instead of it.
    #[serde(deserialize_with = "lenient::text")]
    apply_to: Option<String>,
    /// Text before the name.
    #[serde(deserialize_with = "lenient::text")]
    caller_id_name_prefix: Option<String>,
    /// Text before the number.
    #[serde(deserialize_with = "lenient::text")]
    caller_id_number_prefix: Option<String>,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let reset = match data.action.as_deref() {
        None | Some("prepend") => false,
        Some("reset") => true,
        Some(other) => {
            return Err(ModuleError::Broken(format!("action is `prepend` or `reset`, found `{other}`")));
        }
    };
    let keep = match data.apply_to.as_deref() {
        None | Some("current") => !reset,
        Some("original") => false,
        Some(other) => {
            return Err(ModuleError::Broken(format!("apply_to is `current` or `original`, found `{other}`")));
        }
    };
    let joined = |new: Option<String>, old: &str| -> String {
        let old = if keep { old } else { "" };
        let new = new.filter(|_| !reset).unwrap_or_default();
        format!("{new}{old}").chars().take(PREFIX_MAX_CHARS).collect()
    };
    cx.vars(|vars| {
        let rules = &mut vars.caller_id;
        rules.prefix_name = joined(data.caller_id_name_prefix, &rules.prefix_name);
        rules.prefix_number = joined(data.caller_id_number_prefix, &rules.prefix_number);
    });
    Ok(Next::default_exit())
}
