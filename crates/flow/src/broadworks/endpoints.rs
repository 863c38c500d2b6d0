//! Which requests tell a whole group: the paths, and what to ask next given the replies so far.
//!
//! The client, the reader and a stand-in server share this file, so that they mean the same requests. Not here: the
//! network, retries and rates (crate `odin`), the meaning of replies (`group`).
//!
//! Paths marked *assumed* are in no public description of the API (reference "Odin's Spear", section 1.4). Where a server
//! does not have them, what they would tell is reported as not available, and nothing else changes.

use serde_json::Value;

use super::snapshot::{Snapshot, request_key};

/// The service provider: `serviceProviderId`.
pub const SERVICE_PROVIDERS: &str = "/service-providers";
/// The group: `serviceProviderId`, `groupId`.
pub const GROUPS: &str = "/groups";
/// All auto attendants of a group, or with `serviceUserId` one in detail.
pub const AUTO_ATTENDANTS: &str = "/groups/auto-attendants";
/// Submenus of an auto attendant: `serviceUserId`. One in detail with `submenuId` too (the detail is *assumed*).
pub const SUBMENUS: &str = "/groups/auto-attendants/submenus";
/// All users of a group: `serviceProviderId`, `groupId`, `extended=True`.
pub const USERS: &str = "/users";
/// All call centres of a group, or with `serviceUserId` one in detail.
pub const CALL_CENTERS: &str = "/groups/call-centers";
/// Agents of a call centre: `serviceUserId`, like all that follow for call centres.
pub const CALL_CENTER_AGENTS: &str = "/groups/call-centers/agents";
/// A call centre's overflow.
pub const CALL_CENTER_OVERFLOW: &str = "/groups/call-centers/overflow";
/// A call centre's stranded calls.
pub const CALL_CENTER_STRANDED: &str = "/groups/call-centers/stranded-calls";
/// A call centre's stranded calls, agents unavailable.
pub const CALL_CENTER_STRANDED_UNAVAILABLE: &str = "/groups/call-centers/stranded-calls-unavailable";
/// A call centre's forced forwarding.
pub const CALL_CENTER_FORCED_FORWARDING: &str = "/groups/call-centers/forced-forwarding";
/// A call centre's bounced calls.
pub const CALL_CENTER_BOUNCED: &str = "/groups/call-centers/bounced-calls";
/// A call centre's night service (*assumed*).
pub const CALL_CENTER_NIGHT_SERVICE: &str = "/groups/call-centers/night-service";
/// A call centre's holiday service (*assumed*).
pub const CALL_CENTER_HOLIDAY_SERVICE: &str = "/groups/call-centers/holiday-service";
/// A call centre's further numbers (*assumed*).
pub const CALL_CENTER_DNIS: &str = "/groups/call-centers/dnis";
/// All hunt groups of a group, or with `serviceUserId` one in detail.
pub const HUNT_GROUPS: &str = "/groups/hunt-groups";
/// All service settings of a user or virtual user, by service name: `userId`.
pub const SERVICE_SETTINGS: &str = "/users/services/settings";
/// Schedules of a group: `serviceProviderId`, `groupId`.
pub const SCHEDULES: &str = "/groups/schedules";
/// Events of one schedule: `serviceProviderId`, `groupId`, `name`, `type`.
pub const EVENTS: &str = "/groups/events";
/// Who has a number in the whole system: `dn`.
pub const SYSTEM_DN_SEARCH: &str = "/system/dns/search";
/// Who has a number in the group: `serviceProviderId`, `groupId`, `dn`.
pub const GROUP_DN_SEARCH: &str = "/groups/dns/search";

/// Who has a number in the enterprise: `serviceProviderId`, `dn`.
pub const PROVIDER_DN_SEARCH: &str = "/service-providers/dns/search";

/// Whether a request is only *assumed* to exist: a server that does not know it is not at fault.
pub fn is_assumed(request: &Request) -> bool {
    let submenu = request.path == SUBMENUS && request.query.iter().any(|(name, _)| *name == "submenuId");
    let service = USER_SERVICES.iter().skip(4).any(|service| service.bulk == request.path);
    let parts = [
        CALL_CENTER_NIGHT_SERVICE,
        CALL_CENTER_HOLIDAY_SERVICE,
        CALL_CENTER_DNIS,
        CALL_CENTER_BOUNCED,
        SERVICE_SETTINGS,
        SCHEDULES,
        EVENTS,
    ];
    submenu || service || parts.contains(&request.path)
}

/// A service of users that the model reads, and where it is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UserService {
    /// BroadWorks' name of the service, as in the replies.
    pub name: &'static str,
    /// One user: `userId`.
    pub path: &'static str,
    /// All users of a group: `serviceProviderId`, `groupId`.
    pub bulk: &'static str,
    /// A member of the settings without which they are of no use; asked per user when the bulk reply lacks it.
    pub needs: Option<&'static str>,
}

/// All services of users that are read. The first four are public; bulk replies of the others are *assumed*.
pub const USER_SERVICES: [UserService; 9] = [
    UserService {
        name: "Call Forwarding Always",
        path: "/users/call-forwarding-always",
        bulk: "/users/call-forwarding-always/bulk",
        needs: Some("forwardToPhoneNumber"),
    },
    UserService {
        name: "Call Forwarding Busy",
        path: "/users/call-forwarding-busy",
        bulk: "/users/call-forwarding-busy/bulk",
        needs: Some("forwardToPhoneNumber"),
    },
    UserService {
        name: "Call Forwarding No Answer",
        path: "/users/call-forwarding-no-answer",
        bulk: "/users/call-forwarding-no-answer/bulk",
        needs: Some("forwardToPhoneNumber"),
    },
    UserService {
        name: "Call Forwarding Not Reachable",
        path: "/users/call-forwarding-not-reachable",
        bulk: "/users/call-forwarding-not-reachable/bulk",
        needs: Some("forwardToPhoneNumber"),
    },
    UserService {
        name: "Call Forwarding Selective",
        path: "/users/call-forwarding-selective",
        bulk: "/users/call-forwarding-selective/bulk",
        needs: Some("criteria"),
    },
    UserService {
        name: "Do Not Disturb",
        path: "/users/do-not-disturb",
        bulk: "/users/do-not-disturb/bulk",
        needs: None,
    },
    UserService {
        name: "Simultaneous Ring Personal",
        path: "/users/simultaneous-ring-personal",
        bulk: "/users/simultaneous-ring-personal/bulk",
        needs: None,
    },
    UserService {
        name: "Sequential Ring",
        path: "/users/sequential-ring",
        bulk: "/users/sequential-ring/bulk",
        needs: None,
    },
    UserService {
        name: "Voice Messaging User",
        path: "/users/voice-messaging",
        bulk: "/users/voice-messaging/bulk",
        needs: None,
    },
];

/// A GET request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Request {
    /// Behind the API's base URL.
    pub path: &'static str,
    /// Names and values, not escaped, in the order they are sent.
    pub query: Vec<(&'static str, String)>,
}

impl Request {
    /// A request for something of a whole group.
    pub fn of_group(path: &'static str, service_provider: &str, group: &str) -> Self {
        let query = vec![("serviceProviderId", service_provider.to_owned()), ("groupId", group.to_owned())];
        Request { path, query }
    }

    /// A request for something of a hunt group, auto attendant or call centre.
    pub fn of_service(path: &'static str, service_user_id: &str) -> Self {
        Request { path, query: vec![("serviceUserId", service_user_id.to_owned())] }
    }

    /// A request for something of a user, or of a virtual user's services.
    pub fn of_user(path: &'static str, user_id: &str) -> Self {
        Request { path, query: vec![("userId", user_id.to_owned())] }
    }

    /// A request for one submenu of an auto attendant.
    pub fn of_submenu(service_user_id: &str, submenu_id: &str) -> Self {
        Request::of_service(SUBMENUS, service_user_id).with("submenuId", submenu_id)
    }

    /// A request for the events of a schedule; `kind` is `Time` or `Holiday`.
    pub fn of_schedule(service_provider: &str, group: &str, name: &str, kind: &str) -> Self {
        Request::of_group(EVENTS, service_provider, group).with("name", name).with("type", kind)
    }

    /// The same with one more member of the query.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.query.push((name, value.to_owned()));
        self
    }

    /// Its name in a snapshot ([`request_key`]).
    pub fn key(&self) -> String {
        let query: Vec<(&str, &str)> =
            self.query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        request_key(self.path, &query)
    }
}

/// What to ask next: every request that the replies so far call for and that has no reply yet, in a fixed order, each
/// once. Ask them all (in any order, in parallel), insert the replies under [`Request::key`], call again, until the list
/// is empty: it ends after three rounds. A failed reply counts as a reply.
///
/// The number of requests does not grow with the number of users, except where a bulk reply of an active service lacks
/// its destination.
pub fn wanted(snapshot: &Snapshot) -> Vec<Request> {
    let mut asked = Asked { snapshot, wanted: Vec::new() };
    let (provider, group) = (snapshot.service_provider.as_str(), snapshot.group.as_str());
    let of_group = |path| Request::of_group(path, provider, group);

    asked.ask(Request { path: SERVICE_PROVIDERS, query: vec![("serviceProviderId", provider.to_owned())] });
    asked.ask(of_group(GROUPS));
    asked.ask(of_group(USERS).with("extended", "True"));
    let auto_attendants = asked.ask(of_group(AUTO_ATTENDANTS));
    let call_centers = asked.ask(of_group(CALL_CENTERS));
    let hunt_groups = asked.ask(of_group(HUNT_GROUPS));
    let schedules = asked.ask(of_group(SCHEDULES));
    for service in &USER_SERVICES {
        let bulk = asked.ask(of_group(service.bulk));
        for user in lacking(bulk, service) {
            asked.ask(Request::of_user(service.path, &user));
        }
    }
    for id in ids(auto_attendants, "serviceUserId") {
        asked.ask(Request::of_service(AUTO_ATTENDANTS, &id));
        let submenus = asked.ask(Request::of_service(SUBMENUS, &id));
        for submenu in ids(submenus, "submenuId") {
            asked.ask(Request::of_submenu(&id, &submenu));
        }
        asked.ask(Request::of_user(SERVICE_SETTINGS, &id));
    }
    for id in ids(call_centers, "serviceUserId") {
        for path in [
            CALL_CENTERS,
            CALL_CENTER_AGENTS,
            CALL_CENTER_OVERFLOW,
            CALL_CENTER_STRANDED,
            CALL_CENTER_STRANDED_UNAVAILABLE,
            CALL_CENTER_FORCED_FORWARDING,
            CALL_CENTER_BOUNCED,
            CALL_CENTER_NIGHT_SERVICE,
            CALL_CENTER_HOLIDAY_SERVICE,
            CALL_CENTER_DNIS,
        ] {
            asked.ask(Request::of_service(path, &id));
        }
        asked.ask(Request::of_user(SERVICE_SETTINGS, &id));
    }
    for id in ids(hunt_groups, "serviceUserId") {
        asked.ask(Request::of_service(HUNT_GROUPS, &id));
        asked.ask(Request::of_user(SERVICE_SETTINGS, &id));
    }
    for schedule in schedules.and_then(Value::as_array).into_iter().flatten() {
        let text = |member| schedule.get(member).and_then(Value::as_str);
        if let Some(name) = text("name") {
            let kind = text("type").unwrap_or("Time");
            asked.ask(Request::of_schedule(provider, group, name, kind));
        }
    }
    asked.wanted
}

struct Asked<'a> {
    snapshot: &'a Snapshot,
    wanted: Vec<Request>,
}

impl<'a> Asked<'a> {
    /// The reply's body if there is one; otherwise the request is wanted.
    fn ask(&mut self, request: Request) -> Option<&'a Value> {
        match self.snapshot.replies.get(&request.key()) {
            Some(reply) => reply.ok(),
            None => {
                if !self.wanted.contains(&request) {
                    self.wanted.push(request);
                }
                None
            }
        }
    }
}

/// The ids in a list reply, in order, each once.
fn ids(list: Option<&Value>, member: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for element in list.and_then(Value::as_array).into_iter().flatten() {
        let id = match element.get(member) {
            Some(Value::String(id)) if !id.is_empty() => id.clone(),
            Some(Value::Number(id)) => id.to_string(),
            _ => continue,
        };
        if !found.contains(&id) {
            found.push(id);
        }
    }
    found
}

/// Users for whom a service is active and the bulk reply does not say what it does.
fn lacking(bulk: Option<&Value>, service: &UserService) -> Vec<String> {
    let Some(needed) = service.needs else { return Vec::new() };
    let rows = bulk.and_then(Value::as_array).into_iter().flatten();
    let lacking = rows.filter(|row| {
        let active = row.pointer("/data/isActive").and_then(Value::as_bool) == Some(true);
        active && row.get("data").is_some_and(|data| data.get(needed).is_none())
    });
    lacking.filter_map(|row| row.pointer("/user/userId")?.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broadworks::snapshot::Reply;
    use serde_json::json;

    fn answer(snapshot: &mut Snapshot, with: impl Fn(&Request) -> Value) -> usize {
        let wanted = wanted(snapshot);
        for request in &wanted {
            snapshot.replies.insert(request.key(), Reply::Ok(with(request)));
        }
        wanted.len()
    }

    #[test]
    fn requests_come_in_rounds_and_end() {
        let mut snapshot =
            Snapshot { service_provider: "sp".to_owned(), group: "g".to_owned(), ..Snapshot::default() };
        let server = |request: &Request| match (request.path, request.query.len()) {
            (AUTO_ATTENDANTS, 2) => json!([{"serviceUserId": "aa1@d"}]),
            (CALL_CENTERS, 2) => json!([{"serviceUserId": "cc1@d"}]),
            (HUNT_GROUPS, 2) => json!([{"serviceUserId": "hg1@d"}, {"serviceUserId": null}]),
            (SUBMENUS, 1) => json!([{"submenuId": "Depts"}]),
            (SCHEDULES, _) => json!([{"name": "Office", "type": "Time"}]),
            ("/users/call-forwarding-always/bulk", _) => json!([
                {"user": {"userId": "u1@d"}, "data": {"isActive": true}},
                {"user": {"userId": "u2@d"}, "data": {"isActive": true, "forwardToPhoneNumber": null}},
                {"user": {"userId": "u3@d"}, "data": {"isActive": false}},
                {"user": {"userId": "u4@d"}, "data": {}},
            ]),
            _ => json!({}),
        };
        assert_eq!(answer(&mut snapshot, server), 16);
        // AA: detail, submenus, settings; CC: ten and settings; HG: detail and settings; one schedule; one user.
        assert_eq!(answer(&mut snapshot, server), 3 + 11 + 2 + 1 + 1);
        assert_eq!(wanted(&snapshot), [Request::of_submenu("aa1@d", "Depts")]);
        assert_eq!(answer(&mut snapshot, server), 1);
        assert_eq!(wanted(&snapshot), []);
    }

    #[test]
    fn replies_of_odd_shapes_ask_nothing_more() {
        for odd in [json!(null), json!({}), json!("x"), json!([null, 1, {"serviceUserId": {}}])] {
            let mut snapshot = Snapshot::default();
            answer(&mut snapshot, |_| odd.clone());
            assert_eq!(wanted(&snapshot), [], "{odd}");
        }
    }
}
