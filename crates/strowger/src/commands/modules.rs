//! `strowger modules`: the catalogue of the engine: actions, metaflow actions, operations.

use clap::Args;
use engine::catalogue::{MODULES, OPERATIONS};
use engine::metaflows::METAFLOWS;
use engine::{Exit as ModuleExit, Metaflow, Module};
use flow::graph::Object;
use serde_json::{Value, json};

use crate::fault::{Exit, Fault, Outcome};
use crate::output;
use crate::suggest::nearest;

/// Arguments of `modules`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ModulesArgs {
    /// Show one with its exits, data and an example: `menu`, `metaflows.hold`, `n2fe.Menu`.
    name: Option<String>,
}

/// What names of metaflow actions begin with here; some actions bear the same name.
const METAFLOW_PREFIX: &str = "metaflows.";

/// One entry of the catalogue, whatever its kind.
struct Entry {
    kind: &'static str,
    name: String,
    summary: &'static str,
    example: &'static str,
    exits: &'static [ModuleExit],
    members: &'static [&'static str],
    caption: fn(&Object) -> String,
    /// The schema of its data; operations have none of their own (docs/n2fe.md lists their configurations).
    schema: Option<String>,
}

impl Entry {
    fn action(module: &'static Module) -> Entry {
        let schema = Some(format!("callflows.{}", module.name));
        Entry { kind: "action", schema, ..Entry::operation(module) }
    }

    fn operation(module: &'static Module) -> Entry {
        Entry {
            kind: "operation",
            name: module.name.to_owned(),
            summary: module.summary,
            example: module.example,
            exits: module.exits,
            members: (module.members)(),
            caption: module.caption,
            schema: None,
        }
    }

    fn metaflow(action: &'static Metaflow) -> Entry {
        let name = format!("{METAFLOW_PREFIX}{}", action.name);
        Entry {
            kind: "metaflow",
            schema: Some(name.clone()),
            name,
            summary: action.summary,
            example: action.example,
            exits: action.exits,
            members: (action.members)(),
            caption: action.caption,
        }
    }

    fn row(&self, width: usize) -> String {
        format!("{:<width$} {}\n", self.name, self.summary)
    }

    fn example(&self) -> Value {
        serde_json::from_str(self.example).unwrap_or_default()
    }

    fn exit_names(&self) -> Vec<String> {
        self.exits.iter().map(|exit| exit_name(*exit)).collect()
    }

    fn page(&self) -> String {
        let schema = self.schema.as_ref().map(|schema| format!("schema: strowger schema {schema}\n"));
        format!(
            "{}: {}\n\nexits: {}\ndata:  {}\n{}\n{:#}\n",
            self.name,
            self.summary,
            self.exit_names().join(", "),
            self.members.join(", "),
            schema.unwrap_or_default(),
            self.example(),
        )
    }

    fn json(&self) -> Value {
        let example = self.example();
        let data = example.get("data").and_then(Value::as_object).cloned().unwrap_or_default();
        json!({
            "kind": self.kind,
            "name": self.name,
            "summary": self.summary,
            "exits": self.exit_names(),
            "data": self.members,
            "schema": self.schema,
            "caption": (self.caption)(&data),
            "example": example,
        })
    }
}

/// Prints the catalogue, or one entry of it.
pub(crate) fn run(args: &ModulesArgs, json: bool) -> Outcome {
    let Some(name) = &args.name else {
        if json {
            output::json(&Value::Array(all().map(|entry| entry.json()).collect()))?;
        } else {
            let rows = |kind: &str, width: usize| -> String {
                all().filter(|entry| entry.kind == kind).map(|entry| entry.row(width)).collect()
            };
            output::text(&format!(
                "actions of callflows\n\n{}\nactions of metaflows\n\n{}\noperations of N2FE control plans\n\n{}",
                rows("action", 21),
                rows("metaflow", 22),
                rows("operation", 31)
            ))?;
        }
        return Ok(Exit::Ok);
    };
    let entry = all().find(|entry| entry.name == *name).ok_or_else(|| unknown(name))?;
    if json {
        output::json(&entry.json())?
    } else {
        output::text(&entry.page())?
    }
    Ok(Exit::Ok)
}

/// Entries of all kinds.
fn all() -> impl Iterator<Item = Entry> {
    let actions = MODULES.iter().map(Entry::action);
    actions.chain(METAFLOWS.iter().map(Entry::metaflow)).chain(OPERATIONS.iter().map(Entry::operation))
}

fn unknown(name: &str) -> Fault {
    let fault = Fault::new(Exit::Data, format!("there is no module `{name}`"));
    let names: Vec<String> = all().map(|entry| entry.name).collect();
    match nearest(name, names.iter().map(String::as_str)) {
        Some(near) => fault.with_help(format!("did you mean {near}?")),
        None => fault.with_help("`strowger modules` lists all"),
    }
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
