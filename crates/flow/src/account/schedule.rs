//! When a service number is answered by which version of which flow.
//!
//! ```json
//! {"number": "0800677828", "schedules": [
//!   {"id": "a1", "control_plan": "summer", "version": 3, "effective_date": "2026-12-01T00:00:00Z", "activated": true},
//!   {"id": "a2", "callflow": "main", "effective_date": "2027-01-01T00:00:00Z"}]}
//! ```
//!
//! A schedule has no end: of those that are activated, the one that became effective last is in force. A `control_plan`
//! or `callflow` of the number itself answers before all schedules. Not here: the
//! flows themselves, and who may schedule.

use jiff::Timestamp;
use serde_json::Value;

/// Most schedules of one service number that are read; more are refused when stored.
pub const MAX_SCHEDULES: usize = 10_000;

/// A flow's version for a service number, from a moment on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Its id, unique in the service number.
    pub id: String,
    /// The document of the flow: a control plan or a callflow.
    pub flow: String,
    /// The version; `None` for the one that is live at the time of the call.
    pub version: Option<u32>,
    /// From this second on.
    pub effective: Timestamp,
    /// Those that are not activated are never in force.
    pub activated: bool,
    /// Who changed it last; empty when unknown.
    pub changed_by: String,
    /// When it was changed last.
    pub changed: Option<Timestamp>,
}

/// The schedules of a service number's document, in the order they were added; the flow the number itself names comes
/// first. Those that name no flow, or a moment that is none, are passed over.
pub fn schedules(body: &Value) -> Vec<Schedule> {
    let list = body.get("schedules").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let own = flow_of(body).map(|flow| Schedule {
        id: "always".to_owned(),
        flow: flow.to_owned(),
        version: None,
        effective: Timestamp::UNIX_EPOCH,
        activated: true,
        changed_by: String::new(),
        changed: None,
    });
    own.into_iter().chain(list.iter().take(MAX_SCHEDULES).filter_map(read)).collect()
}

/// The document of the flow that a service number or schedule names.
fn flow_of(value: &Value) -> Option<&str> {
    let text = |name: &str| value.get(name).and_then(Value::as_str).filter(|id| !id.is_empty());
    text("control_plan").or_else(|| text("callflow"))
}

fn read(schedule: &Value) -> Option<Schedule> {
    let text = |name: &str| schedule.get(name).and_then(Value::as_str);
    let flow = flow_of(schedule)?.to_owned();
    let effective = match schedule.get("effective_date") {
        None | Some(Value::Null) => Timestamp::UNIX_EPOCH,
        Some(moment) => moment.as_str()?.parse().ok()?,
    };
    let version = match schedule.get("version") {
        None | Some(Value::Null) => None,
        Some(version) => Some(u32::try_from(version.as_u64()?).ok()?),
    };
    let id = match text("id").filter(|id| !id.is_empty()) {
        Some(id) => id.to_owned(),
        None => format!("{flow} {effective}"),
    };
    Some(Schedule {
        id,
        flow,
        version,
        effective,
        activated: is_activated(schedule.get("activated")),
        changed_by: text("changed_by").unwrap_or_default().to_owned(),
        changed: text("changed").and_then(|moment| moment.parse().ok()),
    })
}

/// A flag, however truth is written; an absent one is set.
fn is_activated(flag: Option<&Value>) -> bool {
    match flag {
        None | Some(Value::Null) => true,
        Some(Value::Bool(flag)) => *flag,
        Some(Value::Number(number)) => number.as_i64() != Some(0),
        Some(Value::String(text)) => text != "0",
        Some(_) => false,
    }
}

/// The schedule in force at a moment: the activated one with the latest effective second that has come; of two with
/// the same, the one added later.
pub fn in_force(schedules: &[Schedule], now: Timestamp) -> Option<&Schedule> {
    schedules
        .iter()
        .filter(|schedule| schedule.activated && schedule.effective <= now)
        .max_by_key(|schedule| schedule.effective)
}

/// The schedules that are in force now or will be: the only ones whose flows a call may need.
pub fn reachable(schedules: &[Schedule], now: Timestamp) -> impl Iterator<Item = &Schedule> {
    let later = schedules.iter().filter(move |schedule| schedule.activated && schedule.effective > now);
    in_force(schedules, now).into_iter().chain(later)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_last_activated_one_that_has_come_is_in_force() {
        let body = json!({"schedules": [
            {"id": "a", "control_plan": "f", "version": 1, "effective_date": "2026-01-01T00:00:00Z"},
            {"id": "b", "control_plan": "f", "version": 2, "effective_date": "2026-02-01T00:00:00Z"},
            {"id": "c", "control_plan": "g", "version": 1, "effective_date": "2026-02-01T00:00:00Z"},
            {"id": "d", "control_plan": "f", "version": 3, "effective_date": "2026-03-01T00:00:00Z", "activated": false},
            {"control_plan": "f", "effective_date": "soon"}, {"version": 1}, 7]});
        let schedules = schedules(&body);
        assert_eq!(schedules.len(), 4);
        let id = |moment: &str| in_force(&schedules, moment.parse().unwrap()).map(|found| found.id.as_str());
        assert_eq!(id("2025-12-31T23:59:59Z"), None);
        assert_eq!(id("2026-01-01T00:00:00Z"), Some("a"));
        assert_eq!(id("2026-01-31T23:59:59Z"), Some("a"));
        assert_eq!(id("2026-02-01T00:00:00Z"), Some("c"), "the one added later");
        assert_eq!(id("2027-01-01T00:00:00Z"), Some("c"), "what is not activated never counts");
    }

    #[test]
    fn what_is_left_out_has_a_meaning() {
        let found = schedules(&json!({"schedules": [{"control_plan": "f"}]}));
        assert_eq!(found[0].version, None);
        assert!(found[0].activated);
        assert_eq!(found[0].id, "f 1970-01-01T00:00:00Z");
        assert_eq!(schedules(&json!({})), []);
        let own =
            schedules(&json!({"control_plan": "always", "schedules": [{"callflow": "f", "activated": "0"}]}));
        assert_eq!((own[0].flow.as_str(), own[0].id.as_str(), own[1].activated), ("always", "always", false));
        assert_eq!(schedules(&json!({"schedules": {}})), []);
    }

    proptest! {
        /// However schedules come and go, the one in force is the model's, and it is among the reachable ones at any
        /// earlier moment.
        #[test]
        fn in_force_is_the_latest(
            rows in prop::collection::vec((0i64..50, any::<bool>()), 0..20), now in 0i64..50, earlier in 0i64..50,
        ) {
            let schedules: Vec<Schedule> = rows.iter().enumerate().map(|(place, (second, activated))| Schedule {
                id: place.to_string(), flow: "f".into(), version: None, effective: at(*second),
                activated: *activated, changed_by: String::new(), changed: None,
            }).collect();
            let mut model = None;
            for (place, (second, activated)) in rows.iter().enumerate() {
                let is_later = model.is_none_or(|(_, best): (usize, i64)| *second >= best);
                if *activated && *second <= now && is_later {
                    model = Some((place, *second));
                }
            }
            let found = in_force(&schedules, at(now)).map(|schedule| schedule.id.clone());
            prop_assert_eq!(&found, &model.map(|(place, _)| place.to_string()));
            if earlier <= now && let Some(found) = found {
                prop_assert!(reachable(&schedules, at(earlier)).any(|schedule| schedule.id == found));
            }
        }
    }
}
