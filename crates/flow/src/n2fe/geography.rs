//! Geography sets: trees of named places with number prefixes, for location routing.
//!
//! ```json
//! {"name": "NZ_REGIONS", "entries": [
//!   {"id": 1, "name": "North Island", "entries": [
//!     {"id": 2, "name": "Auckland", "prefixes": ["649"]}]}]}
//! ```

use serde_json::Value;

use super::prefixes::Prefixes;

/// Deepest places within places.
pub const MAX_DEPTH: usize = 32;

/// Most places of one set.
pub const MAX_PLACES: usize = 100_000;

/// One place of a set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its id as text; empty when it has none.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The place it lies in.
    parent: Option<usize>,
}

/// A geography set, read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Geography {
    places: Vec<Place>,
    prefixes: Prefixes<usize>,
}

impl Geography {
    /// Reads a set's document; what is no place is passed over.
    pub fn read(document: &Value) -> Geography {
        let mut geography = Geography::default();
        let mut waiting: Vec<(&Value, Option<usize>, usize)> = Vec::new();
        push_entries(&mut waiting, document, None, 1);
        while let Some((entry, parent, depth)) = waiting.pop() {
            if geography.places.len() >= MAX_PLACES {
                break;
            }
            let text = |name: &str| match entry.get(name) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Number(number)) => number.to_string(),
                _ => String::new(),
            };
            let place = geography.places.len();
            geography.places.push(Place { id: text("id"), name: text("name"), parent });
            for prefix in entry.get("prefixes").and_then(Value::as_array).into_iter().flatten() {
                match prefix {
                    Value::String(prefix) => geography.prefixes.insert(prefix, place),
                    Value::Number(prefix) => geography.prefixes.insert(&prefix.to_string(), place),
                    _ => {}
                }
            }
            if depth < MAX_DEPTH {
                push_entries(&mut waiting, entry, Some(place), depth + 1);
            }
        }
        geography
    }

    /// The place a number belongs to, by its longest prefix, and the places that one lies in, innermost first.
    pub fn locate(&self, number: &str) -> Vec<&Place> {
        let mut found = Vec::new();
        let mut next = self.prefixes.find(number).copied();
        while let Some(place) = next.and_then(|index| self.places.get(index)) {
            found.push(place);
            next = place.parent;
        }
        found
    }

    /// The entry with this name, as a document: for sets whose entries carry more than prefixes (time zones).
    pub fn entry<'a>(document: &'a Value, name: &str) -> Option<&'a Value> {
        let mut waiting = Vec::new();
        push_entries(&mut waiting, document, None, 1);
        let mut seen = 0;
        while let Some((entry, _, depth)) = waiting.pop() {
            seen += 1;
            if entry.get("name").and_then(Value::as_str) == Some(name) {
                return Some(entry);
            }
            if depth < MAX_DEPTH && seen < MAX_PLACES {
                push_entries(&mut waiting, entry, None, depth + 1);
            }
        }
        None
    }
}

/// The entries of a place, last first, so that the first is taken from the end of the list.
fn push_entries<'a>(
    waiting: &mut Vec<(&'a Value, Option<usize>, usize)>,
    of: &'a Value,
    parent: Option<usize>,
    depth: usize,
) {
    let entries = of.get("entries").and_then(Value::as_array).into_iter().flatten();
    let from = waiting.len();
    waiting.extend(entries.filter(|entry| entry.is_object()).map(|entry| (entry, parent, depth)));
    if let Some(added) = waiting.get_mut(from..) {
        added.reverse();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_number_is_in_its_place_and_those_around_it() {
        let document = json!({"entries": [
            {"id": 1, "name": "North Island", "prefixes": ["64"], "entries": [
                {"id": "2", "name": "Auckland", "prefixes": [649, "6421"]}]},
            {"name": "South Island", "prefixes": ["643"]}, 7]});
        let set = Geography::read(&document);
        let names =
            |number: &str| set.locate(number).iter().map(|place| place.name.as_str()).collect::<Vec<_>>();
        assert_eq!(names("+6495551234"), ["Auckland", "North Island"]);
        assert_eq!(names("6435551234"), ["South Island"]);
        assert_eq!(names("6475551234"), ["North Island"]);
        assert_eq!(names("61"), Vec::<&str>::new());
        assert_eq!(set.locate("649")[0].id, "2");
        assert_eq!(Geography::entry(&document, "Auckland").unwrap()["id"], "2");
        assert_eq!(Geography::entry(&document, "Perth"), None);
    }
}
