//! A number as the account writes and classifies it (reference sections 1.4, 3 and 1.10).

use crate::command::Query;
use crate::cx::Cx;
use crate::input::Loaded;

/// A number read by the account's converters and classifiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    /// In E.164 where a converter applies, else as it was.
    pub(crate) e164: String,
    /// Its class: `did_us`, `emergency`, `unknown` ...
    pub(crate) class: String,
}

/// Reads a number.
pub(crate) async fn read(cx: &Cx, number: &str) -> Number {
    ask(cx, number, false).await
}

/// Reads a number as if it were dialled: the account's dial plan comes first.
pub(crate) async fn dialled(cx: &Cx, number: &str) -> Number {
    ask(cx, number, true).await
}

async fn ask(cx: &Cx, number: &str, dialled: bool) -> Number {
    match cx.load(Query::Number { number: number.to_owned(), dialled }).await {
        Some(Loaded::Number { e164, class }) => Number { e164, class },
        _ => Number { e164: number.to_owned(), class: flow::numbers::UNKNOWN.to_owned() },
    }
}

/// The number captured by the pattern that led here, normalised; `None` when nothing was captured.
pub(crate) async fn captured(cx: &Cx) -> Option<String> {
    let captured = cx.vars(|vars| vars.capture_group.clone()).filter(|captured| !captured.is_empty())?;
    Some(read(cx, &captured).await.e164)
}

/// How documents may write a number: as it is, in E.164, without the plus, without the country code of North America.
pub(crate) async fn spellings(cx: &Cx, number: &str) -> Vec<String> {
    let e164 = read(cx, number).await.e164;
    let mut spellings =
        vec![number.to_owned(), npan(&e164).to_owned(), e164.trim_start_matches('+').to_owned(), e164];
    spellings.retain(|spelling| !spelling.is_empty());
    spellings
}

/// Ten digits for services that take North American numbers only: without `+1` or `1`.
pub(crate) fn npan(number: &str) -> &str {
    let digits = number.trim_start_matches('+');
    digits.strip_prefix('1').filter(|rest| rest.len() == 10).unwrap_or(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_country_code_is_left_out() {
        assert_eq!(npan("+15551234567"), "5551234567");
        assert_eq!(npan("5551234567"), "5551234567");
        assert_eq!(npan("+4930123456"), "4930123456");
    }
}
