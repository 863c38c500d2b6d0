//! The exit of a time rule operation at this moment.

use flow::n2fe::geography::Geography;
use flow::n2fe::hours::{Holidays, Hours};
use flow::n2fe::service::{GEOGRAPHY_SET, HOLIDAY_SET, TIME_ZONES};
use jiff::tz::TimeZone;

use super::exit;
use crate::cx::Cx;
use crate::lenient::Read;
use crate::module::Outcome;
use crate::zone;

/// Leaves by the exit of the first rule that applies now, in the operation's zone. A holiday set that is not there is
/// noted and has no holidays.
pub(super) async fn branch(cx: &Cx, hours: &Hours) -> Outcome {
    let zone = zone_of(cx, hours.timezone.as_deref()).await;
    let mut holidays = Holidays::default();
    if let Some(set) = hours.holiday_set.as_deref().filter(|_| hours.needs_holidays()) {
        match cx.named(HOLIDAY_SET, set).await {
            Some(document) => holidays = Holidays::read(&document),
            None => cx.note("EN2102", format!("there is no holiday set `{set}`")),
        }
    }
    exit(hours.exit(&cx.civil().to_zoned(zone), &holidays))
}

/// A zone by its IANA name or as an entry of the zones' set; else the account's, else UTC.
async fn zone_of(cx: &Cx, name: Option<&str>) -> TimeZone {
    if let Some(name) = name {
        if let Some(zone) = zone::named(name) {
            return zone;
        }
        let set = cx.named(GEOGRAPHY_SET, TIME_ZONES).await;
        let entry = set.as_deref().and_then(|set| Geography::entry(set, name));
        let listed = entry.and_then(|entry| entry.text_at(&["timezone"]));
        if let Some(zone) = listed.and_then(|listed| zone::named(&listed)) {
            return zone;
        }
        cx.note("EN2102", format!("there is no time zone `{name}`; the account's is used"));
    }
    let own = cx.account().await.text_at(&["timezone"]);
    own.and_then(|own| zone::named(&own)).unwrap_or(TimeZone::UTC)
}
