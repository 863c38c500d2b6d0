//! What a plan's buffers and profile tags hold.

use flow::n2fe::config::Buffer;
use flow::n2fe::prefixes::digits_of;

use crate::cx::Cx;

/// Digits kept in one buffer at most.
const MAX_VALUE: usize = 256;

/// Profile tags that stand for the caller's number (network calling number, calling party).
const CALLER_TAGS: [&str; 2] = ["327683", "327686"];

/// The value of a buffer; `None` when it is empty.
///
/// `system.network_calling_party` and `system.calling_party` are the caller's number, `system.dialled_number` and
/// `system.service_number` the dialled one, `system.pending_termination_number` the number made to be called last,
/// `system.suburb_code` what SuburbRouting found.
pub(super) fn read(cx: &Cx, buffer: &Buffer) -> Option<String> {
    let value = match buffer.as_str() {
        "system.network_calling_party" | "system.calling_party" => Some(caller(cx)),
        "system.dialled_number" | "system.service_number" => Some(dialled(cx)),
        "system.pending_termination_number" => cx.vars(|vars| vars.plan.pending.clone()),
        "system.suburb_code" => cx.vars(|vars| vars.plan.suburb_code.clone()),
        _ => cx.vars(|vars| vars.plan.buffers.get(buffer).cloned()),
    };
    value.filter(|value| !value.is_empty())
}

/// Writes a buffer of the author; those of the system are left alone.
pub(super) fn write(cx: &Cx, buffer: &Buffer, mut value: String) {
    if buffer.is_system() {
        return;
    }
    value.truncate(value.char_indices().nth(MAX_VALUE).map_or(value.len(), |(at, _)| at));
    cx.vars(|vars| vars.plan.buffers.insert(buffer.clone(), value));
}

/// A buffer as a number; empty and odd ones are 0.
pub(super) fn count(cx: &Cx, buffer: &Buffer) -> i64 {
    read(cx, buffer).and_then(|value| value.parse().ok()).unwrap_or(0)
}

/// The value of a profile tag: what the plan wrote, else the caller's number for the tags that stand for it.
pub(super) fn read_tag(cx: &Cx, tag: &(String, String)) -> Option<String> {
    let written = cx.vars(|vars| vars.plan.tags.get(tag).cloned());
    let value = written.or_else(|| CALLER_TAGS.contains(&tag.1.as_str()).then(|| caller(cx)));
    value.filter(|value| !value.is_empty())
}

/// Writes a profile tag.
pub(super) fn write_tag(cx: &Cx, tag: (String, String), value: String) {
    cx.vars(|vars| vars.plan.tags.insert(tag, value));
}

/// The digits of the caller's number; empty when there is none.
pub(super) fn caller(cx: &Cx) -> String {
    let number = cx.vars(|vars| vars.caller_number.clone());
    // A name in place of a number (`anonymous`) has letters that would pass for digits.
    if number.chars().any(|one| one.is_ascii_alphabetic()) { String::new() } else { digits_of(&number) }
}

/// The digits of the dialled number, normalised.
pub(super) fn dialled(cx: &Cx) -> String {
    digits_of(&cx.with(|state| state.setup.facts.number.clone()))
}

/// The digits that were dialled, as they came.
pub(super) fn dialled_as_it_came(cx: &Cx) -> String {
    digits_of(&cx.with(|state| state.setup.facts.request.clone()))
}

/// A header of the caller's INVITE, whatever its case.
pub(super) fn header(cx: &Cx, name: &str) -> Option<String> {
    cx.with(|state| {
        let headers = &state.setup.facts.custom_sip_headers;
        headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.clone())
    })
}
