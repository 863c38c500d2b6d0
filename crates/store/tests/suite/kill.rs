//! `kill -9` at any moment loses nothing that was acknowledged.
//!
//! The test starts its own program again as a writer that tells each acknowledgement on its standard output, kills it
//! after a random number of them, and looks for everything it was told. What it shows is the death of the process; the
//! death of the machine is left to `synchronous=FULL` and the flushes.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use serde_json::json;
use store::{CallRecord, MessageChange, MessageFolder, NewAccount, NewDocument, NewMessage, Store};

use crate::{author, object, save};

/// Set in the writer: its data directory and its round.
const CHILD: &str = "STROWGER_STORE_KILL_TEST";
const ROUNDS: usize = 12;

#[test]
fn everything_acknowledged_survives_kill() {
    if let Ok(told) = std::env::var(CHILD) {
        let (round, directory) = told.split_once(' ').unwrap();
        return write_until_killed(round, directory);
    }
    let directory = tempfile::tempdir().unwrap();
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..ROUNDS {
        // xorshift64: the moments differ, and are the same in every run.
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let enough = 1 + usize::try_from(seed % 120).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::everything_acknowledged_survives_kill", "--nocapture"])
            .env(CHILD, format!("{round} {}", directory.path().display()))
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut told = 0;
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        // After the kill this goes on until the pipe is empty: those were acknowledged as well.
        while output.read_line(&mut line).unwrap() > 0 {
            if let Some(what) = line.strip_suffix('\n').and_then(|line| line.strip_prefix("ack ")) {
                acknowledged.push(what.to_owned());
                told += 1;
                if told == enough {
                    child.kill().unwrap();
                }
            }
            line.clear();
        }
        child.wait().unwrap();
        assert!(told >= enough, "the writer ended by itself after {told} of {enough}");
        check(&Store::open(directory.path()).unwrap(), &acknowledged);
    }
}

/// Threads write documents, messages, control plans, counters and call records, and do with a mailbox what its owner and
/// callers do; they tell each change that is acknowledged.
fn write_until_killed(round: &str, directory: &str) {
    let store = Store::open(directory).unwrap();
    if store.account("acme").is_err() {
        let body = object(json!({"name": "Acme"}));
        store.create_account(NewAccount { id: Some("acme".into()), parent: None, body }, &author()).unwrap();
        let new = |id: &str, kind: &str| NewDocument {
            account: "acme".into(),
            id: Some(id.into()),
            kind: kind.into(),
            ..NewDocument::default()
        };
        for id in ["box", "own", "colleague"] {
            store.create(new(id, "vmbox"), &author()).unwrap();
        }
        store.create(new("greeting", "media"), &author()).unwrap();
        store.create(new("flow", "callflow"), &author()).unwrap();
        let counter =
            NewDocument { body: object(json!({"name": "votes"})), ..new("counter", "n2fe_counter") };
        store.create(counter, &author()).unwrap();
    }
    let tell = |what: String| {
        std::io::stdout().lock().write_all(format!("ack {what}\n").as_bytes()).unwrap();
    };
    // More than any round asks for, so that the kill always comes first; and an end, should the parent die.
    const EACH: usize = 2000;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..EACH {
                let body = json!({"round": round, "n": n, "filler": "x".repeat(n * 7 % 5000)});
                let saved = store.save("acme", "flow", save(None, body), &author()).unwrap();
                tell(format!("version {} {round} {n}", saved.version));
            }
        });
        scope.spawn(|| {
            for n in 0..EACH {
                let id = format!("m{round}-{n}");
                let new = NewMessage {
                    account: "acme".into(),
                    box_id: "box".into(),
                    id: Some(id.clone()),
                    ..NewMessage::default()
                };
                store.add_message(new, "audio/x-wav", id.repeat(500).as_bytes()).unwrap();
                tell(format!("message {id}"));
            }
        });
        scope.spawn(|| {
            for n in 0..EACH {
                mailbox(&store, &format!("{round}-{n}"), &tell);
            }
        });
        scope.spawn(|| {
            for n in 0..EACH {
                let body = object(json!({"round": round, "n": n}));
                let saved = store.save_plan("acme", "main", body, &author()).unwrap();
                tell(format!("plan {} {} {round} {n}", saved.document.version, saved.plan));
                tell(format!("counted {}", store.count_event("acme", "votes", 1).unwrap()));
            }
        });
        scope.spawn(|| {
            for n in 0..EACH {
                let id = format!("c{round}-{n}");
                let record = CallRecord { account: "acme".into(), id: id.clone(), ..CallRecord::default() };
                store.record_call(record, id.repeat(100).as_bytes(), b"trace").unwrap().wait().unwrap();
                tell(format!("call {id}"));
            }
        });
    });
}

/// A message is left, saved, forwarded to a colleague, and deleted; a greeting is recorded, a PIN chosen.
fn mailbox(store: &Store, name: &str, tell: &dyn Fn(String)) {
    let (account, id, copy) = ("acme", format!("v{name}"), format!("w{name}"));
    let new = NewMessage {
        account: account.into(),
        box_id: "own".into(),
        id: Some(id.clone()),
        ..NewMessage::default()
    };
    store.add_message(new, "audio/x-wav", id.repeat(300).as_bytes()).unwrap();
    tell(format!("in {id} new"));
    let move_to = |folder: MessageFolder| {
        let change = MessageChange { folder: Some(folder), ..MessageChange::default() };
        store.change_message(account, &id, change).unwrap();
    };
    move_to(MessageFolder::Saved);
    tell(format!("in {id} saved"));
    store.copy_message(account, &id, "colleague", Some(copy.clone())).unwrap();
    tell(format!("copy {copy} {id}"));
    move_to(MessageFolder::Deleted);
    tell(format!("in {id} deleted"));
    store.attach(account, "greeting", "audio.wav", "audio/x-wav", name.repeat(400).as_bytes()).unwrap();
    tell(format!("greeting {name}"));
    let pin = object(json!({"pin": name, "media": {"unavailable": "greeting"}}));
    store.patch(account, "own", store::Save { body: pin, ..store::Save::default() }, &author()).unwrap();
    tell(format!("pin {name}"));
}

/// Which of what came one after the other came later: round, then number.
fn order(name: &str) -> (u64, u64) {
    let (round, n) = name.split_once('-').unwrap();
    (round.parse().unwrap(), n.parse().unwrap())
}

fn check_mailbox(store: &Store, acknowledged: &[String]) {
    const FOLDERS: [&str; 3] = ["new", "saved", "deleted"];
    let place = |folder: &str| FOLDERS.iter().position(|one| *one == folder).unwrap();
    let audio = |id: &str| {
        let mut audio = String::new();
        store.open_message("acme", id, None).unwrap().read_to_string(&mut audio).unwrap();
        audio
    };
    let (mut greeting, mut pin) = (None, None);
    for what in acknowledged {
        match what.split(' ').collect::<Vec<_>>()[..] {
            // The kill may have come after the next change was on disk and before it was told.
            ["in", id, folder] => {
                let found = store.message("acme", id).unwrap();
                assert!(place(found.folder.as_str()) >= place(folder), "{id} {folder} {:?}", found.folder);
                assert_eq!(audio(id), id.repeat(300));
            }
            ["copy", copy, of] => {
                assert_eq!(store.message("acme", copy).unwrap().box_id, "colleague");
                assert_eq!(audio(copy), of.repeat(300));
            }
            ["greeting", name] => greeting = greeting.max(Some(order(name))),
            ["pin", name] => pin = pin.max(Some(order(name))),
            _ => {}
        }
    }
    if let Some(told) = greeting {
        let mut text = String::new();
        let reader = store.open_attachment("acme", "greeting", "audio.wav", None);
        reader.unwrap().read_to_string(&mut text).unwrap();
        let name = &text[..text.len() / 400];
        assert_eq!(text, name.repeat(400), "the greeting is one of those recorded, whole");
        assert!(order(name) >= told, "{name} {told:?}");
    }
    if let Some(told) = pin {
        let body = store.get("acme", "own").unwrap().body;
        assert!(order(body["pin"].as_str().unwrap()) >= told, "{body:?} {told:?}");
        assert_eq!(body["media"]["unavailable"], "greeting");
    }
}

fn check(store: &Store, acknowledged: &[String]) {
    check_mailbox(store, acknowledged);
    for what in acknowledged {
        let parts: Vec<&str> = what.split(' ').collect();
        match parts[..] {
            ["version", number, round, n] => {
                let version = store.version("acme", "flow", number.parse().unwrap()).unwrap();
                let body = version.body.unwrap();
                assert_eq!((&body["round"], &body["n"]), (&json!(round), &json!(n.parse::<u64>().unwrap())));
            }
            ["message", id] => {
                let mut audio = String::new();
                store.open_message("acme", id, None).unwrap().read_to_string(&mut audio).unwrap();
                assert_eq!(audio, id.repeat(500));
            }
            ["call", id] => {
                assert_eq!(store.call_journal("acme", id).unwrap(), id.repeat(100).as_bytes());
            }
            ["plan", version, plan, round, n] => {
                let found = store.by_number(plan.parse().unwrap()).unwrap();
                let version = version.parse().unwrap();
                assert_eq!(found.part, store::Part::Version(version));
                let body = store.version("acme", &found.document, version).unwrap().body.unwrap();
                assert_eq!((&body["round"], &body["n"]), (&json!(round), &json!(n.parse::<u64>().unwrap())));
            }
            ["counted", value] => {
                assert!(store.counted("acme", "votes").unwrap() >= value.parse::<i64>().unwrap());
            }
            ["in" | "copy" | "greeting" | "pin", ..] => {}
            _ => panic!("not an acknowledgement: {what}"),
        }
    }
    let live = store.get("acme", "flow").unwrap();
    let versions = store.versions("acme", "flow", None, 0).unwrap();
    assert_eq!(versions.len(), live.version as usize, "no gaps");
    assert_eq!(store.index("acme").unwrap().document("flow").unwrap().revision, live.revision);
    let messages = store.messages("acme", &store::MessageList::default()).unwrap();
    assert!(messages.iter().all(|message| store.open_message("acme", &message.id, None).is_ok()));
}
