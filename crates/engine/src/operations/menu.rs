//! `Menu`: plays a menu and branches by the key the caller presses.

use std::time::Duration;

use flow::graph::Object;
use flow::n2fe::config::{Config, MENU_KEYS, Menu, menu_exits};

use super::asking::DIGIT_TIMEOUT;
use super::{OPEN_EXITS, announcement, caption, config, exit, is_connected};
use crate::caller::Collect;
use crate::cx::Cx;
use crate::module::{Module, Next, Outcome};

/// The operation.
pub(crate) const MODULE: Module = Module {
    name: "n2fe.Menu",
    summary: "Plays a menu and takes the exit of the key the caller presses.",
    example: r#"{"id": "3", "type": "Menu", "exits": [null, 4, 5], "config": {"main_announcement": {"set": "Default", "entry": "Menu"}, "timeout_announcement": {"set": "Default", "entry": "Again"}, "bad_digit_announcement": {"set": "Default", "entry": "Wrong"}, "max_iterations": 3, "first_digit_timeout": 5}}"#,
    exits: OPEN_EXITS,
    members: || Menu::MEMBERS,
    caption: |data| caption::<Menu>("Menu", data),
    run: |cx, data| Box::pin(run(cx, data)),
};

async fn run(cx: Cx, data: Object) -> Outcome {
    let menu: Menu = config(&cx, &data)?;
    let exits = menu_exits(cx.node().and_then(|node| node.extra.get("exitNames")));
    let exit_of = |key: &str| {
        let place = MENU_KEYS.iter().position(|known| *known == key)?;
        exits.get(place).copied().flatten().filter(|index| is_connected(&cx, *index))
    };
    let at_once = exit_of("T");
    let own_timeout = menu.first_digit_timeout_s.filter(|_| at_once.is_some());
    let timeout = own_timeout.map_or(DIGIT_TIMEOUT, |seconds| Duration::from_secs(u64::from(seconds)));
    cx.answer().await?;
    let mut prompt = &menu.main;
    for _ in 0..menu.max_iterations {
        let spec = Collect { max_digits: 1, timeout, interdigit: timeout, terminators: "" };
        let key = cx.collect(announcement::items(&cx, prompt).await, &spec).await?;
        let taken = if key.is_empty() { at_once } else { exit_of(&key) };
        if let Some(index) = taken {
            return exit(index);
        }
        prompt = if key.is_empty() { &menu.timeout } else { &menu.bad_digit };
    }
    match exits.last().copied().flatten() {
        Some(none) => exit(none),
        None => Ok(Next::Stop(None)),
    }
}
