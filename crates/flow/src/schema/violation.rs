//! One broken rule of a schema: where, which, and how Crossbar words it.

use serde_json::{Map, Value, json};

use crate::issue::Issue;
use crate::pointer::join;

/// One step of the way to a value inside a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Segment {
    /// A member of an object.
    Key(String),
    /// An element of an array, counted from 0.
    Index(usize),
}

impl From<&str> for Segment {
    fn from(key: &str) -> Self {
        Segment::Key(key.to_owned())
    }
}

impl From<String> for Segment {
    fn from(key: String) -> Self {
        Segment::Key(key)
    }
}

impl From<usize> for Segment {
    fn from(index: usize) -> Self {
        Segment::Index(index)
    }
}

/// Which rule is broken. [`Rule::key`] is its name in Crossbar's error tree, [`Rule::code`] its stable code here.
///
/// The last six are not schema rules: they let the checks of an interface (a number used twice, say) speak the
/// same language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A required member is missing.
    Required,
    /// Another JSON type than allowed, and not convertible.
    Type,
    /// Not one of the allowed values.
    Enum,
    /// Below the minimum (or equal to it, when exclusive).
    Minimum,
    /// Above the maximum (or equal to it, when exclusive).
    Maximum,
    /// A string with too few characters.
    MinLength,
    /// A string with too many characters.
    MaxLength,
    /// A string that does not match the regular expression.
    Pattern,
    /// Too few elements.
    MinItems,
    /// Too many elements.
    MaxItems,
    /// The same element twice.
    UniqueItems,
    /// Too few members.
    MinProperties,
    /// Too many members.
    MaxProperties,
    /// A member that the schema does not allow.
    AdditionalProperties,
    /// None of the alternatives fits, or more than one where exactly one must.
    NotOneSchemaValid,
    /// Fits a schema that it must not fit.
    Disallow,
    /// A node names a module that has no schema.
    UnknownModule,
    /// An address that is no http or https URL.
    InvalidUrl,
    /// A string that must be a regular expression and is none.
    InvalidRegexp,
    /// Nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    TooDeep,
    /// More than [`MAX_VIOLATIONS`](super::MAX_VIOLATIONS) faults; the rest is not listed.
    TooMany,
    /// A schema id that the registry does not have.
    UnknownSchema,
    /// Taken by another document.
    Unique,
    /// Refers to something that does not exist.
    NotFound,
    /// Belongs to somebody else.
    Forbidden,
    /// Wrong in a way only a special check knows.
    Invalid,
    /// A time range that is reversed or too long.
    DateRange,
    /// An upload that is too large.
    MaxSize,
}

impl Rule {
    /// All rules, in the order of their codes.
    pub const ALL: [Rule; 28] = [
        Rule::Required,
        Rule::Type,
        Rule::Enum,
        Rule::Minimum,
        Rule::Maximum,
        Rule::MinLength,
        Rule::MaxLength,
        Rule::Pattern,
        Rule::MinItems,
        Rule::MaxItems,
        Rule::UniqueItems,
        Rule::MinProperties,
        Rule::MaxProperties,
        Rule::AdditionalProperties,
        Rule::NotOneSchemaValid,
        Rule::Disallow,
        Rule::UnknownModule,
        Rule::InvalidUrl,
        Rule::InvalidRegexp,
        Rule::TooDeep,
        Rule::TooMany,
        Rule::UnknownSchema,
        Rule::Unique,
        Rule::NotFound,
        Rule::Forbidden,
        Rule::Invalid,
        Rule::DateRange,
        Rule::MaxSize,
    ];

    /// The member name in Crossbar's error tree (reference section 1.5). Several rules of ours share `error`.
    pub fn key(self) -> &'static str {
        self.names().0
    }

    /// The stable code, as listed in `docs/error-codes.md`.
    pub fn code(self) -> &'static str {
        self.names().1
    }

    fn names(self) -> (&'static str, &'static str) {
        match self {
            Rule::Required => ("required", "SC1001"),
            Rule::Type => ("type", "SC1002"),
            Rule::Enum => ("enum", "SC1003"),
            Rule::Minimum => ("minimum", "SC1004"),
            Rule::Maximum => ("maximum", "SC1005"),
            Rule::MinLength => ("minLength", "SC1006"),
            Rule::MaxLength => ("maxLength", "SC1007"),
            Rule::Pattern => ("pattern", "SC1008"),
            Rule::MinItems => ("minItems", "SC1009"),
            Rule::MaxItems => ("maxItems", "SC1010"),
            Rule::UniqueItems => ("uniqueItems", "SC1011"),
            Rule::MinProperties => ("minProperties", "SC1012"),
            Rule::MaxProperties => ("maxProperties", "SC1013"),
            Rule::AdditionalProperties => ("additionalProperties", "SC1014"),
            Rule::NotOneSchemaValid => ("not_one_schema_valid", "SC1015"),
            Rule::Disallow => ("disallow", "SC1016"),
            Rule::UnknownModule => ("error", "SC1017"),
            Rule::InvalidUrl => ("error", "SC1018"),
            Rule::InvalidRegexp => ("error", "SC1019"),
            Rule::TooDeep => ("error", "SC1020"),
            Rule::TooMany => ("error", "SC1021"),
            Rule::UnknownSchema => ("error", "SC1022"),
            Rule::Unique => ("unique", "SC1030"),
            Rule::NotFound => ("not_found", "SC1031"),
            Rule::Forbidden => ("forbidden", "SC1032"),
            Rule::Invalid => ("invalid", "SC1033"),
            Rule::DateRange => ("date_range", "SC1034"),
            Rule::MaxSize => ("maxSize", "SC1035"),
        }
    }
}

/// One broken rule at one place of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The way to the value; ends with the missing key for [`Rule::Required`]. Empty for the whole document.
    pub path: Vec<Segment>,
    /// Which rule.
    pub rule: Rule,
    /// What is wrong, for people; one sentence without a full stop.
    pub message: String,
    /// What was asked for: the bound, the allowed values, the type names, the regular expression.
    pub target: Option<Value>,
    /// The offending value; the name of the missing key for [`Rule::Required`].
    pub value: Option<Value>,
    /// Where it comes from: the text for lengths, the nearest alternative's error tree for alternatives.
    pub cause: Option<Value>,
}

impl Violation {
    /// A broken rule at a path, as the checks of an interface build it:
    /// `Violation::new(["sip", "username"], Rule::Unique, "...")`.
    pub fn new<P>(path: P, rule: Rule, message: impl Into<String>) -> Self
    where
        P: IntoIterator,
        P::Item: Into<Segment>,
    {
        Violation {
            path: path.into_iter().map(Into::into).collect(),
            rule,
            message: message.into(),
            target: None,
            value: None,
            cause: None,
        }
    }

    /// Adds what was asked for.
    #[must_use]
    pub fn with_target(mut self, target: impl Into<Value>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Adds the offending value.
    #[must_use]
    pub fn with_value(mut self, value: impl Into<Value>) -> Self {
        self.value = Some(value.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Value>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The path as Crossbar writes it: joined with `.`, a `.` inside a key as `%2E` (`numbers.0`).
    pub fn dotted_path(&self) -> String {
        let parts: Vec<String> = self
            .path
            .iter()
            .map(|segment| match segment {
                Segment::Key(key) => key.replace('.', "%2E"),
                Segment::Index(index) => index.to_string(),
            })
            .collect();
        parts.join(".")
    }

    /// The path as a JSON pointer (RFC 6901): `/numbers/0`.
    pub fn pointer(&self) -> String {
        self.path.iter().fold(String::new(), |pointer, segment| match segment {
            Segment::Key(key) => join(&pointer, key),
            Segment::Index(index) => join(&pointer, &index.to_string()),
        })
    }

    /// The same fault as an issue. The offending value is left out: it may be a secret or somebody's number.
    pub fn to_issue(&self) -> Issue {
        let issue = Issue::error(self.rule.code(), self.pointer(), self.message.clone());
        match (&self.target, self.rule) {
            (Some(target), Rule::Enum) => issue.with_help(format!("Allowed are {target}")),
            (Some(target), Rule::Pattern) => issue.with_help(format!("It must match {target}")),
            _ => issue,
        }
    }
}

/// Crossbar's error tree: `{"<path>": {"<rule>": {"message", "target"?, "value"?, "cause"?}}}`, paths in the order
/// found (reference section 1.5). Of several faults with the same path and rule the first is kept.
pub fn error_tree(violations: &[Violation]) -> Value {
    let mut tree = Map::new();
    for violation in violations {
        let place = tree.entry(violation.dotted_path()).or_insert_with(|| json!({}));
        let Value::Object(rules) = place else { continue };
        if rules.contains_key(violation.rule.key()) {
            continue;
        }
        let mut detail = Map::new();
        detail.insert("message".to_owned(), Value::String(violation.message.clone()));
        let members =
            [("target", &violation.target), ("value", &violation.value), ("cause", &violation.cause)];
        for (name, member) in members {
            if let Some(member) = member {
                detail.insert(name.to_owned(), member.clone());
            }
        }
        rules.insert(violation.rule.key().to_owned(), Value::Object(detail));
    }
    Value::Object(tree)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_its_row_among_the_error_codes() {
        let codes = include_str!("../../../../docs/error-codes.md");
        for rule in Rule::ALL {
            let row = format!("| {} | `{}` |", rule.code(), rule.key());
            assert!(codes.contains(&row), "no row {row}");
        }
        assert_eq!(codes.matches("| SC1").count(), Rule::ALL.len());
        assert!(Rule::ALL.is_sorted_by_key(|rule| rule.code()));
    }

    #[test]
    fn a_dot_inside_a_key_is_escaped_and_an_index_is_a_number() {
        let violation =
            Violation::new([Segment::from("a.b"), 0.into(), "c/~d".into()], Rule::Type, "wrong type");
        assert_eq!(violation.dotted_path(), "a%2Eb.0.c/~d");
        assert_eq!(violation.pointer(), "/a.b/0/c~1~0d");
    }

    #[test]
    fn the_tree_keeps_the_first_fault_of_a_path_and_rule() {
        let tree = error_tree(&[
            Violation::new(["numbers"], Rule::Unique, "first").with_cause("1000"),
            Violation::new(["numbers"], Rule::Unique, "second").with_cause("1001"),
            Violation::new(["numbers"], Rule::Type, "no array").with_target("array").with_value(3),
        ]);
        assert_eq!(
            tree,
            json!({"numbers": {
                "unique": {"message": "first", "cause": "1000"},
                "type": {"message": "no array", "target": "array", "value": 3},
            }})
        );
    }

    #[test]
    fn an_issue_has_code_pointer_and_help_but_not_the_value() {
        let issue = Violation::new(["sip", "method"], Rule::Enum, "not one of the allowed values")
            .with_target(json!(["password", "ip"]))
            .with_value("hunter2")
            .to_issue();
        assert_eq!((issue.code.as_ref(), issue.place.pointer.as_str()), ("SC1003", "/sip/method"));
        assert!(issue.help.contains("password") && !issue.to_string().contains("hunter2"), "{issue}");
    }
}
