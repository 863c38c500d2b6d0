//! A session with a live Odin API: credentials, which group, the fetch with its progress on a terminal.
//!
//! The password comes from the environment or from a terminal, never from the command line, where other people of the
//! machine could read it. Not here: requests (crate `odin`).

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use flow::broadworks::snapshot::Snapshot;
use odin::{Finding, Holder, Odin, OdinError, Plan, Progress, Secret, Settings, Trust};

use crate::disk;
use crate::fault::{Exit, Fault};
use crate::output;

/// The environment variable with the password.
const PASSWORD: &str = "STROWGER_ODIN_PASSWORD";

/// Groups listed when it is not told which.
const LISTED_MAX: usize = 20;

/// Flags of a session.
#[derive(Args, Clone, Debug)]
pub(crate) struct SessionArgs {
    /// Where the API begins, such as `https://odin.example.com/api/v2`.
    #[arg(long, value_name = "URL", required_unless_present_any = ["snapshot", "diff"])]
    base_url: Option<String>,
    /// Who reads; the password comes from STROWGER_ODIN_PASSWORD or is asked for on a terminal.
    #[arg(long, value_name = "NAME", requires = "base_url", required_unless_present_any = ["snapshot", "diff"])]
    username: Option<String>,
    /// The service provider or enterprise; searched by the number otherwise.
    #[arg(long, value_name = "ID", requires = "base_url")]
    service_provider: Option<String>,
    /// The group; searched by the number otherwise.
    #[arg(long, value_name = "ID", requires = "base_url")]
    group: Option<String>,
    /// Keep what was read in a file, to draw it again without a network (.json.zst).
    #[arg(long, value_name = "FILE")]
    save_snapshot: Option<PathBuf>,
    /// Go on from the file of --save-snapshot: ask only what it lacks, or what failed.
    #[arg(long, requires = "save_snapshot", requires = "base_url", conflicts_with = "redact")]
    resume: bool,
    /// Requests in a second at most; 0 for no bound.
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    rate: u32,
    /// Requests at the same time.
    #[arg(long, value_name = "NUMBER", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=64))]
    connections: u8,
    /// Seconds one request may take.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=600))]
    timeout: u64,
    /// Believe the server's certificate when an authority of this PEM file vouches for it.
    #[arg(long, value_name = "FILE", conflicts_with = "insecure")]
    ca_file: Option<PathBuf>,
    /// Believe any certificate: whoever is on the way can read the password.
    #[arg(long)]
    insecure: bool,
}

impl SessionArgs {
    /// The file to keep the snapshot in.
    pub(super) fn save(&self) -> Option<&Path> {
        self.save_snapshot.as_deref()
    }
}

/// Reads a group from the server.
pub(super) fn fetch(args: &SessionArgs, number: Option<&str>) -> Result<Snapshot, Fault> {
    let settings = settings(args)?;
    let resume = match args.save_snapshot.as_deref().filter(|path| args.resume && path.exists()) {
        Some(path) => Some(crate::commands::snapshot::load(path)?),
        None => None,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Fault::new(Exit::Software, format!("no runtime: {error}")))?;
    runtime.block_on(async {
        let odin = Odin::connect(settings).await.map_err(fault)?;
        let (service_provider, group) = match &resume {
            Some(earlier) => (earlier.service_provider.clone(), earlier.group.clone()),
            None => which(&odin, args, number).await?,
        };
        let mut plan = Plan::group(service_provider, group);
        plan.resume = resume;
        plan.checkpoint = args.save_snapshot.clone().filter(|_| args.resume);
        let mut bar = Bar::new();
        let snapshot = odin.fetch(&plan, &mut |progress| bar.show(progress)).await;
        bar.clear();
        snapshot.map_err(fault)
    })
}

fn settings(args: &SessionArgs) -> Result<Settings, Fault> {
    let missing = |flag: &str| Fault::new(Exit::Usage, format!("{flag} is missing"));
    let base_url = args.base_url.clone().ok_or_else(|| missing("--base-url"))?;
    let username = args.username.clone().ok_or_else(|| missing("--username"))?;
    let password = password(&username)?;
    let mut settings = Settings::new(base_url, username, Secret::new(password));
    settings.requests_per_second = args.rate;
    settings.connections = usize::from(args.connections);
    settings.request_timeout = Duration::from_secs(args.timeout);
    if let Some(path) = &args.ca_file {
        settings.trust = Trust::PublicAnd(disk::bytes(path)?);
    } else if args.insecure {
        output::note("warning: any certificate is believed; whoever is on the way can read the password");
        settings.trust = Trust::Anything;
    }
    Ok(settings)
}

/// The password from the environment, else from a terminal that does not show it.
fn password(username: &str) -> Result<String, Fault> {
    if let Some(password) = std::env::var_os(PASSWORD) {
        return password
            .into_string()
            .map_err(|_| Fault::new(Exit::Usage, format!("{PASSWORD} is not a text in UTF-8")));
    }
    if !std::io::stdin().is_terminal() {
        return Err(Fault::new(Exit::Usage, "there is no password")
            .with_help(format!("set {PASSWORD}, or run this on a terminal to be asked")));
    }
    let mut err = std::io::stderr().lock();
    let asked = write!(err, "Password of {username}: ").and_then(|()| err.flush());
    asked.map_err(|error| Fault::new(Exit::Io, format!("cannot ask for the password: {error}")))?;
    let hidden = Hidden::new();
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    drop(hidden);
    let _ = writeln!(err);
    match read {
        Ok(0) => Err(Fault::new(Exit::Usage, "there is no password")),
        Ok(_) => Ok(line.trim_end_matches(['\r', '\n']).to_owned()),
        Err(error) => Err(Fault::new(Exit::Io, format!("cannot read the password: {error}"))),
    }
}

/// While it lives, the terminal does not show what is typed.
struct Hidden(Option<rustix::termios::Termios>);

impl Hidden {
    fn new() -> Hidden {
        use rustix::termios::{LocalModes, OptionalActions, tcgetattr, tcsetattr};
        let stdin = std::io::stdin();
        let Ok(before) = tcgetattr(&stdin) else { return Hidden(None) };
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        match tcsetattr(&stdin, OptionalActions::Flush, &silent) {
            Ok(()) => Hidden(Some(before)),
            Err(_) => Hidden(None),
        }
    }
}

impl Drop for Hidden {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // The terminal may be gone; then nobody types on it.
            let _ =
                rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Now, before);
        }
    }
}

/// The service provider and group: as told, as the number says, or the only ones there are.
async fn which(odin: &Odin, args: &SessionArgs, number: Option<&str>) -> Result<(String, String), Fault> {
    if let (Some(provider), Some(group)) = (&args.service_provider, &args.group) {
        return Ok((provider.clone(), group.clone()));
    }
    let mut warnings = Vec::new();
    if let Some(number) = number {
        let found = odin.find(number, args.service_provider.as_deref()).await.map_err(fault)?;
        match owner(&found, args)? {
            Some(owner) => return Ok(owner),
            None => warnings = found.warnings,
        }
    }
    let provider = match &args.service_provider {
        Some(provider) => provider.clone(),
        None => only("service provider", odin.service_providers().await.map_err(fault)?, &warnings)?,
    };
    if let Some(group) = &args.group {
        return Ok((provider, group.clone()));
    }
    let groups = odin.groups(&provider).await.map_err(fault)?;
    let group = only("group", groups.into_iter().map(|group| group.id).collect(), &warnings)?;
    Ok((provider, group))
}

/// The group that a search found; `None` when it found nothing. Several are listed.
fn owner(found: &Finding, args: &SessionArgs) -> Result<Option<(String, String)>, Fault> {
    let mut owners: Vec<(String, String)> = Vec::new();
    for Holder { service_provider, group, .. } in &found.holders {
        let Some(group) =
            group.clone().filter(|group| args.group.as_ref().is_none_or(|wanted| wanted == group))
        else {
            continue;
        };
        let owner = (service_provider.clone(), group);
        if !owners.contains(&owner) {
            owners.push(owner);
        }
    }
    match owners.len() {
        0 | 1 => Ok(owners.pop()),
        count => {
            let lines: String = owners
                .iter()
                .take(LISTED_MAX)
                .map(|(provider, group)| format!("\n    --service-provider {provider:?} --group {group:?}"))
                .collect();
            Err(Fault::new(Exit::Data, format!("the number is in {count} groups"))
                .with_help(format!("say which:{lines}")))
        }
    }
}

/// The only one there is; a fault that lists them otherwise.
fn only(what: &str, mut all: Vec<String>, warnings: &[String]) -> Result<String, Fault> {
    if let [_] = all.as_slice() {
        return Ok(all.remove(0));
    }
    let flag = what.replace(' ', "-");
    let mut help = format!("say --{flag}");
    if !all.is_empty() {
        let listed: Vec<&str> = all.iter().take(LISTED_MAX).map(String::as_str).collect();
        help.push_str(&format!(", such as {}", listed.join(", ")));
    }
    for warning in warnings {
        help.push_str(&format!("; {warning}"));
    }
    Err(Fault::new(Exit::Usage, format!("which {what}? There are {}", all.len())).with_help(help))
}

/// A line on a terminal that is written over; nothing elsewhere.
struct Bar {
    shown: bool,
    is_terminal: bool,
}

impl Bar {
    fn new() -> Bar {
        Bar { shown: false, is_terminal: std::io::stderr().is_terminal() }
    }

    fn show(&mut self, progress: Progress) {
        if self.is_terminal {
            self.shown = true;
            // A bar that cannot be drawn is no reason to fail.
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K{progress}");
        }
    }

    fn clear(&mut self) {
        if self.shown {
            let _ = write!(std::io::stderr().lock(), "\r\x1b[K");
        }
    }
}

/// A client's error as a failure of the command.
fn fault(error: OdinError) -> Fault {
    let code = match &error {
        OdinError::Settings { .. } => Exit::Usage,
        OdinError::NoGroup { .. } => Exit::Data,
        _ => Exit::Unavailable,
    };
    let fault = Fault::new(code, format!("{error} ({})", error.code()));
    match error.help() {
        "" => fault,
        help => fault.with_help(help),
    }
}
