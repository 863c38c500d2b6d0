//! Time rules of callflows as hours of a plan.
//!
//! Not here: any other action (`super`).

use serde_json::{Value, json};

use super::{Plan, Writer};
use crate::account::CallflowEntry;
use crate::graph::{Node, Object};

impl Writer {
    pub(super) fn hours(&mut self, plan: &mut Plan, callflow: &CallflowEntry, node: &Node, number: u32) {
        let (mut rules, mut exits) = (Vec::new(), vec![self.enter(plan, callflow, node.exit("_"))]);
        let listed = node.data.get("rules").and_then(Value::as_array).cloned().unwrap_or_default();
        if node.data.get("rule_set").is_some() {
            self.note(&plan.whose, "a set of time rules", "name its rules one by one");
        }
        for id in listed.iter().filter_map(Value::as_str) {
            let Some(rule) = self.index.document(id).map(|rule| rule.body.clone()) else { continue };
            let exit = exits.len();
            let Some(mut made) = n2fe_rules(&rule, exit) else {
                let name = rule.get("name").and_then(Value::as_str).unwrap_or(id);
                self.note(
                    &plan.whose,
                    &format!("the time rule {name}"),
                    "only daily and weekly rules are carried",
                );
                continue;
            };
            rules.append(&mut made);
            exits.push(self.enter(plan, callflow, node.exit(id)));
        }
        let mut config = json!({"default_exit_idx": 0, "rules": rules});
        if let (Some(zone), Value::Object(config)) =
            (node.data.get("timezone").and_then(Value::as_str), &mut config)
        {
            config.insert("timezone".to_owned(), zone.into());
        }
        plan.put(number, "BusinessHours", exits, config);
    }
}

/// A daily or weekly temporal rule as rules of a plan; `None` for others.
fn n2fe_rules(rule: &Value, exit: usize) -> Option<Vec<Value>> {
    const WEEK: [&str; 7] = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
    if rule.get("interval").and_then(Value::as_u64).is_some_and(|interval| interval > 1) {
        return None;
    }
    let mut times = Object::new();
    let second = |name: &str| rule.get(name).and_then(Value::as_u64).filter(|second| *second <= 86_400);
    if let (Some(from), Some(to)) = (second("time_window_start"), second("time_window_stop")) {
        // The last second of a window is within it, the minute that ends a range is not.
        let clock = |minute: u64| format!("{:02}:{:02}", minute / 60, minute % 60);
        times.insert("start_time".to_owned(), clock(from / 60).into());
        times.insert("end_time".to_owned(), clock(to.div_ceil(60)).into());
    }
    times.insert("exit_idx".to_owned(), exit.into());
    let with = |mut members: Object| {
        members.extend(times.clone());
        Value::Object(members)
    };
    let day = |members: Value| members.as_object().cloned().unwrap_or_default();
    match rule.get("cycle").and_then(Value::as_str)? {
        "daily" => Some(vec![with(day(json!({"days": "any"})))]),
        "weekly" => {
            let days = rule.get("wdays").and_then(Value::as_array)?;
            let place = |name: &Value| {
                let name = name.as_str()?;
                WEEK.iter().position(|day| *day == name || (name == "wensday" && *day == "wednesday"))
            };
            let places: Vec<usize> = days.iter().filter_map(place).collect();
            let rules = places
                .into_iter()
                .map(|at| with(day(json!({"days": "dow", "start_day": at, "end_day": at}))));
            Some(rules.collect())
        }
        _ => None,
    }
}
