//! `strowger schema NAME`: the JSON Schema of documents and of modules' data.

use clap::Args;
use flow::schema::Registry;
use serde_json::{Map, Value};

use crate::fault::{Exit, Fault, Outcome};
use crate::output;
use crate::suggest::nearest;

/// Arguments of `schema`.
#[derive(Args, Clone, Debug)]
pub(crate) struct SchemaArgs {
    /// Its name, such as callflows, devices or callflows.menu; all names when left out.
    name: Option<String>,
}

/// Prints a schema, or the names of all. A schema is JSON either way.
pub(crate) fn run(args: &SchemaArgs) -> Outcome {
    let registry = Registry::shipped();
    let Some(name) = &args.name else {
        let names: String = registry.ids().map(|id| format!("{id}\n")).collect();
        output::text(&names)?;
        return Ok(Exit::Ok);
    };
    let module = format!("callflows.{name}");
    let schema =
        registry.get(name).or_else(|| registry.get(&module)).ok_or_else(|| unknown(registry, name))?;
    output::json(&published(schema))?;
    Ok(Exit::Ok)
}

/// A schema as others know it: `id` in the place of the internal `_id`.
fn published(schema: &Value) -> Value {
    let Some(members) = schema.as_object() else { return schema.clone() };
    let renamed = members.iter().map(|(name, value)| {
        let name = if name == "_id" { "id" } else { name };
        (name.to_owned(), value.clone())
    });
    Value::Object(renamed.collect::<Map<_, _>>())
}

fn unknown(registry: &Registry, name: &str) -> Fault {
    let fault = Fault::new(Exit::Data, format!("there is no schema `{name}`"));
    match nearest(name, registry.ids()) {
        Some(near) => fault.with_help(format!("did you mean {near}?")),
        None => fault.with_help("`strowger schema` lists all"),
    }
}
