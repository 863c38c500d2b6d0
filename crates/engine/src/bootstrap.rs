//! Before the first node: who may call, preflow, the call's language (reference sections 1.7 to 1.9 and 1.12).

use crate::admission;
use crate::call_limits;
use crate::cx::{Cx, HungUp};
use crate::endpoint::Endpoint;
use crate::input::Callflow;
use crate::lenient::Read;

/// What a call begins with.
pub(crate) struct Start {
    /// The flow to run.
    pub(crate) first: Callflow,
    /// The flow that resumes when the first one stops: the dialled one, after the account's preflow.
    pub(crate) then: Option<Callflow>,
}

/// Prepares the call; `None` when it may not go on.
pub(crate) async fn begin(cx: &Cx) -> Result<Option<Start>, HungUp> {
    // The first input is waited for, so that nothing happens when a call is merely made.
    cx.wait(None, |state| state.now.map(|_| ())).await?;
    let account = cx.account().await;
    if let Some(language) = account.text_at(&["language"]) {
        cx.vars(|vars| vars.language = language.to_ascii_lowercase());
    }
    if let Some(id) = cx.with(|state| state.setup.facts.authorizing_id.clone())
        && let Some(endpoint) = Endpoint::load(cx, &id).await
    {
        let language = endpoint.first_of("language").map(|language| language.to_ascii_lowercase());
        cx.vars(|vars| {
            vars.owner_id = endpoint.owner_id();
            vars.language = language.unwrap_or_else(|| std::mem::take(&mut vars.language));
        });
    }
    if admission::screen(cx, &account).await
        || call_limits::refuse(cx, &account).await
        || admission::bar(cx).await
        || admission::restrict(cx).await?
    {
        return Ok(None);
    }
    let (dialled, transferred) =
        cx.with(|state| (state.setup.callflow.clone(), state.setup.facts.referred_by.is_some()));
    // A transferred call has heard the preflow already (Kazoo plays it again: reference section 8.2).
    let preflow = account.text_at(&["preflow", "always"]).filter(|id| !transferred && *id != dialled.id);
    let Some(id) = preflow else { return Ok(Some(Start { first: dialled, then: None })) };
    match cx.callflow(&id).await {
        Some(preflow) => Ok(Some(Start { first: preflow, then: Some(dialled) })),
        None => {
            cx.note("EN2007", format!("the account's preflow {id} does not exist"));
            Ok(Some(Start { first: dialled, then: None }))
        }
    }
}
