//! Telling web servers about the call in the background, with retries: the flow goes on meanwhile.
//!
//! Not here: requests a flow waits for (`cx`), what is told (`modules::webhook`).

use std::time::Duration;

use crate::command::{Action, Request};
use crate::cx::Cx;
use crate::ids::CommandId;
use crate::input::{Done, Failure};
use crate::state::State;

/// Tries after the first one, unless somebody says otherwise.
pub(crate) const RETRIES: u32 = 2;

/// Pause before another try.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Requests of one call that may be under way at a time.
const HOOKS_MAX: usize = 20;

/// How long the end of a call waits for them.
const LINGER: Duration = Duration::from_secs(30);

/// A request under way or waiting for another try.
#[derive(Clone, Debug)]
pub(crate) struct Hook {
    request: Request,
    retries: u32,
    /// The note's code when it is given up.
    code: &'static str,
    progress: Progress,
}

#[derive(Clone, Copy, Debug)]
enum Progress {
    Asking(CommandId),
    Waiting(Duration),
}

/// Sends a request and sends it again up to `retries` times while the server does not take it with a 2xx status; then
/// that is noted under `code`.
pub(crate) fn begin(cx: &Cx, request: Request, retries: u32, code: &'static str) {
    cx.with(|state| {
        if state.hooks.len() >= HOOKS_MAX {
            state.note("EN1011", format!("{HOOKS_MAX} web servers are being told already; one was left out"));
            return;
        }
        let command = state.command(Action::Fetch(request.clone()), true);
        state.hooks.push(Hook { request, retries, code, progress: Progress::Asking(command) });
    });
}

/// Takes replies in, begins tries that are due, and asks to be woken for the others.
pub(crate) fn advance(state: &mut State) {
    let mut kept = Vec::new();
    for mut hook in std::mem::take(&mut state.hooks) {
        if let Progress::Asking(command) = hook.progress
            && let Some(reply) = state.completions.remove(&command)
        {
            let Err(reason) = judge(&reply) else { continue };
            if hook.retries == 0 {
                state.note(hook.code, format!("the web server did not take the message: {reason}"));
                continue;
            }
            hook.retries -= 1;
            hook.progress = Progress::Waiting(state.mono().saturating_add(RETRY_AFTER));
        }
        if let Progress::Waiting(until) = hook.progress {
            if state.mono() >= until {
                let command = state.command(Action::Fetch(hook.request.clone()), true);
                hook.progress = Progress::Asking(command);
            } else {
                state.want_deadline(until);
            }
        }
        kept.push(hook);
    }
    state.hooks = kept;
}

/// Waits at the end of a call until all are told, for a while.
pub(crate) async fn finish(cx: &Cx) {
    let until = cx.mono().saturating_add(LINGER);
    cx.wait_regardless(Some(until), |state| state.hooks.is_empty().then_some(())).await;
    let left = cx.with(|state| std::mem::take(&mut state.hooks).len());
    if left > 0 {
        cx.note("EN3006", format!("{left} web servers were not told before the call was over"));
    }
}

fn judge(reply: &Result<Done, Failure>) -> Result<(), String> {
    match reply {
        Ok(Done::Fetched { status: 200..=299, .. }) => Ok(()),
        Ok(Done::Fetched { status, .. }) => Err(format!("HTTP status {status}")),
        Ok(_) => Err("the driver gave no reply".to_owned()),
        Err(Failure::Web { reason, fault }) => Err(format!("{reason} ({})", fault.name())),
        Err(other) => Err(format!("{other:?}")),
    }
}
