//! Relatives of an account: `children`, `descendants`, `siblings`, `parents`, `tree` (reference "Crossbar" 4.1).
//!
//! Not here: the account's own document.

use serde_json::{Value, json};
use store::AccountRow;

use crate::crossbar::context::Cx;
use crate::crossbar::data;
use crate::crossbar::envelope::Reply;
use crate::crossbar::error::Failure;
use crate::crossbar::list::{self, Entry};

/// Lists the relatives of a kind. What lies above the asker's own account is not shown.
pub(crate) fn run(cx: &Cx<'_>, relatives: &str) -> Result<Reply, Failure> {
    let rows = match relatives {
        "children" => data::children(cx.state, &cx.account)?,
        "descendants" => data::descendants(cx.state, &cx.account)?,
        "siblings" => siblings(cx)?,
        "parents" | "tree" => {
            let rows = visible_ancestors(cx)?;
            return Ok(Reply::ok(rows.iter().map(|row| json!({"id": row.id, "name": row.name})).collect()));
        }
        "reseller" | "move" => return Err(Failure::NotImplemented),
        _ => return Err(Failure::NotFound),
    };
    let entries = rows.iter().map(|row| {
        let shown = json!({"id": row.id, "name": row.name, "realm": row.realm});
        Entry {
            key: row.id.clone(),
            id: row.id.clone(),
            document: shown.as_object().cloned().unwrap_or_default(),
            created: 0,
            modified: 0,
        }
    });
    let page = list::page(entries.collect(), &cx.filters(), &cx.paging(), |entry| {
        let mut row = entry.document.clone();
        let count = data::descendants(cx.state, &entry.id).map_or(0, |below| below.len());
        row.insert("descendants_count".to_owned(), count.into());
        row.insert("flags".to_owned(), json!([]));
        Value::Object(row)
    });
    Ok(Reply::page(page))
}

/// Accounts beside this one; none for the asker's own account, whose parent is not the asker's to see.
fn siblings(cx: &Cx<'_>) -> Result<Vec<AccountRow>, Failure> {
    if visible_ancestors(cx)?.is_empty() {
        return Ok(Vec::new());
    }
    match data::parent(cx.state, &cx.account)? {
        Some(parent) => {
            let mut rows = data::children(cx.state, &parent)?;
            rows.retain(|row| row.id != cx.account);
            Ok(rows)
        }
        None => Ok(Vec::new()),
    }
}

/// From the highest the asker may see down to the parent.
fn visible_ancestors(cx: &Cx<'_>) -> Result<Vec<AccountRow>, Failure> {
    let Some(identity) = cx.identity else { return Err(Failure::Credentials) };
    let own = &identity.claims.account_id;
    if *own == cx.account && !identity.is_superduper {
        return Ok(Vec::new());
    }
    let mut rows = data::ancestors(cx.state, &cx.account)?;
    if !identity.is_superduper {
        let start = rows.iter().position(|row| row.id == *own).unwrap_or(rows.len());
        rows.drain(..start);
    }
    Ok(rows)
}
