//! What is probably not as meant in a group: codes `BW2xxx`, in the order of the group's entities.
//!
//! Not here: what could not be read ([`Group::warnings`], codes `BW1xxx`).

mod loops;
mod settings;

use super::group::{Entity, Group, KeyAction, Menu, MenuKind, MenuState};
use super::numbers::Mailbox;
use super::routes::{Route, Spot};
use crate::issue::{Issue, Level};
use crate::pointer;

/// A number with fewer digits is an extension or short code.
const SHORTEST_NUMBER: usize = 7;

/// All checks of a group.
///
/// `BW20xx` where calls are sent, `BW21xx` circles, `BW22xx` calls that end although they need not, `BW23xx` schedules and
/// menus, `BW24xx` switches. Places are pointers of nodes ([`Group::spot_pointer`]) and the code of the way behind them.
pub fn check(group: &Group) -> Vec<Issue> {
    let mut issues = Vec::new();
    for spot in spots(group) {
        let routes = group.routes(&spot);
        for route in &routes {
            issues.extend(destination(group, &spot, route));
        }
        match &spot {
            Spot::Entity(entity) => settings::check(group, *entity, &routes, &mut issues),
            Spot::Menu(attendant, at) => menu(group, *attendant, *at, &routes, &mut issues),
            _ => {}
        }
    }
    for (number, holders) in group.numbers.held_twice() {
        let names: Vec<&str> = holders.iter().map(|holder| group.identity(*holder).title()).collect();
        let message = format!("{number} is held by several: {}; the first gets the calls", names.join(", "));
        let place = holders.first().map(|holder| group.pointer(*holder)).unwrap_or_default();
        issues.push(Issue::warning("BW2004", place, message).with_help("take it from all but one"));
    }
    loops::check(group, &mut issues);
    issues
}

/// Every place of a group that has ways out.
pub(super) fn spots(group: &Group) -> Vec<Spot> {
    let mut spots = Vec::new();
    for entity in group.entities() {
        spots.push(Spot::Entity(entity));
        if let Entity::AutoAttendant(at) = entity {
            let menus = group.auto_attendants.get(at).map_or(0, |attendant| attendant.menus.len());
            spots.extend((0..menus).map(|menu| Spot::Menu(at, menu)));
        }
    }
    spots
}

/// What is called how: `Sales`, `Main, Business hours`.
pub(super) fn title(group: &Group, spot: &Spot) -> String {
    match spot {
        Spot::Entity(entity) => group.identity(*entity).title().to_owned(),
        Spot::Menu(attendant, at) => {
            let menu = group.menu(*attendant, *at).map_or("", |menu| menu.kind.title());
            format!("{}, {menu}", group.identity(Entity::AutoAttendant(*attendant)).title())
        }
        Spot::Mailbox(Mailbox::Of(entity)) => format!("the mailbox of {}", group.identity(*entity).title()),
        Spot::Mailbox(Mailbox::Number(number)) => format!("the mailbox of {number}"),
        Spot::Elsewhere(at) => {
            group.elsewhere.get(*at).map(|other| other.identity.title().to_owned()).unwrap_or_default()
        }
        Spot::External(text) | Spot::Unknown(text) => text.clone(),
        Spot::Announcement(..) => "an announcement".to_owned(),
        Spot::HangUp(..) => "the end".to_owned(),
    }
}

/// The way in words: `key 3 of Main, Business hours`, `Sales (no answer for 30 s)`.
fn way(group: &Group, spot: &Spot, route: &Route) -> String {
    let from = title(group, spot);
    match spot {
        Spot::Menu(..) => format!("key {} of {from}", route.code),
        _ => format!("{from} ({})", route.words),
    }
}

fn destination(group: &Group, spot: &Spot, route: &Route) -> Option<Issue> {
    let place = pointer::join(&group.spot_pointer(spot), &route.code);
    let way = way(group, spot, route);
    match &route.to {
        Spot::Unknown(text) => {
            let message = format!("{way} leads to {text}, which nobody in this group has");
            // Another group of the enterprise may have it.
            let level = if group.is_enterprise { Level::Warning } else { Level::Error };
            let issue = Issue { level, ..Issue::error("BW2001", place, message) };
            Some(issue.with_help("mend the number, or give it to somebody"))
        }
        Spot::Entity(entity) if group.identity(*entity).disabled => {
            let message = format!("{way} leads to {}, which is switched off", title(group, &route.to));
            Some(Issue::warning("BW2002", place, message).with_help("switch it on, or send calls elsewhere"))
        }
        Spot::Mailbox(Mailbox::Of(entity)) => {
            let voicemail = group.services(*entity).and_then(|services| services.voicemail.as_ref());
            voicemail.filter(|voicemail| !voicemail.active)?;
            let message = format!("{way} leads to {}, which is switched off", title(group, &route.to));
            Some(Issue::warning("BW2003", place, message).with_help("switch voice messaging on"))
        }
        Spot::Mailbox(Mailbox::Number(number)) if number.len() < SHORTEST_NUMBER => {
            let whose =
                if number.is_empty() { "nobody's mailbox".to_owned() } else { title(group, &route.to) };
            let message = format!("{way} leads to {whose}, which is not in this group");
            Some(Issue::warning("BW2003", place, message).with_help("mend the number"))
        }
        Spot::External(number) => {
            let message = format!("{way} sends calls outside, to {number}");
            Some(Issue { level: Level::Note, ..Issue::warning("BW2005", place, message) })
        }
        Spot::Menu(attendant, at) => {
            group.menu(*attendant, *at).filter(|menu| menu.state == MenuState::Missing)?;
            let message = format!("{way} leads to a submenu that does not exist");
            Some(Issue::error("BW2001", place, message).with_help("mend the key, or make the submenu"))
        }
        _ => None,
    }
}

fn menu(group: &Group, attendant: usize, at: usize, routes: &[Route], issues: &mut Vec<Issue>) {
    let Some(menu) = group.menu(attendant, at).filter(|menu| menu.state == MenuState::Read) else { return };
    let spot = Spot::Menu(attendant, at);
    let (place, name) = (group.spot_pointer(&spot), title(group, &spot));
    for key in &menu.keys {
        let operator = key.action == KeyAction::TransferToOperator && key.number.is_none();
        if (key.is_dead() || operator) && !routes.iter().any(|route| route.code == key.key) {
            let message = format!("key {} of {name} ({}) has no destination", key.key, key.action.words());
            let issue = Issue::warning("BW2201", pointer::join(&place, &key.key), message);
            issues.push(issue.with_help("give it one, or take the key out"));
        }
    }
    if menu.keys.is_empty() && !menu.extension_dialing {
        let message = format!("{name} offers nothing: no key, no dialling");
        issues.push(Issue::warning("BW2205", &place, message).with_help("give it keys"));
    }
    if let MenuKind::Submenu(id) = &menu.kind {
        let menus = group.auto_attendants.get(attendant).map_or(&[][..], |own| own.menus.as_slice());
        let leads = |menu: &Menu| menu.keys.iter().any(|key| key.submenu.as_ref() == Some(id));
        // Keys of a menu that could not be read may lead to it.
        let known = menus.iter().all(|menu| menu.state == MenuState::Read);
        if known && !menus.iter().any(leads) {
            let message = format!("no key leads to {name}");
            issues.push(Issue { level: Level::Note, ..Issue::warning("BW2206", place, message) });
        }
    }
}
