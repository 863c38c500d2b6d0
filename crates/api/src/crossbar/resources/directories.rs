//! `A/directories` (reference "Crossbar" 4.1): membership is kept in the users and computed here.
//!
//! Not here: the dial-by-name module.

use serde_json::{Value, json};

use super::Resource;
use crate::crossbar::data;

/// `A/directories`.
pub(crate) static DIRECTORIES: Resource = Resource {
    show: |cx, document, members| {
        let mut listed = Vec::new();
        for user in data::all(cx.state, &cx.account, "user")? {
            let callflow = user.body.get("directories").and_then(|entries| entries.get(&document.id));
            if let Some(callflow) = callflow.and_then(Value::as_str) {
                listed.push(json!({"user_id": user.id, "callflow_id": callflow}));
            }
        }
        members.insert("users".to_owned(), Value::Array(listed));
        Ok(())
    },
    prepare: |_, draft| {
        // Computed for GET; editors send it back with the document.
        draft.body.shift_remove("users");
        Ok(())
    },
    ..Resource::plain("directories", "directory", "directories")
};
