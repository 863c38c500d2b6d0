//! The configuration: one struct, its defaults, and where each value comes from.
//!
//! Flags go before the environment, the environment before the file, the file before the defaults (`layers`). The
//! documented default file is `default.toml`; a test keeps it and [`Config::default`] alike. Not here: what the
//! settings do.

mod layers;
mod n2fe;
mod post;
mod values;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(crate) use layers::{Loaded, Settings, load};
pub(crate) use n2fe::N2fe;
pub(crate) use post::{Mail, MailTls, OutboxSettings, Sms, SmsFormat};
pub(crate) use values::{Advertised, FaxEndpoint, Listen, Ports, TrunkAddress};

/// The commented default file, as `strowger config --default` prints it.
pub(crate) const DEFAULT_FILE: &str = include_str!("default.toml");

/// All settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Config {
    /// Where everything is kept: database, audio, certificates.
    pub(crate) data_dir: PathBuf,
    /// The account a new database begins with.
    pub(crate) flows: Flows,
    /// The HTTP interface.
    pub(crate) http: Http,
    /// Signalling.
    pub(crate) sip: Sip,
    /// Audio.
    pub(crate) rtp: Rtp,
    /// Text to speech.
    pub(crate) speech: Speech,
    /// Requests that flows make to web servers.
    pub(crate) web: Web,
    /// E-mail.
    pub(crate) mail: Mail,
    /// Text messages.
    pub(crate) sms: Sms,
    /// What waits to be sent.
    pub(crate) outbox: OutboxSettings,
    /// Faxes.
    pub(crate) fax: Fax,
    /// The interface of N2FE flow editors.
    pub(crate) n2fe: N2fe,
    /// Bounds.
    pub(crate) limits: Limits,
    /// What is written to standard error.
    pub(crate) log: Log,
    /// Who may call without a password, known by address.
    pub(crate) trunks: Vec<Trunk>,
}

/// The account a new database begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Flows {
    /// The demo account.
    Demo,
    /// The account for load tests, and a trunk from 127.0.0.1 unless trunks are configured.
    Bench,
    /// None.
    None,
}

/// `[http]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Http {
    /// Where it listens.
    pub(crate) listen: Listen,
}

/// `[sip]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Sip {
    /// Where it listens for datagrams.
    pub(crate) udp: Listen,
    /// Where it listens for connections.
    pub(crate) tcp: Listen,
    /// The address told to others in `Contact` and SDP.
    pub(crate) advertised: Advertised,
    /// The realm of phones that name this server by its address instead of an account's realm. Empty: that of the only
    /// account.
    pub(crate) realm: String,
}

/// `[rtp]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Rtp {
    /// UDP ports, one for each leg.
    pub(crate) ports: Ports,
    /// Media threads; 0 for one on each processor but one.
    pub(crate) threads: usize,
}

/// `[speech]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Speech {
    /// The program that speaks.
    pub(crate) engine: SpeechEngine,
}

/// The program that speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum SpeechEngine {
    /// The first that is installed.
    Auto,
    /// `flite`: English.
    Flite,
    /// `espeak-ng`: many languages.
    EspeakNg,
    /// Nobody: `tts` actions are passed over.
    None,
}

/// `[web]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Web {
    /// Flows may ask servers on loopback, link-local and private addresses.
    pub(crate) allow_private_addresses: bool,
    /// Redirects followed.
    pub(crate) redirects: u32,
    /// Bytes of a reply taken.
    pub(crate) reply_bytes: u64,
}

/// `[fax]`
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Fax {
    /// Where faxes are received.
    pub(crate) endpoint: FaxEndpoint,
}

/// `[limits]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Limits {
    /// Calls at the same time; more are refused with 503.
    pub(crate) calls: usize,
    /// Longest call in seconds.
    pub(crate) call_duration_s: u64,
    /// Flows one call may fetch from web servers.
    pub(crate) fetches: u32,
}

/// `[log]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Log {
    /// `error`, `warn`, `info`, `debug`, `trace`, or a filter such as `info,telephony=debug`.
    pub(crate) level: String,
    /// How lines look.
    pub(crate) format: LogFormat,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// One of `[[trunks]]`: a carrier or PBX that is trusted by its address.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trunk {
    /// Its name in logs and call records.
    pub(crate) name: String,
    /// Where its calls come from.
    pub(crate) address: TrunkAddress,
    /// Id or realm of the account its calls belong to.
    pub(crate) account: String,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            data_dir: PathBuf::from("./strowger-data"),
            flows: Flows::Demo,
            http: Http::default(),
            sip: Sip::default(),
            rtp: Rtp::default(),
            speech: Speech { engine: SpeechEngine::Auto },
            web: Web::default(),
            mail: Mail::default(),
            sms: Sms::default(),
            outbox: OutboxSettings::default(),
            fax: Fax::default(),
            n2fe: N2fe::default(),
            limits: Limits::default(),
            log: Log { level: "info".to_owned(), format: LogFormat::Text },
            trunks: Vec::new(),
        }
    }
}

impl Default for Http {
    fn default() -> Self {
        Http { listen: Listen::At(SocketAddr::from((Ipv4Addr::LOCALHOST, 8000))) }
    }
}

impl Default for Sip {
    fn default() -> Self {
        let everywhere = Listen::At(SocketAddr::from((Ipv4Addr::UNSPECIFIED, 5060)));
        Sip { udp: everywhere, tcp: everywhere, advertised: Advertised::Auto, realm: String::new() }
    }
}

impl Default for Rtp {
    fn default() -> Self {
        Rtp { ports: Ports { first: 20_000, last: 32_000 }, threads: 0 }
    }
}

impl Default for Speech {
    fn default() -> Self {
        Speech { engine: SpeechEngine::Auto }
    }
}

impl Default for Web {
    fn default() -> Self {
        Web { allow_private_addresses: false, redirects: 5, reply_bytes: 1 << 20 }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Limits { calls: 5_000, call_duration_s: 24 * 3_600, fetches: 100 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Log { level: "info".to_owned(), format: LogFormat::Text }
    }
}

impl Config {
    /// The bounds of each call.
    pub(crate) fn call_limits(&self) -> engine::limits::Limits {
        engine::limits::Limits {
            call_duration: Duration::from_secs(self.limits.call_duration_s),
            fetches: self.limits.fetches,
            document_bytes: self.web.reply_bytes,
            ..engine::limits::Limits::default()
        }
    }

    /// What follows from other settings: the load test's trunk.
    fn complete(&mut self) {
        if self.flows == Flows::Bench && self.trunks.is_empty() {
            self.trunks.push(Trunk {
                name: "bench".to_owned(),
                address: TrunkAddress { ip: IpAddr::V4(Ipv4Addr::LOCALHOST), port: None },
                account: "bench.strowger.test".to_owned(),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The default file with its settings taken out of comments: `#key = value`, but not `# prose`.
    fn uncommented() -> String {
        let setting = |line: &str| {
            line.strip_prefix('#')
                .filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase()))
                .map(str::to_owned)
        };
        DEFAULT_FILE.lines().map(|line| setting(line).unwrap_or_else(|| line.to_owned()) + "\n").collect()
    }

    #[test]
    fn the_default_file_says_what_the_defaults_are() {
        let as_it_stands: Config = toml::from_str(DEFAULT_FILE).unwrap();
        assert_eq!(as_it_stands, Config::default());
        let written: toml::Table = toml::from_str(&uncommented()).unwrap();
        let mut defaults = toml::Table::try_from(Config::default()).unwrap();
        defaults.remove("trunks");
        assert_eq!(written, defaults);
    }

    #[test]
    fn the_bench_account_brings_its_trunk() {
        let mut config = Config { flows: Flows::Bench, ..Config::default() };
        config.complete();
        assert_eq!(config.trunks.len(), 1);
        assert_eq!(config.trunks[0].address.to_string(), "127.0.0.1");
    }
}
