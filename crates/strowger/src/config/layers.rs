//! Puts the configuration together: defaults, file, environment, flags, each going before the one before it.
//!
//! Every value remembers where it came from, so that a wrong one is told with its place and `strowger config` can show
//! all origins.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use toml::{Table, Value};

use super::Config;
use crate::fault::{Exit, Fault};
use crate::suggest::nearest;

/// Prefix of environment variables.
const ENVIRONMENT: &str = "STROWGER_";

/// The variable that names the file.
const FILE_VARIABLE: &str = "STROWGER_CONFIG";

/// The file looked for.
const FILE_NAME: &str = "strowger.toml";

/// Flags that set something.
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// Configuration file; by default strowger.toml here or in the data directory.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Where everything is kept.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<String>,
    /// The account a new database begins with: demo, bench or none.
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) flows: Option<String>,
    /// Where HTTP listens, ADDRESS:PORT or off.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) http: Option<String>,
    /// Where SIP listens, UDP and TCP alike, ADDRESS:PORT or off.
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) sip: Option<String>,
    /// Any setting by its name, such as rtp.threads=2; can be repeated.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// Nobody said anything else.
    Default,
    /// A file.
    File(PathBuf),
    /// An environment variable.
    Environment(String),
    /// A flag.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => out.write_str("default"),
            Origin::File(path) => write!(out, "{}", path.display()),
            Origin::Environment(name) => out.write_str(name),
            Origin::Flag(flag) => out.write_str(flag),
        }
    }
}

/// The configuration in effect.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    /// What it says.
    pub(crate) config: Config,
    /// Every value and its origin, by key.
    pub(crate) values: Vec<(String, Value, Origin)>,
    /// What is odd, but no reason to stop.
    pub(crate) warnings: Vec<String>,
}

/// Puts the configuration together from flags, the process's environment and the file that is found.
pub(crate) fn load(settings: &Settings) -> Result<Loaded, Fault> {
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| name.starts_with(ENVIRONMENT))
        .collect();
    let flags = flags(settings)?;
    let data_dir = flags
        .iter()
        .find(|(key, ..)| key == "data_dir")
        .map(|(_, value, _)| PathBuf::from(value))
        .or_else(|| environment.get("STROWGER_DATA_DIR").map(PathBuf::from))
        .unwrap_or_else(|| Config::default().data_dir);
    let named = settings.config.clone().or_else(|| environment.get(FILE_VARIABLE).map(PathBuf::from));
    let file = match named {
        Some(path) => Some((crate::disk::text(&path)?, path)),
        None => {
            let found =
                [PathBuf::from(FILE_NAME), data_dir.join(FILE_NAME)].into_iter().find(|path| path.is_file());
            found.map(|path| Ok::<_, Fault>((crate::disk::text(&path)?, path))).transpose()?
        }
    };
    combine(file.as_ref().map(|(text, path)| (text.as_str(), path.as_path())), &environment, &flags)
}

/// A setting as somebody wrote it: key, text, flag.
type Flag = (String, String, String);

fn flags(settings: &Settings) -> Result<Vec<Flag>, Fault> {
    let named = [
        ("data_dir", &settings.data_dir, "--data-dir"),
        ("flows", &settings.flows, "--flows"),
        ("http.listen", &settings.http, "--http"),
        ("sip.udp", &settings.sip, "--sip"),
        ("sip.tcp", &settings.sip, "--sip"),
    ];
    let mut found: Vec<Flag> = named
        .into_iter()
        .filter_map(|(key, value, flag)| Some((key.to_owned(), value.clone()?, flag.to_owned())))
        .collect();
    for text in &settings.set {
        let Some((key, value)) = text.split_once('=') else {
            return Err(Fault::new(Exit::Usage, format!("`--set {text}` has no value"))
                .with_help("write --set KEY=VALUE, for example --set rtp.threads=2"));
        };
        found.push((key.trim().to_owned(), value.trim().to_owned(), format!("--set {}", key.trim())));
    }
    Ok(found)
}

/// Puts layers together that are all given.
fn combine(
    file: Option<(&str, &Path)>,
    environment: &BTreeMap<String, String>,
    flags: &[Flag],
) -> Result<Loaded, Fault> {
    let defaults = Table::try_from(Config::default()).map_err(|error| {
        Fault::new(Exit::Software, format!("the default configuration cannot be written: {error}"))
    })?;
    let mut building = Building { known: flat(&defaults), table: defaults, origins: BTreeMap::new() };
    let mut warnings = Vec::new();
    if let Some((text, path)) = file {
        let table: Table = text.parse().map_err(|error| not_toml(path, text, &error))?;
        for (key, value) in flat(&table) {
            building.set(&key, value, Origin::File(path.to_owned()))?;
        }
    }
    for (name, value) in environment.iter().filter(|(name, _)| *name != FILE_VARIABLE) {
        match building.known.keys().find(|key| variable(key) == *name).cloned() {
            Some(key) => building.set_text(&key, value, Origin::Environment(name.clone()))?,
            None => {
                let variables: Vec<String> = building.known.keys().map(|key| variable(key)).collect();
                let hint = nearest(name, variables.iter().map(String::as_str));
                let hint = hint.map_or_else(String::new, |hint| format!("; did you mean {hint}?"));
                warnings.push(format!("the environment variable {name} is no setting{hint}"));
            }
        }
    }
    for (key, value, flag) in flags {
        building.set_text(key, value, Origin::Flag(flag.clone()))?;
    }
    let mut config = building.read().map_err(|reason| Fault::new(Exit::Config, reason))?;
    config.complete();
    let mut values = Vec::new();
    for (key, value) in flat(&building.table) {
        let origin = building.origins.get(&key).cloned().unwrap_or(Origin::Default);
        values.push((key, value, origin));
    }
    Ok(Loaded { config, values, warnings })
}

/// A configuration that values are being put into.
struct Building {
    known: BTreeMap<String, Value>,
    table: Table,
    origins: BTreeMap<String, Origin>,
}

impl Building {
    /// Sets a value given as text, read as the kind that the key has.
    fn set_text(&mut self, key: &str, text: &str, origin: Origin) -> Result<(), Fault> {
        let wrong = |what: &str| {
            Err(Fault::new(Exit::Config, format!("{key} must be {what}, not `{text}` (set by {origin})")))
        };
        let value = match self.known.get(key) {
            Some(Value::Integer(_)) => match text.parse() {
                Ok(number) => Value::Integer(number),
                Err(_) => return wrong("a whole number"),
            },
            Some(Value::Boolean(_)) => match text.parse() {
                Ok(truth) => Value::Boolean(truth),
                Err(_) => return wrong("true or false"),
            },
            Some(Value::Array(_)) => match format!("value = {text}").parse::<Table>() {
                Ok(table) => table.into_iter().next().map_or(Value::Array(Vec::new()), |(_, value)| value),
                Err(_) => return wrong("a list in TOML"),
            },
            _ => Value::String(text.to_owned()),
        };
        self.set(key, value, origin)
    }

    /// Sets a value and reads everything again, so that a fault is told with its place.
    fn set(&mut self, key: &str, value: Value, origin: Origin) -> Result<(), Fault> {
        if !self.known.contains_key(key) {
            let fault = Fault::new(Exit::Config, format!("{key} is no setting ({origin})"));
            return Err(match nearest(key, self.known.keys().map(String::as_str)) {
                Some(near) => fault.with_help(format!("did you mean {near}?")),
                None => fault.with_help("`strowger config --default` lists all settings"),
            });
        }
        match key.split_once('.') {
            Some((section, name)) => {
                if let Some(Value::Table(section)) = self.table.get_mut(section) {
                    section.insert(name.to_owned(), value);
                }
            }
            None => {
                self.table.insert(key.to_owned(), value);
            }
        }
        self.read()
            .map_err(|reason| Fault::new(Exit::Config, format!("{key}: {reason} (set by {origin})")))?;
        self.origins.insert(key.to_owned(), origin);
        Ok(())
    }

    fn read(&self) -> Result<Config, String> {
        self.table.clone().try_into().map_err(|error: toml::de::Error| error.message().trim().to_owned())
    }
}

/// The variable of a setting: `http.listen` is `STROWGER_HTTP_LISTEN`.
fn variable(key: &str) -> String {
    format!("{ENVIRONMENT}{}", key.replace('.', "_").to_ascii_uppercase())
}

/// Members of sections as `section.member`; settings are at most two levels deep.
fn flat(table: &Table) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for (key, value) in table {
        match value {
            Value::Table(section) => {
                found.extend(section.iter().map(|(name, value)| (format!("{key}.{name}"), value.clone())));
            }
            value => {
                found.insert(key.clone(), value.clone());
            }
        }
    }
    found
}

fn not_toml(path: &Path, text: &str, error: &toml::de::Error) -> Fault {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    let message = error.message().lines().next().unwrap_or_default().to_owned();
    Fault::new(Exit::Config, format!("{}:{line}: {message}", path.display()))
        .with_help("the file is TOML; `strowger config --default` prints one to begin with")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn try_combine(
        file: &str,
        environment: &[(&str, &str)],
        flags: &[(&str, &str)],
    ) -> Result<Loaded, Fault> {
        let environment =
            environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let flags: Vec<Flag> = flags
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned(), format!("--set {key}")))
            .collect();
        combine(Some((file, Path::new("strowger.toml"))), &environment, &flags)
    }

    #[test]
    fn flags_go_before_the_environment_before_the_file_before_the_defaults() {
        let file = "[rtp]\nthreads = 1\n[limits]\ncalls = 1\nfetches = 1\n";
        let environment = [("STROWGER_LIMITS_CALLS", "2"), ("STROWGER_LIMITS_FETCHES", "2")];
        let loaded = try_combine(file, &environment, &[("limits.fetches", "3")]).unwrap();
        let config = &loaded.config;
        assert_eq!((config.rtp.threads, config.limits.calls, config.limits.fetches), (1, 2, 3));
        assert_eq!(config.web, super::super::Web::default());
        let origin = |wanted: &str| {
            loaded.values.iter().find(|(key, ..)| key == wanted).map(|(.., origin)| origin.to_string())
        };
        assert_eq!(origin("rtp.threads").as_deref(), Some("strowger.toml"));
        assert_eq!(origin("limits.calls").as_deref(), Some("STROWGER_LIMITS_CALLS"));
        assert_eq!(origin("limits.fetches").as_deref(), Some("--set limits.fetches"));
        assert_eq!(origin("log.level").as_deref(), Some("default"));
    }

    #[test]
    fn unknown_keys_are_told_with_the_nearest() {
        let fault = try_combine("[http]\nlisen = \"off\"\n", &[], &[]).unwrap_err();
        assert_eq!(fault.code, Exit::Config);
        assert_eq!(fault.message, "http.lisen is no setting (strowger.toml)");
        assert_eq!(fault.help, "did you mean http.listen?");
        let fault = try_combine("colour = 1\n", &[], &[]).unwrap_err();
        assert_eq!(fault.help, "`strowger config --default` lists all settings");
        let loaded = try_combine("", &[("STROWGER_HTTP_LISEN", "off")], &[]).unwrap();
        let warning =
            "the environment variable STROWGER_HTTP_LISEN is no setting; did you mean STROWGER_HTTP_LISTEN?";
        assert_eq!(loaded.warnings, [warning]);
    }

    #[test]
    fn wrong_values_are_told_with_their_place() {
        let message = |file: &str, flags: &[(&str, &str)]| try_combine(file, &[], flags).unwrap_err().message;
        assert!(message("[rtp]\nports = \"x\"\n", &[]).starts_with("rtp.ports: `x` is not a range of ports"));
        assert_eq!(
            message("", &[("rtp.threads", "many")]),
            "rtp.threads must be a whole number, not `many` (set by --set rtp.threads)"
        );
        assert!(message("[rtp\n", &[]).starts_with("strowger.toml:1: "));
        assert!(message("[speech]\nengine = \"x\"\n", &[]).contains("unknown variant"));
        assert!(message("http = 5\n", &[]).contains("http"));
    }

    #[test]
    fn trunks_are_a_list() {
        let file = "[[trunks]]\nname = \"a\"\naddress = \"192.0.2.1\"\naccount = \"demo\"\n";
        assert_eq!(try_combine(file, &[], &[]).unwrap().config.trunks[0].name, "a");
        let wrong = "[[trunks]]\nname = \"a\"\naddress = \"192.0.2.1\"\nacount = \"demo\"\n";
        assert!(try_combine(wrong, &[], &[]).unwrap_err().message.starts_with("trunks: unknown field"));
    }
}
