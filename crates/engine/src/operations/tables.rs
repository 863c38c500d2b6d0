//! Documents that plans look things up in: the service number itself, and tables of the account.

use std::sync::Arc;

use flow::n2fe::prefixes::Prefixes;
use flow::n2fe::service::{LOOKUP_TABLE, SERVICE_NUMBER};
use serde_json::Value;

use super::buffers;
use crate::cx::Cx;
use crate::lenient::{self, Read};

/// The service number that was dialled.
pub(super) async fn service_number(cx: &Cx) -> Option<Arc<Value>> {
    match cx.named(SERVICE_NUMBER, &buffers::dialled(cx)).await {
        Some(found) => Some(found),
        None => cx.named(SERVICE_NUMBER, &buffers::dialled_as_it_came(cx)).await,
    }
}

/// A member of the service number's profile.
pub(super) fn profile<'a>(service_number: &'a Value, name: &str) -> Option<&'a Value> {
    service_number.at(&["profile", name])
}

/// What a table says of the longest prefix of a number; `Err` when there is no such table.
pub(super) async fn by_prefix(cx: &Cx, kind: &str, table: &str, number: &str) -> Result<Option<String>, ()> {
    let document = cx.named(kind, table).await.ok_or(())?;
    Ok(Prefixes::read(document.get("entries")).find(number).cloned())
}

/// What a lookup table says of exactly this text; `None` when there is no such table or no such text.
pub(super) async fn exactly(cx: &Cx, table: &str, text: &str) -> Option<String> {
    let document = cx.named(LOOKUP_TABLE, table).await?;
    document.get("entries")?.get(text).and_then(lenient::as_text)
}
