//! From a snapshot to a [`Group`]: tolerant of everything, silent about nothing.
//!
//! A reply that failed, a member of an odd form, an unknown action: each becomes a warning (codes `BW1xxx`) with its place,
//! and the rest is read. Not here: whether what is configured makes sense ([`check`](super::check)).

mod attendants;
mod fields;
mod queues;
mod schedules;
mod services;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::endpoints::{self, Request};
use super::group::{Elsewhere, Group, Identity, Options, User};
use super::numbers::NumberPlan;
use super::snapshot::{Reply, Snapshot};
use crate::issue::{Fault, Issue, Level};
use crate::pointer;
use fields::Fields;

impl Group {
    /// Reads a snapshot. Never fails; [`Group::warnings`] says what is missing.
    pub fn read(snapshot: &Snapshot, options: &Options) -> Group {
        let mut reader = Reader { snapshot, issues: Vec::new(), told: BTreeSet::new() };
        let mut group = reader.group();
        let votes = |member| {
            let profiles = snapshot.replies.values().filter_map(Reply::ok);
            commonest(profiles.filter_map(|body| {
                let profile = body.get("serviceInstanceProfile")?;
                fields::text_of(profile.get(member)?)
            }))
        };
        let country = votes("countryCode");
        let national_prefix = votes("nationalPrefix");
        group.numbers = NumberPlan::build(&group, options, country, national_prefix);
        group.warnings = reader.issues;
        group
    }
}

/// Reads replies and gathers what is wrong with them.
struct Reader<'s> {
    snapshot: &'s Snapshot,
    issues: Vec<Issue>,
    /// Paths whose absence is told already: once is enough.
    told: BTreeSet<&'static str>,
}

impl<'s> Reader<'s> {
    fn group(&mut self) -> Group {
        let mut group = Group {
            service_provider: self.snapshot.service_provider.clone(),
            id: self.snapshot.group.clone(),
            name: self.snapshot.group.clone(),
            source: self.snapshot.source.clone(),
            taken_at: self.snapshot.taken_at.clone(),
            ..Group::default()
        };
        let request = self.of_group(endpoints::GROUPS);
        let reply = self.reply(&request, "the group's own data", "").map(first_of);
        if let Some(fields) = reply.and_then(|body| self.object(body, "")) {
            group.name = self.text(&fields, "groupName").unwrap_or(group.name);
            group.domain = self.text(&fields, "defaultDomain").unwrap_or_default();
            group.time_zone = self.zone(&fields);
        }
        let request = Request {
            path: endpoints::SERVICE_PROVIDERS,
            query: vec![("serviceProviderId", self.snapshot.service_provider.clone())],
        };
        let reply = self.reply(&request, "the service provider", "").map(first_of);
        let fields = reply.and_then(|body| self.object(body, ""));
        group.is_enterprise = fields.and_then(|fields| self.flag(&fields, "isEnterprise")).unwrap_or(false);
        group.users = self.users();
        let places = places_of(&group.users);
        group.auto_attendants = self.auto_attendants();
        group.call_centers = self.call_centers(&places);
        group.hunt_groups = self.hunt_groups(&places);
        self.add_member_names(&mut group);
        group.schedules = self.schedules();
        group.elsewhere = self.elsewhere(&group);
        if group.time_zone.is_none() {
            let zones = group.entities().filter_map(|entity| group.identity(entity).time_zone.clone());
            group.time_zone = commonest(zones);
        }
        group
    }

    fn users(&mut self) -> Vec<User> {
        let request = self.of_group(endpoints::USERS).with("extended", "True");
        let mut users = Vec::new();
        for fields in self.rows(&request, "the users", "/users", "userId") {
            let mut identity = self.identity(&fields, "userId");
            let names = [self.text(&fields, "firstName"), self.text(&fields, "lastName")];
            identity.name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
            users.push(User { identity, ..User::default() });
        }
        let mut places: BTreeMap<String, usize> = places_of(&users);
        for service in &endpoints::USER_SERVICES {
            self.user_service(service, &mut users, &mut places);
        }
        users
    }

    /// Agents are shown by the names and numbers of the group's users where they are among them.
    fn add_member_names(&mut self, group: &mut Group) {
        let users = &group.users;
        let queues = group.call_centers.iter_mut().map(|center| &mut center.agents);
        let groups = group.hunt_groups.iter_mut().map(|hunt_group| &mut hunt_group.agents);
        for member in queues.chain(groups).flatten() {
            let Some(user) = member.user.and_then(|at| users.get(at)) else { continue };
            if !user.identity.name.is_empty() {
                member.name.clone_from(&user.identity.name);
            }
            let own = user.identity.extension.as_ref().or(user.identity.dn.as_ref());
            member.number = own.cloned().or(member.number.take());
        }
    }

    /// Replies to searches for numbers that name somebody outside the group.
    fn elsewhere(&mut self, group: &Group) -> Vec<Elsewhere> {
        let searches =
            [endpoints::SYSTEM_DN_SEARCH, endpoints::GROUP_DN_SEARCH, endpoints::PROVIDER_DN_SEARCH];
        let mut found: Vec<Elsewhere> = Vec::new();
        let replies = self.snapshot.replies.iter().filter(|(key, _)| {
            searches.iter().any(|path| key.strip_prefix(path).is_some_and(|rest| rest.starts_with('?')))
        });
        for (key, reply) in replies {
            for row in reply.ok().and_then(Value::as_array).into_iter().flatten() {
                let Some(fields) = self.object(row, key) else { continue };
                let text = |reader: &mut Self, member| reader.text(&fields, member).unwrap_or_default();
                let (provider, own_group) = (text(self, "serviceProviderId"), text(self, "groupId"));
                if own_group.is_empty() || (own_group == group.id && provider == group.service_provider) {
                    continue;
                }
                let mut identity = self.identity(&fields, "userId");
                identity.dn = identity.dn.or_else(|| self.text(&fields, "phoneNumbers"));
                let names = [self.text(&fields, "firstName"), self.text(&fields, "lastName")];
                identity.name = names.into_iter().flatten().collect::<Vec<_>>().join(" ");
                let user_type = text(self, "userType");
                let other = Elsewhere { identity, service_provider: provider, group: own_group, user_type };
                if !found.contains(&other) {
                    found.push(other);
                }
            }
        }
        found
    }

    /// Id, name, numbers and the like of a row or profile.
    fn identity(&mut self, fields: &Fields<'_>, id: &str) -> Identity {
        Identity {
            id: self.text(fields, id).unwrap_or_default(),
            name: self.text(fields, "name").unwrap_or_default(),
            dn: self.text(fields, "phoneNumber"),
            extension: self.text(fields, "extension"),
            aliases: self.texts(fields, "aliases"),
            department: self.text(fields, "departmentFullPath").or_else(|| self.text(fields, "department")),
            time_zone: self.zone(fields),
            disabled: self.flag(fields, "isActive") == Some(false),
            incomplete: false,
        }
    }

    /// The row of a list with what the detail's profile says better.
    fn with_profile(&mut self, row: Identity, detail: &Fields<'s>) -> Identity {
        let Some(profile) = self.member(detail, "serviceInstanceProfile") else { return row };
        let own = self.identity(&profile, "serviceUserId");
        Identity {
            id: row.id,
            name: if own.name.is_empty() { row.name } else { own.name },
            dn: own.dn.or(row.dn),
            extension: own.extension.or(row.extension),
            aliases: if own.aliases.is_empty() { row.aliases } else { own.aliases },
            department: row.department.or(own.department),
            time_zone: own.time_zone.or(row.time_zone),
            disabled: row.disabled || own.disabled,
            incomplete: row.incomplete,
        }
    }

    /// An IANA time zone that is known.
    fn zone(&mut self, fields: &Fields<'_>) -> Option<String> {
        let name = self.text(fields, "timeZone")?;
        if jiff::tz::db().get(&name).is_ok() {
            return Some(name);
        }
        let message = format!("the time zone `{name}` is not known");
        self.issues.push(Issue::warning("BW1009", fields.at("timeZone"), message));
        None
    }

    fn of_group(&self, path: &'static str) -> Request {
        Request::of_group(path, &self.snapshot.service_provider, &self.snapshot.group)
    }

    /// The body of a reply; what went wrong is told with `what` it would have said, and its place.
    fn reply(&mut self, request: &Request, what: &str, at: &str) -> Option<&'s Value> {
        let (code, level, message) = match self.snapshot.replies.get(&request.key()) {
            Some(Reply::Ok(Value::Null)) if endpoints::is_assumed(request) => return None,
            Some(Reply::Ok(Value::Null)) => ("BW1004", Level::Warning, format!("{what}: the reply is empty")),
            Some(Reply::Ok(body)) => return Some(body),
            Some(reply @ Reply::Failed { .. })
                if reply.is_unknown_endpoint() && endpoints::is_assumed(request) =>
            {
                if !self.told.insert(request.path) {
                    return None;
                }
                ("BW1002", Level::Note, format!("{what}: not available from this Odin"))
            }
            Some(Reply::Failed { status, reason }) => {
                let status = status.map(|status| format!(" ({status})")).unwrap_or_default();
                ("BW1001", Level::Warning, format!("{what} could not be read{status}: {reason}"))
            }
            None => {
                if !self.told.insert(request.path) {
                    return None;
                }
                ("BW1003", Level::Note, format!("{what}: not in the snapshot"))
            }
        };
        let issue = Issue { level, fault: Fault::Operator, ..Issue::warning(code, at, message) };
        self.issues.push(issue);
        None
    }

    /// A reply that is a list.
    fn list_reply(&mut self, request: &Request, what: &str, at: &str) -> Option<&'s [Value]> {
        let body = self.reply(request, what, at)?;
        if !body.is_array() {
            self.issues.push(Issue::warning("BW1004", at, format!("{what}: the reply is no list")));
        }
        body.as_array().map(Vec::as_slice)
    }

    /// The objects of a list reply that have an id, each id once.
    fn rows(&mut self, request: &Request, what: &str, at: &str, id: &str) -> Vec<Fields<'s>> {
        let list = self.list_reply(request, what, at).unwrap_or_default();
        let mut seen: BTreeSet<String> = BTreeSet::new();
        let mut rows = Vec::new();
        for (place, row) in list.iter().enumerate() {
            let own = row.get(id).and_then(fields::text_of);
            let Some((object, own)) = row.as_object().zip(own) else {
                let message = format!("{what}: one without `{id}` is left out");
                self.issues.push(Issue::warning("BW1005", pointer::join(at, &place.to_string()), message));
                continue;
            };
            if !seen.insert(own.clone()) {
                let message = format!("{what}: `{own}` is listed twice; the first counts");
                self.issues.push(Issue::warning("BW1005", pointer::join(at, &own), message));
                continue;
            }
            rows.push(Fields { object, place: pointer::join(at, &own) });
        }
        rows
    }
}

/// A server may answer with a list of one.
fn first_of(body: &Value) -> &Value {
    body.as_array().and_then(|list| list.first()).unwrap_or(body)
}

/// Where each user stands in the list.
fn places_of(users: &[User]) -> BTreeMap<String, usize> {
    users.iter().enumerate().map(|(at, user)| (user.identity.id.clone(), at)).collect()
}

/// The text that comes most often; of several, the last by name.
fn commonest(texts: impl Iterator<Item = String>) -> Option<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for text in texts {
        *counts.entry(text).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(text, _)| text)
}
