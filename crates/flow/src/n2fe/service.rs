//! The documents of an account that control plans live on: kinds, and what a service number says.
//!
//! ```json
//! {"id": "sn1", "number": "0800555123", "control_plan": "plan-a",
//!  "schedules": [{"control_plan": "plan-b", "effective_date": "2026-12-01T00:00:00Z", "activated": 1}],
//!  "profile": {"pin": "1234", "account_codes": ["11", "22"], "follow_me": "6421555123"}}
//! ```
//!
//! Not here: where they are stored, and who may change them.

use jiff::Timestamp;
use serde_json::Value;

/// A version of a control plan; the plan stands in its member `operations` or `flow`.
pub const PLAN: &str = "n2fe_flow";

/// A service number; found by its `number`.
pub const SERVICE_NUMBER: &str = "n2fe_service_number";

/// A set of announcements: `entries` of `{"id", "name", "media"}`.
pub const ANNOUNCEMENT_SET: &str = "n2fe_announcement_set";

/// A geography set (`geography`).
pub const GEOGRAPHY_SET: &str = "n2fe_geography_set";

/// A holiday set (`hours`).
pub const HOLIDAY_SET: &str = "n2fe_holiday_set";

/// A table from prefixes or codes to values: `entries`.
pub const LOOKUP_TABLE: &str = "n2fe_lookup_table";

/// A table from prefixes to suburb codes: `entries`.
pub const SUBURB_SET: &str = "n2fe_suburb_set";

/// A counter that calls share: `value`.
pub const COUNTER: &str = "n2fe_counter";

/// The geography set whose entries are time zones, each with an IANA name in `timezone`.
pub const TIME_ZONES: &str = "TIME_ZONE_GEOGRAPHY_SET";

/// All kinds.
pub const KINDS: [&str; 8] =
    [PLAN, SERVICE_NUMBER, ANNOUNCEMENT_SET, GEOGRAPHY_SET, HOLIDAY_SET, LOOKUP_TABLE, SUBURB_SET, COUNTER];

/// The plan in force for a service number at a moment: of its activated schedules the one with the latest
/// `effective_date` that has come (the later one in the list when two have the same), else `control_plan`. `None` when
/// there is neither.
pub fn plan_in_force(document: &Value, at: Timestamp) -> Option<&str> {
    let schedules = document.get("schedules").and_then(Value::as_array).into_iter().flatten();
    let in_force = schedules
        .filter(|schedule| is_activated(schedule.get("activated")))
        .filter_map(|schedule| {
            let from: Timestamp = schedule.get("effective_date")?.as_str()?.parse().ok()?;
            Some((from, schedule.get("control_plan")?.as_str()?))
        })
        .filter(|(from, _)| *from <= at)
        .max_by_key(|(from, _)| *from);
    in_force.map(|(_, plan)| plan).or_else(|| document.get("control_plan")?.as_str())
}

/// The member of a plan's document that holds the plan.
pub fn plan_of(document: &Value) -> &Value {
    let is_plan = |value: &&Value| value.is_object();
    match document.get(super::OPERATIONS).filter(is_plan) {
        Some(_) => document,
        None => document.get("flow").filter(is_plan).unwrap_or(document),
    }
}

/// A flag; an absent one is set.
fn is_activated(flag: Option<&Value>) -> bool {
    match flag {
        None => true,
        Some(Value::Bool(flag)) => *flag,
        Some(other) => super::id_text(other).is_some_and(|flag| flag != "0"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_latest_activated_schedule_that_has_come_is_in_force() {
        let number = json!({"control_plan": "always", "schedules": [
            {"control_plan": "b", "effective_date": "2026-06-01T00:00:00Z", "activated": "1"},
            {"control_plan": "c", "effective_date": "2026-09-01T00:00:00Z", "activated": 0},
            {"control_plan": "a", "effective_date": "2026-01-01T00:00:00Z"},
            {"control_plan": "d", "effective_date": "2027-01-01T00:00:00Z", "activated": true},
            {"control_plan": "e", "effective_date": "soon"}]});
        let table = [
            ("2025-12-31T23:59:59Z", "always"),
            ("2026-01-01T00:00:00Z", "a"),
            ("2026-06-01T00:00:00Z", "b"),
            ("2026-12-31T00:00:00Z", "b"),
            ("2027-01-01T00:00:00Z", "d"),
        ];
        for (moment, plan) in table {
            assert_eq!(plan_in_force(&number, moment.parse().unwrap()), Some(plan), "{moment}");
        }
        assert_eq!(plan_in_force(&json!({}), Timestamp::UNIX_EPOCH), None);
    }

    #[test]
    fn a_plan_is_found_in_its_document() {
        let operations = json!({"1": {"type": "Start"}});
        assert_eq!(plan_of(&json!({"name": "x", "flow": operations})), &operations);
        let wrapped = json!({"name": "x", "operations": operations});
        assert_eq!(plan_of(&wrapped), &wrapped);
    }
}
