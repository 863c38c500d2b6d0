//! Asking a customer's web server what a call shall do, and doing it (reference section 5): the requests, what a reply may
//! be, and the verbs of a reply in TwiML.
//!
//! Not here: the action that begins it (`modules::pivot`, `metaflows::pivot`), reading TwiML (`flow::twiml`), HTTP and which
//! addresses may be reached (the driver).

mod attempts;
mod conference;
mod dial;
mod heard;
mod parameters;
mod record;
mod reply;
mod session;
mod status;
mod verbs;

use std::sync::Arc;
use std::time::Duration;

use flow::graph::Flow;
use flow::twiml::{Method, Response};
use serde_json::{Map, Value};

use crate::command::{Action, Body, Request};
use crate::cx::{Cx, HungUp};
use crate::input::{Done, Failure};
use crate::web_form;

pub(crate) use parameters::of_call as facts_of_call;
pub(crate) use session::{Session, Settings};
pub(crate) use status::call_ended;
pub(crate) use verbs::run;

/// What a web server answered.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A flow that takes the place of the present one.
    Flow(Arc<Flow>),
    /// Verbs.
    Twiml(Response),
}

/// Asks; `None` when there is no answer worth the name, which is noted.
pub(crate) async fn ask(
    cx: &Cx,
    session: &mut Session,
    url: &str,
    method: Method,
) -> Result<Option<Answer>, HungUp> {
    let (asked, limit) = cx.with(|state| {
        state.vars.fetches += 1;
        (state.vars.fetches, state.limits().fetches)
    });
    if asked > limit {
        cx.note("EN1009", format!("the call has asked web servers {limit} times; no more"));
        return Ok(None);
    }
    let parameters = parameters::of(cx, session).await;
    let request = request(cx, &session.settings, url, method, &parameters);
    session.url = url.to_owned();
    attempts::asked(cx, session, &request);
    let reply = match cx.run(Action::Fetch(request)).await? {
        Ok(Done::Fetched { status, content_type, body, final_url, .. }) => {
            session.base = final_url;
            attempts::answered(cx, session, status, &content_type, &body);
            reply::read(cx, status, &content_type, &body)
        }
        Ok(_) => Err(vec!["the driver gave no reply".to_owned()]),
        Err(Failure::Web { reason, fault }) => Err(vec![format!("{reason} ({})", fault.name())]),
        Err(other) => Err(vec![format!("{other:?}")]),
    };
    match reply {
        Ok((answer, told)) => {
            attempts::told(cx, session, &told);
            Ok(Some(answer))
        }
        Err(reasons) => {
            attempts::told(cx, session, &reasons);
            cx.note("EN3002", format!("the web server gave no flow: {}", reasons.join("; ")));
            Ok(None)
        }
    }
}

fn request(
    cx: &Cx,
    settings: &Settings,
    url: &str,
    method: Method,
    parameters: &Map<String, Value>,
) -> Request {
    let (timeout, max_bytes) = (settings.timeout, cx.with(|state| state.limits().document_bytes));
    if method == Method::Get {
        return Request {
            method: "GET".to_owned(),
            url: web_form::with_query(url, &web_form::encode(parameters)),
            headers: Vec::new(),
            body: Body::Empty,
            timeout,
            max_bytes,
        };
    }
    let (content_type, body) = if settings.json_body {
        ("application/json", Value::Object(parameters.clone()).to_string())
    } else {
        (FORM, web_form::encode(parameters))
    };
    Request {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: vec![("Content-Type".to_owned(), content_type.to_owned())],
        body: Body::Text(body),
        timeout,
        max_bytes,
    }
}

/// Content type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// Time the web server has for what it is only told.
const TOLD_TIMEOUT: Duration = Duration::from_secs(5);
