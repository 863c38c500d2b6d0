//! Snapshots of BroadWorks groups as commands take them: a file, read with what the operator says about numbers.
//!
//! Not here: fetching one (`report`), the file's format (crate `odin`), what it means (`flow::broadworks`).

use std::path::Path;

use clap::Args;
use flow::broadworks::endpoints;
use flow::broadworks::group::{Entity, EntityKind, Group, Options};
use flow::broadworks::numbers::{Found, NumberKind};
use flow::broadworks::snapshot::Snapshot;

use crate::fault::{Exit, Fault};

/// Flags about the numbers of a group.
#[derive(Args, Clone, Debug)]
pub(crate) struct NumberArgs {
    /// What stands before a number to mean its mailbox.
    #[arg(long, value_name = "DIGITS", default_value = "*55")]
    voicemail_prefix: String,
    /// Country code for numbers that do not tell theirs, such as 44; the group's own otherwise.
    #[arg(long, value_name = "DIGITS")]
    country_code: Option<String>,
    /// What is dialled before a national number, such as 0; the group's own otherwise.
    #[arg(long, value_name = "DIGITS")]
    national_prefix: Option<String>,
}

impl Default for NumberArgs {
    fn default() -> Self {
        let options = Options::default();
        NumberArgs {
            voicemail_prefix: options.voicemail_prefix,
            country_code: options.country_code,
            national_prefix: options.national_prefix,
        }
    }
}

impl NumberArgs {
    /// As `flow::broadworks` takes them.
    pub(crate) fn options(&self) -> Options {
        Options {
            voicemail_prefix: self.voicemail_prefix.clone(),
            country_code: self.country_code.clone(),
            national_prefix: self.national_prefix.clone(),
        }
    }
}

/// Whether a path names a snapshot file: what ends so, or what is one.
pub(crate) fn is_snapshot(path: &Path) -> bool {
    let name = path.to_string_lossy();
    let named = [".json.zst", ".snapshot", ".zst"].iter().any(|ending| name.ends_with(ending));
    path.is_file() && (named || odin::file::load(path).is_ok())
}

/// Reads a snapshot file.
pub(crate) fn load(path: &Path) -> Result<Snapshot, Fault> {
    odin::file::load(path).map_err(|error| {
        let code = if path.exists() { Exit::Data } else { Exit::NoInput };
        Fault::new(code, format!("{error} ({})", error.code()))
    })
}

/// Reads a snapshot file as a group.
pub(crate) fn group(path: &Path, numbers: &NumberArgs) -> Result<Group, Fault> {
    Ok(Group::read(&load(path)?, &numbers.options()))
}

/// Something failed while the snapshot was taken, or it is not finished. Endpoints that the server does not have are no
/// failure.
pub(crate) fn is_partial(snapshot: &Snapshot) -> bool {
    let failed = snapshot.replies.values().any(|reply| reply.ok().is_none() && !reply.is_unknown_endpoint());
    failed || !endpoints::wanted(snapshot).is_empty()
}

/// The entity with a number. Several, or none, are a fault that lists what may be meant, exact matches first.
pub(crate) fn find(
    group: &Group,
    number: &str,
    kind: Option<NumberKind>,
    entity: Option<EntityKind>,
) -> Result<Entity, Fault> {
    let matches = group.find(number, kind, entity);
    if let Some(only) = matches.only() {
        return Ok(only);
    }
    let listed = |found: &[Found]| {
        let lines = found.iter().map(|found| {
            let (kind, entity) = (found.kind.code(), found.entity.kind());
            format!(
                "\n    {} {} ({}, --type {kind} --entity {})",
                entity.caption(),
                found.title,
                found.number,
                entity.code()
            )
        });
        lines.collect::<String>()
    };
    Err(match (matches.exact.as_slice(), matches.near.as_slice()) {
        ([], []) => Fault::new(Exit::Data, format!("nobody in the group {} has {number}", group.name)),
        ([], near) => {
            Fault::new(Exit::Data, format!("nobody in the group {} has exactly {number}", group.name))
                .with_help(format!("perhaps one of these is meant:{}", listed(near)))
        }
        (exact, _) => Fault::new(Exit::Data, format!("{number} is held {} times", exact.len()))
            .with_help(format!("say which with --type and --entity:{}", listed(exact))),
    })
}
