//! One picture of a report: the flow of an entity with what the snapshot says about itself.
//!
//! Not here: colours and formats (crate `drawing`), which entity (`odin`).

use drawing::{Changes, Context, DrawOptions, Header, Highlight};
use flow::broadworks;
use flow::broadworks::group::{Entity, Group};
use flow::broadworks::snapshot::Snapshot;
use flow::diff::Diff;
use flow::graph::Flow;
use flow::issue::Level;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::commands::moment;
use crate::commands::picture::{Picture, PictureArgs};
use crate::fault::Fault;

/// Decisions by the time that stand above a picture; the picture itself shows all.
const SAID_MAX: usize = 3;

/// What all pictures of a report share.
pub(super) struct Page<'a> {
    pub(super) group: &'a Group,
    pub(super) snapshot: &'a Snapshot,
    pub(super) at: Option<&'a str>,
    pub(super) tz: Option<&'a str>,
    pub(super) picture: &'a PictureArgs,
}

impl Page<'_> {
    /// The picture of what happens with calls to an entity.
    pub(super) fn picture(&self, entity: Entity) -> Result<Picture, Fault> {
        let identity = self.group.identity(entity);
        let flow = self.group.flow(entity);
        let mut options = self.options(identity.title());
        options.numbers = identity.extension.iter().chain(&identity.dn).cloned().collect();
        options.numbers.extend(identity.aliases.iter().map(|alias| plain(alias)));
        options.header.timezone = self.group.zone_of(entity).unwrap_or_default().to_owned();
        if let Some(at) = self.at {
            let zone = match self.tz.or_else(|| self.group.zone_of(entity)) {
                Some(name) => moment::zone(name)?,
                None => TimeZone::UTC,
            };
            let now = moment::parse(at, &zone)?;
            let found = broadworks::at(self.group, &flow, &now);
            let said: Vec<&str> = found.said.iter().take(SAID_MAX).map(String::as_str).collect();
            let moment = now.strftime("at %A, %Y-%m-%d %H:%M");
            options.header.about = if said.is_empty() {
                moment.to_string()
            } else {
                format!("{moment} \u{b7} {}", said.join("; "))
            };
            options.highlight = Some(Highlight { nodes: found.nodes, exits: found.exits });
        }
        let name = identity.short_number().map_or_else(|| identity.title().to_owned(), plain);
        Ok(self.drawn(name, &flow, &options))
    }

    /// The picture of what differs, under the title of the entity.
    pub(super) fn compared(
        &self,
        title: &str,
        entity: Option<Entity>,
        old: &Snapshot,
        found: &Diff,
    ) -> Picture {
        let mut options = self.options(title);
        if let Some(entity) = entity {
            let identity = self.group.identity(entity);
            options.numbers = identity.extension.iter().chain(&identity.dn).cloned().collect();
        }
        options.header.about = format!("{} to {}", date(&old.taken_at), date(&self.snapshot.taken_at));
        options.changes = Changes::from(found);
        let name = options.numbers.first().cloned().unwrap_or_else(|| title.to_owned());
        self.drawn(name, &found.union, &options)
    }

    fn options(&self, title: &str) -> DrawOptions {
        DrawOptions {
            theme: self.picture.theme.theme(),
            legend: !self.picture.no_key,
            title: title.to_owned(),
            header: Header {
                account: format!("{}, {}", self.group.name, self.group.service_provider),
                source: self.snapshot.source.clone(),
                date: format!("read {}", date(&self.snapshot.taken_at)),
                ..Header::default()
            },
            warnings: self.warnings(),
            ..DrawOptions::default()
        }
    }

    /// What failed while the snapshot was taken, and what could not be read of it.
    fn warnings(&self) -> Vec<String> {
        let issues = self.group.warnings.iter().filter(|issue| issue.level >= Level::Warning);
        self.snapshot.warnings.iter().cloned().chain(issues.map(|issue| issue.message.clone())).collect()
    }

    fn drawn(&self, name: String, flow: &Flow, options: &DrawOptions) -> Picture {
        Picture { name, scene: drawing::draw(flow, &Context::default(), options) }
    }
}

/// An alias without its domain.
fn plain(alias: &str) -> String {
    alias.split('@').next().unwrap_or_default().to_owned()
}

/// A moment as people read it: `2024-05-01 09:30 UTC`.
fn date(taken_at: &str) -> String {
    let moment = taken_at.parse::<Timestamp>().map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string());
    moment.unwrap_or_else(|_| taken_at.to_owned())
}
