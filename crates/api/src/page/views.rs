//! What the pages say.
//!
//! Not here: who may see them (`page`), escaping (`html`).

use drawing::Theme;
use serde_json::Value;
use store::Document;
use store::document::{CALLFLOW, CONTROL_PLAN};

use super::html::Html;
use crate::checks;
use crate::crossbar::context::text;
use crate::crossbar::data;
use crate::crossbar::error::Failure;
use crate::picture::{self, Versioned};
use crate::state::Shared;
use crate::time;

/// Folders of the pages' addresses, and the kind of the flows in them.
pub(super) const KINDS: [(&str, &str); 2] = [("callflows", CALLFLOW), ("control-plans", CONTROL_PLAN)];

/// Versions listed beside a drawing.
const VERSIONS_SHOWN: usize = 100;

const HEAD: &str = r#"<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark">
<title>Strowger</title><style>
:root{--ink:#1d2430;--soft:#5b6675;--page:#fbfbfc;--line:#d9dee5;--mark:#1f6feb}
@media(prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--page:#14181e;--line:#323a45;--mark:#79b0ff}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);margin:0 auto;max-width:75rem;padding:1rem}
header{display:flex;gap:1rem;align-items:center;justify-content:space-between;border-bottom:1px solid var(--line)}
h1{font-size:1.3rem}h2{font-size:1.1rem;margin-top:2rem}a{color:var(--mark)}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.4rem .6rem;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--soft);font-weight:600}.soft{color:var(--soft)}.wide{overflow:auto}.wide img{max-width:none}
pre{overflow:auto}label{display:block;margin:.8rem 0}input{font:inherit;display:block;width:18rem;max-width:100%;padding:.3rem}
button{font:inherit;padding:.3rem .9rem}
</style></head><body>"#;

fn frame(title: &str, signed_in: bool, content: Html) -> Html {
    let leave = if signed_in {
        r#"<form method="post" action="/page/logout"><button>Sign out</button></form>"#
    } else {
        ""
    };
    Html::default()
        .raw(HEAD)
        .raw("<header><h1>")
        .text(title)
        .raw("</h1>")
        .raw(leave)
        .raw("</header><main>")
        .html(content)
        .raw("</main></body></html>")
}

/// The login form, with a word about the last try.
pub(super) fn login(message: &str) -> Html {
    let form = Html::default().raw("<p role=\"status\">").text(message).raw(
        r#"</p><form method="post" action="/page/login">
<label>Account<input name="account" autocomplete="organization" required></label>
<label>User<input name="username" autocomplete="username" required></label>
<label>Password<input name="password" type="password" autocomplete="current-password" required></label>
<button>Sign in</button></form>"#,
    );
    frame("Strowger", false, form)
}

/// One sentence.
pub(super) fn message(message: &str) -> Html {
    let content = Html::default().raw("<p>").text(message).raw("</p><p><a href=\"/\">Call flows</a></p>");
    frame("Strowger", false, content)
}

/// The account's callflows, control plans if it has any, and calls in progress.
pub(super) fn home(shared: &Shared, account: &Document) -> Result<Html, Failure> {
    let flows = data::all(shared, &account.id, CALLFLOW)?;
    let plans = data::all(shared, &account.id, CONTROL_PLAN)?;
    let mut content = Html::default().raw("<h2>Call flows</h2>");
    content = if flows.is_empty() && plans.is_empty() {
        content.raw("<p class=\"soft\">This account has no call flows yet.</p>")
    } else {
        content.html(table(flows))
    };
    if !plans.is_empty() {
        content = content.raw("<h2>Control plans</h2>").html(table(plans));
    }
    content = content.raw("<h2>Calls in progress</h2>").html(calls(shared, &account.id));
    Ok(frame(text(&account.body, "name").unwrap_or("Account"), true, content))
}

fn table(mut flows: Vec<Document>) -> Html {
    flows.sort_by_key(|flow| title(&flow.body).to_lowercase());
    let mut rows = Html::default()
        .raw("<table><thead><tr><th>Name<th>Numbers<th>Version<th>Changed (UTC)</tr></thead><tbody>");
    for flow in &flows {
        rows = rows
            .raw("<tr><td><a href=\"")
            .html(address(flow))
            .raw("\">")
            .text(&title(&flow.body))
            .raw("</a><td>")
            .text(&dialled(&flow.body))
            .raw("<td>")
            .text(&flow.version.to_string())
            .raw("<td>")
            .text(&time::readable(flow.modified))
            .raw("</tr>");
    }
    rows.raw("</tbody></table>")
}

/// The address of a flow's page.
fn address(flow: &Document) -> Html {
    let folder = KINDS.iter().find(|(_, kind)| *kind == flow.kind).map_or("callflows", |(folder, _)| folder);
    Html::default().raw("/page/").raw(folder).raw("/").segment(&flow.id)
}

fn calls(shared: &Shared, account: &str) -> Html {
    let calls = shared.switchboard.calls(account);
    if calls.is_empty() {
        return Html::default().raw("<p class=\"soft\">None at this moment.</p>");
    }
    let mut table = Html::default()
        .raw("<table><thead><tr><th>From<th>To<th>Began (UTC)<th>State<th>Call flow</tr></thead><tbody>");
    for call in &calls {
        let state = if call.answered.is_some() { "answered" } else { "ringing" };
        table = table
            .raw("<tr><td>")
            .text(&format!("{} {}", call.from_name, call.from))
            .raw("<td>")
            .text(&call.to)
            .raw("<td>")
            .text(&time::readable(call.started))
            .raw("<td>")
            .raw(state)
            .raw("<td>");
        let flow = call.callflow_id.as_deref().and_then(|id| data::find(shared, account, id).ok().flatten());
        if let Some(flow) = flow {
            table = table.raw("<a href=\"").html(address(&flow)).raw("\">open</a>");
        }
        table = table.raw("</tr>");
    }
    table.raw("</tbody></table>")
}

/// One version of a callflow or control plan: picture, outline, and the other versions.
pub(super) fn flow(shared: &Shared, found: &Versioned) -> Result<Html, Failure> {
    let Versioned { document, version } = found;
    let body = version.body.clone().unwrap_or_default();
    let number = version.number.to_string();
    let picture = || address(document).raw("/drawing.svg?version=").text(&number);
    let outline = picture::scene(shared, found, Theme::Light).to_outline();
    let mut content = Html::default()
        .raw("<p><a href=\"/\">Call flows</a> <span class=\"soft\">")
        .text(&dialled(&body))
        .raw("</span></p><div class=\"wide\"><picture><source media=\"(prefers-color-scheme: dark)\" srcset=\"")
        .html(picture())
        .raw("&amp;theme=dark\"><img alt=\"Drawing of the call flow; the same in words below\" src=\"")
        .html(picture())
        .raw("\"></picture></div><details><summary>In words</summary><pre>")
        .text(&outline)
        .raw("</pre></details>")
        .html(warnings(shared, found))
        .raw("<h2>Versions</h2><table><thead><tr><th>Version<th>Saved (UTC)<th>By<th>Note</tr></thead><tbody>");
    for row in shared.store.versions(&document.account, &document.id, None, VERSIONS_SHOWN)? {
        content = content
            .raw("<tr><td><a href=\"")
            .html(address(document))
            .raw("?version=")
            .text(&row.number.to_string())
            .raw("\">")
            .text(&row.number.to_string())
            .raw("</a>")
            .raw(if row.live { " (live)" } else { "" })
            .raw(if row.number == version.number { " \u{2190} shown" } else { "" })
            .raw("<td>")
            .text(&time::readable(row.saved))
            .raw("<td>")
            .text(&row.author.name)
            .raw("<td>")
            .text(&row.author.note)
            .raw("</tr>");
    }
    Ok(frame(&title(&body), true, content.raw("</tbody></table>")))
}

/// What the checks find in the flow that is live; nothing for older versions.
fn warnings(shared: &Shared, found: &Versioned) -> Html {
    let document = &found.document;
    let issues = checks::issues(shared, &document.account, &document.id);
    if issues.is_empty() || found.version.number != document.version {
        return Html::default();
    }
    let mut list = Html::default().raw("<h2>Warnings</h2><ul>");
    for issue in &issues {
        list = list.raw("<li>").text(&issue.message).raw(" <span class=\"soft\">").text(&issue.code);
        if !issue.place.pointer.is_empty() {
            list = list.raw(" at ").text(&issue.place.pointer);
        }
        list = list.raw("</span><br>").text(&issue.help);
    }
    list.raw("</ul>")
}

fn title(body: &serde_json::Map<String, Value>) -> String {
    let name = text(body, "name").map(str::to_owned);
    name.unwrap_or_else(|| dialled(body))
}

/// Everything that can be dialled to reach the flow.
fn dialled(body: &serde_json::Map<String, Value>) -> String {
    let values = ["numbers", "patterns"].into_iter().filter_map(|name| body.get(name)?.as_array());
    values.flatten().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}
