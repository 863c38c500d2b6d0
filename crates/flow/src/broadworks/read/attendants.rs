//! Auto attendants, their menus and submenus.

use serde_json::Value;

use super::{Fields, Reader};
use crate::broadworks::endpoints::{self, Request};
use crate::broadworks::group::{AutoAttendant, Key, KeyAction, Menu, MenuKind, MenuState};
use crate::broadworks::schedule::ScheduleUse;
use crate::issue::Issue;

impl<'s> Reader<'s> {
    pub(super) fn auto_attendants(&mut self) -> Vec<AutoAttendant> {
        let request = self.of_group(endpoints::AUTO_ATTENDANTS);
        let rows = self.rows(&request, "the auto attendants", "/auto-attendants", "serviceUserId");
        rows.into_iter().map(|row| self.auto_attendant(&row)).collect()
    }

    fn auto_attendant(&mut self, row: &Fields<'s>) -> AutoAttendant {
        let identity = self.identity(row, "serviceUserId");
        let level = self.text(row, "type").unwrap_or_default();
        let mut attendant = AutoAttendant { identity, level, ..AutoAttendant::default() };
        let id = attendant.identity.id.clone();
        let what = format!("auto attendant `{}`", attendant.identity.title());
        let request = Request::of_service(endpoints::AUTO_ATTENDANTS, &id);
        let detail = self.reply(&request, &what, &row.place).and_then(|body| self.object(body, &row.place));
        match detail {
            Some(detail) => self.attendant_detail(&mut attendant, &detail),
            None => attendant.identity.incomplete = true,
        }
        self.submenus(&mut attendant, &what, &row.place);
        attendant.services = self.virtual_services(&id, &what, &row.place);
        attendant
    }

    fn attendant_detail(&mut self, attendant: &mut AutoAttendant, detail: &Fields<'s>) {
        attendant.identity = self.with_profile(attendant.identity.clone(), detail);
        attendant.level = self.text(detail, "type").unwrap_or_else(|| attendant.level.clone());
        attendant.business_hours = self
            .schedule_use(detail, &["businessHours", "businessHoursSchedule", "businessHoursScheduleName"]);
        attendant.holidays =
            self.schedule_use(detail, &["holidaySchedule", "holidayScheduleName", "holidays"]);
        attendant.extension_scope = self.text(detail, "extensionDialingScope");
        attendant.name_scope = self.text(detail, "nameDialingScope");
        attendant.first_digit_timeout_s = self.count(detail, "firstDigitTimeoutSeconds");
        for (name, kind) in [
            ("businessHoursMenu", MenuKind::BusinessHours),
            ("afterHoursMenu", MenuKind::AfterHours),
            ("holidayMenu", MenuKind::Holiday),
        ] {
            let Some(fields) = self.member(detail, name) else { continue };
            let menu = self.menu(kind, &fields);
            // A menu without keys, dialling or a greeting of its own was never set up: business routing goes on.
            let personal = menu.announcement.as_deref().is_some_and(|greeting| greeting != "Default");
            let set_up = !menu.keys.is_empty() || menu.extension_dialing || personal;
            if set_up || menu.kind == MenuKind::BusinessHours {
                attendant.menus.push(menu);
            }
        }
    }

    fn submenus(&mut self, attendant: &mut AutoAttendant, what: &str, place: &str) {
        let id = attendant.identity.id.clone();
        let request = Request::of_service(endpoints::SUBMENUS, &id);
        let used = attendant.menus.iter().flat_map(|menu| &menu.keys).any(|key| key.submenu.is_some());
        // A Basic attendant has none: that its list cannot be read is not worth telling.
        let list = match used || !attendant.is_basic() {
            true => self.list_reply(&request, &format!("submenus of {what}"), place),
            false => None,
        };
        let mut listed: Vec<String> = Vec::new();
        for row in list.into_iter().flatten() {
            let Some(row) = self.object(row, &format!("{place}/submenus")) else { continue };
            let Some(submenu) = self.text(&row, "submenuId") else { continue };
            if !listed.contains(&submenu) {
                listed.push(submenu.clone());
                let menu = self.submenu(&id, &submenu, &row, place);
                attendant.menus.push(menu);
            }
        }
        // Keys may lead to submenus that no list has, and those again.
        let state = if list.is_some() { MenuState::Missing } else { MenuState::NotAvailable };
        let mut at = 0;
        while let Some(menu) = attendant.menus.get(at) {
            let wanted: Vec<String> = menu.keys.iter().filter_map(|key| key.submenu.clone()).collect();
            for id in wanted {
                let kind = MenuKind::Submenu(id);
                if attendant.menu_at(&kind).is_none() {
                    attendant.menus.push(Menu { kind, state, ..Menu::default() });
                }
            }
            at += 1;
        }
    }

    /// One submenu: its own reply, else what the list's row says of it.
    fn submenu(&mut self, id: &str, submenu: &str, row: &Fields<'s>, place: &str) -> Menu {
        let kind = MenuKind::Submenu(submenu.to_owned());
        if row.object.contains_key("keys") {
            return self.menu(kind, row);
        }
        let what = format!("submenu `{submenu}`");
        let at = crate::pointer::join(&format!("{place}/submenus"), submenu);
        let reply = self.reply(&Request::of_submenu(id, submenu), &what, &at);
        // A server that does not know the parameter answers with the list again.
        let rows = reply.map(|body| body.as_array().map_or(std::slice::from_ref(body), Vec::as_slice));
        let own = rows
            .unwrap_or_default()
            .iter()
            .find(|row| row.get("keys").is_some() || row.get("menu").is_some());
        let Some(fields) = own.and_then(|body| self.object(body, &at)) else {
            if reply.is_some() && self.told.insert("submenu keys") {
                let message = "the keys of submenus: not available from this Odin";
                let issue = Issue::warning("BW1002", at, message);
                self.issues.push(Issue { level: crate::issue::Level::Note, ..issue });
            }
            return Menu { kind, state: MenuState::NotAvailable, ..Menu::default() };
        };
        match self.member(&fields, "menu") {
            Some(inner) => self.menu(kind, &inner),
            None => self.menu(kind, &fields),
        }
    }

    fn menu(&mut self, kind: MenuKind, fields: &Fields<'s>) -> Menu {
        let submenu = matches!(kind, MenuKind::Submenu(_));
        let dialing =
            if submenu { "enableLevelExtensionDialing" } else { "enableFirstMenuLevelExtensionDialing" };
        let mut menu = Menu {
            kind,
            state: MenuState::Read,
            announcement: self.text(fields, "announcementSelection"),
            extension_dialing: self.flag(fields, dialing).unwrap_or(false),
            keys: Vec::new(),
        };
        for row in self.objects(fields, "keys") {
            let Some(key) = self.text(&row, "key") else {
                self.odd(row.at("key"), "a key");
                continue;
            };
            if menu.keys.iter().any(|known| known.key == key) {
                let message = format!("key {key} is there twice; the first counts");
                self.issues.push(Issue::warning("BW1005", row.place.clone(), message));
                continue;
            }
            let action = self.text(&row, "action").map(|name| KeyAction::read(&name)).unwrap_or_default();
            match &action {
                KeyAction::Other(name) => {
                    let message = format!("key {key}: the action `{name}` is not known");
                    self.issues.push(Issue::warning("BW1006", row.at("action"), message));
                }
                KeyAction::Unset => {
                    let message = format!("key {key} has no action");
                    self.issues.push(Issue::warning("BW1006", row.at("action"), message));
                }
                _ => {}
            }
            menu.keys.push(Key {
                action,
                description: self.text(&row, "description"),
                number: self.text(&row, "phoneNumber"),
                submenu: self.text(&row, "submenuId"),
                audio: self.text(&row, "audioFile").or_else(|| self.text(&row, "announcement")),
                key,
            });
        }
        menu
    }

    /// A schedule's name: a text, or an object with `name`. Null is "always" for hours, "never" for holidays.
    pub(super) fn schedule_use(&mut self, fields: &Fields<'s>, names: &[&str]) -> ScheduleUse {
        let Some((name, value)) = names.iter().find_map(|name| Some((*name, fields.object.get(*name)?)))
        else {
            return ScheduleUse::Unknown;
        };
        let holiday = name.contains("oliday");
        let unset = if holiday { ScheduleUse::Never } else { ScheduleUse::Always };
        let read = match value {
            Value::Object(object) => object.get("name").and_then(super::fields::text_of),
            Value::Null => None,
            _ => self.text(fields, name),
        };
        match read.map(|name| ScheduleUse::read(&name)) {
            None | Some(ScheduleUse::Never) => unset,
            Some(named) => named,
        }
    }
}
