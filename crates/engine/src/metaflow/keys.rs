//! The digit state machine of feature keys (reference section 4.3): the binding digit arms a leg, digits gather, and
//! after a pause they name an action.
//!
//! Pure: time is an argument. Not here: where bindings come from (`bindings`).

use std::time::Duration;

use flow::graph::Object;
use regex::Regex;
use serde_json::Value;

use crate::conversation::Side;

/// Digits gathered at most; a longer sequence names nothing anyway.
const DIGITS_MAX: usize = 40;

/// What one document binds to keys.
#[derive(Clone, Debug)]
pub(crate) struct Binding {
    /// The key that arms.
    pub(crate) digit: char,
    /// The pause that ends a sequence.
    pub(crate) timeout: Duration,
    /// Whose keys count: the near and the far side's.
    pub(crate) hears: [bool; 2],
    /// Digit sequence to node.
    pub(crate) numbers: Object,
    /// Patterns in document order.
    pub(crate) patterns: Vec<(Regex, Value)>,
}

/// A sequence that names an action.
#[derive(Clone, Debug)]
pub(crate) struct Pressed {
    /// Who pressed it.
    pub(crate) side: Side,
    /// The digits after the binding digit.
    pub(crate) collected: String,
    /// What the pattern captured, without the whole.
    pub(crate) captures: Vec<String>,
    /// The action, as the document has it.
    pub(crate) node: Value,
}

/// The feature keys of a conversation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    bindings: Vec<(Binding, [Option<Armed>; 2])>,
}

#[derive(Clone, Debug)]
struct Armed {
    digits: String,
    until: Duration,
}

impl Keys {
    /// Keys of these bindings, each with a state of its own.
    pub(crate) fn new(bindings: Vec<Binding>) -> Keys {
        Keys { bindings: bindings.into_iter().map(|binding| (binding, [None, None])).collect() }
    }

    /// Takes a key in.
    pub(crate) fn press(&mut self, side: Side, digit: char, now: Duration) {
        let place = side as usize;
        for (binding, armed) in &mut self.bindings {
            let Some(true) = binding.hears.get(place) else { continue };
            let until = now.saturating_add(binding.timeout);
            let Some(armed) = armed.get_mut(place) else { continue };
            match armed {
                Some(armed) => {
                    if armed.digits.len() < DIGITS_MAX {
                        armed.digits.push(digit);
                    }
                    armed.until = until;
                }
                None if digit == binding.digit => *armed = Some(Armed { digits: String::new(), until }),
                None => {}
            }
        }
    }

    /// When the next sequence is complete.
    pub(crate) fn next_time(&self) -> Option<Duration> {
        self.bindings.iter().flat_map(|(_, armed)| armed.iter().flatten()).map(|armed| armed.until).min()
    }

    /// The sequences complete by now; a binding that had one is disarmed for both sides.
    pub(crate) fn due(&mut self, now: Duration) -> Vec<Pressed> {
        let mut all = Vec::new();
        for (binding, armed) in &mut self.bindings {
            for side in [Side::Near, Side::Far] {
                let due = armed[side as usize].take_if(|armed| armed.until <= now);
                let Some(due) = due else { continue };
                if let Some(pressed) = binding.named(side, due.digits) {
                    *armed = [None, None];
                    all.push(pressed);
                }
            }
        }
        all
    }
}

impl Binding {
    fn named(&self, side: Side, collected: String) -> Option<Pressed> {
        if let Some(node) = self.numbers.get(&collected) {
            return Some(Pressed { side, collected, captures: Vec::new(), node: node.clone() });
        }
        self.patterns.iter().find_map(|(pattern, node)| {
            let groups = pattern.captures(&collected)?;
            let captures = groups
                .iter()
                .skip(1)
                .map(|group| group.map_or("", |group| group.as_str()).to_owned())
                .collect();
            Some(Pressed { side, collected: collected.clone(), captures, node: node.clone() })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn keys() -> Keys {
        Keys::new(vec![Binding {
            digit: '*',
            timeout: Duration::from_millis(800),
            hears: [true, false],
            numbers: json!({"1": {"module": "hold"}}).as_object().cloned().unwrap(),
            patterns: vec![
                (Regex::new("^2([0-9]+)$").unwrap(), json!({"module": "transfer"})),
                (Regex::new("2").unwrap(), json!({"module": "hangup"})),
            ],
        }])
    }

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn pressed(keys: &mut Keys, side: Side, text: &str) -> Vec<Pressed> {
        for (place, digit) in text.chars().enumerate() {
            keys.press(side, digit, at(place as u64 * 100));
        }
        assert!(keys.due(at(700)).is_empty(), "nothing before the pause");
        keys.due(at(10_000))
    }

    #[test]
    fn a_sequence_names_its_action_after_the_pause() {
        let fired = pressed(&mut keys(), Side::Near, "*1");
        assert_eq!((fired.len(), &fired[0].node["module"]), (1, &json!("hold")));
        assert!(pressed(&mut keys(), Side::Near, "1").is_empty(), "not armed");
        assert!(pressed(&mut keys(), Side::Near, "*3").is_empty(), "nothing bound");
        assert!(pressed(&mut keys(), Side::Far, "*1").is_empty(), "not listened to");
    }

    #[test]
    fn the_first_pattern_that_matches_captures() {
        let fired = pressed(&mut keys(), Side::Near, "*2101");
        assert_eq!(fired[0].node["module"], "transfer");
        assert_eq!(
            (fired[0].captures.as_slice(), fired[0].collected.as_str()),
            (&["101".to_owned()][..], "2101")
        );
        assert!(pressed(&mut keys(), Side::Near, "*2*")[0].node["module"] == "hangup");
    }

    #[test]
    fn each_key_restarts_the_pause() {
        let mut keys = keys();
        keys.press(Side::Near, '*', at(0));
        assert_eq!(keys.next_time(), Some(at(800)));
        keys.press(Side::Near, '1', at(700));
        assert_eq!(keys.next_time(), Some(at(1500)));
        assert!(keys.due(at(1499)).is_empty());
        assert_eq!(keys.due(at(1500)).len(), 1);
        assert_eq!(keys.next_time(), None);
    }
}
