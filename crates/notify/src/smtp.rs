//! E-mail: builds a message of a job and hands it to the operator's mail server (RFC 5321).
//!
//! One connection for each message. What the server says about a recipient decides whether the job is tried again.
//! Not here: trying again (`outbox`).

use std::time::{Duration, SystemTime};

use lettre::address::AddressError;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment as Part, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls as SmtpTls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Message, SmtpTransport, Transport};
use thiserror::Error;

use crate::Job;
use crate::outbox::Problem;

/// Time each step of a connection has.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The operator's mail server.
#[derive(Clone, Debug, Default)]
pub struct SmtpSettings {
    /// Its host name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How connections are protected.
    pub tls: Tls,
    /// More certificate authorities, PEM; empty for the public ones only.
    pub authorities: Vec<u8>,
    /// User name; empty for none.
    pub username: String,
    /// Password.
    pub password: String,
    /// The sender: `Voicemail <voicemail@example.com>`.
    pub from: String,
}

/// How connections to the mail server are protected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tls {
    /// STARTTLS, and nothing is sent without it.
    #[default]
    Starttls,
    /// STARTTLS where the server offers it.
    Opportunistic,
    /// TLS from the beginning (RFC 8314).
    Wrapped,
    /// Not at all.
    Off,
}

/// Settings that make no sense.
#[derive(Debug, Error)]
pub enum SmtpError {
    /// The sender is no address.
    #[error("the sender is no e-mail address: {0}")]
    From(#[from] AddressError),
    /// The authorities cannot be read, or TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(lettre::transport::smtp::Error),
}

/// A way to a mail server.
#[derive(Debug)]
pub struct Smtp {
    transport: SmtpTransport,
    from: Mailbox,
}

impl Smtp {
    /// A way with these settings; nothing is connected yet.
    ///
    /// # Errors
    /// The settings make no sense.
    pub fn new(settings: &SmtpSettings) -> Result<Smtp, SmtpError> {
        let from: Mailbox = settings.from.parse()?;
        let tls = match settings.tls {
            Tls::Off => SmtpTls::None,
            Tls::Opportunistic => SmtpTls::Opportunistic(parameters(settings)?),
            Tls::Starttls => SmtpTls::Required(parameters(settings)?),
            Tls::Wrapped => SmtpTls::Wrapper(parameters(settings)?),
        };
        let mut builder = SmtpTransport::builder_dangerous(&settings.host)
            .port(settings.port)
            .tls(tls)
            .hello_name(ClientId::Domain(from.email.domain().to_owned()))
            .timeout(Some(TIMEOUT));
        if !settings.username.is_empty() {
            builder =
                builder.credentials(Credentials::new(settings.username.clone(), settings.password.clone()));
        }
        Ok(Smtp { transport: builder.build(), from })
    }

    /// Sends a job, with audio (WAV) when there is some.
    ///
    /// # Errors
    /// It was not sent.
    pub fn send(&self, job: &Job, audio: Option<Vec<u8>>) -> Result<(), Problem> {
        let message = self.message(job, audio)?;
        match self.transport.send(&message) {
            Ok(_) => Ok(()),
            Err(error) => Err(judge(&error)),
        }
    }

    fn message(&self, job: &Job, audio: Option<Vec<u8>>) -> Result<Message, Problem> {
        let refused = |what: &str| Problem::Refused(what.to_owned());
        let to: Mailbox = job.to.parse().map_err(|_| refused("the recipient is no e-mail address"))?;
        let created = Duration::from_secs(u64::try_from(job.created_s).unwrap_or(0));
        let builder = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(job.subject.clone())
            .date(SystemTime::UNIX_EPOCH + created)
            .message_id(Some(format!("<{}@{}>", job.id, self.from.email.domain())));
        let text = SinglePart::plain(job.text.clone());
        let message = match (audio, &job.attachment) {
            (Some(audio), Some(attachment)) => {
                let kind = ContentType::parse("audio/wav").map_err(|_| refused("no content type"))?;
                let part = Part::new(attachment.name.clone()).body(audio, kind);
                builder.multipart(MultiPart::mixed().singlepart(text).singlepart(part))
            }
            _ => builder.singlepart(text),
        };
        let mut message = message.map_err(|_| refused("the message cannot be written"))?;
        // Nobody's holiday notice is an answer to this (RFC 3834 section 5).
        if let Ok(name) = HeaderName::new_from_ascii("Auto-Submitted".to_owned()) {
            message.headers_mut().insert_raw(HeaderValue::new(name, "auto-generated".to_owned()));
        }
        Ok(message)
    }
}

fn parameters(settings: &SmtpSettings) -> Result<TlsParameters, SmtpError> {
    let mut builder = TlsParameters::builder(settings.host.clone());
    if !settings.authorities.is_empty() {
        let authority = Certificate::from_pem(&settings.authorities).map_err(SmtpError::Tls)?;
        builder = builder.add_root_certificate(authority);
    }
    builder.build().map_err(SmtpError::Tls)
}

/// What an error means for the job. Texts of the server may name people and are not kept.
fn judge(error: &lettre::transport::smtp::Error) -> Problem {
    let Some(status) = error.status() else {
        let what = match (error.is_timeout(), error.is_tls()) {
            (true, _) => "the mail server does not answer in time",
            (_, true) => "TLS with the mail server fails",
            _ => "the mail server cannot be reached",
        };
        return Problem::Down(what.to_owned());
    };
    let told = format!("the mail server says {status}");
    match u16::from(status) {
        // Who we are, or what the server is for, is not accepted: the operator's business, not the recipient's.
        421 | 454 | 521 | 530 | 534 | 535 | 538 => Problem::Down(told),
        400..=499 => Problem::Later(told),
        _ => Problem::Refused(told),
    }
}
