//! `allOf`, `anyOf`, `oneOf` and `not`.

use serde_json::Value;

use super::keywords::{Keywords, branches};
use super::validator::Walk;
use super::violation::{Rule, Violation, error_tree};

impl<'r> Walk<'r> {
    pub(super) fn check_alternatives(&mut self, keywords: &'r Keywords, value: &mut Value) {
        for schema in branches(keywords, "allOf") {
            self.check(schema, value);
        }
        for (keyword, only_one) in [("anyOf", false), ("oneOf", true)] {
            let schemas = branches(keywords, keyword);
            if !schemas.is_empty() {
                self.check_one_of(schemas, only_one, value);
            }
        }
        if let Some(schema) = keywords.get("not")
            && self.attempt(schema, value, false).1.is_empty()
        {
            self.report(
                Violation::new(self.here(), Rule::Disallow, "is of a disallowed form")
                    .with_value(value.clone()),
            );
        }
    }

    /// Exact matches first; only when there is none, matches after conversion, of which the first counts.
    fn check_one_of(&mut self, schemas: &'r [Value], only_one: bool, value: &mut Value) {
        let mut exact = schemas
            .iter()
            .map(|schema| self.attempt(schema, value, false))
            .filter(|(_, faults)| faults.is_empty());
        let first = exact.next().map(|(fitted, _)| fitted);
        let ambiguous = only_one && exact.next().is_some();
        drop(exact);
        if ambiguous {
            return self.report(
                Violation::new(self.here(), Rule::NotOneSchemaValid, "fits more than one alternative")
                    .with_value(value.clone()),
            );
        }
        if let Some(fitted) = first {
            *value = fitted;
            return;
        }
        let attempts: Vec<_> =
            schemas.iter().map(|schema| self.attempt(schema, value, self.lenient)).collect();
        if let Some((fitted, _)) = attempts.iter().find(|(_, faults)| faults.is_empty()) {
            *value = fitted.clone();
            return;
        }
        // The alternative meant is the one that does not already differ in a fixed value, then in the fewest places.
        let nearest = attempts.iter().map(|(_, faults)| faults).min_by_key(|faults| {
            (faults.iter().any(|fault| matches!(fault.rule, Rule::Enum | Rule::Type)), faults.len())
        });
        let mut violation =
            Violation::new(self.here(), Rule::NotOneSchemaValid, "fits none of the alternatives")
                .with_value(value.clone());
        violation.cause = nearest.map(|faults| error_tree(faults));
        self.report(violation);
    }

    /// Tries a schema on a copy: what the value became, and the faults found.
    fn attempt(&self, schema: &'r Value, value: &Value, lenient: bool) -> (Value, Vec<Violation>) {
        let mut walk = Walk {
            registry: self.registry,
            path: self.path.clone(),
            depth: self.depth,
            lenient,
            found: Vec::new(),
        };
        let mut copy = value.clone();
        walk.check(schema, &mut copy);
        (copy, walk.found)
    }
}
