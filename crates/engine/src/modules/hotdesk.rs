//! `hotdesk`: makes a telephone somebody's for a while, and rings them wherever they are (reference section 7.6).
//!
//! `bridge` stops after a conversation as the other ringing modules do, and rings (section 8.1, 12).

use std::sync::Arc;

use flow::graph::Object;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::bridge::{Attempt, Order};
use crate::caller::Collect;
use crate::command::View;
use crate::cx::{Cx, HungUp};
use crate::endpoint::Endpoint;
use crate::lenient::{self, Read};
use crate::module::{Exit, Module, Next, Outcome, read_data};
use crate::ring::{self, Options};
use crate::toggle;

/// Wrong ids, and wrong PINs, before it is given up (`callflow.hotdesk.max_login_attempts`).
const TRIES: usize = 3;

/// Longest id (`callflow.hotdesk.max_hotdesk_id_length`).
const ID_DIGITS: usize = 10;

/// Longest PIN (`callflow.hotdesk.max_pin_length`).
const PIN_DIGITS: usize = 6;

/// Seconds that `bridge` rings.
const RING_S: i64 = 20;

/// The module.
pub(crate) const MODULE: Module = Module {
    name: "hotdesk",
    summary: "Logs a person in to this telephone or out, or rings them where they are.",
    example: r#"{"module": "hotdesk", "data": {"action": "toggle"}}"#,
    exits: &[Exit::Key("_"), Exit::Stop, Exit::Dynamic("hang-up cause or sip:NNN")],
    members: lenient::members::<Data>,
    caption: |data| match data.get("action").and_then(Value::as_str) {
        Some("login") => "Log in to this telephone".to_owned(),
        Some("logout") => "Log out of telephones".to_owned(),
        Some("bridge") => "Ring where they are".to_owned(),
        _ => "Log in or out".to_owned(),
    },
    run: |cx, data| Box::pin(run(cx, data)),
};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Data {
    /// `login`, `logout`, `toggle` or `bridge`.
    #[serde(deserialize_with = "lenient::text")]
    action: Option<String>,
    /// The user; asked for, or found by the telephone, otherwise.
    #[serde(deserialize_with = "lenient::text")]
    id: Option<String>,
    /// Milliseconds between digits.
    #[serde(deserialize_with = "lenient::opt_int")]
    interdigit_timeout: Option<i64>,
}

/// Somebody who can log in.
struct Person {
    id: String,
    document: Arc<Value>,
    interdigit: Option<std::time::Duration>,
}

impl Person {
    fn is(&self, name: &str) -> bool {
        self.document.is_true_at(&["hotdesk", name], false)
    }

    fn pin(&self) -> String {
        self.document.text_at(&["hotdesk", "pin"]).unwrap_or_default()
    }
}

async fn run(cx: Cx, data: Object) -> Outcome {
    let data: Data = read_data(data)?;
    let action = data.action.as_deref().unwrap_or_default();
    if !matches!(action, "login" | "logout" | "toggle" | "bridge") {
        cx.note("EN2024", format!("`{action}` is no action of hot-desking; nothing was changed"));
        return Ok(Next::default_exit());
    }
    let Some(person) = person(&cx, &data, action).await? else {
        cx.prompt("hotdesk-abort").await?;
        return Ok(Next::default_exit());
    };
    match action {
        "bridge" => return bridge(&cx, &person).await,
        "login" => login(&cx, &person).await?,
        "logout" => logout(&cx, &person).await?,
        _ if desks(&cx, &person).await.is_empty() => login(&cx, &person).await?,
        _ => logout(&cx, &person).await?,
    }
    Ok(Next::default_exit())
}

/// Who is meant.
async fn person(cx: &Cx, data: &Data, action: &str) -> Result<Option<Person>, HungUp> {
    let ms = data.interdigit_timeout.and_then(|ms| u64::try_from(ms).ok()).filter(|ms| *ms > 0);
    let interdigit = ms.map(std::time::Duration::from_millis);
    let owner = match (&data.id, toggle::calling_device(cx)) {
        (Some(id), _) => Some(id.clone()),
        (None, Some(device)) if action == "logout" => {
            Endpoint::load(cx, &device).await.and_then(|device| device.owner_id())
        }
        (None, _) => None,
    };
    if let Some(id) = owner {
        let found =
            cx.document(&id).await.filter(|found| found.text_at(&["pvt_type"]).as_deref() == Some("user"));
        return Ok(found.map(|document| Person { id, document, interdigit }));
    }
    cx.answer().await?;
    let spec = Collect {
        max_digits: ID_DIGITS,
        interdigit: interdigit.unwrap_or(Collect::default().interdigit),
        ..Collect::default()
    };
    for _ in 0..TRIES {
        let hotdesk_id = cx.collect(vec![cx.prompt_item("hotdesk-enter_id")], &spec).await?;
        let found = match hotdesk_id.is_empty() {
            true => Vec::new(),
            false => cx.list(View::HotdeskId { hotdesk_id }).await,
        };
        if let [document] = &found[..]
            && let Some(id) = document.text_at(&["id"])
        {
            return Ok(Some(Person { id, document: Arc::clone(document), interdigit }));
        }
        cx.prompt("hotdesk-invalid_entry").await?;
    }
    Ok(None)
}

/// Devices they are logged in to.
async fn desks(cx: &Cx, person: &Person) -> Vec<String> {
    let devices = cx.list(View::HotdesksOf { user_id: person.id.clone() }).await;
    devices.iter().filter_map(|device| device.text_at(&["id"])).collect()
}

async fn login(cx: &Cx, person: &Person) -> Result<(), HungUp> {
    cx.answer().await?;
    let device = toggle::calling_device(cx);
    let allowed = device.is_some() && (!person.is("require_pin") || knows_pin(cx, person).await?);
    let Some(device) = device.filter(|_| allowed) else {
        cx.prompt("hotdesk-abort").await?;
        return cx.prompt("vm-goodbye").await.map(|_| ());
    };
    if !person.is("keep_logged_in_elsewhere") {
        for other in desks(cx, person).await {
            if other != device {
                toggle::save(cx, &other, entry(&person.id, Value::Null)).await;
            }
        }
    }
    let done = toggle::save(cx, &device, entry(&person.id, json!({}))).await;
    cx.prompt(if done { "hotdesk-logged_in" } else { "hotdesk-abort" }).await?;
    cx.prompt("vm-goodbye").await.map(|_| ())
}

/// Asks for the PIN; one who has none cannot prove that they are who they say.
async fn knows_pin(cx: &Cx, person: &Person) -> Result<bool, HungUp> {
    let pin = person.pin();
    let spec = Collect {
        max_digits: PIN_DIGITS,
        interdigit: person.interdigit.unwrap_or(Collect::default().interdigit),
        ..Collect::default()
    };
    for _ in 0..TRIES {
        let entered = cx.collect(vec![cx.prompt_item("hotdesk-enter_pin")], &spec).await?;
        if !pin.is_empty() && entered == pin {
            return Ok(true);
        }
        cx.prompt("hotdesk-invalid_entry").await?;
    }
    Ok(false)
}

async fn logout(cx: &Cx, person: &Person) -> Result<(), HungUp> {
    cx.answer().await?;
    let desks = match (person.is("keep_logged_in_elsewhere"), toggle::calling_device(cx)) {
        (true, Some(device)) => vec![device],
        _ => desks(cx, person).await,
    };
    let mut done = true;
    for device in desks {
        done &= toggle::save(cx, &device, entry(&person.id, Value::Null)).await;
    }
    cx.prompt(if done { "hotdesk-logged_out" } else { "hotdesk-abort" }).await?;
    cx.prompt("vm-goodbye").await.map(|_| ())
}

/// A patch of a device: the user is there, or with `null` not any more.
fn entry(user_id: &str, value: Value) -> Value {
    let mut users = Map::new();
    users.insert(user_id.to_owned(), value);
    json!({"hotdesk": {"users": users}})
}

async fn bridge(cx: &Cx, person: &Person) -> Outcome {
    if !person.is("enabled") {
        return Ok(Next::default_exit());
    }
    let options = Options { timeout: ring::seconds(RING_S), ..Options::default() };
    let mut parties = Vec::new();
    for device in desks(cx, person).await {
        parties.extend(ring::parties(cx, &device, &options).await);
    }
    let attempt = Attempt {
        parties,
        order: Order::AllAtOnce,
        timeout: ring::attempt_timeout(RING_S),
        ringback: ring::ringback(cx, None),
        ignore_early_media: true,
        fail_on_single_reject: false,
    };
    ring::ring(cx, attempt).await
}
