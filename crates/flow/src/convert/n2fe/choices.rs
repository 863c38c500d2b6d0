//! Operations with a choice of ways: menus, callers' numbers, hours.
//!
//! Not here: operations with one way, and attempts (`super`).

use serde_json::{Value, json};

use super::{Plan, Writer};
use crate::convert::{leaf, node};
use crate::folder::id_of_path;
use crate::graph::{Node, Object};
use crate::n2fe;
use crate::n2fe::config::{MENU_KEYS, Menu, PrefixRules, menu_exits, read_config};
use crate::n2fe::hours::{Days, Hours};

/// Days of the week as temporal rules have them, Sunday first.
const WEEK: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/// Rules of one operation that are carried.
const RULES_MAX: usize = 10;

impl Writer {
    pub(super) fn menu(&mut self, plan: &Plan<'_>, one: &Node) -> Value {
        let (menu, _) = read_config::<Menu>(&one.data, one.exits.len());
        let mut children = Object::new();
        for (key, exit) in MENU_KEYS.iter().zip(menu_exits(one.extra.get("exitNames"))) {
            let Some(then) = exit.and_then(|exit| self.behind(plan, one, exit)) else { continue };
            let key = match *key {
                "T" => "timeout",
                "None" => "_",
                key => key,
            };
            children.insert(key.to_owned(), then);
        }
        let greeting = match self.play(plan, one, &menu.main, None) {
            Value::Object(play) if play.get("module") == Some(&json!("play")) => {
                play.get("data").and_then(|data| data.get("id")).cloned().unwrap_or_default()
            }
            _ => {
                self.note_one(plan, one, "the spoken greeting", "menus of callflows need a media document");
                Value::Null
            }
        };
        if menu.timeout != menu.main || menu.bad_digit != menu.main {
            self.note_one(plan, one, "its other announcements", "each try plays the greeting");
        }
        let id = id_of_path(&format!("n2fe/menu/{}/{}", plan.id, n2fe::number_of(one)));
        let body = json!({"name": format!("{} {}", plan.name, n2fe::number_of(one)), "retries": menu.max_iterations,
            "timeout": menu.first_digit_timeout_s.unwrap_or(5).saturating_mul(1_000), "max_extension_length": 1,
            "hunt": false, "media": {"greeting": greeting}});
        self.put("menu", id.clone(), body);
        json!({"module": "menu", "data": {"id": id}, "children": children})
    }

    pub(super) fn by_caller(&mut self, plan: &Plan<'_>, one: &Node) -> Value {
        let (config, _) = read_config::<PrefixRules>(&one.data, one.exits.len());
        let mut rules = config.rules;
        // The longest prefix counts: it is asked for first.
        rules.sort_by_key(|rule| rule.prefix.len());
        let mut otherwise = self.behind(plan, one, 0).unwrap_or_else(|| leaf("hangup", json!({})));
        if rules.len() > RULES_MAX {
            let reason = format!("the {RULES_MAX} with the longest prefixes are carried");
            self.note_one(plan, one, &format!("{} rules", rules.len()), &reason);
            rules.drain(..rules.len() - RULES_MAX);
        }
        for rule in rules {
            let then = self.behind(plan, one, rule.exit).unwrap_or_else(|| leaf("hangup", json!({})));
            let data = json!({"regex": format!("^\\+?{}", rule.prefix), "use_absolute_mode": false});
            otherwise =
                node("check_cid", data, [("match".to_owned(), then), ("nomatch".to_owned(), otherwise)]);
        }
        otherwise
    }

    pub(super) fn hours(&mut self, plan: &Plan<'_>, one: &Node, hours: &Hours) -> Value {
        let end = || leaf("hangup", json!({}));
        let mut otherwise = self.behind(plan, one, hours.default_exit).unwrap_or_else(end);
        if hours.rules.len() > RULES_MAX {
            let reason = format!("the first {RULES_MAX} are carried");
            self.note_one(plan, one, &format!("{} rules", hours.rules.len()), &reason);
        }
        for (place, rule) in hours.rules.iter().enumerate().take(RULES_MAX).rev() {
            let days: Vec<&str> = match rule.days {
                Days::Any => WEEK.to_vec(),
                Days::Week(from, to) => {
                    let (from, to) = (usize::try_from(from).unwrap_or(0), usize::try_from(to).unwrap_or(6));
                    let count = (to + 7 - from) % 7 + 1;
                    (0..count).filter_map(|day| WEEK.get((from + day) % 7).copied()).collect()
                }
                Days::Dates(..) | Days::Holidays(_) | Days::AnyHoliday => {
                    self.note_one(
                        plan,
                        one,
                        &format!("rule {}", place + 1),
                        "dates and holidays are left out",
                    );
                    continue;
                }
            };
            if let Some(exit) = rule.otherwise {
                let then = self.behind(plan, one, exit).unwrap_or_else(end);
                otherwise = self.temporal(plan, one, (place, "outside"), &days, None, then, otherwise);
            }
            if rule.time.is_some_and(|(from, to)| from > to) {
                self.note_one(
                    plan,
                    one,
                    &format!("rule {}", place + 1),
                    "its time runs over midnight; it is left out",
                );
                continue;
            }
            let then = self.behind(plan, one, rule.exit).unwrap_or_else(end);
            otherwise = self.temporal(plan, one, (place, "within"), &days, rule.time, then, otherwise);
        }
        otherwise
    }

    #[expect(clippy::too_many_arguments, reason = "a rule and where it leads")]
    fn temporal(
        &mut self,
        plan: &Plan<'_>,
        one: &Node,
        (place, part): (usize, &str),
        days: &[&str],
        time: Option<(u16, u16)>,
        then: Value,
        otherwise: Value,
    ) -> Value {
        let number = n2fe::number_of(one);
        let id = id_of_path(&format!("n2fe/rule/{}/{number}/{place}/{part}", plan.id));
        let mut body = json!({"name": format!("{} {number}.{}", plan.name, place + 1), "cycle": "weekly", "interval": 1,
            "wdays": days});
        if let (Some((from, to)), Value::Object(members)) = (time, &mut body) {
            members.insert("time_window_start".to_owned(), (u32::from(from) * 60).into());
            // The last second of a window is within it, the minute that ends a range is not.
            members.insert("time_window_stop".to_owned(), (u32::from(to) * 60).saturating_sub(1).into());
        }
        self.put("temporal_rule", id.clone(), body);
        node("temporal_route", json!({"rules": [id]}), [(id, then), ("_".to_owned(), otherwise)])
    }
}
