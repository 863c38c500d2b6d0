//! `set_variables`: sets custom application variables, for web servers and events (reference section 3.1).

use flow::graph::Object;
use serde::Deserialize;

use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Next, Outcome, read_data};

/// Variables a call may carry.
pub(crate) const VARIABLES_MAX: usize = 200;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "set_variables",
    summary: "Sets custom application variables on the call.",
    example: r#"{"module": "set_variables", "data": {"custom_application_vars": {"ticket": "4711"}, "export": true}, "children": {"_": {"module": "user", "data": {"id": "alice"}}}}"#,
    exits: &[Exit::Key("_")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("custom_application_vars").and_then(|vars| vars.as_object()) {
        Some(vars) => format!("Set {}", vars.keys().cloned().collect::<Vec<_>>().join(", ")),
        None => "Set variables".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// Name to value.
    custom_application_vars: Object,
    /// Also on the legs dialled from now on.
    #[serde(deserialize_with = "lenient::boolean")]
    export: bool,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let full = cx.vars(|vars| {
        for (name, value) in data.custom_application_vars {
            if vars.application.len() >= VARIABLES_MAX && !vars.application.contains_key(&name) {
                return true;
            }
            if data.export && !vars.exported.contains(&name) {
                vars.exported.push(name.clone());
            }
            vars.application.insert(name, value);
        }
        false
    });
    if full {
        cx.note("EN1006", format!("a call carries at most {VARIABLES_MAX} variables; the rest was left out"));
    }
    Ok(Next::default_exit())
}
