//! Members of JSON objects, read whatever form they have: a number may be text or an integer, anything may be null.

use serde_json::Value;

use super::Reader;
use crate::graph::Object;
use crate::issue::Issue;
use crate::pointer;

/// An object of a reply, and where warnings about it point.
pub(super) struct Fields<'s> {
    pub(super) object: &'s Object,
    pub(super) place: String,
}

impl Fields<'_> {
    /// The place of a member.
    pub(super) fn at(&self, member: &str) -> String {
        pointer::join(&self.place, member)
    }
}

/// A text or whole number as text; `None` for an empty text and everything else.
pub(super) fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(str::to_owned),
        Value::Number(number) => match number.as_f64() {
            Some(float) if !number.is_i64() && !number.is_u64() && float.fract() == 0.0 => {
                Some(format!("{float:.0}"))
            }
            _ => Some(number.to_string()),
        },
        _ => None,
    }
}

impl<'s> Reader<'s> {
    /// A body or element as an object; odd forms are told, null is not.
    pub(super) fn object(&mut self, value: &'s Value, place: &str) -> Option<Fields<'s>> {
        match value {
            Value::Object(object) => Some(Fields { object, place: place.to_owned() }),
            Value::Null => None,
            _ => {
                self.odd(place.to_owned(), "an object");
                None
            }
        }
    }

    /// A member that is an object.
    pub(super) fn member(&mut self, fields: &Fields<'s>, name: &str) -> Option<Fields<'s>> {
        fields.object.get(name).and_then(|value| self.object(value, &fields.at(name)))
    }

    /// A text or number; an empty text counts as absent.
    pub(super) fn text(&mut self, fields: &Fields<'_>, name: &str) -> Option<String> {
        let value = fields.object.get(name)?;
        let text = text_of(value);
        if text.is_none() && !matches!(value, Value::Null | Value::String(_)) {
            self.odd(fields.at(name), "a text");
        }
        text
    }

    /// True or false, however written.
    pub(super) fn flag(&mut self, fields: &Fields<'_>, name: &str) -> Option<bool> {
        let value = fields.object.get(name)?;
        let flag = match value {
            Value::Bool(flag) => Some(*flag),
            Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
            Value::Number(number) => {
                number.as_i64().filter(|number| (0..=1).contains(number)).map(|number| number == 1)
            }
            _ => None,
        };
        if flag.is_none() && !value.is_null() {
            self.odd(fields.at(name), "true or false");
        }
        flag
    }

    /// A whole number that is not negative.
    pub(super) fn count(&mut self, fields: &Fields<'_>, name: &str) -> Option<u32> {
        let value = fields.object.get(name)?;
        let count = text_of(value).and_then(|text| text.parse().ok());
        let empty = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        if count.is_none() && !empty {
            self.odd(fields.at(name), "a whole number");
        }
        count
    }

    /// A list; none when it is missing or null.
    pub(super) fn list(&mut self, fields: &Fields<'s>, name: &str) -> &'s [Value] {
        match fields.object.get(name) {
            None | Some(Value::Null) => &[],
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.odd(fields.at(name), "a list");
                &[]
            }
        }
    }

    /// The objects of a list.
    pub(super) fn objects(&mut self, fields: &Fields<'s>, name: &str) -> Vec<Fields<'s>> {
        let at = fields.at(name);
        let list = self.list(fields, name);
        let places = list.iter().enumerate();
        places
            .filter_map(|(place, value)| self.object(value, &pointer::join(&at, &place.to_string())))
            .collect()
    }

    /// The texts of a list; one text alone counts as a list of one.
    pub(super) fn texts(&mut self, fields: &Fields<'_>, name: &str) -> Vec<String> {
        match fields.object.get(name) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(list)) => {
                let mut texts = Vec::with_capacity(list.len());
                for (place, value) in list.iter().enumerate() {
                    // An alias may be an object with its parts.
                    let text = text_of(value).or_else(|| value.get("alias").and_then(text_of));
                    match text {
                        Some(text) => texts.push(text),
                        None if value.is_null() => {}
                        None => self.odd(pointer::join(&fields.at(name), &place.to_string()), "a text"),
                    }
                }
                texts
            }
            Some(_) => self.text(fields, name).into_iter().collect(),
        }
    }

    /// Tells of a member that has another form than expected and is passed over.
    pub(super) fn odd(&mut self, place: String, expected: &str) {
        let message = format!("this is not {expected}; it is passed over");
        self.issues.push(Issue::warning("BW1004", place, message));
    }
}
