//! Which kind of number it is: the classifiers that call restrictions and carriers go by (reference section 1.10).

use std::sync::LazyLock;

use regex::bytes::Regex;
use serde_json::Value;

use super::{Pattern, compile};
use crate::graph::Object;
use crate::issue::Issue;
use crate::pointer;

/// One class of numbers.
#[derive(Clone, Debug)]
pub struct Classifier {
    /// Its key, as in `call_restriction.<name>.action`.
    pub name: String,
    /// What people call it.
    pub friendly_name: String,
    /// Calls of this class go to emergency services.
    pub emergency: bool,
    regex: Regex,
}

impl Classifier {
    /// All numbers of the class, when its expression is a plain list of them: `^(110|112)$`.
    pub fn listed(&self) -> Vec<String> {
        let Ok(pattern) = Pattern::new(self.regex.as_str(), "") else { return Vec::new() };
        pattern.texts().into_iter().flatten().map(|text| String::from_utf8_lossy(text).into_owned()).collect()
    }
}

/// Classifiers in order; the first that matches names the class.
#[derive(Clone, Debug)]
pub struct Classifiers {
    list: Vec<Classifier>,
}

/// The class of what no classifier knows: extensions, star codes.
pub const UNKNOWN: &str = "unknown";

const DEFAULTS: [(&str, &str, bool, &str); 6] = [
    ("tollfree_us", "US toll-free", false, r"^\+1((?:800|88\d|877|866|855|844|833|822)\d{7})$"),
    ("toll_us", "US premium rate", false, r"^\+1(900\d{7})$"),
    ("emergency", "Emergency", true, r"^(911|922|933|833|811|711|999)$"),
    (
        "caribbean",
        "Caribbean",
        false,
        concat!(
            r"^\+?1?((?:684|264|268|242|246|441|284|345|767|809|829|849|473|671|876|664|670|787|939|869|",
            r"758|784|721|868|649|340)\d{7})$"
        ),
    ),
    ("did_us", "US number", false, r"^\+?1?([2-9]\d{2}[2-9]\d{6})$"),
    ("international", "International", false, r"^(\+[2-9]\d{7,})$"),
];

static DEFAULT: LazyLock<Classifiers> = LazyLock::new(|| {
    let list = DEFAULTS.iter().filter_map(|&(name, friendly_name, emergency, regex)| {
        let regex = compile(regex, "").ok()?;
        Some(Classifier { name: name.into(), friendly_name: friendly_name.into(), emergency, regex })
    });
    Classifiers { list: list.collect() }
});

impl Default for Classifiers {
    fn default() -> Self {
        DEFAULT.clone()
    }
}

impl Classifiers {
    /// Reads `{name: {"regex", "friendly_name", "emergency"}}` in stored order; a classifier that cannot run is an
    /// issue (`NP1001` to `NP1003`, `NP1006`) and is passed over.
    pub fn read(object: &Object, at: &str) -> (Self, Vec<Issue>) {
        let mut issues = Vec::new();
        let mut list = Vec::new();
        for (name, entry) in object {
            let here = pointer::join(at, name);
            let Some(regex) = entry.get("regex").and_then(Value::as_str) else {
                issues.push(
                    Issue::error("NP1006", here, format!("the classifier `{name}` has no `regex`"))
                        .with_help("write {\"regex\": \"...\", \"friendly_name\": \"...\"}"),
                );
                continue;
            };
            match compile(regex, &pointer::join(&here, "regex")) {
                Ok(regex) => list.push(Classifier {
                    name: name.clone(),
                    friendly_name: entry
                        .get("friendly_name")
                        .and_then(Value::as_str)
                        .unwrap_or(name)
                        .to_owned(),
                    emergency: entry.get("emergency") == Some(&Value::Bool(true)),
                    regex,
                }),
                Err(issue) => issues.push(*issue),
            }
        }
        (Classifiers { list }, issues)
    }

    /// The class of a normalised number, [`UNKNOWN`] when none matches.
    pub fn classify(&self, number: &str) -> &str {
        self.find(number).map_or(UNKNOWN, |class| &class.name)
    }

    /// The classifier a normalised number falls under.
    pub fn find(&self, number: &str) -> Option<&Classifier> {
        self.list.iter().find(|class| class.regex.is_match(number.as_bytes()))
    }

    /// All classifiers, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Classifier> {
        self.list.iter()
    }
}

/// Looks like a public number, so that a trunk's own equipment is asked before us (reference sections 1.2 and 1.10).
pub fn is_reconcilable(number: &str) -> bool {
    static PUBLIC: LazyLock<Option<Regex>> =
        LazyLock::new(|| compile(r"^(\+?1)?\d{10}$|^\+[2-9]\d{7,}$|^011\d*$|^00\d*$", "").ok());
    PUBLIC.as_ref().is_some_and(|regex| regex.is_match(number.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_shipped_classes() {
        let classes = Classifiers::default();
        assert_eq!(classes.iter().count(), DEFAULTS.len());
        let table = [
            ("+18005550100", "tollfree_us"),
            ("+18885550100", "tollfree_us"),
            ("+18225550100", "tollfree_us"),
            ("+18105550100", "did_us"),
            ("+19005550100", "toll_us"),
            ("911", "emergency"),
            ("933", "emergency"),
            ("9111", "unknown"),
            ("+12425550100", "caribbean"),
            ("12425550100", "caribbean"),
            ("2425550100", "caribbean"),
            ("+14155550100", "did_us"),
            ("4155550100", "did_us"),
            ("+11155550100", "unknown"),
            ("+4930123456", "international"),
            ("+4930123", "unknown"),
            ("1001", "unknown"),
            ("*97", "unknown"),
            ("", "unknown"),
        ];
        for (number, class) in table {
            assert_eq!(classes.classify(number), class, "{number}");
        }
        assert!(classes.find("911").unwrap().emergency);
    }

    #[test]
    fn own_classes_replace_the_shipped_ones_in_their_order() {
        let value = json!({"mobile": {"regex": "^\\+491", "friendly_name": "Mobile"},
            "bad": {"regex": "("}, "worse": {}, "german": {"regex": "^\\+49", "emergency": true}});
        let (classes, issues) = Classifiers::read(value.as_object().unwrap(), "/classifiers");
        assert_eq!(issues.iter().map(|issue| issue.code.as_ref()).collect::<Vec<_>>(), ["NP1001", "NP1006"]);
        assert_eq!(classes.classify("+49151"), "mobile");
        assert_eq!(classes.classify("+4930"), "german");
        assert_eq!(classes.classify("+14155550100"), UNKNOWN);
    }

    #[test]
    fn reconcilable_numbers_look_public() {
        let table = [
            ("4155550100", true),
            ("14155550100", true),
            ("+14155550100", true),
            ("+4930123456", true),
            ("+49301234", true),
            ("+4930123", false),
            ("011", true),
            ("0049", true),
            ("1001", false),
            ("*97", false),
            ("", false),
        ];
        for (number, is) in table {
            assert_eq!(is_reconcilable(number), is, "{number}");
        }
    }
}
