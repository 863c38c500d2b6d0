//! Points in time as people type them: with an offset, with a zone, or as a clock on the wall shows them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};

use crate::fault::{Exit, Fault};

/// What a moment may look like, for help texts.
pub(crate) const HELP: &str =
    "write 2026-12-25T09:10, 2026-12-25T09:10[Europe/London], 2026-12-25T09:10:00Z, or now";

/// Reads a moment. One without a zone is meant in `zone`, and the result is in `zone` unless the text names another.
pub(crate) fn parse(text: &str, zone: &TimeZone) -> Result<Zoned, Fault> {
    if text == "now" {
        return Ok(Timestamp::now().to_zoned(zone.clone()));
    }
    if let Ok(zoned) = text.parse::<Zoned>() {
        return Ok(zoned);
    }
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Ok(timestamp.to_zoned(zone.clone()));
    }
    let wrong = || Fault::new(Exit::Usage, format!("`{text}` is not a point in time")).with_help(HELP);
    let civil: DateTime = text.parse().map_err(|_| wrong())?;
    civil.to_zoned(zone.clone()).map_err(|_| wrong())
}

/// The zone with this name of the IANA database.
pub(crate) fn zone(name: &str) -> Result<TimeZone, Fault> {
    TimeZone::get(name).map_err(|_| {
        Fault::new(Exit::Usage, format!("`{name}` is no known time zone"))
            .with_help("use names as in Europe/London or America/New_York")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_without_a_zone_is_meant_in_the_one_given() {
        let london = zone("Europe/London").unwrap();
        for (text, utc) in [
            ("2026-06-01T09:10", "2026-06-01T08:10:00Z"),
            ("2026-12-25T09:10:30", "2026-12-25T09:10:30Z"),
            ("2026-12-25 09:10", "2026-12-25T09:10:00Z"),
            ("2026-12-25T09:10[America/New_York]", "2026-12-25T14:10:00Z"),
            ("2026-12-25T09:10:00-05:00", "2026-12-25T14:10:00Z"),
        ] {
            assert_eq!(parse(text, &london).unwrap().timestamp().to_string(), utc, "{text}");
        }
        assert_eq!(parse("tomorrow", &london).unwrap_err().code, Exit::Usage);
        assert_eq!(zone("Europe/Londom").unwrap_err().code, Exit::Usage);
    }
}
