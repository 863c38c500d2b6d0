//! `strowger config`: the configuration in effect, with the origin of each value.

use clap::Args;
use serde_json::json;

use crate::config::{self, Loaded, Settings};
use crate::fault::{Exit, Outcome};
use crate::output;

/// Arguments of `config`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ConfigArgs {
    /// Print the commented default file instead.
    #[arg(long)]
    default: bool,
    /// Flags that set something.
    #[command(flatten)]
    settings: Settings,
}

/// Prints it.
pub(crate) fn run(args: &ConfigArgs, json: bool) -> Outcome {
    if args.default {
        output::text(config::DEFAULT_FILE)?;
        return Ok(Exit::Ok);
    }
    let loaded = config::load(&args.settings)?;
    if json {
        let settings = loaded
            .values
            .iter()
            .map(|(key, value, origin)| json!({"key": key, "value": value, "origin": origin.to_string()}));
        output::json(&json!({"settings": settings.collect::<Vec<_>>(), "warnings": loaded.warnings}))?;
    } else {
        output::text(&table(&loaded))?;
    }
    Ok(Exit::Ok)
}

fn table(loaded: &Loaded) -> String {
    let rows: Vec<(String, String)> = loaded
        .values
        .iter()
        .map(|(key, value, origin)| (format!("{key} = {value}"), origin.to_string()))
        .collect();
    let width = rows.iter().map(|(setting, _)| setting.chars().count()).max().unwrap_or_default().min(60);
    let mut out: String =
        rows.iter().map(|(setting, origin)| format!("{setting:<width$}  # {origin}\n")).collect();
    for warning in &loaded.warnings {
        out.push_str(&format!("# warning: {warning}\n"));
    }
    out
}
