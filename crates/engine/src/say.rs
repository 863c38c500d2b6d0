//! Numbers, digits and times as playlists of recorded words, in English word order.
//!
//! The words are prompts named `say-...`; a language without its own falls back to English words, as prompts do.

use jiff::Zoned;

use crate::cx::Cx;
use crate::media::Media;

/// Letters, digits and signs one by one, as a mailbox or telephone number is read out.
pub(crate) fn spelled(cx: &Cx, text: &str) -> Vec<Media> {
    let words = text.chars().filter_map(|letter| {
        Some(match letter.to_ascii_lowercase() {
            letter @ ('0'..='9' | 'a'..='z') => format!("say-{letter}"),
            '*' => "say-star".to_owned(),
            '#' => "say-pound".to_owned(),
            '+' => "say-plus".to_owned(),
            '.' => "say-dot".to_owned(),
            '@' => "say-at".to_owned(),
            _ => return None,
        })
    });
    items(cx, words)
}

/// A whole number: 1204 is "one thousand two hundred four".
pub(crate) fn number(cx: &Cx, number: u64) -> Vec<Media> {
    items(cx, number_words(number))
}

/// A text as a kind of thing that is said (`number`, `telephone_number`, `current_date_time` ...); `None` for kinds that
/// there are no recorded words for. `iterated` reads digits one by one.
pub(crate) fn as_type(cx: &Cx, text: &str, kind: &str, iterated: bool) -> Option<Vec<Media>> {
    match kind {
        "number" | "items" | "persons" | "messages" if !iterated => {
            text.trim().parse().ok().map(|value| number(cx, value))
        }
        "number"
        | "items"
        | "persons"
        | "messages"
        | "telephone_number"
        | "telephone_extension"
        | "url"
        | "ip_address"
        | "e-mail_address"
        | "postal_address"
        | "account_number"
        | "name_spelled"
        | "name_phonetic" => Some(spelled(cx, text)),
        "current_date" | "current_time" | "current_date_time" | "short_date_time" => {
            let now = cx.civil().to_zoned(jiff::tz::TimeZone::UTC);
            let at = match text.trim() {
                "" => now.clone(),
                seconds => jiff::Timestamp::from_second(seconds.parse().ok()?)
                    .ok()?
                    .to_zoned(jiff::tz::TimeZone::UTC),
            };
            Some(date_time(cx, &at, &now))
        }
        _ => None,
    }
}

/// A moment: "monday, march 3rd, at four oh five pm"; today and yesterday by name.
pub(crate) fn date_time(cx: &Cx, at: &Zoned, now: &Zoned) -> Vec<Media> {
    items(cx, date_time_words(at, now))
}

fn items(cx: &Cx, words: impl IntoIterator<Item = String>) -> Vec<Media> {
    words.into_iter().map(|word| cx.prompt_item(&word)).collect()
}

fn number_words(number: u64) -> Vec<String> {
    if number == 0 {
        return vec!["say-0".to_owned()];
    }
    let mut words = Vec::new();
    for (unit, name) in [(1_000_000, "million"), (1_000, "thousand")] {
        let count = number / unit % 1_000;
        if count > 0 {
            below_thousand(count, &mut words);
            words.push(format!("say-{name}"));
        }
    }
    below_thousand(number % 1_000, &mut words);
    words
}

fn below_thousand(number: u64, words: &mut Vec<String>) {
    if number >= 100 {
        words.push(format!("say-{}", number / 100));
        words.push("say-hundred".to_owned());
    }
    match number % 100 {
        0 => {}
        small @ 1..=20 => words.push(format!("say-{small}")),
        other => {
            words.push(format!("say-{}", other / 10 * 10));
            if other % 10 > 0 {
                words.push(format!("say-{}", other % 10));
            }
        }
    }
}

fn date_time_words(at: &Zoned, now: &Zoned) -> Vec<String> {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let mut words = Vec::new();
    let day = at.date();
    if day == now.date() {
        words.push("say-today".to_owned());
    } else if now.date().yesterday().is_ok_and(|yesterday| yesterday == day) {
        words.push("say-yesterday".to_owned());
    } else {
        let weekday = usize::try_from(at.weekday().to_monday_zero_offset()).unwrap_or(0);
        let month = usize::try_from(day.month() - 1).unwrap_or(0);
        words.push(format!("say-{}", DAYS.get(weekday).copied().unwrap_or(DAYS[0])));
        words.push(format!("say-{}", MONTHS.get(month).copied().unwrap_or(MONTHS[0])));
        words.push(ordinal(day.day()));
    }
    words.push("say-at".to_owned());
    let hour = at.hour();
    words.extend(number_words(match hour % 12 {
        0 => 12,
        hour => u64::from(hour.unsigned_abs()),
    }));
    match u64::from(at.minute().unsigned_abs()) {
        0 => words.push("say-oclock".to_owned()),
        minute => {
            if minute < 10 {
                words.push("say-oh".to_owned());
            }
            words.extend(number_words(minute));
        }
    }
    words.push(if hour < 12 { "say-am" } else { "say-pm" }.to_owned());
    words
}

fn ordinal(day: i8) -> String {
    let ending = match (day % 10, day) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("say-{day}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(words: Vec<String>) -> String {
        words.join(" ").replace("say-", "")
    }

    #[test]
    fn numbers_are_read_as_people_read_them() {
        for (value, text) in [
            (0, "0"),
            (7, "7"),
            (20, "20"),
            (21, "20 1"),
            (100, "1 hundred"),
            (119, "1 hundred 19"),
            (1_204, "1 thousand 2 hundred 4"),
            (3_000_040, "3 million 40"),
        ] {
            assert_eq!(said(number_words(value)), text);
        }
    }

    #[test]
    fn moments_are_read_relative_to_now() {
        let at = |text: &str| text.parse::<Zoned>().expect(text);
        let now = at("2026-03-04T12:00:00-05:00[America/New_York]");
        for (moment, text) in [
            ("2026-03-04T00:00:00-05:00[America/New_York]", "today at 12 oclock am"),
            ("2026-03-03T16:05:00-05:00[America/New_York]", "yesterday at 4 oh 5 pm"),
            ("2026-02-22T09:30:00-05:00[America/New_York]", "sunday february 22nd at 9 30 am"),
        ] {
            assert_eq!(said(date_time_words(&at(moment), &now)), text);
        }
        assert_eq!(ordinal(11), "say-11th");
        assert_eq!(ordinal(31), "say-31st");
    }
}
