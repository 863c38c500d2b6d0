//! From the interpreter's exceptions to [`ScriptError`]: which bound was reached, or what was thrown, and where.

use engine::script::{ScriptError, ScriptFault};
use rquickjs::convert::Coerced;
use rquickjs::{Ctx, Error, Value};

use crate::bounds::MESSAGE_CHARS_MAX;

/// The name that the source has in the places of an error.
pub(crate) const SOURCE_NAME: &str = "function_js";

/// What went wrong. `out_of_fuel` says that the interpreter was stopped by us; `shift` is how many characters stand
/// before the source in its first line.
pub(crate) fn of_error(ctx: &Ctx<'_>, error: &Error, out_of_fuel: bool, shift: u32) -> ScriptError {
    let thrown = match error {
        Error::Exception => Some(ctx.catch()),
        _ => None,
    };
    if out_of_fuel {
        return ScriptError::new(ScriptFault::Fuel, "the script takes too many steps");
    }
    match (thrown, error) {
        (Some(thrown), _) => of_thrown(ctx, thrown, shift),
        (None, Error::Allocation) => no_memory(),
        (None, other) => ScriptError::new(ScriptFault::Runner, short(&other.to_string())),
    }
}

fn of_thrown(ctx: &Ctx<'_>, thrown: Value<'_>, shift: u32) -> ScriptError {
    let Some(exception) = thrown.as_exception() else {
        // The interpreter throws `null` when there is no memory left for an error.
        if thrown.is_null() {
            return no_memory();
        }
        let text = thrown.get::<Coerced<String>>().map(|text| text.0);
        let _ = ctx.catch();
        let text = text.unwrap_or_else(|_| "something that is no text".to_owned());
        return ScriptError::new(ScriptFault::Thrown, short(&format!("the script threw {text}")));
    };
    let message = exception.message().unwrap_or_default();
    let stack = exception.stack().unwrap_or_default();
    let name = exception.as_object().get::<_, Coerced<String>>("name").map(|name| name.0);
    let _ = ctx.catch();
    let name = name.unwrap_or_else(|_| "Error".to_owned());
    let fault = match (name.as_str(), message.as_str()) {
        ("InternalError", "out of memory" | "out of memory in regexp execution") => return no_memory(),
        ("RangeError", "Maximum call stack size exceeded") => ScriptFault::Stack,
        ("SyntaxError", _) => ScriptFault::Syntax,
        _ => ScriptFault::Thrown,
    };
    let text = match fault {
        ScriptFault::Stack => "functions call each other too deeply".to_owned(),
        _ => format!("{name}: {message}"),
    };
    let place = place(&stack);
    ScriptError {
        fault,
        message: short(&text),
        line: place.map(|(line, _)| line),
        column: place
            .map(|(line, column)| if line == 1 { column.saturating_sub(shift).max(1) } else { column }),
    }
}

fn no_memory() -> ScriptError {
    ScriptError::new(ScriptFault::Memory, "the script wants too much memory")
}

/// Line and column of the innermost place in the source that a stack names:
/// `    at main (function_js:3:7)` or `    at function_js:3:7`.
fn place(stack: &str) -> Option<(u32, u32)> {
    stack.lines().find_map(|line| {
        let (_, place) = line.split_once(SOURCE_NAME)?;
        let mut numbers = place.trim_start_matches(':').trim_end_matches(')').split(':');
        Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
    })
}

/// A text cut to what a trace carries.
pub(crate) fn short(text: &str) -> String {
    match text.char_indices().nth(MESSAGE_CHARS_MAX) {
        Some((end, _)) => format!("{} ...", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_place_in_the_source_counts() {
        assert_eq!(place("    at set (prelude:3:1)\n    at main (function_js:12:9)\n"), Some((12, 9)));
        assert_eq!(place("    at function_js:1:5\n"), Some((1, 5)));
        assert_eq!(place("    at native\n"), None);
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        assert_eq!(short("käse"), "käse");
        assert_eq!(short(&"ä".repeat(400)).chars().count(), MESSAGE_CHARS_MAX + 4);
    }
}
