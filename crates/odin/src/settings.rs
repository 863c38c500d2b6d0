//! How to reach an Odin API: address, credentials, and the bounds a client keeps.
//!
//! Not here: reading them from the command line or a configuration file (`strowger`).

use std::fmt;
use std::time::Duration;

use url::Url;

use crate::error::OdinError;

/// A text that is never printed: a password or a token.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Secret {
        Secret(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(***)")
    }
}

/// Which certificates of the server are believed.
#[derive(Clone, Debug, Default)]
pub enum Trust {
    /// Those that a public authority (Mozilla's list) vouches for.
    #[default]
    Public,
    /// Those, and those of the authorities in this text of PEM certificates.
    PublicAnd(Vec<u8>),
    /// Any. Whoever is on the way can read the password.
    Anything,
}

/// Whether requests go through an HTTP proxy; others are refused.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Proxy {
    /// As `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` say (either case).
    #[default]
    Environment,
    /// Never.
    Direct,
    /// Always this HTTP proxy: `http://user:password@host:3128`.
    Through(String),
}

impl fmt::Debug for Proxy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its address may hold a password.
        out.write_str(match self {
            Proxy::Environment => "Environment",
            Proxy::Direct => "Direct",
            Proxy::Through(_) => "Through(***)",
        })
    }
}

/// Everything a client needs to know. [`Settings::new`] gives the defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the API begins: `https://odin.example.com/api/v2`. A slash at the end makes no difference.
    pub base_url: String,
    /// User name of an Odin account that may read the group.
    pub username: String,
    /// Its password.
    pub password: Secret,
    /// Requests in a second, at most, and at once; 0: no bound. Default 50.
    pub requests_per_second: u32,
    /// Connections, and so requests at the same time: 1 to 64. Default 8.
    pub connections: usize,
    /// For the name look-up, the connection and TLS together. Default 10 s.
    pub connect_timeout: Duration,
    /// For one attempt at a request, the connection and the whole reply included. Default 30 s.
    pub request_timeout: Duration,
    /// For a whole run of [`fetch`](crate::Odin::fetch) or [`find`](crate::Odin::find), waiting included. Default 10 min.
    pub run_timeout: Duration,
    /// Attempts at each request before it counts as failed: 1 to 20. Default 4.
    pub attempts: u32,
    /// Bytes of one reply. Default 64 MiB.
    pub max_reply_bytes: usize,
    /// Which certificates are believed.
    pub trust: Trust,
    /// Whether requests go through a proxy.
    pub proxy: Proxy,
}

impl Settings {
    /// Settings with the defaults.
    pub fn new(base_url: impl Into<String>, username: impl Into<String>, password: Secret) -> Settings {
        Settings {
            base_url: base_url.into(),
            username: username.into(),
            password,
            requests_per_second: 50,
            connections: 8,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            run_timeout: Duration::from_secs(600),
            attempts: 4,
            max_reply_bytes: 64 * 1024 * 1024,
            trust: Trust::default(),
            proxy: Proxy::default(),
        }
    }

    /// The base URL, checked and without slashes at its end.
    pub(crate) fn base(&self) -> Result<Url, OdinError> {
        let bad = |reason: &str| OdinError::Settings { reason: format!("the base URL {reason}") };
        let mut base =
            Url::parse(self.base_url.trim()).map_err(|error| bad(&format!("makes no sense: {error}")))?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(bad("must begin with https:// or http:// and a host"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(bad("must not hold a user name or password; they are settings of their own"));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(bad("must not have a query or fragment"));
        }
        let path = base.path().trim_end_matches('/').to_owned();
        base.set_path(&path);
        Ok(base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> Result<String, String> {
        let settings = Settings::new(text, "u", Secret::new("p"));
        settings.base().map(|url| url.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn base_urls_are_checked_and_trimmed() {
        assert_eq!(base("https://odin.example.com/api/v2/").unwrap(), "https://odin.example.com/api/v2");
        assert_eq!(base(" http://127.0.0.1:8080/api/v2// ").unwrap(), "http://127.0.0.1:8080/api/v2");
        for bad in ["odin.example.com", "ftp://x/", "https://me:secret@x/", "https://x/?a=b", "", "https://"]
        {
            let error = base(bad).unwrap_err();
            assert!(error.contains("base URL"), "{error}");
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let mut settings = Settings::new("https://x", "reader", Secret::new("s3cret"));
        settings.proxy = Proxy::Through("http://me:s3cret@proxy:3128".to_owned());
        assert!(!format!("{settings:?} {settings:#?}").contains("s3cret"));
    }
}
