//! Rules that rewrite a number: E.164 converters and dial plans (reference sections 1.4 and 3.3).
//!
//! A rule is a regular expression with a prefix and a suffix; the result is `prefix + last capture + suffix`, where a
//! group that took no part is not a capture and a match without groups captures itself.

use std::sync::LazyLock;

use regex::bytes::Regex;
use serde_json::Value;

use super::compile;
use crate::graph::Object;
use crate::issue::Issue;
use crate::pointer;

/// An ordered set of rules of which the first that matches applies.
#[derive(Clone, Debug, Default)]
pub struct Rewrites {
    rules: Vec<Rewrite>,
}

impl Rewrites {
    /// The converters in force when neither system nor account has others: North America, `011`/`00` international,
    /// and long numbers without a plus.
    pub fn e164_default() -> Self {
        E164_DEFAULT.clone()
    }

    /// Reads `{regex: {"prefix", "suffix"}}`; a rule that cannot run is an issue and is passed over.
    pub fn read(object: &Object, at: &str) -> (Self, Vec<Issue>) {
        let (plan, issues) = DialPlan::read(object, at);
        (Rewrites { rules: plan.rules }, issues)
    }

    /// The number after the first rule that matches; unchanged when none does.
    pub fn apply(&self, number: &str) -> String {
        self.first(number).unwrap_or_else(|| number.to_owned())
    }

    fn first(&self, number: &str) -> Option<String> {
        self.rules.iter().find_map(|rule| rule.apply(number))
    }
}

static E164_DEFAULT: LazyLock<Rewrites> = LazyLock::new(|| {
    let rules = [
        (r"^(\+?1)?([2-9][0-9]{2}[2-9][0-9]{6})$", "+1"),
        (r"^011(\d{5,})$|^00(\d{5,})$", "+"),
        (r"^[2-9]\d{7,}$", "+"),
    ];
    let rules = rules.into_iter().filter_map(|(regex, prefix)| {
        let regex = compile(regex, "").ok()?;
        Some(Rewrite { regex, prefix: prefix.to_owned(), suffix: String::new(), nested: Vec::new() })
    });
    Rewrites { rules: rules.collect() }
});

/// A `dial_plan` member of an account, user or device.
#[derive(Clone, Debug, Default)]
pub struct DialPlan {
    rules: Vec<Rewrite>,
    system: Vec<String>,
}

/// Dial plans inside dial plans (`dialplan` of an entry) are read this deep; deeper ones are an issue.
const MAX_NESTED_PLANS: usize = 4;

impl DialPlan {
    /// Reads `{regex: {"prefix", "suffix", "regex"?, "dialplan"?}, "system": [names]}` in stored order. A member
    /// `regex` stands in for the key. What cannot run is an issue (`NP1001` to `NP1005`) and is passed over.
    pub fn read(object: &Object, at: &str) -> (Self, Vec<Issue>) {
        let mut issues = Vec::new();
        let plan = read_plan(object, at, 0, &mut issues);
        (plan, issues)
    }

    /// The kind used for lookup and classification: the first rule that matches, or the number unchanged.
    pub fn apply_first(&self, number: &str) -> String {
        self.rules.iter().find_map(|rule| rule.apply(number)).unwrap_or_else(|| number.to_owned())
    }

    /// The kind used by `resources`: every rule that matches the number so far is applied in turn, an entry's nested
    /// plan right after it, and the named system plans last. Unknown system plans are passed over.
    pub fn apply_all<'a>(&'a self, number: &str, system: impl Fn(&str) -> Option<&'a DialPlan>) -> String {
        let mut number = apply_rules(&self.rules, number.to_owned());
        for plan in self.system.iter().filter_map(|name| system(name)) {
            number = apply_rules(&plan.rules, number);
        }
        number
    }

    /// No rule and no system plan.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.system.is_empty()
    }
}

/// How an account writes numbers: its dial plan, then the E.164 converters.
#[derive(Clone, Debug)]
pub struct NumberPlan {
    /// The account's `dial_plan`.
    pub dial_plan: DialPlan,
    /// The converters in force for the account.
    pub converters: Rewrites,
}

impl Default for NumberPlan {
    fn default() -> Self {
        NumberPlan { dial_plan: DialPlan::default(), converters: Rewrites::e164_default() }
    }
}

impl NumberPlan {
    /// The dialled number as it is looked up (reference section 1.4): verbatim when it begins with `*` or `+`, else
    /// through the dial plan and then the converters.
    pub fn normalise(&self, number: &str) -> String {
        if number.starts_with(['*', '+']) {
            return number.to_owned();
        }
        self.converters.apply(&self.dial_plan.apply_first(number))
    }
}

/// One rule.
#[derive(Clone, Debug)]
struct Rewrite {
    regex: Regex,
    prefix: String,
    suffix: String,
    nested: Vec<Rewrite>,
}

impl Rewrite {
    fn apply(&self, number: &str) -> Option<String> {
        let found = self.regex.captures(number.as_bytes())?;
        let last = found.iter().flatten().last().map_or(&b""[..], |taken| taken.as_bytes());
        Some(format!("{}{}{}", self.prefix, String::from_utf8_lossy(last), self.suffix))
    }
}

fn apply_rules(rules: &[Rewrite], mut number: String) -> String {
    for rule in rules {
        if let Some(rewritten) = rule.apply(&number) {
            number = apply_rules(&rule.nested, rewritten);
        }
    }
    number
}

fn read_plan(object: &Object, at: &str, depth: usize, issues: &mut Vec<Issue>) -> DialPlan {
    let mut plan = DialPlan::default();
    for (key, entry) in object {
        let here = pointer::join(at, key);
        if key == "system" && entry.is_array() {
            let names = entry.as_array().into_iter().flatten().filter_map(Value::as_str);
            plan.system.extend(names.map(str::to_owned));
            continue;
        }
        let Some(entry) = entry.as_object() else {
            issues.push(
                Issue::error("NP1004", here, "a dial plan rule is not an object")
                    .with_help("write {\"regex\": {\"prefix\": \"...\", \"suffix\": \"...\"}}"),
            );
            continue;
        };
        let text = |member: &str| entry.get(member).and_then(Value::as_str).unwrap_or_default().to_owned();
        let regex = entry.get("regex").and_then(Value::as_str).unwrap_or(key);
        let regex = match compile(regex, &here) {
            Ok(regex) => regex,
            Err(issue) => {
                issues.push(*issue);
                continue;
            }
        };
        let mut rule = Rewrite { regex, prefix: text("prefix"), suffix: text("suffix"), nested: Vec::new() };
        if let Some(nested) = entry.get("dialplan").and_then(Value::as_object) {
            let here = pointer::join(&here, "dialplan");
            if depth < MAX_NESTED_PLANS {
                rule.nested = read_plan(nested, &here, depth + 1, issues).rules;
            } else {
                issues.push(Issue::error("NP1005", here, "dial plans are nested too deeply"));
            }
        }
        plan.rules.push(rule);
    }
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn plan(value: Value) -> DialPlan {
        let (plan, issues) = DialPlan::read(value.as_object().unwrap(), "/dial_plan");
        assert_eq!(issues, []);
        plan
    }

    #[test]
    fn the_default_converters() {
        let plan = NumberPlan::default();
        let table = [
            ("4155550100", "+14155550100"),
            ("14155550100", "+14155550100"),
            ("+14155550100", "+14155550100"),
            ("0114930123456", "+4930123456"),
            ("004930123456", "+4930123456"),
            ("4930123456789", "+4930123456789"),
            ("1001", "1001"),
            ("2001", "2001"),
            ("*97", "*97"),
            ("*4155550100", "*4155550100"),
            ("+1001", "+1001"),
            ("0111234", "0111234"),
            ("sales", "sales"),
            ("", ""),
        ];
        assert_eq!(plan.converters.rules.len(), 3);
        for (dialled, normalised) in table {
            assert_eq!(plan.normalise(dialled), normalised, "{dialled}");
        }
    }

    #[test]
    fn the_dial_plan_goes_first_and_its_first_match_wins() {
        let plan = NumberPlan {
            dial_plan: plan(json!({
                "^9(\\d+)$": {"prefix": "", "suffix": ""},
                "^(\\d{7})$": {"prefix": "+1415", "description": "local"},
                "^9": {"prefix": "never"},
                "^00$": {"suffix": "x"},
                "system": ["us"]
            })),
            ..NumberPlan::default()
        };
        let table = [
            ("94155550100", "+14155550100"),
            ("95551234", "5551234"),
            ("5550100", "+14155550100"),
            ("*9415", "*9415"),
            ("+94155550100", "+94155550100"),
            ("00", "00x"),
        ];
        for (dialled, normalised) in table {
            assert_eq!(plan.normalise(dialled), normalised, "{dialled}");
        }
    }

    #[test]
    fn all_matching_rules_apply_in_turn_for_resources() {
        let own = plan(json!({
            "^9(\\d+)$": {},
            "local": {"regex": "^(\\d{7})$", "prefix": "415", "dialplan": {"^(\\d{10})$": {"prefix": "1"}}},
            "system": ["plus", "unknown"]
        }));
        let plus = plan(json!({"^(\\d{11})$": {"prefix": "+"}}));
        let system = |name: &str| (name == "plus").then_some(&plus);
        assert_eq!(own.apply_all("95550100", system), "+14155550100");
        assert_eq!(own.apply_all("9123", system), "123");
        assert_eq!(own.apply_first("95550100"), "5550100");
    }

    #[test]
    fn rules_that_cannot_run_are_told_and_passed_over() {
        let value = json!({"(": {}, "^1$": 7, "^(?=2)": {}, "^3$": {"prefix": "0"}});
        let (plan, issues) = DialPlan::read(value.as_object().unwrap(), "/dial_plan");
        let told: Vec<_> =
            issues.iter().map(|issue| (issue.code.as_ref(), issue.place.pointer.as_str())).collect();
        assert_eq!(
            told,
            [("NP1001", "/dial_plan/("), ("NP1004", "/dial_plan/^1$"), ("NP1003", "/dial_plan/^(?=2)")]
        );
        assert_eq!(plan.apply_first("3"), "03");
        assert!(!plan.is_empty());
    }
}
