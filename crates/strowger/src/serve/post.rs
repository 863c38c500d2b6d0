//! E-mail and text messages of the running server: the outbox in the data directory, the ways out of it, and the audio
//! of voicemail that goes along.
//!
//! Not here: words, trying again, SMTP (crate `notify`), the gateway for text messages (`gateway`).

use std::io::Read;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::input::{Done, Failure};
use jiff::Timestamp;
use notify::{Carrier, Job, Outbox, Problem, Route, Schedule, Smtp, SmtpSettings, Tls};
use serde_json::Value;
use store::{MessageChange, MessageFolder, Store};
use tokio::runtime::Handle;

use super::gateway::Gateway;
use crate::config::{Config, Mail, MailTls};
use crate::disk;
use crate::fault::{Exit, Fault};

/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(3_600);

/// The outbox, when there is a way out of it.
pub(crate) struct Post {
    outbox: Option<Outbox>,
    mail: bool,
    text: bool,
}

impl Post {
    /// Opens the outbox in the data directory when e-mail or text messages are configured.
    pub(crate) fn open(config: &Config, store: &Store, runtime: Handle) -> Result<Post, Fault> {
        let smtp = smtp(&config.mail)?;
        let gateway = Gateway::new(&config.sms, runtime)?;
        let (mail, text) = (smtp.is_some(), gateway.is_some());
        if !mail && !text {
            return Ok(Post { outbox: None, mail, text });
        }
        let ways =
            Ways { smtp, gateway, store: store.clone(), attachment_bytes: config.mail.attachment_bytes };
        let schedule = Schedule {
            first: Duration::from_secs(config.outbox.retry_s.max(1)),
            longest: LONGEST_PAUSE,
            give_up: Duration::from_secs(config.outbox.give_up_s),
        };
        let folder = config.data_dir.join("outbox");
        let outbox = Outbox::open(folder.clone(), schedule, Arc::new(ways))
            .map_err(|error| Fault::unwritable(&folder, &error))?;
        Ok(Post { outbox: Some(outbox), mail, text })
    }

    /// Takes a notification of a call; done when it is on disk. Blocks.
    pub(crate) fn put(&self, kind: &str, data: &Value) -> Result<Done, Failure> {
        let jobs = notify::notice::jobs(kind, data, Timestamp::now().as_second())
            .map_err(|error| Failure::Storage { reason: error.to_string() })?;
        let (ready, without): (Vec<Job>, Vec<Job>) = jobs.into_iter().partition(|job| match job.route {
            Route::Mail => self.mail,
            Route::Text => self.text,
        });
        if let Some(outbox) = self.outbox.as_ref().filter(|_| !ready.is_empty()) {
            outbox.put(&ready).map_err(|error| Failure::Storage { reason: error.to_string() })?;
        }
        match without.first().map(|job| job.route) {
            None => Ok(Done::Ok),
            Some(Route::Mail) => Err(unsupported("no mail server is configured (mail.server)")),
            Some(Route::Text) => Err(unsupported("no gateway for text messages is configured (sms.url)")),
        }
    }
}

fn unsupported(reason: &str) -> Failure {
    Failure::Unsupported { reason: reason.to_owned() }
}

fn smtp(mail: &Mail) -> Result<Option<Smtp>, Fault> {
    if mail.server.is_empty() {
        return Ok(None);
    }
    let wrong = |what: String| Fault::new(Exit::Config, what);
    let (host, port) = mail
        .address()
        .ok_or_else(|| wrong(format!("mail.server: `{}` is no HOST or HOST:PORT", mail.server)))?;
    let set = |path: &Path| !path.as_os_str().is_empty();
    let authorities = if set(&mail.ca_file) { disk::bytes(&mail.ca_file)? } else { Vec::new() };
    let password = if set(&mail.password_file) { disk::text(&mail.password_file)? } else { String::new() };
    let tls = match mail.tls {
        MailTls::Starttls => Tls::Starttls,
        MailTls::Opportunistic => Tls::Opportunistic,
        MailTls::Tls => Tls::Wrapped,
        MailTls::None => Tls::Off,
    };
    let settings = SmtpSettings {
        host,
        port,
        tls,
        authorities,
        username: mail.username.clone(),
        password: password.trim_end_matches(['\r', '\n']).to_owned(),
        from: mail.from.clone(),
    };
    let smtp = Smtp::new(&settings).map_err(|error| {
        wrong(format!("mail: {error}"))
            .with_help("mail.from is the sender, for example voicemail@example.com")
    })?;
    Ok(Some(smtp))
}

/// The ways out of the outbox.
struct Ways {
    smtp: Option<Smtp>,
    gateway: Option<Gateway>,
    store: Store,
    attachment_bytes: u64,
}

impl Carrier for Ways {
    fn send(&self, job: &Job) -> Result<(), Problem> {
        let down = |what: &str| Problem::Down(what.to_owned());
        match job.route {
            Route::Text => {
                let gateway = self.gateway.as_ref();
                gateway.ok_or_else(|| down("no gateway is configured"))?.send(&job.to, &job.text)
            }
            Route::Mail => {
                let smtp = self.smtp.as_ref().ok_or_else(|| down("no mail server is configured"))?;
                match self.audio(job) {
                    Ok(audio) => smtp.send(job, audio),
                    Err(why) => {
                        smtp.send(&Job { text: format!("{}\n{why}\n", job.text), ..job.clone() }, None)
                    }
                }
            }
        }
    }

    fn sent(&self, job: &Job, last: bool) {
        let Some(attachment) = job.attachment.as_ref().filter(|_| last) else { return };
        let Some(folder) = attachment.then.as_deref().and_then(MessageFolder::from_name) else { return };
        let change = MessageChange { folder: Some(folder), ..MessageChange::default() };
        if let Err(error) = self.store.change_message(&job.account, &attachment.message_id, change) {
            tracing::warn!(code = error.code(), %error, "a message that was sent stays where it is");
        }
    }
}

impl Ways {
    /// The audio that goes along with a job, if any; or why it does not, for the recipient.
    fn audio(&self, job: &Job) -> Result<Option<Vec<u8>>, &'static str> {
        let Some(attachment) = job.attachment.as_ref().filter(|attachment| attachment.audio) else {
            return Ok(None);
        };
        let reader = self.store.open_message(&job.account, &attachment.message_id, None);
        let reader = reader.map_err(|_| "The message is not there any more.")?;
        let mut audio = Vec::new();
        let read = reader.take(self.attachment_bytes.saturating_add(1)).read_to_end(&mut audio);
        read.map_err(|_| "The message could not be attached. Listen to it by telephone.")?;
        if audio.len() as u64 > self.attachment_bytes {
            return Err("The message is too long to be attached. Listen to it by telephone.");
        }
        Ok(Some(audio))
    }
}
