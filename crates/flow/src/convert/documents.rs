//! Documents behind the callflows: the account, users with their devices, mailboxes, a carrier, spoken texts.

use serde_json::{Value, json};

use super::{Writer, document_id};
use crate::broadworks::group::{Entity, Group};

impl Writer<'_> {
    pub(super) fn account(&mut self) {
        let group = self.group;
        let id = document_id("account", &format!("/{}/{}", group.service_provider, group.id));
        let zone = group.time_zone.as_deref();
        let mut body = json!({"id": id, "name": shorten(&group.name), "realm": realm(group)});
        if let (Some(members), Some(zone)) = (body.as_object_mut(), zone) {
            members.insert("timezone".to_owned(), json!(zone));
        }
        let plan = dial_plan(group);
        if let (Some(members), false) = (body.as_object_mut(), plan.is_null()) {
            members.insert("dial_plan".to_owned(), plan);
        }
        self.account.id = id;
        self.account.kind = "account".to_owned();
        self.account.version = 1;
        self.account.body = body;
        if zone.is_none() {
            self.note_whole(
                "the time zone",
                "the snapshot tells none; hours are in UTC until the account has one",
            );
        }
        self.note_whole(
            "SIP passwords",
            "they are not in the snapshot; set `sip.password` of each device before it can register",
        );
        self.note_whole(
            "calls to the outside by users",
            "a snapshot tells how calls come in; make a callflow `no_match` and a carrier for calls out",
        );
        for (number, holders) in group.numbers.held_twice() {
            let names: Vec<&str> = holders.iter().map(|holder| group.identity(*holder).title()).collect();
            let reason = format!("{} have it; the first gets it", names.join(" and "));
            self.note_whole(format!("number {number} twice"), reason);
        }
    }

    /// The numbers of an entity's callflow: extension, telephone number, aliases that can be dialled.
    pub(super) fn numbers_of(&mut self, entity: Entity) -> Vec<String> {
        let group = self.group;
        let identity = group.identity(entity);
        let mut wanted: Vec<String> = identity.extension.iter().cloned().collect();
        let canonical = |dn: &String| group.numbers.canonical(dn).unwrap_or_else(|| dn.clone());
        wanted.extend(identity.dn.iter().map(canonical));
        for alias in &identity.aliases {
            let user = alias.split('@').next().unwrap_or_default();
            let can_be_dialled =
                !user.is_empty() && user.bytes().all(|byte| byte.is_ascii_digit() || b"*#+".contains(&byte));
            if can_be_dialled {
                wanted.push(user.to_owned());
            } else {
                self.note(entity, format!("the alias {alias}"), "it is a name; callflows answer numbers");
            }
        }
        if let Entity::CallCenter(at) = entity {
            for dnis in group.call_centers.get(at).map_or(&[][..], |center| center.dnis.as_slice()) {
                wanted.extend(dnis.extension.iter().cloned());
                wanted.extend(dnis.dn.iter().map(canonical));
            }
        }
        let mut numbers = Vec::new();
        for number in wanted {
            if self.numbers.insert(number.clone()) {
                numbers.push(number);
            }
        }
        if numbers.is_empty() {
            self.note(entity, "a number", "it has none that can be dialled; others may lead to it");
        }
        numbers
    }

    /// The user document of a user, with a device that belongs to it.
    pub(super) fn person(&mut self, at: usize) -> String {
        let entity = Entity::User(at);
        let pointer = self.group.pointer(entity);
        let identity = self.group.identity(entity);
        let title = identity.title().to_owned();
        let (first, last) = title.split_once(' ').unwrap_or((title.as_str(), "-"));
        let number = identity.short_number().unwrap_or_default().to_owned();
        let busy = self.group.services(entity).is_some_and(|services| services.do_not_disturb);
        let id = self.put(
            "user",
            &pointer,
            json!({
                "first_name": shorten(first), "last_name": shorten(last),
                "timezone": identity.time_zone,
                "caller_id": {"internal": {"name": shorten(&title), "number": number}},
                "do_not_disturb": if busy { json!({"enabled": true}) } else { Value::Null },
            }),
        );
        let username = username(&identity.id);
        self.put(
            "device",
            &pointer,
            json!({
                "name": shorten(&format!("{title}: telephone")), "owner_id": id, "device_type": "sip_device",
                "sip": {"method": "password", "username": username},
            }),
        );
        id
    }

    /// The mailbox of an entity.
    pub(super) fn mailbox(&mut self, entity: Entity) -> String {
        let identity = self.group.identity(entity);
        let number = identity.extension.clone().or_else(|| {
            let digits: String =
                identity.dn.iter().flat_map(|dn| dn.chars()).filter(char::is_ascii_digit).collect();
            (!digits.is_empty()).then_some(digits)
        });
        let title = identity.title().to_owned();
        let owner = match entity {
            Entity::User(at) => Some(self.person(at)),
            _ => None,
        };
        let pointer = self.group.pointer(entity);
        // A mailbox needs a number; one whose owner has none is found by its owner.
        let number = number.unwrap_or_else(|| document_id("vmbox", &pointer).chars().take(8).collect());
        let has_voicemail = self
            .group
            .services(entity)
            .and_then(|services| services.voicemail.as_ref())
            .is_some_and(|it| it.active);
        if !has_voicemail {
            let reason =
                "the snapshot does not tell of a mailbox; one was made because something leads to it";
            self.note(entity, "voicemail", reason);
        }
        let zone = self.group.zone_of(entity).map(str::to_owned);
        self.put(
            "vmbox",
            &pointer,
            json!({
                "name": shorten(&format!("{title}: mailbox")), "mailbox": number, "owner_id": owner,
                "timezone": zone, "require_pin": false, "is_setup": true,
            }),
        )
    }

    /// A carrier to be filled in, for callflows that leave the account.
    pub(super) fn carrier(&mut self) {
        self.put(
            "resource",
            "/carrier",
            json!({
                "name": "Carrier (set its address)", "enabled": true, "weight_cost": 50, "rules": [],
                "gateways": [{"name": "gateway", "server": "carrier.invalid", "enabled": true}],
            }),
        );
        self.note_whole(
            "the way to the outside",
            "a carrier `carrier.invalid` was made; set its address before calls can leave",
        );
    }

    /// A text that is spoken in place of audio that the snapshot does not hold.
    pub(super) fn spoken(&mut self, thing: &str, name: &str, text: &str) -> String {
        self.put(
            "media",
            thing,
            json!({
                "name": shorten(name), "media_source": "tts", "language": "en-us", "content_type": "audio/wav",
                "tts": {"text": text, "voice": "female/en-US"},
            }),
        )
    }
}

/// At most as long as a name may be.
pub(super) fn shorten(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(128).collect()
}

/// The domain of the group where it can be a realm.
fn realm(group: &Group) -> String {
    let usable = |domain: &str| {
        (4..=253).contains(&domain.len())
            && domain.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
    };
    if usable(&group.domain) {
        return group.domain.clone();
    }
    let plain =
        |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_ascii_lowercase() } else { '-' };
    let name: String = group.id.bytes().map(plain).take(60).collect();
    format!("{name}.group.invalid")
}

/// A SIP user name: the part of a user id before `@`, with what a user name may not have left out.
fn username(id: &str) -> String {
    let user = id.split('@').next().unwrap_or_default();
    let plain =
        |character: &char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '+');
    let kept: String = user.chars().filter(plain).take(32).collect();
    if kept.is_empty() { document_id("device", id).chars().take(12).collect() } else { kept }
}

/// How national and international numbers become those of the callflows, as far as the group's own numbers tell.
fn dial_plan(group: &Group) -> Value {
    let dns = group.entities().filter_map(|entity| group.identity(entity).dn.as_deref());
    let numbers: Vec<(&str, usize)> = dns
        .filter_map(|dn| {
            let (country, rest) = dn.strip_prefix('+')?.split_once('-')?;
            let length = rest.bytes().filter(u8::is_ascii_digit).count();
            (!country.is_empty() && country.bytes().all(|byte| byte.is_ascii_digit()))
                .then_some((country, length))
        })
        .collect();
    let Some(country) = numbers.first().map(|(country, _)| *country) else { return Value::Null };
    if country == "1" {
        return json!({"^011(\\d{7,15})$": {"prefix": "+"}, "^1?([2-9]\\d{9})$": {"prefix": "+1"}});
    }
    let lengths: std::collections::BTreeSet<usize> =
        numbers.iter().filter(|(other, _)| *other == country).map(|(_, length)| *length).collect();
    let mut plan = crate::graph::Object::new();
    plan.insert("^00(\\d{7,15})$".to_owned(), json!({"prefix": "+"}));
    plan.insert("^0(\\d{6,14})$".to_owned(), json!({"prefix": format!("+{country}")}));
    for length in lengths {
        plan.insert(
            format!("^([1-9]\\d{{{}}})$", length.saturating_sub(1)),
            json!({"prefix": format!("+{country}")}),
        );
    }
    Value::Object(plan)
}
