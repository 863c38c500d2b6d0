//! What the stand-in knows: groups written as JSON, and the reply to each request that follows from them.
//!
//! A group is written once (users, details of auto attendants, hunt groups, call centres, settings of services); lists, bulk
//! replies and searches are made of that. `groups/*.json` show all members. Not here: HTTP and tokens (`server`).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// All groups a server knows.
#[derive(Clone, Debug)]
pub struct World {
    groups: Vec<Value>,
}

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReply {
    /// The server does not have such an endpoint.
    NoEndpoint,
    /// It does, but not the thing that was asked for.
    NoSuchThing,
    /// It fails, with this status.
    Fails(u16),
}

/// The query of a request, decoded.
pub(crate) type Query = BTreeMap<String, String>;

impl World {
    /// A world of groups; see `groups/realistic.json` for the members.
    pub fn of(groups: Vec<Value>) -> World {
        World { groups }
    }

    /// One group as a small firm has it: an auto attendant with submenus, a hunt group, a call centre, eight users; with aliases of
    /// words, integers for numbers and a name full of markup. It is the group of the tests of `flow::broadworks`.
    pub fn realistic() -> World {
        World::of(vec![written(include_str!("../groups/realistic.json"))])
    }

    /// A group of the same size with nothing that the public client `odins-spear` stumbles over.
    pub fn plain() -> World {
        World::of(vec![written(include_str!("../groups/plain.json"))])
    }

    /// The realistic group with more users, `users` in all, every second of whom forwards calls.
    pub fn large(users: usize) -> World {
        let mut group = written(include_str!("../groups/realistic.json"));
        let domain = text(group.pointer("/group/defaultDomain")).unwrap_or_default();
        for index in 9..=users {
            let id = format!("user{index}@{domain}");
            let user = json!({
                "userId": id, "firstName": "Extra", "lastName": format!("Number {index}"),
                "extension": format!("{}", 20_000 + index), "phoneNumber": null, "aliases": [],
                "endpointType": "accessDeviceEndpoint",
            });
            group["users"].as_array_mut().into_iter().for_each(|users| users.push(user.clone()));
            if index % 2 == 0 {
                let service = ["always", "busy", "no-answer", "not-reachable"][index / 2 % 4];
                let settings = json!({"isActive": true, "forwardToPhoneNumber": "2001", "userId": id});
                group["services"][format!("call-forwarding-{service}")]["settings"][&id] = settings;
            }
        }
        World::of(vec![group])
    }

    /// A group as nobody should leave it: null menus, missing numbers, aliases of words, numbers as integers, names full of
    /// markup, failing requests of the call centre, things switched off.
    pub fn half_configured() -> World {
        World::of(vec![written(include_str!("../groups/half-configured.json"))])
    }

    /// The same, with forwarding settings in bulk replies that do not say where to.
    #[must_use]
    pub fn with_thin_bulk_replies(mut self) -> World {
        for group in &mut self.groups {
            group["thinBulkReplies"] = Value::Bool(true);
        }
        self
    }

    /// The groups as they are written.
    pub fn groups(&self) -> &[Value] {
        &self.groups
    }

    /// The reply to `GET path?query`.
    ///
    /// # Errors
    /// There is no such endpoint, no such thing, or the group says that this request fails.
    pub fn reply(&self, path: &str, query: &BTreeMap<String, String>) -> Result<Value, NoReply> {
        let asked = |name: &str| query.get(name).map(String::as_str);
        match path {
            "/service-providers" => return self.service_providers(asked("serviceProviderId")),
            "/groups" if !query.contains_key("groupId") => {
                return self.group_list(asked("serviceProviderId"));
            }
            "/system/dns/search" | "/service-providers/dns/search" | "/groups/dns/search" => {
                return Ok(self.search(query));
            }
            _ => {}
        }
        let group = self.group_asked(query).ok_or(NoReply::NoSuchThing)?;
        if let Some(status) =
            group.pointer("/fails").and_then(|fails| fails.get(path)).and_then(Value::as_u64)
        {
            return Err(NoReply::Fails(u16::try_from(status).unwrap_or(500)));
        }
        let id = asked("serviceUserId");
        match path {
            "/groups" => Ok(group["group"].clone()),
            "/users" => match asked("userId") {
                Some(user) => find(&group["users"], "userId", user),
                None => Ok(group["users"].clone()),
            },
            "/users/services/settings" => {
                let settings = group.get("settings").ok_or(NoReply::NoEndpoint)?;
                Ok(asked("userId").and_then(|id| settings.get(id)).cloned().unwrap_or_else(|| json!({})))
            }
            "/groups/auto-attendants" => detail_or_list(group, "autoAttendants", id),
            "/groups/auto-attendants/submenus" => submenus(group, id, asked("submenuId")),
            "/groups/hunt-groups" => detail_or_list(group, "huntGroups", id),
            "/groups/call-centers" => detail_or_list(group, "callCenters", id),
            "/groups/schedules" => group.get("schedules").map(schedules).ok_or(NoReply::NoEndpoint),
            "/groups/events" => {
                let schedule = find(&group["schedules"], "name", asked("name").unwrap_or_default())?;
                Ok(schedule.get("events").cloned().unwrap_or_else(|| json!([])))
            }
            _ => match path.strip_prefix("/groups/call-centers/") {
                Some(tail) => of_call_center(group, tail, id),
                None => of_user_service(group, path, asked("userId")),
            },
        }
    }

    fn service_providers(&self, wanted: Option<&str>) -> Result<Value, NoReply> {
        let mut all = self.groups.iter().map(|group| group["serviceProvider"].clone());
        match wanted {
            None => Ok(all.collect()),
            Some(id) => all.find(|one| one["serviceProviderId"] == id).ok_or(NoReply::NoSuchThing),
        }
    }

    fn group_list(&self, provider: Option<&str>) -> Result<Value, NoReply> {
        let provider = provider.ok_or(NoReply::Fails(400))?;
        let of_provider = self.groups.iter().filter(|group| provider_of(group) == Some(provider));
        let list = of_provider.map(|group| {
            json!({
                "groupId": group["group"]["groupId"], "groupName": group["group"]["groupName"],
                "userCount": group["users"].as_array().map_or(0, Vec::len), "serviceProviderId": provider,
            })
        });
        Ok(list.collect())
    }

    /// Numbers that contain the digits asked for, and who has them.
    fn search(&self, query: &Query) -> Value {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let wanted = digits(query.get("dn").map_or("", String::as_str));
        let fits = |name: &str, value: Option<&str>| {
            query.get(name).is_none_or(|asked| Some(asked.as_str()) == value)
        };
        let mut found = Vec::new();
        for group in &self.groups {
            let group_id = group.pointer("/group/groupId").and_then(Value::as_str);
            if !fits("serviceProviderId", provider_of(group)) || !fits("groupId", group_id) {
                continue;
            }
            for (profile, id, kind) in numbered(group) {
                let Some(number) = text(profile.get("phoneNumber")) else { continue };
                if !wanted.is_empty() && digits(&number).contains(&wanted) {
                    found.push(json!({
                        "serviceProviderId": provider_of(group), "groupId": group_id, "userId": id,
                        "phoneNumber": number, "extension": profile["extension"], "userType": kind, "isActivated": true,
                    }));
                }
            }
        }
        Value::Array(found)
    }

    /// The group a request is about, by its id or by whose details are asked for.
    fn group_asked(&self, query: &Query) -> Option<&Value> {
        if let Some(wanted) = query.get("groupId") {
            let provider = query.get("serviceProviderId").map(String::as_str);
            let is_it =
                |group: &&Value| group["group"]["groupId"] == *wanted && provider_of(group) == provider;
            return self.groups.iter().find(is_it);
        }
        let id = query.get("serviceUserId").or_else(|| query.get("userId"))?;
        let has = |group: &&Value| {
            let mut users = group["users"].as_array().into_iter().flatten();
            users.any(|user| user["userId"] == *id)
                || ["autoAttendants", "huntGroups", "callCenters"].iter().any(|kind| {
                    group[*kind].as_array().into_iter().flatten().any(|one| one["serviceUserId"] == *id)
                })
        };
        self.groups.iter().find(has)
    }
}

/// A group that is compiled in; a fault in it shows in the tests.
fn written(group: &str) -> Value {
    serde_json::from_str(group).unwrap_or_default()
}

fn text(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn provider_of(group: &Value) -> Option<&str> {
    group.pointer("/serviceProvider/serviceProviderId").and_then(Value::as_str)
}

fn find(list: &Value, member: &str, wanted: &str) -> Result<Value, NoReply> {
    let mut rows = list.as_array().into_iter().flatten();
    rows.find(|row| row[member] == wanted).cloned().ok_or(NoReply::NoSuchThing)
}

/// Everything that has a number: its profile, id and type as searches call it.
fn numbered(group: &Value) -> Vec<(&Value, &Value, &'static str)> {
    let rows = |member: &str| group[member].as_array();
    let mut all = Vec::new();
    for user in rows("users").into_iter().flatten() {
        all.push((user, &user["userId"], "Normal"));
    }
    for (member, kind) in
        [("autoAttendants", "Auto Attendant"), ("huntGroups", "Hunt Group"), ("callCenters", "Call Center")]
    {
        for service in rows(member).into_iter().flatten() {
            all.push((&service["serviceInstanceProfile"], &service["serviceUserId"], kind));
        }
    }
    all
}

/// One service in detail, without what belongs to other requests; or the list, with the members lists have.
fn detail_or_list(group: &Value, member: &str, id: Option<&str>) -> Result<Value, NoReply> {
    let Some(id) = id else {
        let services = group[member].as_array().into_iter().flatten();
        return Ok(services.map(list_row).collect());
    };
    let mut service = find(&group[member], "serviceUserId", id)?;
    if let Some(members) = service.as_object_mut() {
        members.retain(|name, _| !matches!(name.as_str(), "isActive" | "requests" | "submenus"));
    }
    Ok(service)
}

fn list_row(service: &Value) -> Value {
    let profile = &service["serviceInstanceProfile"];
    let mut row = json!({
        "serviceUserId": service["serviceUserId"], "name": profile["name"],
        "phoneNumber": profile["phoneNumber"], "extension": profile["extension"], "department": null,
        "isActive": service.get("isActive").unwrap_or(&Value::Bool(true)),
    });
    if service.get("type").is_some() {
        row["video"] = Value::Bool(false);
    }
    for member in ["policy", "type"] {
        if let Some(value) = service.get(member) {
            row[member] = value.clone();
        }
    }
    row
}

fn submenus(group: &Value, id: Option<&str>, submenu: Option<&str>) -> Result<Value, NoReply> {
    let service = find(&group["autoAttendants"], "serviceUserId", id.unwrap_or_default())?;
    let all = service.get("submenus").cloned().unwrap_or_else(|| json!([]));
    if let Some(submenu) = submenu {
        if group["noSubmenuDetail"] == true {
            return Err(NoReply::NoEndpoint);
        }
        return find(&all, "submenuId", submenu);
    }
    let rows = all.as_array().into_iter().flatten();
    let of_row = |row: &Value| json!({"submenuId": row["submenuId"], "isUsed": true, "serviceUserId": id});
    Ok(rows.map(of_row).collect())
}

fn schedules(all: &Value) -> Value {
    let rows = all.as_array().into_iter().flatten();
    rows.map(|row| json!({"name": row["name"], "type": row["type"], "level": row["level"]})).collect()
}

/// A call centre's further requests, by the last part of the path.
fn of_call_center(group: &Value, tail: &str, id: Option<&str>) -> Result<Value, NoReply> {
    let service = find(&group["callCenters"], "serviceUserId", id.unwrap_or_default())?;
    let mut reply =
        service.pointer("/requests").and_then(|all| all.get(tail)).cloned().ok_or(NoReply::NoEndpoint)?;
    reply["serviceUserId"] = service["serviceUserId"].clone();
    Ok(reply)
}

/// A service of one user (`/users/do-not-disturb`) or of all (`/users/do-not-disturb/bulk`).
fn of_user_service(group: &Value, path: &str, user: Option<&str>) -> Result<Value, NoReply> {
    let tail = path.strip_prefix("/users/").ok_or(NoReply::NoEndpoint)?;
    let (tail, is_bulk) = tail.strip_suffix("/bulk").map_or((tail, false), |tail| (tail, true));
    let service = group["services"].get(tail).ok_or(NoReply::NoEndpoint)?;
    let nothing = Map::new();
    let settings = service["settings"].as_object().unwrap_or(&nothing);
    if !is_bulk {
        return user.and_then(|user| settings.get(user)).cloned().ok_or(NoReply::NoSuchThing);
    }
    if service["noBulk"] == true {
        return Err(NoReply::NoEndpoint);
    }
    let thin = group["thinBulkReplies"] == true;
    let users = group["users"].as_array().into_iter().flatten();
    let rows = users.map(|user| {
        let mut data = user["userId"].as_str().and_then(|id| settings.get(id)).cloned();
        if let Some(Value::Object(members)) = data.as_mut().filter(|_| thin) {
            members.shift_remove("forwardToPhoneNumber");
        }
        json!({
            "service": {"assigned": data.is_some(), "serviceName": service["name"]},
            "user": {
                "userId": user["userId"], "extension": user["extension"], "phoneNumber": user["phoneNumber"],
                "firstName": user["firstName"], "lastName": user["lastName"],
            },
            "data": data.unwrap_or_else(|| json!({})),
        })
    });
    Ok(rows.collect())
}
