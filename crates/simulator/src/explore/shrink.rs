//! Makes the account of a failure smaller, as long as the call still fails in the same way.
//!
//! Not here: making the call (`explore`).

use flow::account::AccountIndex;
use flow::pointer;
use serde_json::{Value, json};

use super::{Bounds, Found, explore_random_one};
use crate::world::account::Account;

/// Smaller accounts tried at most.
const TRIES_MAX: usize = 3_000;

/// The smallest account found in which the call of this seed fails as it does in this one, and that failure; `None` when it
/// does not fail. Flows lose nodes and members, and documents other than devices go away: the people in the world stay
/// who they are.
pub fn shrink(account: &Account, seed: u64, bounds: &Bounds) -> Option<(Account, Found)> {
    let mut found = explore_random_one(account, seed, bounds)?;
    let mut smallest = account.clone();
    let mut tries = 0;
    loop {
        let mut smaller = false;
        for next in candidates(&smallest) {
            tries += 1;
            if tries > TRIES_MAX {
                return Some((smallest, found));
            }
            let Some(next) = next.applied(&smallest) else { continue };
            let again = explore_random_one(&next, seed, bounds).filter(|again| kind(again) == kind(&found));
            if let Some(again) = again {
                (smallest, found, smaller) = (next, again, true);
                break;
            }
        }
        if !smaller {
            return Some((smallest, found));
        }
    }
}

/// What did not hold, without its particulars.
fn kind(found: &Found) -> Option<&str> {
    found.broken.first().map(|text| text.split([':', '\n']).next().unwrap_or_default())
}

/// One way to make an account smaller.
enum Cut {
    /// A document goes away.
    Document(String),
    /// A callflow's flow, or a part of a document, is replaced.
    Member { id: String, pointer: String, with: Option<Value> },
}

impl Cut {
    fn applied(&self, account: &Account) -> Option<Account> {
        let index = match self {
            Cut::Document(id) => account.index().without(id),
            Cut::Member { id, pointer, with } => {
                let mut document = account.index().document(id)?.as_ref().clone();
                match with {
                    Some(with) => *document.body.pointer_mut(pointer)? = with.clone(),
                    None => {
                        let (parent, name) = pointer.rsplit_once('/')?;
                        let members = document.body.pointer_mut(parent)?.as_object_mut()?;
                        members.shift_remove(&name.replace("~1", "/").replace("~0", "~"))?;
                    }
                }
                account.index().with(document)
            }
        };
        Some(account.with_index(index))
    }
}

fn candidates(account: &Account) -> Vec<Cut> {
    let index: &AccountIndex = account.index();
    let mut cuts = Vec::new();
    let others =
        index.documents().filter(|one| !matches!(one.kind.as_str(), "device" | "callflow" | "account"));
    cuts.extend(others.map(|one| Cut::Document(one.id.clone())));
    for document in index.documents() {
        if document.kind == "callflow" {
            if let Some(flow) = document.body.get("flow") {
                nodes(&document.id, flow, "/flow".to_owned(), &mut cuts);
            }
        } else {
            let kept = ["id", "number", "realm", "sip", "cycle", "mailbox"];
            let members = document.body.as_object().into_iter().flatten();
            cuts.extend(members.filter(|(name, _)| !kept.contains(&name.as_str())).map(|(name, _)| {
                let (id, pointer) = (document.id.clone(), pointer::join("", name));
                Cut::Member { id, pointer, with: None }
            }));
        }
    }
    cuts
}

/// A node gives way to each of its children; its members of `data` go away one by one.
fn nodes(id: &str, node: &Value, at: String, cuts: &mut Vec<Cut>) {
    let id_of = || id.to_owned();
    if node.get("module").is_some() && node["module"] != "hangup" {
        let with = Some(json!({"module": "hangup", "data": {}, "children": {}}));
        cuts.push(Cut::Member { id: id_of(), pointer: at.clone(), with });
    }
    let children = pointer::join(&at, "children");
    for (key, child) in node["children"].as_object().into_iter().flatten() {
        cuts.push(Cut::Member { id: id_of(), pointer: at.clone(), with: Some(child.clone()) });
        cuts.push(Cut::Member { id: id_of(), pointer: pointer::join(&children, key), with: None });
    }
    let data = pointer::join(&at, "data");
    for (name, _) in node["data"].as_object().into_iter().flatten() {
        cuts.push(Cut::Member { id: id_of(), pointer: pointer::join(&data, name), with: None });
    }
    for (key, child) in node["children"].as_object().into_iter().flatten() {
        nodes(id, child, pointer::join(&children, key), cuts);
    }
}
