//! Lists: order, filters and pages over rows that are already in memory (reference "Crossbar" 1.7).
//!
//! Not here: what a row shows (each resource) and how a document is found (crate `store`).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::filter::Filters;

/// Rows on a page when the client does not say.
const PAGE_SIZE_DEFAULT: usize = 50;
/// The most rows a client gets on one page; more are on the next.
const PAGE_SIZE_MAX: usize = 5_000;

/// What the client asked for.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Paging {
    /// `paginate=false`: everything, and no paging members in the envelope.
    pub(crate) all: bool,
    /// `page_size`.
    page_size: Option<usize>,
    /// `start_key`, inclusive.
    start: Option<Key>,
    /// `end_key`, inclusive.
    end: Option<Key>,
    /// `ascending=true`; the default is descending.
    ascending: bool,
}

impl Paging {
    /// Reads the paging parameters by a lookup that knows query and envelope.
    pub(crate) fn read(parameter: impl Fn(&str) -> Option<String>) -> Self {
        let truth = |name: &str| parameter(name).is_some_and(|value| value == "true");
        Paging {
            all: parameter("paginate").is_some_and(|value| value == "false"),
            page_size: parameter("page_size").and_then(|value| value.parse().ok()).filter(|size| *size > 0),
            start: parameter("start_key").filter(|text| !text.is_empty()).map(|text| Key::decode(&text)),
            end: parameter("end_key").filter(|text| !text.is_empty()).map(|text| Key::decode(&text)),
            ascending: truth("ascending"),
        }
    }
}

/// The place of a row in its list: the view's key, and the id that makes it unique.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(String, String);

impl Key {
    /// The opaque text a client hands back.
    fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(Value::from(vec![self.0.clone(), self.1.clone()]).to_string())
    }

    /// Reads an opaque text; anything else is taken as the view's key itself.
    fn decode(text: &str) -> Self {
        let decoded = URL_SAFE_NO_PAD.decode(text).ok();
        let pair = decoded.and_then(|bytes| serde_json::from_slice::<[String; 2]>(&bytes).ok());
        match pair {
            Some([key, id]) => Key(key, id),
            None => Key(text.to_owned(), String::new()),
        }
    }
}

/// One document of a list.
pub(crate) struct Entry {
    /// The view's key (`id`, or "last first" of users).
    pub(crate) key: String,
    /// The document's id.
    pub(crate) id: String,
    /// The whole public document, for filters.
    pub(crate) document: Map<String, Value>,
    /// When it was created, Gregorian seconds.
    pub(crate) created: u64,
    /// When it was last changed, Gregorian seconds.
    pub(crate) modified: u64,
}

/// One page.
#[derive(Debug, PartialEq)]
pub(crate) struct Page {
    /// The rows.
    pub(crate) rows: Vec<Value>,
    /// Where this page begins; absent without paging or rows.
    pub(crate) start_key: Option<String>,
    /// Where the next page begins; absent on the last.
    pub(crate) next_start_key: Option<String>,
    /// Whether the paging members belong into the envelope.
    pub(crate) paged: bool,
}

/// Orders, filters and cuts. A page is filled with rows that pass the filters.
pub(crate) fn page(
    mut entries: Vec<Entry>,
    filters: &Filters,
    paging: &Paging,
    row: impl Fn(&Entry) -> Value,
) -> Page {
    entries.retain(|entry| filters.pass(&entry.document, entry.created, entry.modified));
    let mut keyed: Vec<(Key, Entry)> =
        entries.into_iter().map(|entry| (Key(entry.key.clone(), entry.id.clone()), entry)).collect();
    keyed.sort_by(|left, right| left.0.cmp(&right.0));
    if !paging.ascending {
        keyed.reverse();
    }
    if paging.all {
        let rows = keyed.iter().map(|(_, entry)| row(entry)).collect();
        return Page { rows, start_key: None, next_start_key: None, paged: false };
    }
    let before = |key: &Key, start: &Key| if paging.ascending { key < start } else { key > start };
    if let Some(start) = &paging.start {
        // A bare key (no id) starts at the first row with that key in either direction.
        keyed.retain(|(key, _)| !before(key, start) || (start.1.is_empty() && key.0 == start.0));
    }
    if let Some(end) = &paging.end {
        keyed.retain(|(key, _)| key == end || key.0 == end.0 || before(key, end));
    }
    let size = paging.page_size.unwrap_or(PAGE_SIZE_DEFAULT).min(PAGE_SIZE_MAX);
    let next_start_key = keyed.get(size).map(|(key, _)| key.encode());
    keyed.truncate(size);
    let start_key = keyed.first().map(|(key, _)| key.encode());
    let rows = keyed.iter().map(|(_, entry)| row(entry)).collect();
    Page { rows, start_key, next_start_key, paged: true }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entries(count: usize) -> Vec<Entry> {
        (0..count)
            .map(|n| Entry {
                key: format!("k{n:03}"),
                id: format!("id{n}"),
                document: json!({"odd": n % 2 == 1, "n": n}).as_object().cloned().expect("object"),
                created: 1,
                modified: 1,
            })
            .collect()
    }

    fn ask(pairs: &[(&str, &str)]) -> Page {
        let pairs: Vec<_> = pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let find = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        page(entries(120), &Filters::from_query(&pairs), &Paging::read(find), |entry| {
            entry.document.get("n").cloned().unwrap_or_default()
        })
    }

    #[test]
    fn lists_are_descending_pages_of_fifty() {
        let first = ask(&[]);
        assert_eq!((first.rows.len(), &first.rows[0]), (50, &json!(119)));
        let second = ask(&[("start_key", first.next_start_key.as_deref().expect("a next page"))]);
        assert_eq!((second.rows.len(), &second.rows[0]), (50, &json!(69)));
        assert_eq!(second.start_key, first.next_start_key);
        let third = ask(&[("start_key", second.next_start_key.as_deref().expect("a next page"))]);
        assert_eq!((third.rows.len(), third.next_start_key), (20, None));
    }

    #[test]
    fn only_ascending_flips_the_order() {
        assert_eq!(ask(&[("descending", "false")]).rows[0], json!(119));
        assert_eq!(ask(&[("ascending", "true")]).rows[0], json!(0));
    }

    #[test]
    fn a_page_is_filled_with_rows_that_pass_the_filters() {
        let page = ask(&[("filter_odd", "true"), ("page_size", "10")]);
        assert_eq!(page.rows.len(), 10);
        assert!(page.rows.iter().all(|n| n.as_u64().is_some_and(|n| n % 2 == 1)));
        assert!(page.next_start_key.is_some());
    }

    #[test]
    fn without_paging_everything_comes_and_no_keys() {
        let page = ask(&[("paginate", "false"), ("page_size", "3")]);
        assert_eq!((page.rows.len(), page.paged, page.next_start_key), (120, false, None));
    }

    #[test]
    fn odd_parameters_do_no_harm() {
        for bad in ["0", "-1", "x", "999999999999999999999999"] {
            assert_eq!(ask(&[("page_size", bad)]).rows.len(), 50);
        }
        assert_eq!(ask(&[("start_key", "k003")]).rows, vec![json!(3), json!(2), json!(1), json!(0)]);
        assert_eq!(ask(&[("start_key", "%%%"), ("ascending", "true")]).rows.len(), 50);
        assert_eq!(ask(&[("end_key", "k118")]).rows, vec![json!(119), json!(118)]);
    }
}
