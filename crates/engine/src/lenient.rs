//! How forgiving documents are read: numbers as text, booleans as text, empty text as absent (reference section 0).
//!
//! Used by the typed data of modules with `#[serde(deserialize_with = "lenient::...")]`, and on documents.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Value;

/// A whole number, also as text; anything else is an error.
pub(crate) fn int<'de, D: Deserializer<'de>>(input: D) -> Result<i64, D::Error> {
    let value = Value::deserialize(input)?;
    as_int(&value).ok_or_else(|| D::Error::custom(format!("expected a whole number, found {value}")))
}

/// As [`int`], for an optional member.
pub(crate) fn opt_int<'de, D: Deserializer<'de>>(input: D) -> Result<Option<i64>, D::Error> {
    int(input).map(Some)
}

/// Only `true` and `"true"` are true; everything else that is present is false.
pub(crate) fn boolean<'de, D: Deserializer<'de>>(input: D) -> Result<bool, D::Error> {
    Ok(is_true(&Value::deserialize(input)?))
}

/// As [`boolean`], keeping apart "absent".
pub(crate) fn opt_boolean<'de, D: Deserializer<'de>>(input: D) -> Result<Option<bool>, D::Error> {
    boolean(input).map(Some)
}

/// `Some(false)` only for an explicit false; everything else that is present is true.
pub(crate) fn not_false<'de, D: Deserializer<'de>>(input: D) -> Result<Option<bool>, D::Error> {
    Ok(Some(!is_false(&Value::deserialize(input)?)))
}

/// Keys given as an array of one-character texts, or as one text; joined.
pub(crate) fn keys<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(input)? {
        Value::Array(items) => Some(items.iter().filter_map(as_text).collect()),
        other => as_text(&other),
    })
}

/// Text; numbers become text, empty text is absent.
pub(crate) fn text<'de, D: Deserializer<'de>>(input: D) -> Result<Option<String>, D::Error> {
    Ok(as_text(&Value::deserialize(input)?))
}

/// A whole number, also as text.
pub(crate) fn as_int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let float = number.as_f64()?;
            (float.fract() == 0.0 && float.abs() < 9.0e15).then_some(float as i64)
        }),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    }
}

/// `true` or `"true"`.
pub(crate) fn is_true(value: &Value) -> bool {
    matches!(value, Value::Bool(true)) || value.as_str() == Some("true")
}

/// `false` or `"false"`.
pub(crate) fn is_false(value: &Value) -> bool {
    matches!(value, Value::Bool(false)) || value.as_str() == Some("false")
}

/// Non-empty text; numbers and booleans become text.
pub(crate) fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(boolean) => Some(boolean.to_string()),
        _ => None,
    }
}

/// Getters for documents: a path of members, read leniently.
pub(crate) trait Read {
    /// The value behind a path of member names.
    fn at(&self, path: &[&str]) -> Option<&Value>;

    /// Non-empty text behind a path.
    fn text_at(&self, path: &[&str]) -> Option<String> {
        self.at(path).and_then(as_text)
    }

    /// A whole number behind a path.
    fn int_at(&self, path: &[&str]) -> Option<i64> {
        self.at(path).and_then(as_int)
    }

    /// Whether the member is true; `default` when it is absent, false for anything that is neither.
    fn is_true_at(&self, path: &[&str], default: bool) -> bool {
        self.at(path).filter(|value| !value.is_null()).map_or(default, is_true)
    }
}

impl Read for Value {
    fn at(&self, path: &[&str]) -> Option<&Value> {
        path.iter().try_fold(self, |value, name| value.get(name)).filter(|value| !value.is_null())
    }
}

/// The names of the members a typed data struct reads, without an instance of it.
pub(crate) fn members<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut found: &'static [&'static str] = &[];
    let _ = T::deserialize(Members { found: &mut found });
    found
}

struct Members<'a> {
    found: &'a mut &'static [&'static str],
}

impl<'de> Deserializer<'de> for Members<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_struct<V: serde::de::Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.found = fields;
        Err(Self::Error::custom("only the names are wanted"))
    }

    fn deserialize_any<V: serde::de::Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Self::Error> {
        Err(Self::Error::custom("not a struct"))
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}
