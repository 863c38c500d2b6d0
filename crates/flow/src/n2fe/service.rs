//! The documents of an account that control plans live on. A service number:
//!
//! ```json
//! {"id": "sn1", "number": "0800555123", "control_plan": "plan-a",
//!  "schedules": [{"control_plan": "plan-b", "effective_date": "2026-12-01T00:00:00Z", "activated": 1}],
//!  "profile": {"pin": "1234", "account_codes": ["11", "22"], "follow_me": "6421555123"}}
//! ```
//!
//! Not here: which schedule is in force (`account::schedule`), where they are stored, and who may change them.

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

/// The member of a plan's document that holds the plan.
pub fn plan_of(document: &Value) -> &Value {
    let is_plan = |value: &&Value| value.is_object();
    match document.get(super::OPERATIONS).filter(is_plan) {
        Some(_) => document,
        None => document.get("flow").filter(is_plan).unwrap_or(document),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_plan_is_found_in_its_document() {
        let operations = json!({"1": {"type": "Start"}});
        assert_eq!(plan_of(&json!({"name": "x", "flow": operations})), &operations);
        let wrapped = json!({"name": "x", "operations": operations});
        assert_eq!(plan_of(&wrapped), &wrapped);
    }
}
