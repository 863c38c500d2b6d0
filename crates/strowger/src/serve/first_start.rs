//! The account a new database begins with, and what is said when the server is ready.

use std::net::SocketAddr;

use flow::n2fe::service::SERVICE_NUMBER;
use serde_json::{Value, json};
use store::{Author, ImportMode, List, Store};

use super::storage;
use crate::accounts;
use crate::config::{Config, Flows};
use crate::fault::Fault;
use crate::output;

/// Gives an empty database its first account.
pub(crate) fn first_start(store: &Store, flows: Flows) -> Result<(), Fault> {
    let folder = match flows {
        Flows::None => return Ok(()),
        Flows::Demo => accounts::demo(),
        Flows::Bench => accounts::bench(),
    };
    let there = store.accounts().map_err(|error| storage(&error))?;
    if there.iter().any(|row| row.id == folder.account.id) || (flows == Flows::Demo && !there.is_empty()) {
        return Ok(());
    }
    let author = Author::new("strowger").with_note("first start");
    store.import(&folder, ImportMode::Create, &author).map_err(|error| storage(&error))?;
    Ok(())
}

/// Says where everything is and what to dial.
pub(crate) fn greet(
    store: &Store,
    config: &Config,
    http: Option<SocketAddr>,
    sip: Option<SocketAddr>,
    json: bool,
) -> Result<(), Fault> {
    let accounts = store.accounts().map_err(|error| storage(&error))?;
    let mut described = Vec::new();
    for row in &accounts {
        let phones = phones(store, &row.id)?;
        let numbers = numbers(store, &row.id)?;
        described.push(json!({
            "id": row.id, "name": row.name, "realm": row.realm, "phones": phones, "numbers": numbers,
        }));
    }
    let ready = json!({
        "http": http.map(|at| format!("http://{at}/")),
        "sip": sip.map(|at| format!("sip:{at}")),
        "data_dir": config.data_dir.display().to_string(),
        "accounts": described,
    });
    if json {
        return output::line(&ready.to_string());
    }
    output::line(&text(&ready))
}

/// Devices with a SIP user name; passwords only of the shipped demo account, where they are no secret.
fn phones(store: &Store, account: &str) -> Result<Vec<Value>, Fault> {
    let devices = store.list(account, &List::kind("device")).map_err(|error| storage(&error))?;
    let shown = |device: &store::Document| {
        let sip = device.body.get("sip")?;
        let username = sip.get("username")?.as_str()?;
        let password = sip.get("password").and_then(Value::as_str).filter(|_| account == accounts::DEMO_ID);
        Some(json!({"name": device.body.get("name"), "username": username, "password": password}))
    };
    Ok(devices.iter().filter_map(shown).take(20).collect())
}

fn numbers(store: &Store, account: &str) -> Result<Vec<Value>, Fault> {
    let callflows = store.list(account, &List::kind("callflow")).map_err(|error| storage(&error))?;
    let mut shown: Vec<(String, Value)> = Vec::new();
    for callflow in &callflows {
        let name = callflow.body.get("name").and_then(Value::as_str).unwrap_or_default();
        for number in callflow.body.get("numbers").and_then(Value::as_array).into_iter().flatten() {
            if let Some(number) = number.as_str() {
                shown.push((number.to_owned(), json!({"number": number, "name": name})));
            }
        }
    }
    let services = store.list(account, &List::kind(SERVICE_NUMBER)).map_err(|error| storage(&error))?;
    for number in services.iter().filter_map(|service| service.body.get("number")?.as_str()) {
        shown.push((number.to_owned(), json!({"number": number, "name": "Service number"})));
    }
    shown.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
    Ok(shown.into_iter().map(|(_, number)| number).take(30).collect())
}

fn text(ready: &Value) -> String {
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut lines = vec!["Strowger is ready.".to_owned(), String::new()];
    let mut line = |name: &str, value: String| {
        if !value.is_empty() {
            lines.push(format!("  {name:<10} {value}"));
        }
    };
    line("Flows", word(&ready["http"]));
    line("SIP", word(&ready["sip"]));
    line("Data", word(&ready["data_dir"]));
    for account in ready["accounts"].as_array().into_iter().flatten() {
        line("", String::new());
        line("Account", format!("{}, SIP realm {}", word(&account["name"]), word(&account["realm"])));
        for phone in account["phones"].as_array().into_iter().flatten() {
            let password = match phone["password"].as_str() {
                Some(password) => format!(", password {password}"),
                None => String::new(),
            };
            line("Phone", format!("{}: user {}{password}", word(&phone["name"]), word(&phone["username"])));
        }
        for number in account["numbers"].as_array().into_iter().flatten() {
            line("Dial", format!("{:<10} {}", word(&number["number"]), word(&number["name"])));
        }
    }
    let demo = ready["accounts"].as_array().is_some_and(|accounts| {
        accounts.iter().any(|account| account["id"].as_str() == Some(crate::accounts::DEMO_ID))
    });
    if demo {
        lines.push(String::new());
        lines.push(
            "Sign in to the page with account Strowger Demo, user alice, password alice-demo-password."
                .to_owned(),
        );
        lines.push("Without a phone: strowger dial 100 --press 1   (in another terminal)".to_owned());
    }
    lines.join("\n")
}
