//! `strowger draw`: pictures of the call flows of an account, of one callflow document, or of what a URL gives; as they
//! are, as they are at a moment, or as they differ from others.
//!
//! Not here: how they are drawn (crate `drawing`), what differs (`flow::diff`), reports on other systems (`report`).

mod names;
mod source;

use std::sync::Arc;

use clap::Args;
use drawing::{CalledFlow, Changes, Context, DrawOptions, FlowSource, Header, Highlight, Scene};
use flow::account::{AccountIndex, CallflowEntry};
use flow::active;
use flow::diff::{self, Identity};
use flow::graph::Node;
use flow::n2fe;
use jiff::Zoned;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::moment;
use super::picture::{Picture, PictureArgs};
use crate::fault::{Exit, Fault, Outcome};
use crate::output;
use names::Names;
use source::Source;

/// Arguments of `draw`.
#[derive(Args, Clone, Debug)]
pub(crate) struct DrawArgs {
    /// An account folder, a callflow document in JSON, or the URL of one; - reads standard input.
    #[arg(value_name = "DIR|FILE|URL", required_unless_present = "diff")]
    path: Option<String>,
    /// Draw what differs between two of them, and list it.
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], conflicts_with_all = ["path", "at"])]
    diff: Option<Vec<String>>,
    /// Draw the flow that this number leads to.
    #[arg(long, value_name = "NUMBER", conflicts_with = "id")]
    number: Option<String>,
    /// Draw the flow with this document id.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Point out what calls can reach at this moment, such as 2026-12-25T09:10, or now.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// The time zone of --at; the account's otherwise.
    #[arg(long, value_name = "ZONE", requires = "at")]
    tz: Option<String>,
    /// Draw callflows that are called in place, this many levels deep.
    #[arg(long, value_name = "LEVELS", default_value_t = 0)]
    expand: u32,
    #[command(flatten)]
    picture: PictureArgs,
}

/// Draws what is asked for.
pub(crate) fn run(args: &DrawArgs, json: bool) -> Outcome {
    if let Some([old, new]) = args.diff.as_deref() {
        return compare(args, &source::read(old)?, &source::read(new)?, json);
    }
    let source = source::read(args.path.as_deref().unwrap_or("-"))?;
    let mut pictures = Vec::new();
    for entry in chosen(args, &source)? {
        let scene = scene(args, &source, &entry)?;
        pictures.push(Picture { name: entry.id.clone(), scene });
    }
    args.picture.write(&pictures, json)?;
    Ok(Exit::Ok)
}

fn chosen(args: &DrawArgs, source: &Source) -> Result<Vec<Arc<CallflowEntry>>, Fault> {
    if let Some(number) = &args.number {
        return source.answering(number, instant(args, source)?).map(|found| vec![found]).ok_or_else(|| {
            Fault::new(Exit::Data, format!("no flow answers {number}"))
                .with_help("leave --number out to see all flows")
        });
    }
    let all = source.flows();
    if let Some(id) = &args.id {
        return all.iter().find(|entry| entry.id == *id).map(|entry| vec![Arc::clone(entry)]).ok_or_else(
            || {
                let fault = Fault::new(Exit::Data, format!("there is no flow `{id}`"));
                match crate::suggest::nearest(id, all.iter().map(|entry| entry.id.as_str())) {
                    Some(near) => fault.with_help(format!("did you mean {near}?")),
                    None => fault,
                }
            },
        );
    }
    if all.is_empty() {
        return Err(Fault::new(Exit::Data, format!("{} has no flows", source.name)));
    }
    Ok(all)
}

/// The moment of `--at` in the zone it is meant in; now without it.
fn instant(args: &DrawArgs, source: &Source) -> Result<Zoned, Fault> {
    let zone = match args.tz.as_deref().or_else(|| source.account_text("timezone")) {
        Some(name) => moment::zone(name)?,
        None => TimeZone::UTC,
    };
    moment::parse(args.at.as_deref().unwrap_or("now"), &zone)
}

fn scene(args: &DrawArgs, source: &Source, entry: &CallflowEntry) -> Result<Scene, Fault> {
    let mut options = options(args, source, entry);
    if args.at.is_some() {
        let now = instant(args, source)?;
        options.header.about = now.strftime("at %A, %Y-%m-%d %H:%M").to_string();
        options.header.timezone = now.time_zone().iana_name().unwrap_or("UTC").to_owned();
        let found = active::active(&entry.flow, &source.index, now.timestamp());
        options.highlight = Some(Highlight { nodes: found.nodes, exits: found.exits });
    }
    Ok(drawn(source, entry, &entry.flow, &options))
}

fn options(args: &DrawArgs, source: &Source, entry: &CallflowEntry) -> DrawOptions {
    DrawOptions {
        expand_callflows: args.expand,
        theme: args.picture.theme.theme(),
        legend: !args.picture.no_key,
        title: if entry.name.is_empty() { entry.id.clone() } else { entry.name.clone() },
        numbers: entry.numbers.iter().chain(&entry.patterns).cloned().collect(),
        header: Header {
            account: source.account_text("name").unwrap_or_default().to_owned(),
            source: source.name.clone(),
            timezone: source.account_text("timezone").unwrap_or_default().to_owned(),
            ..Header::default()
        },
        ..DrawOptions::default()
    }
}

fn drawn(source: &Source, entry: &CallflowEntry, flow: &flow::graph::Flow, options: &DrawOptions) -> Scene {
    let (names, flows) = (Names(&source.index), Flows(&source.index));
    // A document alone knows no names; what it refers to is not missing.
    let names = (!source.alone).then_some(&names as &dyn drawing::Resolver);
    drawing::draw(flow, &Context { names, flows: Some(&flows), flow_id: Some(&entry.id) }, options)
}

/// Draws both versions in one picture and lists what differs; the exit code says whether anything does.
fn compare(args: &DrawArgs, old: &Source, new: &Source, json: bool) -> Outcome {
    let (mut pictures, mut listed) = (Vec::new(), Vec::new());
    for (before, now) in pairs(args, old, new)? {
        let Some(entry) = now.as_ref().or(before.as_ref()) else { continue };
        let empty = flow::graph::Flow::default();
        let of = |side: &Option<Arc<CallflowEntry>>| {
            side.as_ref().map_or(&empty, |entry| entry.flow.as_ref()).clone()
        };
        // Operations of a control plan have numbers; nodes of a callflow only have places.
        let is_plan = entry.flow.nodes.iter().any(|node| node.module.starts_with(n2fe::MODULE_PREFIX));
        let identity = if is_plan { Identity::Pointer } else { Identity::Shape };
        let found = diff::diff(&of(&before), &of(&now), identity);
        let mut lines = number_lines(before.as_deref(), now.as_deref());
        lines.extend(found.lines(&|node| name(new, old, node)));
        if lines.is_empty() {
            continue;
        }
        let mut options = options(args, new, entry);
        options.header.source = format!("{} and {}", old.name, new.name);
        options.header.about = "what differs".to_owned();
        options.changes = Changes::from(&found);
        pictures.push(Picture { name: entry.id.clone(), scene: drawn(new, entry, &found.union, &options) });
        listed.push((entry.id.clone(), options.title, lines));
    }
    if !args.picture.to_stdout() && !pictures.is_empty() {
        args.picture.write(&pictures, json)?;
    }
    if json {
        let flows =
            listed.iter().map(|(id, name, lines)| json!({"id": id, "name": name, "differences": lines}));
        output::json(&json!({"flows": flows.collect::<Vec<Value>>()}))?;
    } else if args.picture.to_stdout() && args.picture.format.is_some() {
        args.picture.write(&pictures, json)?;
    } else {
        for (_, name, lines) in &listed {
            output::text(&format!("{name}\n  {}\n", lines.join("\n  ")))?;
        }
        if listed.is_empty() {
            output::line("no differences")?;
        }
    }
    Ok(if listed.is_empty() { Exit::Ok } else { Exit::Found })
}

type Versions = (Option<Arc<CallflowEntry>>, Option<Arc<CallflowEntry>>);

/// Which flow to compare with which: those chosen, else those with the same id; of two lone documents, the two.
fn pairs(args: &DrawArgs, old: &Source, new: &Source) -> Result<Vec<Versions>, Fault> {
    if args.number.is_some() || args.id.is_some() {
        let (before, now) = (chosen(args, old), chosen(args, new));
        if let (Err(fault), Err(_)) = (&before, &now) {
            return Err(fault.clone());
        }
        let one = |side: Result<Vec<Arc<CallflowEntry>>, Fault>| side.ok().and_then(|mut found| found.pop());
        return Ok(vec![(one(before), one(now))]);
    }
    let (before, now) = (old.flows(), new.flows());
    if old.alone && new.alone {
        return Ok(vec![(before.into_iter().next(), now.into_iter().next())]);
    }
    let same = |flows: &[Arc<CallflowEntry>], id: &str| flows.iter().find(|entry| entry.id == id).cloned();
    let kept = now.iter().map(|entry| (same(&before, &entry.id), Some(Arc::clone(entry))));
    let gone = before.iter().filter(|entry| same(&now, &entry.id).is_none());
    Ok(kept.chain(gone.map(|entry| (Some(Arc::clone(entry)), None))).collect())
}

/// Numbers and patterns that came or went.
fn number_lines(before: Option<&CallflowEntry>, now: Option<&CallflowEntry>) -> Vec<String> {
    let all = |entry: Option<&CallflowEntry>| -> Vec<String> {
        entry.map_or_else(Vec::new, |entry| entry.numbers.iter().chain(&entry.patterns).cloned().collect())
    };
    let (before, now) = (all(before), all(now));
    let added =
        now.iter().filter(|number| !before.contains(number)).map(|number| format!("+ number {number}"));
    let gone =
        before.iter().filter(|number| !now.contains(number)).map(|number| format!("- number {number}"));
    added.chain(gone).collect()
}

/// A node in words, with the name of the document it refers to.
fn name(new: &Source, old: &Source, node: &Node) -> String {
    use drawing::Resolver as _;
    if node.words.is_some() {
        return diff::plain_name(node);
    }
    let caption = drawing::look(&node.module).map_or(node.module.as_str(), |look| look.caption);
    let id = ["id", "name"].into_iter().find_map(|member| node.data.get(member)?.as_str());
    let known = id.and_then(|id| Names(&new.index).resolve(id).or_else(|| Names(&old.index).resolve(id)));
    match (known, id) {
        (Some(found), _) => format!("{caption} {}", found.name),
        (None, Some(id)) => format!("{caption} {id}"),
        (None, None) if node.is_empty() => "end".to_owned(),
        (None, None) => caption.to_owned(),
    }
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
