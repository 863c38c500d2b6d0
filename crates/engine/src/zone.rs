//! Time zones by name, from the database built into the program: the same on every machine, and no file is read.

use std::sync::LazyLock;

use jiff::tz::{TimeZone, TimeZoneDatabase};

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// The zone with this IANA name.
pub(crate) fn named(name: &str) -> Option<TimeZone> {
    ZONES.get(name).ok()
}
