//! Branching on who calls, from where, to what, by shares, tables and patterns.

use serde_json::Value;

use super::{Buffer, Config};
use crate::n2fe::fields::Fields;
use crate::n2fe::pattern::Pattern;
use crate::n2fe::prefixes::Prefixes;

/// `CallingParty` and `DialledNumber`: the exit of the longest prefix, else exit 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrefixRules {
    /// As written.
    pub rules: Vec<PrefixRule>,
}

/// One prefix.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PrefixRule {
    /// Digits the number begins with.
    pub prefix: String,
    /// Where it leads.
    pub exit: usize,
}

impl PrefixRules {
    /// The exit for a number; `None` when no prefix fits.
    pub fn find(&self, number: &str) -> Option<usize> {
        let mut prefixes = Prefixes::default();
        for rule in &self.rules {
            prefixes.insert(&rule.prefix, rule.exit);
        }
        prefixes.find(number).copied()
    }
}

impl Config for PrefixRules {
    const MEMBERS: &'static [&'static str] = &["rules"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let rules = fields.each("rules", "rule", 0, |rule| PrefixRule {
            prefix: rule.some_digits("prefix", "prefix"),
            exit: rule.exit("exit_idx", "exit"),
        });
        PrefixRules { rules: rules.into_iter().filter(|rule| !rule.prefix.is_empty()).collect() }
    }

    fn exit_word(&self, index: usize) -> Option<String> {
        let of_exit = self.rules.iter().filter(|rule| rule.exit == index);
        joined(of_exit.map(|rule| format!("{}...", rule.prefix)).collect())
    }
}

/// `CallerLocation` ("Location Routing").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallerLocation {
    /// Name or id of the geography set.
    pub geography_set: String,
    /// Whose number is looked up.
    pub source: Buffer,
    /// Places and their exits.
    pub rules: Vec<PlaceRule>,
}

/// One place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlaceRule {
    /// The entry's name or id.
    pub place: String,
    /// Where it leads.
    pub exit: usize,
}

impl Config for CallerLocation {
    const MEMBERS: &'static [&'static str] = &["geography_set", "geography_set_id", "source_buffer", "rules"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let by_id = fields.opt_text("geography_set_id", "geography set");
        let geography_set = match (fields.get("geography_set"), by_id) {
            (None, Some(id)) => id,
            _ => fields.text("geography_set", "geography set"),
        };
        let source = match fields.get("source_buffer") {
            None => Buffer::new("system.network_calling_party").unwrap_or_default(),
            Some(_) => fields.buffer("source_buffer", "source buffer", true),
        };
        let rules = fields.each("rules", "rule", 0, |rule| {
            let by_id = rule.opt_text("entry_id", "entry").or(rule.opt_text("prefix_id", "entry"));
            let place = match (rule.get("entry"), by_id) {
                (None, Some(id)) => id,
                _ => rule.text("entry", "entry"),
            };
            PlaceRule { place, exit: rule.exit("exit_idx", "exit") }
        });
        CallerLocation { geography_set, source, rules }
    }

    fn lines(&self) -> Vec<String> {
        vec![self.geography_set.clone()]
    }

    fn exit_word(&self, index: usize) -> Option<String> {
        joined(self.rules.iter().filter(|rule| rule.exit == index).map(|rule| rule.place.clone()).collect())
    }
}

/// What kind of telephone calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// From abroad.
    International,
    /// A fixed line.
    Landline,
    /// A mobile telephone.
    Mobile,
    /// A pay phone.
    Payphone,
}

impl Category {
    /// All, in the order in which they count when several apply.
    pub const ALL: [Category; 4] =
        [Category::International, Category::Landline, Category::Mobile, Category::Payphone];

    /// As documents write it.
    pub fn name(self) -> &'static str {
        match self {
            Category::International => "international",
            Category::Landline => "landline",
            Category::Mobile => "mobile",
            Category::Payphone => "payphone",
        }
    }

    /// The category with this name.
    pub fn named(name: &str) -> Option<Category> {
        Category::ALL.into_iter().find(|one| one.name().eq_ignore_ascii_case(name.trim()))
    }
}

/// `CallingPartyCategory` ("Caller Type").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallingPartyCategory {
    /// Categories and their exits.
    pub rules: Vec<(Category, usize)>,
}

impl Config for CallingPartyCategory {
    const MEMBERS: &'static [&'static str] = &["rules"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let words = ["payphone", "international", "landline", "mobile"];
        let rules = fields.each("rules", "rule", 0, |rule| {
            if rule.get("type").is_none() {
                rule.fault("NF2001", "type", "No caller type defined");
            }
            let word = rule.opt_word("type", "caller type", &words);
            let exit = rule.exit("exit_idx", "exit");
            word.and_then(Category::named).map(|category| (category, exit))
        });
        CallingPartyCategory { rules: rules.into_iter().flatten().collect() }
    }

    fn exit_word(&self, index: usize) -> Option<String> {
        let of_exit = self.rules.iter().filter(|(_, exit)| *exit == index);
        joined(of_exit.map(|(category, _)| category.name().to_owned()).collect())
    }
}

/// `CellsiteRouting`: the exit beside the caller's cell site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CellsiteRouting {
    /// Names of cell sites, parallel to the exits; the first stands for none of them.
    pub cellsites: Vec<String>,
}

/// What the first of [`CellsiteRouting::cellsites`] must be.
const NO_CELLSITE: &str = "No match found";

impl Config for CellsiteRouting {
    const MEMBERS: &'static [&'static str] = &["cellsites"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let cellsites = fields.texts("cellsites", "cell site", 2);
        if cellsites.first().is_some_and(|first| first != NO_CELLSITE) {
            fields.fault("NF2009", "cellsites", format!("The first cell site is not `{NO_CELLSITE}`"));
        }
        CellsiteRouting { cellsites }
    }

    fn exit_word(&self, index: usize) -> Option<String> {
        self.cellsites.get(index).cloned()
    }
}

/// `ProportionalDistribution`: shares of the calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProportionalDistribution {
    /// Weights and their exits.
    pub rules: Vec<(u32, usize)>,
}

impl Config for ProportionalDistribution {
    const MEMBERS: &'static [&'static str] = &["rules"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let rules = fields.each("rules", "rule", 1, |rule| {
            let proportion = rule.number("proportion", "proportion", 0..=1_000_000);
            (u32::try_from(proportion).unwrap_or(0), rule.exit("exit_idx", "exit"))
        });
        if !rules.is_empty() && rules.iter().all(|(proportion, _)| *proportion == 0) {
            fields.fault("NF2003", "rules", "All proportions are 0");
        }
        ProportionalDistribution { rules }
    }

    fn exit_word(&self, index: usize) -> Option<String> {
        let total: u64 = self.rules.iter().map(|(share, _)| u64::from(*share)).sum();
        let own = self.rules.iter().filter(|(_, exit)| *exit == index);
        let own: u64 = own.map(|(share, _)| u64::from(*share)).sum();
        (own > 0).then(|| format!("{} %", (own * 100 + total / 2) / total.max(1)))
    }
}

/// `Switch`: one exit, chosen by hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Switch {
    /// The exit taken.
    pub exit: usize,
}

impl Config for Switch {
    const MEMBERS: &'static [&'static str] = &["exit_idx"];

    fn read(fields: &mut Fields<'_>) -> Self {
        Switch { exit: fields.exit("exit_idx", "exit") }
    }

    fn exit_word(&self, index: usize) -> Option<String> {
        (index == self.exit).then(|| "on".to_owned())
    }
}

/// `SuburbRouting`: the caller's suburb, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SuburbRouting {
    /// The set's id.
    pub set_id: String,
    /// The set's name.
    pub set_name: String,
}

impl Config for SuburbRouting {
    const MEMBERS: &'static [&'static str] = &["suburb_set_id", "suburb_set_name"];

    fn read(fields: &mut Fields<'_>) -> Self {
        SuburbRouting {
            set_id: fields.text("suburb_set_id", "suburb set id"),
            set_name: fields.text("suburb_set_name", "suburb set name"),
        }
    }

    fn lines(&self) -> Vec<String> {
        vec![self.set_name.clone()]
    }
}

/// `TableLookup`: what a table says of one profile tag goes into another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableLookup {
    /// Block and tag looked up, as digits.
    pub source: (String, String),
    /// Block and tag written, as digits.
    pub target: (String, String),
    /// The table's name.
    pub dataset: String,
}

impl Config for TableLookup {
    const MEMBERS: &'static [&'static str] = &[
        "source_profile_block",
        "source_tag_code",
        "target_profile_block",
        "target_tag_code",
        "lookup_dataset",
    ];

    fn read(fields: &mut Fields<'_>) -> Self {
        let mut code = |name: &'static str, what: &str| {
            let text = fields.text(name, what);
            if !text.bytes().all(|byte| byte.is_ascii_digit()) {
                fields.fault("NF2002", name, format!("The {what} is not a number"));
            }
            text
        };
        TableLookup {
            source: (
                code("source_profile_block", "source profile block"),
                code("source_tag_code", "source tag code"),
            ),
            target: (
                code("target_profile_block", "target profile block"),
                code("target_tag_code", "target tag code"),
            ),
            dataset: fields.text("lookup_dataset", "lookup dataset"),
        }
    }

    fn lines(&self) -> Vec<String> {
        vec![self.dataset.clone()]
    }
}

/// `NumberMatching`: whether a buffer matches one of several patterns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NumberMatching {
    /// The patterns.
    pub patterns: Vec<Pattern>,
    /// What is matched.
    pub source: Buffer,
}

impl Config for NumberMatching {
    const MEMBERS: &'static [&'static str] = &["match_rules", "source_buffer"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let patterns = match fields.get("match_rules") {
            // Some writers wrap each pattern: `{"pattern": "021?"}`.
            Some(Value::Array(rules)) if rules.iter().any(Value::is_object) => {
                let read = fields.each("match_rules", "match rule", 1, |rule| {
                    let text = rule.text("pattern", "pattern");
                    let found = Pattern::new(&text);
                    if let Err(fault) = &found
                        && !text.is_empty()
                    {
                        rule.fault("NF2006", "pattern", format!("The match rule `{text}` {fault}"));
                    }
                    found.ok()
                });
                read.into_iter().flatten().collect()
            }
            _ => fields.patterns("match_rules", "match rule", 1),
        };
        NumberMatching { patterns, source: fields.buffer("source_buffer", "source buffer", false) }
    }

    fn lines(&self) -> Vec<String> {
        let patterns = self.patterns.iter().map(|pattern| pattern.as_str().to_owned());
        std::iter::once(self.source.as_str().to_owned()).chain(patterns).collect()
    }
}

/// Words with commas between them; `None` for no words.
fn joined(words: Vec<String>) -> Option<String> {
    (!words.is_empty()).then(|| words.join(", "))
}
