//! N2FE control plans of an account, and the documents they use by name.
//!
//! Not here: which plan answers a service number (`services`).

use std::sync::Arc;

use super::links::named_key;
use super::{AccountIndex, Document};
use crate::issue::Issue;
use crate::n2fe::prefixes::digits_of;
use crate::n2fe::{self, service};

impl AccountIndex {
    /// The document of a kind of [`service::KINDS`] that has this name, or else this id; service numbers go by their
    /// digits. The first by id when several have the name.
    pub fn named(&self, kind: &str, name: &str) -> Option<&Arc<Document>> {
        let key = if kind == service::SERVICE_NUMBER { digits_of(name) } else { name.to_owned() };
        self.by_name(&named_key(kind, &key))
            .or_else(|| self.document(name).filter(|found| found.kind == kind))
    }
}

/// What is wrong with a plan.
pub(super) fn issues_of(document: &Document) -> impl Iterator<Item = Issue> {
    let faults = n2fe::validate(service::plan_of(&document.body));
    let id = document.id.clone();
    faults.into_iter().map(move |fault| fault.to_issue().in_document(id.clone()))
}
