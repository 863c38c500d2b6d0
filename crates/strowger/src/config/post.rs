//! `[mail]`, `[sms]` and `[outbox]`: how people are told by e-mail and text message.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// `[mail]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Mail {
    /// The mail server, `HOST` or `HOST:PORT`; empty for no e-mail.
    pub(crate) server: String,
    /// How connections to it are protected.
    pub(crate) tls: MailTls,
    /// More certificate authorities to trust, a PEM file; empty for the public ones only.
    pub(crate) ca_file: PathBuf,
    /// User name; empty for none.
    pub(crate) username: String,
    /// The file with the password.
    pub(crate) password_file: PathBuf,
    /// The sender.
    pub(crate) from: String,
    /// Largest audio that goes along with an e-mail.
    pub(crate) attachment_bytes: u64,
}

/// How connections to the mail server are protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MailTls {
    /// STARTTLS, or nothing is sent.
    Starttls,
    /// STARTTLS where the server offers it.
    Opportunistic,
    /// TLS from the beginning.
    Tls,
    /// Not at all.
    None,
}

/// `[sms]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sms {
    /// The gateway's address; empty for no text messages.
    pub(crate) url: String,
    /// What is posted.
    pub(crate) format: SmsFormat,
    /// The sender; left out when empty.
    pub(crate) from: String,
    /// The file with the value of the header `Authorization`; empty for none.
    pub(crate) authorization_file: PathBuf,
    /// The names of the gateway's members.
    pub(crate) to_member: String,
    pub(crate) from_member: String,
    pub(crate) text_member: String,
}

/// What is posted to a gateway for text messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SmsFormat {
    /// A JSON object.
    Json,
    /// A form.
    Form,
}

/// `[outbox]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OutboxSettings {
    /// Seconds before the second try; each further pause is twice as long, up to an hour.
    pub(crate) retry_s: u64,
    /// Seconds after which something is given up.
    pub(crate) give_up_s: u64,
}

impl Default for Mail {
    fn default() -> Self {
        Mail {
            server: String::new(),
            tls: MailTls::Starttls,
            ca_file: PathBuf::new(),
            username: String::new(),
            password_file: PathBuf::new(),
            from: String::new(),
            attachment_bytes: 10 << 20,
        }
    }
}

impl Mail {
    /// Host and port of the server, if there is one; the port is the usual one for the protection.
    pub(crate) fn address(&self) -> Option<(String, u16)> {
        let usual = match self.tls {
            MailTls::Starttls | MailTls::Opportunistic => 587,
            MailTls::Tls => 465,
            MailTls::None => 25,
        };
        match self.server.rsplit_once(':') {
            _ if self.server.is_empty() => None,
            Some((host, port)) if !host.contains(':') => {
                port.parse().ok().map(|port| (host.to_owned(), port))
            }
            _ => Some((self.server.clone(), usual)),
        }
    }
}

impl Default for Sms {
    fn default() -> Self {
        Sms {
            url: String::new(),
            format: SmsFormat::Json,
            from: String::new(),
            authorization_file: PathBuf::new(),
            to_member: "to".to_owned(),
            from_member: "from".to_owned(),
            text_member: "text".to_owned(),
        }
    }
}

impl Default for OutboxSettings {
    fn default() -> Self {
        OutboxSettings { retry_s: 30, give_up_s: 24 * 3_600 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_follow_the_protection_unless_they_are_named() {
        let address =
            |server: &str, tls| Mail { server: server.to_owned(), tls, ..Mail::default() }.address();
        assert_eq!(address("", MailTls::Tls), None);
        assert_eq!(address("mail.test", MailTls::Tls), Some(("mail.test".to_owned(), 465)));
        assert_eq!(address("mail.test", MailTls::Starttls), Some(("mail.test".to_owned(), 587)));
        assert_eq!(address("mail.test:2525", MailTls::None), Some(("mail.test".to_owned(), 2_525)));
        assert_eq!(address("mail.test:x", MailTls::None), None);
    }
}
