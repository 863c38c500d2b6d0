//! `strowger report odin`: how calls to a number of a BroadWorks group flow, read from a live Odin API or a snapshot file.
//!
//! Not here: the connection (`session`), the picture of a flow (`page`).

use std::path::PathBuf;

use clap::Args;
use flow::broadworks::group::{Entity, EntityKind, Group};
use flow::broadworks::numbers::NumberKind;
use flow::broadworks::snapshot::Snapshot;
use flow::diff::{self, Identity};
use serde_json::json;

use super::page::Page;
use super::session::{self, SessionArgs};
use crate::commands::picture::{Paper, PictureArgs};
use crate::commands::snapshot::{self, NumberArgs};
use crate::fault::{Exit, Fault, Outcome};
use crate::output;

/// Arguments of `report odin`.
#[derive(Args, Clone, Debug)]
pub(crate) struct OdinArgs {
    #[command(flatten)]
    session: SessionArgs,
    /// Read this snapshot file, without a network.
    #[arg(long, value_name = "FILE", conflicts_with = "base_url")]
    snapshot: Option<PathBuf>,
    /// Draw what differs between two snapshots, and list it.
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"], conflicts_with_all = ["snapshot", "base_url", "at"])]
    diff: Option<Vec<PathBuf>>,
    /// The number, extension or alias to begin with, in any form.
    #[arg(long, value_name = "NUMBER", conflicts_with = "all")]
    number: Option<String>,
    /// What kind of number it is.
    #[arg(long = "type", value_name = "TYPE", requires = "number", value_parser = ["dn", "extension", "alias"])]
    kind: Option<String>,
    /// What has the number.
    #[arg(long, value_name = "ENTITY", requires = "number",
        value_parser = ["auto_attendant", "call_center", "hunt_group", "user"])]
    entity: Option<String>,
    /// Draw every number: one file each in a folder, or a booklet (.html, .pdf) with an index.
    #[arg(long)]
    all: bool,
    /// Size of the pages of a booklet in PDF; `picture`: each as large as it needs.
    #[arg(long, value_name = "SIZE", default_value = "a4")]
    page: Paper,
    /// Point out what calls can reach at this moment, such as 2026-12-25T09:10, or now.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// The time zone of --at; the group's otherwise.
    #[arg(long, value_name = "ZONE", requires = "at")]
    tz: Option<String>,
    /// Replace all numbers, names and addresses, in the picture and in the file of --save-snapshot.
    #[arg(long)]
    redact: bool,
    #[command(flatten)]
    numbers: NumberArgs,
    #[command(flatten)]
    picture: PictureArgs,
}

/// Makes the report.
pub(crate) fn run(args: &OdinArgs, as_json: bool) -> Outcome {
    if let Some([old, new]) = args.diff.as_deref() {
        return compare(args, &snapshot::load(old)?, &snapshot::load(new)?, as_json);
    }
    if args.number.is_none() && !args.all && args.session.save().is_none() {
        return Err(Fault::new(Exit::Usage, "which number is to be drawn?")
            .with_help("say --number, or --all for every number, or only --save-snapshot FILE"));
    }
    let taken = match &args.snapshot {
        Some(path) => snapshot::load(path)?,
        None => session::fetch(&args.session, args.number.as_deref())?,
    };
    // The number is searched before anything is replaced: afterwards nobody knows it.
    let shown = if args.redact { odin::redact::redact(&taken) } else { taken.clone() };
    if let Some(path) = args.session.save() {
        odin::file::save(path, &shown)
            .map_err(|error| Fault::new(Exit::CannotCreate, format!("{error} ({})", error.code())))?;
        output::note(&format!("wrote {}", path.display()));
    }
    let (real, group) = (group_of(args, &taken), group_of(args, &shown));
    let entities = match &args.number {
        Some(number) => vec![find(args, &real, number)?],
        None if args.all => reachable(&real),
        None => Vec::new(),
    };
    let partial = snapshot::is_partial(&taken);
    if !entities.is_empty() {
        let page = Page {
            group: &group,
            snapshot: &shown,
            at: args.at.as_deref(),
            tz: args.tz.as_deref(),
            picture: &args.picture,
        };
        let pictures =
            entities.into_iter().map(|entity| page.picture(entity)).collect::<Result<Vec<_>, _>>()?;
        if args.all {
            args.picture.write_booklet(&group.name, pictures, args.page, as_json)?;
        } else {
            args.picture.write(&pictures, as_json)?;
        }
    }
    if partial {
        for warning in &shown.warnings {
            output::note(&format!("warning: {warning}"));
        }
        return Ok(Exit::Partial);
    }
    Ok(Exit::Ok)
}

fn group_of(args: &OdinArgs, snapshot: &Snapshot) -> Group {
    Group::read(snapshot, &args.numbers.options())
}

fn find(args: &OdinArgs, group: &Group, number: &str) -> Result<Entity, Fault> {
    let kind = args.kind.as_deref().and_then(NumberKind::from_code);
    let entity = args.entity.as_deref().and_then(EntityKind::from_code);
    snapshot::find(group, number, kind, entity)
}

/// Everything that has a number.
fn reachable(group: &Group) -> Vec<Entity> {
    group.entities().filter(|entity| group.identity(*entity).short_number().is_some()).collect()
}

/// Lists what differs and draws both in one picture; the exit code says whether anything does.
fn compare(args: &OdinArgs, old: &Snapshot, new: &Snapshot, as_json: bool) -> Outcome {
    let (before, now) = (group_of(args, old), group_of(args, new));
    let entries: Vec<(Option<Entity>, Option<Entity>)> = match &args.number {
        Some(number) => {
            let (was, is) = (find(args, &before, number), find(args, &now, number));
            if let (Err(_), Err(fault)) = (&was, &is) {
                return Err(fault.clone());
            }
            vec![(was.ok(), is.ok())]
        }
        None => {
            let was = |entity: Entity| before.entity_at(&now.pointer(entity));
            let kept = reachable(&now).into_iter().map(|entity| (was(entity), Some(entity)));
            let is = |entity: &Entity| now.entity_at(&before.pointer(*entity)).is_none();
            kept.chain(reachable(&before).into_iter().filter(is).map(|entity| (Some(entity), None))).collect()
        }
    };
    let page = Page { group: &now, snapshot: new, at: None, tz: None, picture: &args.picture };
    let (mut pictures, mut listed, mut told) = (Vec::new(), Vec::new(), std::collections::BTreeSet::new());
    for (was, is) in entries {
        let flow = |group: &Group, entity: Option<Entity>| {
            entity.map(|entity| group.flow(entity)).unwrap_or_default()
        };
        let found = diff::diff(&flow(&before, was), &flow(&now, is), Identity::Pointer);
        if found.is_empty() {
            continue;
        }
        let title = match (is, was) {
            (Some(entity), _) => now.identity(entity).title().to_owned(),
            (None, Some(entity)) => before.identity(entity).title().to_owned(),
            (None, None) => continue,
        };
        // What many flows share is told once.
        let lines: Vec<String> =
            found.lines(&diff::plain_name).into_iter().filter(|line| told.insert(line.clone())).collect();
        pictures.push(page.compared(&title, is, old, &found));
        if !lines.is_empty() {
            listed.push((title, lines));
        }
    }
    if pictures.is_empty() {
        if as_json {
            output::json(&json!({"flows": []}))?;
        } else {
            output::line("no differences")?;
        }
        return Ok(Exit::Ok);
    }
    if !args.picture.to_stdout() {
        if pictures.len() > 1 {
            args.picture.write_booklet(&now.name, pictures, args.page, as_json)?;
        } else {
            args.picture.write(&pictures, as_json)?;
        }
    }
    if as_json {
        let flows: Vec<_> =
            listed.iter().map(|(name, lines)| json!({"name": name, "differences": lines})).collect();
        output::json(&json!({"flows": flows}))?;
    } else {
        for (name, lines) in &listed {
            output::text(&format!("{name}\n  {}\n", lines.join("\n  ")))?;
        }
    }
    Ok(Exit::Found)
}
