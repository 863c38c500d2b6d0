//! The outbox against a mail server that takes, refuses, puts off, and goes away.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

#[allow(dead_code, unreachable_pub)]
#[path = "support/mail_server.rs"]
mod mail_server;

use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use base64::Engine as _;
use mail_server::{Answer, MailServer, Protect};
use notify::{Carrier, Job, Outbox, Problem, Schedule, Smtp, SmtpSettings, Tls};
use serde_json::{Value, json};
use tokio_rustls::rustls;

/// Far more than anything takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// Sends by SMTP with the same audio for every message, and remembers what it was told.
struct Post {
    smtp: Smtp,
    sent: Mutex<Vec<(String, bool)>>,
}

impl Carrier for Post {
    fn send(&self, job: &Job) -> Result<(), Problem> {
        self.smtp.send(job, job.attachment.as_ref().map(|_| b"RIFF \xff\x00 audio".to_vec()))
    }

    fn sent(&self, job: &Job, last: bool) {
        self.sent.lock().unwrap().push((job.to.clone(), last));
    }
}

fn settings(port: u16) -> SmtpSettings {
    SmtpSettings {
        host: "127.0.0.1".to_owned(),
        port,
        tls: Tls::Off,
        from: "Voicemail <voicemail@pbx.test>".to_owned(),
        ..SmtpSettings::default()
    }
}

fn post(settings: &SmtpSettings) -> Arc<Post> {
    Arc::new(Post { smtp: Smtp::new(settings).unwrap(), sent: Mutex::default() })
}

fn quick() -> Schedule {
    Schedule {
        first: Duration::from_millis(20),
        longest: Duration::from_millis(100),
        give_up: Duration::from_secs(3_600),
    }
}

fn open(folder: &Path, schedule: Schedule, post: &Arc<Post>) -> Outbox {
    Outbox::open(folder.to_owned(), schedule, Arc::clone(post) as Arc<dyn Carrier>).unwrap()
}

fn now_s() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(since.as_secs()).unwrap()
}

fn jobs(recipients: &[&str], message: bool) -> Vec<Job> {
    let mut data = json!({
        "account_id": "a", "call_id": "c1", "recipients": recipients, "caller_id_name": "Änn",
        "caller_id_number": "+15551234567", "mailbox": "102",
    });
    if message {
        data["message_id"] = json!("m1");
    }
    notify::notice::jobs("voicemail_to_email", &data, now_s()).unwrap()
}

fn wait_for(what: &str, mut ready: impl FnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !ready() {
        assert!(Instant::now() < until, "never came: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The jobs that were given up.
fn failed(folder: &Path) -> Vec<Value> {
    let entries = std::fs::read_dir(folder.join("failed")).unwrap();
    let paths = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "json"));
    paths.map(|path| serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()).collect()
}

fn files(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().filter(|entry| entry.as_ref().unwrap().path().is_file()).count()
}

#[test]
fn a_message_put_off_is_sent_at_the_next_try_with_its_audio() {
    let server = MailServer::start(|_, before| if before == 0 { Answer::Later } else { Answer::Take });
    let folder = tempfile::tempdir().unwrap();
    let post = post(&settings(server.port()));
    let outbox = open(folder.path(), quick(), &post);
    outbox.put(&jobs(&["bob@example.test"], true)).unwrap();
    wait_for("the message", || outbox.waiting() == 0);
    let mails = server.mails();
    assert_eq!((mails.len(), server.asked().len()), (1, 2));
    let mail = &mails[0];
    assert_eq!((mail.from.as_str(), mail.to.as_str()), ("voicemail@pbx.test", "bob@example.test"));
    assert_eq!(mail.header("From").unwrap(), "Voicemail <voicemail@pbx.test>");
    assert_eq!(mail.header("Auto-Submitted").unwrap(), "auto-generated");
    assert!(mail.header("Message-ID").unwrap().ends_with("@pbx.test>"));
    assert!(mail.header("Subject").unwrap().contains("=?utf-8?"), "{}", mail.data);
    assert!(mail.part("text/plain").is_some_and(|text| text.contains("+15551234567") || text.contains("=")));
    let audio = mail.part("audio/wav").unwrap().replace('\n', "");
    assert_eq!(
        base64::engine::general_purpose::STANDARD.decode(audio.trim()).unwrap(),
        b"RIFF \xff\x00 audio"
    );
    wait_for("the word that it was sent", || !post.sent.lock().unwrap().is_empty());
    assert_eq!(*post.sent.lock().unwrap(), [("bob@example.test".to_owned(), true)]);
    assert_eq!((files(folder.path()), failed(folder.path()).len()), (0, 0));
}

#[test]
fn a_refused_recipient_is_given_up_and_the_others_are_told() {
    let server =
        MailServer::start(|to, _| if to.starts_with("nobody") { Answer::Refuse } else { Answer::Take });
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), quick(), &post(&settings(server.port())));
    outbox.put(&jobs(&["nobody@example.test", "no address", "bob@example.test"], false)).unwrap();
    wait_for("an end", || outbox.waiting() == 0);
    let told: Vec<String> = server.mails().into_iter().map(|mail| mail.to).collect();
    assert_eq!(told, ["bob@example.test"]);
    assert_eq!(server.asked().len(), 2, "nothing is tried again");
    let mut failed = failed(folder.path());
    failed.sort_by_key(|job| job["to"].as_str().unwrap().to_owned());
    assert_eq!(failed.len(), 2);
    assert_eq!(failed[0]["last_error"], "the recipient is no e-mail address");
    assert_eq!(failed[1]["last_error"], "the mail server says 550");
    assert_eq!((&failed[1]["call_id"], &failed[1]["tries"]), (&json!("c1"), &json!(1)));
}

#[test]
fn what_waits_for_a_dead_server_survives_a_restart() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), quick(), &post(&settings(port)));
    outbox.put(&jobs(&["bob@example.test", "carol@example.test"], false)).unwrap();
    let tried = || {
        let waiting = std::fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.path());
        let texts =
            waiting.filter(|path| path.is_file()).filter_map(|path| std::fs::read_to_string(path).ok());
        texts.filter(|text| text.contains("the mail server cannot be reached")).count()
    };
    wait_for("a try of both", || tried() == 2);
    drop(outbox);
    assert_eq!(files(folder.path()), 2);
    let server = MailServer::start_at(&format!("127.0.0.1:{port}"), None, |_, _| Answer::Take);
    let outbox = open(folder.path(), quick(), &post(&settings(port)));
    wait_for("both", || outbox.waiting() == 0);
    assert_eq!(server.mails().len(), 2);
    assert_eq!(files(folder.path()), 0);
}

#[test]
fn a_job_that_is_too_old_is_given_up() {
    let server = MailServer::start(|_, _| Answer::HangUp);
    let folder = tempfile::tempdir().unwrap();
    let outbox = open(folder.path(), quick(), &post(&settings(server.port())));
    let mut old = jobs(&["bob@example.test"], false);
    old[0].created_s -= 3_601;
    outbox.put(&old).unwrap();
    wait_for("an end", || outbox.waiting() == 0);
    assert_eq!(failed(folder.path())[0]["tries"], 1);
    assert!(server.mails().is_empty());
}

#[test]
fn a_message_is_done_with_when_the_last_recipient_has_it() {
    let server = MailServer::start(|_, _| Answer::Take);
    let folder = tempfile::tempdir().unwrap();
    let post = post(&settings(server.port()));
    let outbox = open(folder.path(), quick(), &post);
    outbox.put(&jobs(&["a@example.test", "b@example.test", "c@example.test"], true)).unwrap();
    wait_for("three", || post.sent.lock().unwrap().len() == 3);
    let lasts = post.sent.lock().unwrap().iter().filter(|(_, last)| *last).count();
    assert_eq!(lasts, 1);
    assert_eq!(outbox.waiting(), 0);
}

/// A certificate for 127.0.0.1 in PEM, and what makes protected connections with it.
fn protection() -> (Vec<u8>, Protect) {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let protect: Protect = Arc::new(move |stream| {
        let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
        Box::new(rustls::StreamOwned::new(connection, stream))
    });
    (made.cert.pem().into_bytes(), protect)
}

#[test]
fn starttls_with_a_password_and_an_authority_of_ones_own() {
    let (authorities, protect) = protection();
    let server = MailServer::start_at("127.0.0.1:0", Some(protect), |_, _| Answer::Take);
    let mut settings = SmtpSettings { tls: Tls::Starttls, authorities, ..settings(server.port()) };
    settings.username = "user".to_owned();
    settings.password = "secret".to_owned();
    let job = &jobs(&["bob@example.test"], false)[0];
    assert_eq!(Smtp::new(&settings).unwrap().send(job, None), Ok(()));
    assert_eq!(server.mails().len(), 1);

    settings.password = "guessed".to_owned();
    let refused = Smtp::new(&settings).unwrap().send(job, None);
    assert_eq!(refused, Err(Problem::Down("the mail server says 535".to_owned())));

    settings.authorities.clear();
    let untrusted = Smtp::new(&settings).unwrap().send(job, None);
    assert!(matches!(untrusted, Err(Problem::Down(_))), "{untrusted:?}");
    assert_eq!(server.mails().len(), 1, "nothing is sent to whom nobody vouches for");
}

#[test]
fn without_starttls_nothing_is_sent_that_asks_for_it() {
    let server = MailServer::start(|_, _| Answer::Take);
    let strict = SmtpSettings { tls: Tls::Starttls, ..settings(server.port()) };
    let job = &jobs(&["bob@example.test"], false)[0];
    assert!(matches!(Smtp::new(&strict).unwrap().send(job, None), Err(Problem::Down(_))));
    assert!(server.mails().is_empty());
    let lenient = SmtpSettings { tls: Tls::Opportunistic, ..settings(server.port()) };
    assert_eq!(Smtp::new(&lenient).unwrap().send(job, None), Ok(()));
    assert!(Smtp::new(&SmtpSettings { from: "nobody".to_owned(), ..settings(1) }).is_err());
}
