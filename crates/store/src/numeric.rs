//! Numbers for interfaces that know everything by a number: one sequence for all documents and parts of documents,
//! kept for ever.
//!
//! Versions of control plans and schedules of service numbers get a number when they are stored, so that numbers of
//! later ones are higher; anything else gets one when it is first asked for. Not here: ids of documents (`random`).

use std::fmt;

use crate::error::{Result, StoreError};
use crate::sqlite::services as sql;
use crate::store::Store;

/// What of a document has a number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The document; for an account its own document.
    Whole,
    /// A version of a flow: N2FE's `plan_id`.
    Version(u32),
    /// The structure row that a control plan's version has in N2FE: `structure_id`.
    Structure(u32),
    /// A schedule of a service number, by its id there.
    Schedule(String),
    /// An entry of a set, by its id or name there.
    Entry(String),
}

impl Part {
    pub(crate) fn parse(text: &str) -> Part {
        match text.split_once(' ') {
            Some(("version", number)) => number.parse().map_or(Part::Whole, Part::Version),
            Some(("structure", number)) => number.parse().map_or(Part::Whole, Part::Structure),
            Some(("schedule", id)) => Part::Schedule(id.to_owned()),
            Some(("entry", id)) => Part::Entry(id.to_owned()),
            _ => Part::Whole,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Whole => Ok(()),
            Part::Version(number) => write!(out, "version {number}"),
            Part::Structure(number) => write!(out, "structure {number}"),
            Part::Schedule(id) => write!(out, "schedule {id}"),
            Part::Entry(id) => write!(out, "entry {id}"),
        }
    }
}

/// What a number stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Numbered {
    /// The account.
    pub account: String,
    /// The document.
    pub document: String,
    /// What of it.
    pub part: Part,
}

impl Store {
    /// What a number stands for; the document may be deleted by now.
    ///
    /// # Errors
    /// `NotFound` for a number never given.
    pub fn by_number(&self, number: i64) -> Result<Numbered> {
        let found = self.database().read(|db| sql::numbered(db, number))?;
        found.ok_or_else(|| StoreError::not_found("number", number.to_string()))
    }

    /// The numbers of parts of an account's documents, in the order asked for; parts without one get one.
    ///
    /// # Errors
    /// Of the database only.
    pub fn numbers(&self, account: &str, parts: &[(&str, Part)]) -> Result<Vec<i64>> {
        let found: Vec<Option<i64>> = self.database().read(|db| {
            parts.iter().map(|(document, part)| sql::number(db, account, document, part)).collect()
        })?;
        if let Some(all) = found.into_iter().collect::<Option<Vec<i64>>>() {
            return Ok(all);
        }
        let account = account.to_owned();
        let parts: Vec<(String, Part)> =
            parts.iter().map(|(document, part)| ((*document).to_owned(), part.clone())).collect();
        self.database().write(move |write| {
            parts.iter().map(|(document, part)| sql::allot(write, &account, document, part)).collect()
        })
    }

    /// The number of one part; see [`Store::numbers`].
    ///
    /// # Errors
    /// Of the database only.
    pub fn number(&self, account: &str, document: &str, part: Part) -> Result<i64> {
        let numbers = self.numbers(account, &[(document, part)])?;
        numbers.first().copied().ok_or_else(|| StoreError::not_found("number", document))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_written_and_read() {
        for part in [
            Part::Whole,
            Part::Version(3),
            Part::Structure(4),
            Part::Schedule("a b".into()),
            Part::Entry("Good Friday".into()),
        ] {
            assert_eq!(Part::parse(&part.to_string()), part);
        }
    }
}
