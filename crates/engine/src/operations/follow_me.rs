//! `FollowMe`: calls where the service number's owner is.

use flow::graph::Object;
use flow::n2fe::config::{Config, FollowMe};
use flow::n2fe::prefixes::digits_of;

use super::{config, exit, tables, terminate};
use crate::cx::Cx;
use crate::lenient;
use crate::module::{Exit, Module, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.FollowMe",
    summary: "Calls the number that the service number's profile names.",
    example: r#"{"id": "3", "type": "FollowMe", "exits": [4, 5], "config": {"timeout_seconds": 20}}"#,
    exits: &[Exit::Stop, Exit::Key("0"), Exit::Key("1")],
    members: || FollowMe::MEMBERS,
    caption: |_| "Follow me".to_owned(),
    run: |cx, data| Box::pin(run(cx, data)),
};

const NOT_PROVISIONED: usize = 1;

async fn run(cx: Cx, data: Object) -> Outcome {
    let follow: FollowMe = config(&cx, &data)?;
    let service_number = tables::service_number(&cx).await;
    let number = service_number.as_deref().and_then(|number| tables::profile(number, "follow_me"));
    let number = number.and_then(lenient::as_text).map(|number| digits_of(&number)).unwrap_or_default();
    if number.is_empty() {
        return exit(NOT_PROVISIONED);
    }
    terminate::call_or_exit(&cx, &number, follow.timeout_s).await
}
