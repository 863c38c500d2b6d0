//! Control plans: saved by name, each save the next version of that name.
//!
//! A plan is a document like a callflow, with the same versions. Not here: what makes a plan valid (`flow::n2fe`).

use crate::document::{Author, CONTROL_PLAN, Document, NewDocument, Object, Private};
use crate::documents::{create, current, replace};
use crate::error::{Result, StoreError};
use crate::numeric::Part;
use crate::sqlite::{documents as sql, services};
use crate::store::Store;

/// What saving a plan gave.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedPlan {
    /// The plan's document at its new version.
    pub document: Document,
    /// The number of the new version.
    pub plan: i64,
    /// The number of its structure.
    pub structure: i64,
}

impl Store {
    /// Saves a control plan of an account: the first version of a name nobody has, or the next of one that is there.
    /// Blanks at the end of the name do not count. However many save the same name at once, versions stay without
    /// gaps, and nobody is refused.
    ///
    /// # Errors
    /// `NotFound` without the account, `TooLarge`, `Invalid` for an empty name.
    pub fn save_plan(
        &self,
        account: &str,
        name: &str,
        mut body: Object,
        author: &Author,
    ) -> Result<SavedPlan> {
        let (account, name, author) = (account.to_owned(), name.trim_end().to_owned(), author.clone());
        body.insert("name".to_owned(), name.as_str().into());
        self.database().write(move |write| {
            let document = match services::named(write.db, &account, CONTROL_PLAN, &name)? {
                Some(id) => {
                    let current = current(write, &account, &id, None)?;
                    replace(write, &current, body, Private::Keep, &author)?
                }
                None => {
                    let kind = CONTROL_PLAN.to_owned();
                    let new = NewDocument { account, kind, body, ..NewDocument::default() };
                    create(write, new, &author)?
                }
            };
            let (account, id, version) = (&document.account, &document.id, document.version);
            let plan = services::allot(write, account, id, &Part::Version(version))?;
            let structure = services::allot(write, account, id, &Part::Structure(version))?;
            Ok(SavedPlan { document, plan, structure })
        })
    }

    /// The document of a kind with unique names ([`CONTROL_PLAN`],
    /// [`EVENT_COUNTER`](crate::document::EVENT_COUNTER)) that has this name.
    ///
    /// # Errors
    /// `NotFound`.
    pub fn by_name(&self, account: &str, kind: &str, name: &str) -> Result<Document> {
        let name = name.trim_end();
        let found = self.database().read(|db| {
            let id = services::named(db, account, kind, name)?;
            id.map_or(Ok(None), |id| sql::find(db, account, &id))
        })?;
        found.ok_or_else(|| StoreError::not_found("name", name))
    }
}
