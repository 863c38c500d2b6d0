//! Carries out the verbs of a web server's answers, from document to document, until one ends the call, hands over to a
//! flow, or lets us down.

use flow::twiml::{Kind, Method, Next as Target, Response};

use super::session::Session;
use super::{Answer, ask, conference, dial, heard, record};
use crate::cause::Cause;
use crate::command::Action;
use crate::cx::{Cx, HungUp};
use crate::ids::LegId;
use crate::media::Loops;
use crate::media_path;
use crate::module::{Next, Outcome};

/// What follows a verb that is not simply followed by the next one.
pub(super) enum Then {
    /// The web server is asked again.
    Ask {
        /// The address in full.
        url: String,
        /// How.
        method: Method,
    },
    /// The call ends.
    End,
    /// The caller has left for something else.
    Leave(Next),
    /// The document cannot be carried out any further.
    Broken(String),
}

/// Does what a web server answered, and what it answers from then on. Without a usable answer the node's own child runs.
pub(crate) async fn run(cx: &Cx, session: &mut Session, first: Option<Answer>) -> Outcome {
    let mut answer = first;
    loop {
        let response = match answer {
            None => return Ok(Next::default_exit()),
            Some(Answer::Flow(flow)) => return Ok(Next::Replace(flow)),
            Some(Answer::Twiml(response)) => response,
        };
        match document(cx, session, response).await? {
            Then::Ask { url, method } => answer = ask(cx, session, &url, method).await?,
            Then::End => return Ok(Next::HardStop),
            Then::Leave(next) => return Ok(next),
            Then::Broken(reason) => {
                cx.note("EN3020", format!("the TwiML document ends early: {reason}"));
                return Ok(Next::default_exit());
            }
        }
    }
}

async fn document(cx: &Cx, session: &mut Session, response: Response) -> Result<Then, HungUp> {
    let error = response.error().map(ToString::to_string);
    for verb in response.verbs {
        session.began = true;
        if session.settings.debug {
            cx.note("EN3022", format!("{}: <{}>", verb.place, verb.kind.name()));
        }
        if let Some(then) = carry_out(cx, session, verb.kind).await? {
            return Ok(then);
        }
    }
    Ok(error.map_or(Then::End, Then::Broken))
}

async fn carry_out(cx: &Cx, session: &mut Session, verb: Kind) -> Result<Option<Then>, HungUp> {
    match verb {
        Kind::Sound(sound) => heard::play(cx, session, &sound).await.map(|()| None),
        Kind::Gather(gather) => heard::gather(cx, session, &gather).await,
        Kind::Record(asked) => record::run(cx, session, &asked).await,
        Kind::Dial(asked) => match conference::of(&asked) {
            Some(room) => conference::run(cx, session, &asked, room).await,
            None => dial::run(cx, session, &asked).await,
        },
        Kind::Redirect { to, variables } => {
            session.set(cx, variables);
            Ok(Some(go_to(session, &to)))
        }
        Kind::Set(variables) => {
            session.set(cx, variables);
            Ok(None)
        }
        Kind::Hangup => Ok(Some(Then::End)),
        Kind::Reject { busy, prompt } => reject(cx, busy, prompt.as_deref()).await.map(Some),
    }
}

/// The web server is asked there next.
pub(super) fn go_to(session: &Session, to: &Target) -> Then {
    match session.resolve(to.url.as_deref()) {
        Ok(url) => Then::Ask { url, method: to.method },
        Err(reason) => Then::Broken(reason),
    }
}

/// Refuses the caller, or hangs up where they have been answered already.
async fn reject(cx: &Cx, busy: bool, prompt: Option<&str>) -> Result<Then, HungUp> {
    if let Some(item) = prompt.and_then(|prompt| media_path::item(cx, prompt)) {
        cx.play(vec![item], Loops::Once, "").await?;
    }
    let (status, cause) = if busy { (486, Cause::UserBusy) } else { (503, Cause::CallRejected) };
    if cx.is_answered() {
        cx.send(Action::HangUp { leg: LegId::CALLER, cause });
    } else {
        cx.reject_caller(status, None);
    }
    Ok(Then::End)
}
