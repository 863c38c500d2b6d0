//! `set`: keeps its members as the skills a caller needs of an agent (reference section 3.1). They are the channel
//! variable `Agent-Skills`, which `branch_variable` can read and queues use.

use flow::graph::Object;
use serde_json::Value;

use crate::cx::Cx;
use crate::module::{Exit, Module, Next, Outcome};

/// The channel variable the skills are kept in.
pub(crate) const SKILLS: &str = "Agent-Skills";

/// Skills a call may carry.
const SKILLS_MAX: usize = 200;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "set",
    summary: "Sets the skills that the agent answering this call must have.",
    example: r#"{"module": "set", "data": {"language": "french"}, "children": {"_": {"module": "user", "data": {"id": "alice"}}}}"#,
    exits: &[Exit::Key("_")],
    members: || &[],
    caption: |data| {
        let names: Vec<&str> =
            data.keys().map(String::as_str).filter(|name| *name != "skip_module").collect();
        if names.is_empty() { "Set nothing".to_owned() } else { format!("Set {}", names.join(", ")) }
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let full = cx.vars(|vars| {
        let kept = vars.channel.entry(SKILLS.to_owned()).or_insert_with(|| Value::Object(Object::new()));
        let Value::Object(skills) = kept else { return false };
        for (name, value) in data.into_iter().filter(|(name, _)| name != "skip_module") {
            if skills.len() >= SKILLS_MAX && !skills.contains_key(&name) {
                return true;
            }
            skills.insert(name, value);
        }
        false
    });
    if full {
        cx.note("EN1006", format!("a call carries at most {SKILLS_MAX} skills; the rest was left out"));
    }
    Ok(Next::default_exit())
}
