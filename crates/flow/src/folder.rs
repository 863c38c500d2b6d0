//! An account as a folder of readable files, to write by hand, review in a version control system, check and test.
//!
//! ```text
//! account.json              callflows/<slug>.json     media/<slug>.json with <slug>.wav or .mp3 beside it
//! scenarios/*.yaml          versions/<id>.jsonl       devices/  users/  menus/  vmboxes/  groups/  temporal_rules/ ...   other/<kind>/
//! ```
//!
//! Pure: a folder comes in and goes out as pairs of relative path and bytes. Documents refer to each other by `id`
//! only; the file name is for people. Not here: reading the disk, and checking what the documents say (`check`).

mod history;
mod parse;
mod write;

pub use history::{SavedVersion, document_of, has_versions};
pub use parse::parse;
pub use write::write;

use std::collections::BTreeMap;

use crate::account::Document;

/// An account and what belongs to it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Folder {
    /// `account.json`.
    pub account: Document,
    /// Every other document, ordered by path when read.
    pub documents: Vec<Document>,
    /// Audio by the id of its media document.
    pub attachments: BTreeMap<String, Attachment>,
    /// Everything under `scenarios/`, as it came: path and bytes.
    pub scenarios: Vec<(String, Vec<u8>)>,
    /// The file each document came from, by document id. Writing uses the same file again where it can, so that a
    /// document that changes its name does not change its place; documents without one get a name of their own.
    pub paths: BTreeMap<String, String>,
    /// All versions of flows that were saved more than once, oldest first, by document id; the live one among them.
    pub versions: BTreeMap<String, Vec<SavedVersion>>,
}

/// A file that belongs to a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attachment {
    /// Its name without folder: `welcome.wav`.
    pub file_name: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// Largest JSON file read, in bytes.
pub const MAX_DOCUMENT_BYTES: usize = 16 << 20;

/// Most files read.
pub const MAX_FILES: usize = 1_000_000;

/// Folder names and the kind of the documents in them.
const KINDS: [(&str, &str); 35] = [
    ("access_lists", "access_list"),
    ("announcement_sets", "n2fe_announcement_set"),
    ("blacklists", "blacklist"),
    ("callflows", "callflow"),
    ("clicktocall", "click2call"),
    ("conferences", "conference"),
    ("configs", "config"),
    ("control_plans", "n2fe_flow"),
    ("counters", "n2fe_counter"),
    ("customer_profiles", "n2fe_customer"),
    ("devices", "device"),
    ("directories", "directory"),
    ("faxboxes", "faxbox"),
    ("functions", "function"),
    ("geography_sets", "n2fe_geography_set"),
    ("groups", "group"),
    ("holiday_sets", "n2fe_holiday_set"),
    ("limits", "limits"),
    ("list_entries", "list_entry"),
    ("lists", "list"),
    ("lookup_tables", "n2fe_lookup_table"),
    ("media", "media"),
    ("menus", "menu"),
    ("metaflows", "metaflow"),
    ("n2fe_users", "n2fe_user"),
    ("phone_numbers", "phone_number"),
    ("queues", "queue"),
    ("resources", "resource"),
    ("service_numbers", "n2fe_service_number"),
    ("suburb_sets", "n2fe_suburb_set"),
    ("temporal_rules", "temporal_rule"),
    ("temporal_rules_sets", "temporal_rule_set"),
    ("users", "user"),
    ("vmboxes", "vmbox"),
    ("webhooks", "webhook"),
];

/// Where documents of kinds without a folder of their own go: `other/<kind>/<slug>.json`.
const OTHER: &str = "other";

/// The folder of a kind, without a slash at the end.
pub fn folder_of(kind: &str) -> String {
    KINDS.iter().find(|(_, known)| *known == kind).map_or_else(
        || format!("{OTHER}/{}", if is_plain(kind) { kind.to_owned() } else { slug(kind, "document") }),
        |(folder, _)| (*folder).to_owned(),
    )
}

/// The kind of the documents in a folder (`callflows`, `other/x`), if it is one of ours.
pub fn kind_of(folder: &str) -> Option<&str> {
    if let Some((_, kind)) = KINDS.iter().find(|(known, _)| *known == folder) {
        return Some(kind);
    }
    folder.strip_prefix(OTHER)?.strip_prefix('/').filter(|kind| is_plain(kind))
}

/// An id that can stand in a URL and be read by people: 1 to 64 of `a-z 0-9 _ -`.
pub fn is_id(id: &str) -> bool {
    (1..=64).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_' || byte == b'-')
}

/// The id of a document whose file has none: 32 hex digits that depend on the path only (FNV-1a, 128 bits).
pub fn id_of_path(path: &str) -> String {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for byte in path.bytes() {
        hash ^= u128::from(byte);
        hash = hash.wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013b);
    }
    format!("{hash:032x}")
}

fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

/// A file name without extension for people to recognise: lower-case letters, digits and dashes, at most 48.
fn slug(text: &str, otherwise: &str) -> String {
    let mut slug = String::new();
    for character in text.chars().flat_map(char::to_lowercase) {
        if slug.len() >= 48 {
            break;
        }
        if character.is_ascii_alphanumeric() {
            slug.push(character);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { otherwise.to_owned() } else { slug.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_and_kinds_answer_to_each_other() {
        for (folder, kind) in KINDS {
            assert_eq!(folder_of(kind), folder);
            assert_eq!(kind_of(folder), Some(kind));
        }
        assert_eq!(folder_of("parked_call"), "other/parked_call");
        assert_eq!(kind_of("other/parked_call"), Some("parked_call"));
        assert_eq!(kind_of("other"), None);
        assert_eq!(kind_of("other/a/b"), None);
        assert_eq!(kind_of("pictures"), None);
    }

    #[test]
    fn slugs_are_readable_and_bounded() {
        let table = [
            ("Main Menu", "main-menu"),
            ("  Süd / Nord (2) ", "s-d-nord-2"),
            ("*97", "97"),
            ("***", "x"),
            ("", "x"),
        ];
        for (name, wanted) in table {
            assert_eq!(slug(name, "x"), wanted, "{name}");
        }
        assert!(slug(&"ab ".repeat(100), "x").len() <= 48);
    }

    #[test]
    fn ids() {
        assert_eq!(id_of_path(""), "6c62272e07bb014262b821756295c58d");
        assert_eq!(id_of_path("a"), "d228cb696f1a8caf78912b704e4a8964");
        assert!(is_id(&id_of_path("callflows/main.json")));
        for bad in ["", "A", "a b", "a/b", "..", &"a".repeat(65)] {
            assert!(!is_id(bad), "{bad}");
        }
    }
}
