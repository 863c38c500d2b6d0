//! `strowger modules`: the catalogue of the engine.

use clap::Args;
use engine::catalogue::{MODULES, OPERATIONS};
use engine::{Exit as ModuleExit, Module};
use serde_json::{Value, json};

use crate::fault::{Exit, Fault, Outcome};
use crate::output;
use crate::suggest::nearest;

/// Arguments of `modules`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ModulesArgs {
    /// Show one module with its exits, data and an example.
    name: Option<String>,
}

/// Prints the catalogue, or one module of it.
pub(crate) fn run(args: &ModulesArgs, json: bool) -> Outcome {
    let Some(name) = &args.name else {
        if json {
            output::json(&Value::Array(all().map(as_json).collect()))?;
        } else {
            let modules: String = MODULES.iter().map(|module| row(module, 16)).collect();
            let operations: String = OPERATIONS.iter().map(|module| row(module, 31)).collect();
            output::text(&format!("{modules}\noperations of N2FE control plans\n\n{operations}"))?;
        }
        return Ok(Exit::Ok);
    };
    let module = engine::catalogue::find(name).ok_or_else(|| unknown(name))?;
    if json {
        output::json(&as_json(module))?
    } else {
        output::text(&page(module))?
    }
    Ok(Exit::Ok)
}

/// Modules of all languages.
fn all() -> impl Iterator<Item = &'static Module> {
    MODULES.iter().chain(OPERATIONS)
}

/// The schema of a module's data; operations have none of their own (docs/n2fe.md lists their configurations).
fn schema(module: &Module) -> Option<String> {
    let is_action = MODULES.iter().any(|action| action.name == module.name);
    is_action.then(|| format!("callflows.{}", module.name))
}

fn unknown(name: &str) -> Fault {
    let fault = Fault::new(Exit::Data, format!("there is no module `{name}`"));
    match nearest(name, all().map(|module| module.name)) {
        Some(near) => fault.with_help(format!("did you mean {near}?")),
        None => fault.with_help("`strowger modules` lists all"),
    }
}

fn row(module: &Module, width: usize) -> String {
    format!("{:<width$} {}\n", module.name, module.summary)
}

fn page(module: &Module) -> String {
    let exits: Vec<String> = module.exits.iter().map(|exit| exit_name(*exit)).collect();
    let example: Value = serde_json::from_str(module.example).unwrap_or_default();
    let schema = schema(module).map(|schema| format!("schema: strowger schema {schema}\n"));
    format!(
        "{}: {}\n\nexits: {}\ndata:  {}\n{}\n{example:#}\n",
        module.name,
        module.summary,
        exits.join(", "),
        (module.members)().join(", "),
        schema.unwrap_or_default(),
    )
}

fn as_json(module: &Module) -> Value {
    let exits: Vec<String> = module.exits.iter().map(|exit| exit_name(*exit)).collect();
    let example: Value = serde_json::from_str(module.example).unwrap_or_default();
    json!({
        "name": module.name,
        "summary": module.summary,
        "exits": exits,
        "data": (module.members)(),
        "schema": schema(module),
        "example": example,
    })
}

/// An exit in words: a key as it is written, everything else in angle brackets.
fn exit_name(exit: ModuleExit) -> String {
    match exit {
        ModuleExit::Key(key) => key.to_owned(),
        ModuleExit::Dynamic(by) => format!("<{by}>"),
        ModuleExit::Stop => "<stop>".to_owned(),
        ModuleExit::Branch => "<branch>".to_owned(),
        ModuleExit::HardStop => "<end>".to_owned(),
        ModuleExit::Replace => "<another flow>".to_owned(),
    }
}
