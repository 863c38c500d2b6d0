//! `directory`: finds a person by the keys that spell their name, and goes on in their callflow (reference section 7.9).
//!
//! `min_dtmf` and `max_dtmf` count, and one name is enough; in Kazoo neither is so (section 8.1, 2).

use std::sync::Arc;
use std::time::Duration;

use flow::graph::Object;
use serde::Deserialize;
use serde_json::Value;

use crate::caller::Collect;
use crate::command::View;
use crate::cx::{Cx, HungUp};
use crate::lenient::{self, Read};
use crate::media::Media;
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::say;

/// Times the first digit is asked for.
const FIRST_DIGIT_TRIES: usize = 3;

/// Time for the first digit of an entry, and between digits.
const DIGIT_TIMEOUT: Duration = Duration::from_millis(2000);

/// Most digits of a name.
const DIGITS_MAX: usize = 100;

/// Searches before the caller is let go; Kazoo's go on for ever.
const SEARCHES_MAX: usize = 10;

/// Times without a key at one result.
const SILENCES_MAX: usize = 3;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "directory",
    summary: "Finds a person by the keys that spell their name.",
    example: r#"{"module": "directory", "data": {"id": "everybody"}, "children": {"_": {"module": "menu", "data": {"id": "main-menu"}}}}"#,
    exits: &[Exit::Branch, Exit::Key("_"), Exit::Stop],
    members: lenient::members::<Data>,
    caption: |data| match data.get("id").and_then(lenient::as_text) {
        Some(id) => format!("Directory {id}"),
        None => "Directory".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// The directory document.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
}

/// By which names people are searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Search {
    First,
    Last,
    Both,
}

/// A directory document, read.
struct Directory {
    search: Search,
    confirm: bool,
    min_digits: usize,
    max_digits: usize,
}

/// Somebody who can be found.
#[derive(Clone, Debug)]
struct Person {
    first: String,
    last: String,
    name_media: Option<String>,
    callflow_id: String,
}

/// What one search came to.
enum Found {
    Person(Person),
    Again,
    Leave,
    Stop,
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let id = data.id.unwrap_or_default();
    let document = cx.document(&id).await.unwrap_or_else(|| Arc::new(Value::Object(Object::new())));
    let directory = read(&document);
    let by_first = document.text_at(&["sort_by"]).as_deref() == Some("first_name");
    let people = people(&cx, &id, by_first).await;
    cx.answer().await?;
    if people.is_empty() {
        cx.prompt("dir-no_results_found").await?;
        return Ok(Next::default_exit());
    }
    for _ in 0..SEARCHES_MAX {
        match search(&cx, &directory, &people).await? {
            Found::Again => {}
            Found::Leave => return Ok(Next::default_exit()),
            Found::Stop => return Ok(Next::Stop(None)),
            Found::Person(person) => {
                return Ok(match cx.callflow(&person.callflow_id).await {
                    Some(callflow) => cx.branch(callflow),
                    None => {
                        let id = person.callflow_id;
                        cx.note("EN2009", format!("the callflow `{id}` of somebody found does not exist"));
                        Next::default_exit()
                    }
                });
            }
        }
    }
    cx.prompt("dir-no_more_results").await?;
    Ok(Next::Stop(None))
}

fn read(document: &Value) -> Directory {
    let count = |name: &str, default: usize| {
        document.int_at(&[name]).and_then(|value| usize::try_from(value).ok()).unwrap_or(default)
    };
    let max = count("max_dtmf", 0);
    Directory {
        search: match document.text_at(&["search_fields"]).as_deref() {
            Some("first" | "first_name") => Search::First,
            Some("last" | "last_name") => Search::Last,
            _ => Search::Both,
        },
        confirm: document.is_true_at(&["confirm_match"], false),
        min_digits: count("min_dtmf", 3).max(1),
        max_digits: if max == 0 { DIGITS_MAX } else { max.min(DIGITS_MAX) },
    }
}

/// The members of the directory, sorted by name.
async fn people(cx: &Cx, directory_id: &str, by_first: bool) -> Vec<Person> {
    let users = cx.list(View::UsersInDirectory { directory_id: directory_id.to_owned() }).await;
    let mut people: Vec<Person> = users
        .iter()
        .filter_map(|user| {
            Some(Person {
                first: user.text_at(&["first_name"]).unwrap_or_default(),
                last: user.text_at(&["last_name"]).unwrap_or_default(),
                name_media: user.text_at(&["media", "name"]),
                callflow_id: user.text_at(&["directories", directory_id])?,
            })
        })
        .filter(|person| !(person.first.is_empty() && person.last.is_empty()))
        .collect();
    people.sort_by_key(|person| {
        let (first, last) = (person.first.to_lowercase(), person.last.to_lowercase());
        if by_first { (first, last) } else { (last, first) }
    });
    people
}

async fn search(cx: &Cx, directory: &Directory, people: &[Person]) -> Result<Found, HungUp> {
    let prompt = match directory.search {
        Search::First => "dir-enter_person_firstname",
        Search::Last => "dir-enter_person_lastname",
        Search::Both => "dir-enter_person_name",
    };
    let one = Collect { terminators: "", timeout: DIGIT_TIMEOUT, ..Collect::default() };
    let mut digits = String::new();
    for _ in 0..FIRST_DIGIT_TRIES {
        digits = cx.collect(vec![cx.prompt_item(prompt)], &one).await?;
        if !digits.is_empty() {
            break;
        }
    }
    if digits.is_empty() {
        cx.prompt("dir-specify_minimum").await?;
        cx.prompt("dir-no_results_found").await?;
        return Ok(Found::Stop);
    }
    if directory.max_digits > 1 {
        let more = Collect {
            max_digits: directory.max_digits - 1,
            timeout: DIGIT_TIMEOUT,
            interdigit: DIGIT_TIMEOUT,
            ..Collect::default()
        };
        digits.push_str(&cx.collect(Vec::new(), &more).await?);
    }
    if digits == "0" || digits.strip_prefix(|_: char| true) == Some("0") {
        return Ok(Found::Leave);
    }
    if digits.len() < directory.min_digits.min(directory.max_digits) {
        cx.prompt("dir-specify_minimum").await?;
        return Ok(Found::Again);
    }
    let matching: Vec<&Person> =
        people.iter().filter(|person| is_spelled(person, directory.search, &digits)).collect();
    match &matching[..] {
        [] => {
            cx.prompt("dir-no_results_found").await?;
            Ok(Found::Again)
        }
        [only] => confirm(cx, directory, only).await,
        several => choose(cx, several).await,
    }
}

async fn confirm(cx: &Cx, directory: &Directory, person: &Person) -> Result<Found, HungUp> {
    if !directory.confirm {
        return Ok(Found::Person(person.clone()));
    }
    let mut items = vec![cx.prompt_item("dir-found")];
    items.push(name(cx, person).await);
    items.push(cx.prompt_item("dir-confirm_menu"));
    let key = cx.collect(items, &Collect::default()).await?;
    Ok(if key == "1" { Found::Person(person.clone()) } else { Found::Again })
}

async fn choose(cx: &Cx, people: &[&Person]) -> Result<Found, HungUp> {
    for (place, person) in people.iter().enumerate() {
        let mut silences = 0;
        loop {
            let mut items = vec![cx.prompt_item("dir-result_number")];
            items.extend(say::number(cx, place as u64 + 1));
            items.push(name(cx, person).await);
            items.push(cx.prompt_item("dir-result_menu"));
            match cx.collect(items, &Collect::default()).await?.as_str() {
                "1" => return Ok(Found::Person((*person).clone())),
                "2" => break,
                "3" => return Ok(Found::Again),
                other => {
                    silences += 1;
                    if silences >= SILENCES_MAX {
                        cx.prompt("dir-no_more_results").await?;
                        return Ok(Found::Stop);
                    }
                    if !other.is_empty() {
                        cx.prompt("dir-invalid_key").await?;
                    }
                }
            }
        }
    }
    cx.prompt("dir-no_more_results").await?;
    Ok(Found::Again)
}

/// The name as they recorded it, else spoken.
async fn name(cx: &Cx, person: &Person) -> Media {
    if let Some(id) = &person.name_media
        && cx.document(id).await.is_some()
    {
        return Media::Document { id: id.clone() };
    }
    Media::Speech {
        text: format!("{} {}", person.first, person.last).trim().to_owned(),
        voice: "female".to_owned(),
        language: cx.vars(|vars| vars.language.clone()),
        engine: String::new(),
    }
}

fn is_spelled(person: &Person, search: Search, digits: &str) -> bool {
    let starts = |one: &str, other: &str| format!("{}{}", keys(one), keys(other)).starts_with(digits);
    let by_first = || starts(&person.first, &person.last);
    let by_last = || starts(&person.last, &person.first);
    match search {
        Search::First => by_first(),
        Search::Last => by_last(),
        Search::Both => by_first() || by_last(),
    }
}

/// The keys that spell a name; letters that no key has are passed over.
fn keys(name: &str) -> String {
    name.chars()
        .filter_map(|letter| match letter.to_ascii_lowercase() {
            'a'..='c' => Some('2'),
            'd'..='f' => Some('3'),
            'g'..='i' => Some('4'),
            'j'..='l' => Some('5'),
            'm'..='o' => Some('6'),
            'p'..='s' => Some('7'),
            't'..='v' => Some('8'),
            'w'..='z' => Some('9'),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_by_keys() {
        assert_eq!(keys("Ann-Marie O'Zqx"), "26662743".to_owned() + "6979");
        let person = Person {
            first: "Ann".to_owned(),
            last: "Zed".to_owned(),
            name_media: None,
            callflow_id: String::new(),
        };
        assert!(is_spelled(&person, Search::Both, "2669") && is_spelled(&person, Search::Both, "9332"));
        assert!(is_spelled(&person, Search::First, "266") && !is_spelled(&person, Search::First, "933"));
        assert!(is_spelled(&person, Search::Last, "933") && !is_spelled(&person, Search::Last, "266"));
    }
}
