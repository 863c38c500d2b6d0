//! What a web server's reply is: a flow in JSON, or verbs in TwiML (reference section 5.3).

use std::sync::Arc;

use flow::twiml;
use serde_json::Value;

use super::Answer;
use crate::cx::Cx;
use crate::foreign_flow;

/// Warnings of one document that go to the trace.
const WARNINGS_MAX: usize = 10;

/// Reads a reply; what is wrong with it comes along, and is noted where it does not refuse the reply.
///
/// # Errors
/// Why it is neither: one reason or more.
pub(super) fn read(
    cx: &Cx,
    status: u16,
    content_type: &str,
    body: &str,
) -> Result<(Answer, Vec<String>), Vec<String>> {
    if status != 200 && status != 206 {
        return Err(vec![format!("HTTP status {status}")]);
    }
    if body.trim().is_empty() {
        return Err(vec!["the reply is empty".to_owned()]);
    }
    // Of a server that says neither, the first letter tells.
    let is_xml = match content_type {
        "application/json" => false,
        "text/xml" | "application/xml" => true,
        _ => body.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).starts_with('<'),
    };
    if is_xml { read_twiml(cx, body) } else { read_flow(cx, body) }
}

fn read_twiml(cx: &Cx, body: &str) -> Result<(Answer, Vec<String>), Vec<String>> {
    let response = twiml::read(body);
    let told: Vec<String> = response.faults.iter().map(ToString::to_string).collect();
    match response.error() {
        Some(_) if response.verbs.is_empty() => Err(told),
        _ => {
            for fault in response.faults.iter().filter(|fault| !fault.is_error()).take(WARNINGS_MAX) {
                cx.note("EN3021", format!("the reply at {fault}"));
            }
            Ok((Answer::Twiml(response), told))
        }
    }
}

fn read_flow(cx: &Cx, body: &str) -> Result<(Answer, Vec<String>), Vec<String>> {
    let mut node: Value =
        serde_json::from_str(body).map_err(|error| vec![format!("invalid JSON: {error}")])?;
    let (flow, told) = foreign_flow::read(cx, &mut node, "the reply").map_err(|reason| vec![reason])?;
    Ok((Answer::Flow(Arc::new(flow)), told))
}
