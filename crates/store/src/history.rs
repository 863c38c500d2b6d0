//! The versions of flows on their way into the store from a folder, and out of it.
//!
//! A version is known again by its number and content, else by its content, so that the same folder can come any number
//! of times, also into an account with versions of its own: nothing is overwritten, and schedules name what they named.
//! Not here: the live version (`import`), the files (`flow::folder`).

use std::collections::BTreeMap;

use flow::folder::{SavedVersion, has_versions};
use rusqlite::Connection;

use crate::document::{Author, CONTROL_PLAN, Document, Object, Version};
use crate::documents::prepared;
use crate::error::{Result, StoreError};
use crate::numeric::Part;
use crate::sqlite::{Write, documents as sql, services};

/// For each document, the numbers its versions have in a folder and in the store.
pub(crate) type Numbers = BTreeMap<String, BTreeMap<u32, u32>>;

/// The versions of a flow that was saved more than once, oldest first.
pub(crate) fn of(db: &Connection, document: &Document) -> Result<Vec<SavedVersion>> {
    if !has_versions(&document.kind) {
        return Ok(Vec::new());
    }
    let listed = sql::versions(db, &document.account, &document.id, None, usize::MAX)?;
    if listed.len() < 2 {
        return Ok(Vec::new());
    }
    let mut found = Vec::with_capacity(listed.len());
    for listed in listed.iter().rev() {
        let version = sql::version(db, &document.account, &document.id, listed.number)?;
        let version = version.ok_or_else(|| StoreError::not_found("version", listed.number.to_string()))?;
        found.push(saved(version));
    }
    Ok(found)
}

/// How many bytes they take in a folder, nearly.
pub(crate) fn size(versions: &[SavedVersion]) -> u64 {
    let one = |version: &SavedVersion| serde_json::to_string(version).map_or(0, |text| text.len() as u64 + 1);
    versions.iter().map(one).sum()
}

/// Adds the versions that a document does not have yet, which may itself not be there yet; gives their numbers.
pub(crate) fn bring(
    write: &Write<'_>,
    account: &str,
    id: &str,
    kind: &str,
    versions: &[SavedVersion],
) -> Result<BTreeMap<u32, u32>> {
    let mut known = sql::hashes(write.db, account, id)?;
    let mut numbers = BTreeMap::new();
    for version in versions {
        let text = prepared(version.body.clone(), write.limits)?;
        let hash = sql::hash_of(&text);
        let same = known.get(&version.number).is_some_and(|known| *known == hash);
        let alike = || known.iter().find(|(_, known)| **known == hash).map(|(number, _)| *number);
        let found = if same { Some(version.number) } else { alike() };
        let number = match found {
            Some(number) => number,
            None => {
                let number = known.keys().next_back().map_or(1, |latest| latest.saturating_add(1));
                let author = Author { name: version.author.clone(), note: version.note.clone() };
                sql::put_version(write, account, id, number, &text, &author, version.saved)?;
                known.insert(number, hash);
                number
            }
        };
        if kind == CONTROL_PLAN {
            services::allot(write, account, id, &Part::Version(number))?;
            services::allot(write, account, id, &Part::Structure(number))?;
        }
        numbers.insert(version.number, number);
    }
    sql::set_latest(write, account, id)?;
    Ok(numbers)
}

/// The number that the store gave to the live version of a folder, if that is what the document's file says.
pub(crate) fn live(versions: &[SavedVersion], numbers: &BTreeMap<u32, u32>, body: &Object) -> Option<u32> {
    let live = versions.iter().find(|version| version.live && version.body == *body)?;
    numbers.get(&live.number).copied()
}

fn saved(version: Version) -> SavedVersion {
    SavedVersion {
        number: version.number,
        author: version.author.name,
        note: version.author.note,
        saved: version.saved,
        live: version.live,
        body: version.body.unwrap_or_default(),
    }
}
