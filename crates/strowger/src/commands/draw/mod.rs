//! `strowger draw`: pictures of the call flows of an account, or of one callflow document.
//!
//! Not here: how they are drawn (crate `drawing`).

mod names;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use drawing::{CalledFlow, Context, DrawOptions, FlowSource, Header, Scene, Theme};
use flow::account::{AccountIndex, CallflowEntry, Document};
use serde_json::Value;

use crate::disk;
use crate::fault::{Exit, Fault, Outcome};
use crate::output;
use names::Names;

/// Arguments of `draw`.
#[derive(Args, Clone, Debug)]
pub(crate) struct DrawArgs {
    /// An account folder, or a callflow document in JSON.
    #[arg(value_name = "DIR|FILE")]
    path: PathBuf,
    /// Draw the flow that this number leads to.
    #[arg(long, value_name = "NUMBER", conflicts_with = "id")]
    number: Option<String>,
    /// Draw the flow with this document id.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Where to: a file whose ending says the format (.svg, .mmd, .txt, .json), a folder for one file each, or - for
    /// standard output.
    #[arg(long, short, value_name = "FILE", default_value = "-")]
    out: PathBuf,
    /// The format, where no ending says it; txt on standard output.
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Colours.
    #[arg(long, value_name = "THEME", default_value = "light")]
    theme: Colours,
    /// Draw callflows that are called in place, this many levels deep.
    #[arg(long, value_name = "LEVELS", default_value_t = 0)]
    expand: u32,
}

/// What a drawing is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Scalable picture.
    Svg,
    /// Mermaid flowchart.
    Mmd,
    /// Outline in plain text.
    Txt,
    /// Nodes and edges.
    Json,
}

/// Names of themes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Colours {
    /// White page.
    Light,
    /// Dark page.
    Dark,
    /// Black on white.
    Print,
}

impl Format {
    fn of(path: &Path) -> Option<Format> {
        path.extension().and_then(OsStr::to_str).and_then(|ending| Format::from_str(ending, true).ok())
    }

    fn ending(self) -> &'static str {
        match self {
            Format::Svg => "svg",
            Format::Mmd => "mmd",
            Format::Txt => "txt",
            Format::Json => "json",
        }
    }

    fn render(self, scene: &Scene) -> String {
        match self {
            Format::Svg => scene.to_svg(),
            Format::Mmd => scene.to_mermaid(),
            Format::Txt => scene.to_outline(),
            Format::Json => format!("{:#}\n", scene.to_json()),
        }
    }
}

/// Draws what is asked for.
pub(crate) fn run(args: &DrawArgs, json: bool) -> Outcome {
    let index = index_of(&args.path)?;
    let entries = chosen(args, &index)?;
    let to_stdout = args.out.as_os_str() == "-";
    let standard = if json { Format::Json } else { Format::Txt };
    if to_stdout {
        let format = args.format.unwrap_or(standard);
        for (at, entry) in entries.iter().enumerate() {
            if at > 0 && format == Format::Txt {
                output::line("")?;
            }
            output::text(&format.render(&scene(args, &index, entry)))?;
        }
        return Ok(Exit::Ok);
    }
    let into_folder = args.out.is_dir() || args.out.to_string_lossy().ends_with('/');
    if into_folder {
        let format = args.format.unwrap_or(Format::Svg);
        for entry in &entries {
            let path = args.out.join(format!("{}.{}", entry.id, format.ending()));
            disk::write(&path, format.render(&scene(args, &index, entry)).as_bytes())?;
            output::note(&format!("wrote {}", path.display()));
        }
        return Ok(Exit::Ok);
    }
    let Some(format) = args.format.or_else(|| Format::of(&args.out)) else {
        return Err(Fault::new(Exit::Usage, format!("{} has no known ending", args.out.display()))
            .with_help("use .svg, .mmd, .txt or .json, or say --format"));
    };
    match entries.as_slice() {
        [entry] => disk::write(&args.out, format.render(&scene(args, &index, entry)).as_bytes())?,
        _ => {
            return Err(Fault::new(Exit::Usage, format!("{} flows do not fit into one file", entries.len()))
                .with_help("say which with --number or --id, or name a folder such as --out drawings/"));
        }
    }
    Ok(Exit::Ok)
}

fn index_of(path: &Path) -> Result<AccountIndex, Fault> {
    if path.is_dir() {
        let folder = disk::usable_account(path)?;
        return Ok(AccountIndex::build(folder.account, folder.documents).0);
    }
    let body: Value = serde_json::from_slice(&disk::bytes(path)?)
        .map_err(|error| Fault::new(Exit::Data, format!("{} is not JSON: {error}", path.display())))?;
    if body.get("flow").is_none() {
        return Err(Fault::new(
            Exit::Data,
            format!("{} is not a callflow: it has no `flow`", path.display()),
        ));
    }
    let id = body.get("id").and_then(Value::as_str).unwrap_or("callflow").to_owned();
    let document = Document { id, kind: "callflow".to_owned(), version: 1, revision: String::new(), body };
    Ok(AccountIndex::build(Document::default(), [document]).0)
}

fn chosen(args: &DrawArgs, index: &AccountIndex) -> Result<Vec<Arc<CallflowEntry>>, Fault> {
    if let Some(number) = &args.number {
        let found = index.lookup(&index.normalise(number)).map_err(|_| {
            Fault::new(Exit::Data, format!("no callflow answers {number}"))
                .with_help("leave --number out to see all flows")
        })?;
        return Ok(vec![found.callflow]);
    }
    if let Some(id) = &args.id {
        let found = index.callflow(id);
        return found.map(|entry| vec![entry]).ok_or_else(|| {
            let fault = Fault::new(Exit::Data, format!("there is no callflow `{id}`"));
            match crate::suggest::nearest(id, index.callflows().map(|entry| entry.id.as_str())) {
                Some(near) => fault.with_help(format!("did you mean {near}?")),
                None => fault,
            }
        });
    }
    let all: Vec<Arc<CallflowEntry>> = index.callflows().cloned().collect();
    if all.is_empty() {
        return Err(Fault::new(Exit::Data, format!("{} has no callflows", args.path.display())));
    }
    Ok(all)
}

fn scene(args: &DrawArgs, index: &AccountIndex, entry: &CallflowEntry) -> Scene {
    let text = |member: &str| {
        index.account().body.get(member).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let options = DrawOptions {
        expand_callflows: args.expand,
        theme: match args.theme {
            Colours::Light => Theme::Light,
            Colours::Dark => Theme::Dark,
            Colours::Print => Theme::Print,
        },
        title: if entry.name.is_empty() { entry.id.clone() } else { entry.name.clone() },
        numbers: entry.numbers.iter().chain(&entry.patterns).cloned().collect(),
        header: Header {
            account: text("name"),
            source: args.path.display().to_string(),
            timezone: text("timezone"),
            ..Header::default()
        },
        ..DrawOptions::default()
    };
    let (names, flows) = (Names(index), Flows(index));
    // A document alone knows no names; what it refers to is not missing.
    let alone = index.documents().count() <= 2 && args.path.is_file();
    let context =
        Context { names: (!alone).then_some(&names), flows: Some(&flows), flow_id: Some(&entry.id) };
    drawing::draw(&entry.flow, &context, &options)
}

/// Other callflows of the account.
struct Flows<'a>(&'a AccountIndex);

impl FlowSource for Flows<'_> {
    fn flow(&self, id: &str) -> Option<CalledFlow> {
        let entry = self.0.callflow(id)?;
        Some(CalledFlow {
            flow: Arc::clone(&entry.flow),
            name: entry.name.clone(),
            numbers: entry.numbers.clone(),
        })
    }
}
