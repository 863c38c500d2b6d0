//! Auto attendants: a callflow that asks the time, and one for each menu.

use serde_json::{Value, json};

use super::destinations::to_callflow;
use super::documents::shorten;
use super::{Writer, leaf, node, refuse};
use crate::broadworks::group::{AutoAttendant, Entity, Key, KeyAction, Menu, MenuKind, MenuState};
use crate::broadworks::routes::{Route, Spot};
use crate::broadworks::schedule::ScheduleUse;

/// How long callers may think when the server does not say.
const FIRST_DIGIT_S: u32 = 10;

/// How often a menu is played.
const TRIES: u32 = 3;

impl Writer<'_> {
    pub(super) fn attendant(&mut self, at: usize) -> Value {
        let entity = Entity::AutoAttendant(at);
        let Some(attendant) = self.group.auto_attendants.get(at).cloned() else {
            return refuse(404, "Not Found");
        };
        for place in 0..attendant.menus.len() {
            self.menu(at, &attendant, place);
        }
        let to_menu = |kind: &MenuKind, group: &crate::broadworks::group::Group| {
            let place = attendant.menu_at(kind).filter(|place| is_set(attendant.menus.get(*place)))?;
            Some(to_callflow(&group.spot_pointer(&Spot::Menu(at, place))))
        };
        let business = to_menu(&MenuKind::BusinessHours, self.group);
        let after = to_menu(&MenuKind::AfterHours, self.group);
        let open = business.clone().or_else(|| after.clone()).unwrap_or_else(|| {
            self.note(entity, "its menus", "none could be read; callers hear that");
            self.unknown_menu()
        });
        let mut flow = match (&attendant.business_hours, after) {
            (ScheduleUse::Named(name), Some(after)) => self.in_schedule(entity, name, false, open, after),
            (ScheduleUse::Never, Some(after)) => after,
            (ScheduleUse::Unknown, Some(_)) => {
                let reason =
                    "the server does not tell the schedule; the business-hours menu is played at all times";
                self.note(entity, "the after-hours menu", reason);
                open
            }
            _ => open,
        };
        if let Some(holiday) = to_menu(&MenuKind::Holiday, self.group) {
            flow = match &attendant.holidays {
                ScheduleUse::Named(name) => self.in_schedule(entity, name, true, holiday, flow),
                ScheduleUse::Always => holiday,
                ScheduleUse::Never => flow,
                ScheduleUse::Unknown => {
                    let reason = "the server does not tell the schedule; the holiday menu is never played";
                    self.note(entity, "the holiday menu", reason);
                    flow
                }
            };
        }
        self.before(entity, &attendant.services, flow)
    }

    /// The callflow of a menu.
    fn menu(&mut self, at: usize, attendant: &AutoAttendant, place: usize) {
        let entity = Entity::AutoAttendant(at);
        let Some(menu) = attendant.menus.get(place) else { return };
        let pointer = self.group.spot_pointer(&Spot::Menu(at, place));
        let title = format!("{}: {}", attendant.identity.title(), menu.kind.title());
        if menu.state != MenuState::Read {
            self.note(entity, format!("the menu {}", menu.kind.title()), "its keys are not in the snapshot");
            let flow = self.unknown_menu();
            return self.callflow(&pointer, &title, &[], flow);
        }
        let mut children = Vec::new();
        let routes = self.group.routes(&Spot::Menu(at, place));
        for key in &menu.keys {
            if let Some(flow) = self.key(entity, attendant, &pointer, menu, key, &routes) {
                children.push((key.key.clone(), flow));
            }
        }
        let timeout = attendant.first_digit_timeout_s.unwrap_or(FIRST_DIGIT_S);
        let flow = self.menu_node(
            &pointer,
            &title,
            &greeting(attendant, menu),
            menu.extension_dialing,
            timeout,
            children,
        );
        self.callflow(&pointer, &title, &[], flow);
        let audio = menu.announcement.as_deref().unwrap_or("Default");
        let reason = "the snapshot has no audio; a text that names the keys is spoken";
        self.note(
            entity,
            format!("the {} greeting of the menu {}", audio.to_lowercase(), menu.kind.title()),
            reason,
        );
    }

    fn menu_node(
        &mut self,
        pointer: &str,
        title: &str,
        greeting: &str,
        hunts: bool,
        timeout_s: u32,
        children: Vec<(String, Value)>,
    ) -> Value {
        let media = self.spoken(&format!("{pointer}/greeting"), &format!("{title}: greeting"), greeting);
        let lengths: Vec<usize> = self
            .group
            .entities()
            .filter_map(|entity| self.group.identity(entity).extension.as_ref().map(String::len))
            .collect();
        let (shortest, longest) = (
            lengths.iter().copied().min().unwrap_or(4).clamp(1, 6),
            lengths.into_iter().max().unwrap_or(4).clamp(1, 6),
        );
        let mut body = json!({
            "name": shorten(title), "retries": TRIES, "timeout": timeout_s.clamp(1, 60) * 1_000,
            "hunt": hunts, "max_extension_length": if hunts { longest } else { 1 },
            "media": {"greeting": media, "exit_media": false, "transfer_media": false},
        });
        if let (true, Some(body)) = (hunts, body.as_object_mut()) {
            body.insert("hunt_allow".to_owned(), json!(format!("^\\d{{{shortest},{longest}}}$")));
        }
        let id = self.put("menu", pointer, body);
        node("menu", json!({"id": id}), children)
    }

    /// What a key does; `None` for one that does nothing.
    fn key(
        &mut self,
        entity: Entity,
        attendant: &AutoAttendant,
        pointer: &str,
        menu: &Menu,
        key: &Key,
        routes: &[Route],
    ) -> Option<Value> {
        let named = format!("key {} of the menu {}", key.key, menu.kind.title());
        let again = || to_callflow(pointer);
        if key.key == "#" {
            if key.action != KeyAction::RepeatMenu {
                self.note(
                    entity,
                    named,
                    "`#` ends what callers dial in a menu; alone it plays the menu again",
                );
            }
            return None;
        }
        match &key.action {
            KeyAction::TransferToSubmenu => {
                let to = routes.iter().find(|route| route.code == key.key).map(|route| route.to.clone());
                match to {
                    Some(spot) => Some(to_callflow(&self.group.spot_pointer(&spot))),
                    None => {
                        self.note(entity, named, "its submenu is not there; the menu is played again");
                        Some(again())
                    }
                }
            }
            KeyAction::ReturnToPreviousMenu => {
                let to = routes.iter().find(|route| route.code == key.key).map(|route| route.to.clone());
                let to = to.or_else(|| {
                    self.note(
                        entity,
                        named,
                        "the menu has several before it; it goes to the business-hours menu",
                    );
                    let place = attendant.menu_at(&MenuKind::BusinessHours)?;
                    match entity {
                        Entity::AutoAttendant(at) => Some(Spot::Menu(at, place)),
                        _ => None,
                    }
                });
                to.map(|spot| to_callflow(&self.group.spot_pointer(&spot)))
            }
            KeyAction::RepeatMenu => Some(again()),
            KeyAction::Exit => Some(leaf("hangup", json!({}))),
            KeyAction::ExtensionDialing => {
                let thing = format!("{pointer}/keys/{}", key.key);
                let title = format!("{}: dial an extension", attendant.identity.title());
                Some(self.menu_node(
                    &thing,
                    &title,
                    "Please dial the extension.",
                    true,
                    FIRST_DIGIT_S,
                    Vec::new(),
                ))
            }
            KeyAction::NameDialing => {
                self.note(entity, named, "callers cannot spell names; they hear that, and the menu again");
                let said = json!({"text": "Dialling by name is not available."});
                Some(node("tts", said, [("_".to_owned(), again())]))
            }
            KeyAction::PlayAnnouncement => {
                let audio = key.audio.as_deref().or(key.description.as_deref()).unwrap_or("Announcement");
                let thing = format!("{pointer}/announcements/{}", key.key);
                let media = self.spoken(&thing, audio, audio);
                self.note(entity, named, "the snapshot has no audio; its name is spoken");
                Some(node("play", json!({"id": media}), [("_".to_owned(), again())]))
            }
            KeyAction::TransferToMailbox => {
                let number = key.number.as_deref()?;
                let mailbox = self.group.numbers.mailbox(number);
                Some(self.mailbox_node(entity, &mailbox))
            }
            KeyAction::Unset => None,
            KeyAction::TransferWithPrompt
            | KeyAction::TransferWithoutPrompt
            | KeyAction::TransferToOperator => match &key.number {
                Some(number) => Some(self.number_node(entity, number)),
                None => {
                    self.note(entity, named, "it has no number; the menu is played again");
                    Some(again())
                }
            },
            KeyAction::Other(action) => {
                self.note(entity, named, format!("the action {action} is not known"));
                key.number.as_deref().map(|number| self.number_node(entity, number))
            }
        }
    }
}

/// A menu that can be played.
fn is_set(menu: Option<&Menu>) -> bool {
    menu.is_some_and(|menu| !menu.keys.is_empty() || menu.state != MenuState::Read)
}

/// The keys in words.
fn greeting(attendant: &AutoAttendant, menu: &Menu) -> String {
    let mut text = format!("{}.", attendant.identity.title());
    for key in &menu.keys {
        let words = match (&key.description, &key.action) {
            (_, KeyAction::Unset) => continue,
            (Some(description), _) if !description.is_empty() => description.as_str(),
            (_, action) => action.words(),
        };
        let name = match key.key.as_str() {
            "*" => "star",
            "#" => "hash",
            other => other,
        };
        text.push_str(&format!(" For {words}, press {name}."));
    }
    text
}
