//! People told by e-mail and text message: of a voicemail message with its audio, of a missed call, by a flow.

use std::time::Duration;

use base64::Engine as _;
use serde_json::{Value, json};
use telephony::media::g711::{Codec, SAMPLE_RATE};

use crate::mail_server::{Answer, Mail, MailServer};
use crate::phone::{Phone, Step, missing};
use crate::server::{Account, Server, wait_for};
use crate::sound::{prompt, share_of, wav};
use crate::web::{Page, Web};

const BOX: &str = "b0c50000000000000000000000000102";

/// A server that sends by this mail server, and tries again after a second.
fn start(account: &Account, mail: &MailServer, more: &str) -> Server {
    let settings = format!(
        "[web]\nallow_private_addresses = true\n[mail]\nserver = \"127.0.0.1:{}\"\ntls = \"none\"\n\
         from = \"Voicemail <voicemail@pbx.test>\"\n[outbox]\nretry_s = 1\n{more}",
        mail.port()
    );
    Server::start_with(account, &settings)
}

fn mail_to(server: &MailServer, to: &str) -> Mail {
    wait_for("an e-mail", || server.mails().into_iter().find(|mail| mail.to == to))
}

#[test]
fn a_message_left_arrives_by_e_mail_and_can_be_played() {
    if missing("sipp") {
        return;
    }
    let mailbox = json!({
        "name": "Office", "mailbox": "102", "require_pin": false, "is_setup": true, "timezone": "UTC",
        "notify_email_addresses": ["office@example.test"], "save_after_notify": true,
    });
    let message = json!({"module": "voicemail", "data": {"action": "compose", "id": BOX}, "children": {}});
    let account = Account::new().with_phone("alice").with("vmboxes", BOX, mailbox).with_flow("103", message);
    // The first try is put off, the second is taken.
    let mail = MailServer::start(|_, before| if before == 0 { Answer::Later } else { Answer::Take });
    let server = start(&account, &mail, "");
    let alice = Phone::new(&server, "alice").register();
    let caller = alice.call("103", Codec::Pcmu, &[Step::Answered, Step::Go, Step::Bye]);
    caller.connected().sound.await_prompt("vm-record_message");
    caller.sound.say(Some(700.0));
    caller.sound.await_said(Duration::from_secs(4));
    caller.go();
    let call_id = caller.call_id();
    caller.finish();

    let told = mail_to(&mail, "office@example.test");
    assert_eq!(told.header("Subject").unwrap(), "New voicemail from alice");
    let text = told.part("text/plain").unwrap();
    assert!(
        text.contains("There is a new message in box 102 (Office).") && text.contains(&call_id),
        "{text}"
    );
    let audio: String = told.part("audio/wav").unwrap().split_whitespace().collect();
    let audio = base64::engine::general_purpose::STANDARD.decode(audio).unwrap();
    let samples = telephony::media::wav::read(&audio).unwrap();
    assert!(samples.len() > 3 * SAMPLE_RATE as usize, "{} samples", samples.len());
    let middle = &samples[SAMPLE_RATE as usize / 2..samples.len() - SAMPLE_RATE as usize / 2];
    assert!(share_of(middle, 700.0) > 0.8, "the audio is what was said");
    wait_for("the message among the saved ones", || {
        server.messages(BOX).first().filter(|message| message["folder"] == "saved").map(|_| ())
    });
    server.quiet();
}

/// Calls a number as a carrier does, known by its address, and hangs up two seconds after an answer.
fn from_outside(server: &Server, number: &str) {
    let at = format!("127.0.0.1:{}", server.sip_port);
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_strowger"))
        .args([
            "dial",
            number,
            "--server",
            &at,
            "--as",
            "carrier",
            "--password",
            "none",
            "--hang-up-after",
            "2s",
        ])
        .current_dir(server.data_dir())
        .output()
        .unwrap();
    assert!(output.status.code().is_some_and(|code| code < 2), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_missed_call_is_told_by_e_mail_and_one_that_was_taken_is_not() {
    if missing("sipp") {
        return;
    }
    let ring = json!({"module": "user", "data": {"id": "bob", "timeout": 10}, "children": {}});
    // The alert is for calls from outside; those of the account's telephones are nobody's business.
    let alert = |recipients: Value| json!({"module": "missed_call_alert", "data": {"recipients": recipients}, "children": {"_": ring}});
    let account = Account::new()
        .with_phone("bob")
        .with_flow(
            "102",
            alert(json!([{"type": "user", "id": "admin"}, {"type": "email", "id": ["a@example.test"]}])),
        )
        .with(
            "users",
            "admin",
            json!({
                "username": "admin", "password": "correct-horse", "priv_level": "admin", "first_name": "Ada",
                "last_name": "Admin", "email": "ada@example.test",
            }),
        );
    let mail = MailServer::start(|to, _| if to == "a@example.test" { Answer::Refuse } else { Answer::Take });
    let trunk = "[[trunks]]\nname = \"carrier\"\naddress = \"127.0.0.1\"\naccount = \"live.strowger.test\"\n";
    let server = start(&account, &mail, trunk);
    let bob = Phone::new(&server, "bob").register();
    let callee = bob.listen(Codec::Pcmu, &[Step::Ring, Step::Answer, Step::AwaitBye]);
    from_outside(&server, "102");
    callee.finish();
    server.quiet();

    let callee = bob.listen(Codec::Pcmu, &[Step::Refuse(486)]);
    from_outside(&server, "102");
    callee.finish();
    let told = mail_to(&mail, "ada@example.test");
    assert!(told.header("Subject").unwrap().starts_with("Missed call from "));
    let failed = server.data_dir().join("outbox/failed");
    let given_up = wait_for("the refused recipient", || {
        let entry = std::fs::read_dir(&failed).ok()?.next()?.ok()?;
        serde_json::from_slice::<Value>(&std::fs::read(entry.path()).ok()?).ok()
    });
    assert_eq!(given_up["to"], "a@example.test");
    let call_id = given_up["call_id"].as_str().unwrap();
    assert!(told.data.contains(call_id) && !call_id.is_empty(), "{}", told.data);
    assert_eq!(mail.mails().len(), 1, "the call that was taken is nobody's business");
    assert!(server.log().contains("NT1001") && !server.log().contains("a@example.test"));
    server.quiet();
}

#[test]
fn a_flow_tells_by_e_mail_and_text_message_in_the_accounts_words() {
    if missing("sipp") {
        return;
    }
    let tell = json!({
        "module": "notification",
        "data": {
            "template_id": "door", "send_at": "callflow_exec", "comments": "side door",
            "notification_media": ["email", "sms"], "recipients": [{"type": "user", "id": "bob"}],
        },
        "children": {"_": {"module": "play", "data": {"id": "greeting"}, "children": {}}},
    });
    let words =
        json!({"subject": "Ring at the {{comments}}", "text": "{{caller_id_number}} rings at {{dialled}}."});
    let account = Account::new()
        .with_phone("alice")
        .with("users", "bob", json!({"username": "bob", "first_name": "Bob", "last_name": "Test", "email": "bob@example.test"}))
        .with(
            "devices",
            "bob-mobile",
            json!({"name": "Mobile", "owner_id": "bob", "device_type": "cellphone", "call_forward": {"number": "+15550177"}}),
        )
        .with("other/notification", "notification-door", words)
        .with_wav("greeting", &wav(&prompt("vm-enter_id")))
        .with_flow("600", tell);
    let mail = MailServer::start(|_, _| Answer::Take);
    let gateway = Web::start(|_| Page::Reply(202, "application/json", b"{}".to_vec()));
    let server =
        start(&account, &mail, &format!("[sms]\nurl = \"{}\"\nfrom = \"PBX\"\n", gateway.url("/send")));
    let alice = Phone::new(&server, "alice").register();
    let line = alice.call("600", Codec::Pcmu, &[Step::Answered, Step::AwaitBye]);
    line.connected().sound.await_clips(&[("greeting", prompt("vm-enter_id"))]);
    line.finish();
    let told = mail_to(&mail, "bob@example.test");
    assert_eq!(told.header("Subject").unwrap(), "Ring at the side door");
    assert!(told.data.contains("alice rings at 600."), "{}", told.data);
    let posted = gateway.await_asked("POST", "/send");
    let posted: Value = serde_json::from_slice(&posted.body).unwrap();
    assert_eq!((&posted["to"], &posted["from"]), (&json!("+15550177"), &json!("PBX")));
    assert!(posted["text"].as_str().unwrap().starts_with("Ring at the side door"), "{posted}");
    server.quiet();
}
