//! The call as ordered: whom to call, from where, as whom, and what to do; made of the arguments, the configuration
//! and the demo account.
//!
//! Not here: placing it (`call`).

use std::net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use flow::folder::Folder;
use serde_json::Value;
use telephony::media::clip::Clip;
use telephony::media::{file, tone};
use telephony::sip::digest::Credentials;

use super::DialArgs;
use super::script::{self, Cue};
use crate::config::{self, Config, Settings};
use crate::fault::{Exit, Fault};
use crate::{accounts, disk, output};

/// Where SIP is when nothing says otherwise.
const SIP_PORT: u16 = 5060;

/// Who calls in the demo account unless said otherwise: not the phone that most of its numbers lead to.
const DEMO_CALLER: &str = "bob";

/// The longest tone that is made.
const LONGEST_TONE: Duration = Duration::from_secs(600);

/// A call to place.
pub(crate) struct Plan {
    /// Number dialled.
    pub(crate) number: String,
    /// Where the server listens for datagrams.
    pub(crate) server: SocketAddr,
    /// The account's realm.
    pub(crate) realm: String,
    /// SIP user name; also the `From` unless `from` says otherwise.
    pub(crate) user: String,
    /// The number or name shown to the called party.
    pub(crate) from: String,
    /// For the server's challenge; `None` for a caller known by address.
    pub(crate) credentials: Option<Credentials>,
    /// What to do, in order.
    pub(crate) acts: Vec<Act>,
    /// Given up when nobody answers for so long.
    pub(crate) ring_for: Duration,
    /// Hung up so long after the answer.
    pub(crate) hang_up_after: Duration,
    /// Where the audio is saved.
    pub(crate) out: Option<PathBuf>,
    /// Audio of the account, by file name without its ending, to be recognised beside the prompts.
    pub(crate) media: Vec<(String, Clip)>,
    /// Prompts that replace the built-in ones, as the server takes them.
    pub(crate) prompts: PathBuf,
}

/// One thing the caller does.
#[derive(Clone, Debug)]
pub(crate) struct Act {
    /// What.
    pub(crate) what: Do,
    /// When.
    pub(crate) cue: Cue,
}

/// What a caller can do.
#[derive(Clone, Debug)]
pub(crate) enum Do {
    /// Press keys.
    Press(String),
    /// Say something: its name and its audio.
    Speak(String, Arc<Clip>),
}

impl Plan {
    /// Makes the plan. Reads the configuration and files; host names are looked up.
    pub(crate) fn make(args: &DialArgs) -> Result<Plan, Fault> {
        let settings =
            Settings { config: args.config.clone(), data_dir: args.data_dir.clone(), ..Settings::default() };
        let config = config::load(&settings)?.config;
        let server = server(args.server.as_deref(), &config)?;
        let demo = accounts::demo();
        let demo_realm = text_of(&demo.account.body, "/realm").unwrap_or_default();
        let configured = Some(config.sip.realm.clone()).filter(|realm| !realm.is_empty());
        let realm = args.realm.clone().or(configured).unwrap_or_else(|| demo_realm.clone());
        let demo = (realm == demo_realm).then_some(demo);
        let (user, credentials) = caller(args, demo.as_ref(), &realm)?;
        let media = match (&args.account, &demo) {
            (Some(dir), _) => media_of(&disk::usable_account(dir)?),
            (None, Some(demo)) => media_of(demo),
            (None, None) => Vec::new(),
        };
        Ok(Plan {
            number: args.number.clone(),
            server,
            realm,
            from: args.from.clone().unwrap_or_else(|| user.clone()),
            user,
            credentials,
            acts: acts(args)?,
            ring_for: args.ring_for,
            hang_up_after: args.hang_up_after,
            out: args.out.clone(),
            media,
            prompts: config.data_dir.join("prompts"),
        })
    }
}

/// The server's address: as given, else where the configuration lets it listen.
fn server(given: Option<&str>, config: &Config) -> Result<SocketAddr, Fault> {
    let Some(given) = given else {
        let listens = config.sip.udp.address().filter(|address| address.port() != 0);
        let mut address = listens.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, SIP_PORT)));
        if address.ip().is_unspecified() {
            address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
        }
        return Ok(address);
    };
    if let Ok(ip) = given.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, SIP_PORT));
    }
    let with_port = if given.contains(':') { given.to_owned() } else { format!("{given}:{SIP_PORT}") };
    let unknown = |reason: String| {
        Fault::new(Exit::Usage, format!("`{given}` is no address of a server: {reason}"))
            .with_help("write --server ADDRESS:PORT, for example --server 127.0.0.1:5060")
    };
    let mut found = with_port.to_socket_addrs().map_err(|error| unknown(error.to_string()))?;
    found.next().ok_or_else(|| unknown("the name has no address".to_owned()))
}

/// Who calls, and what proves it.
fn caller(
    args: &DialArgs,
    demo: Option<&Folder>,
    realm: &str,
) -> Result<(String, Option<Credentials>), Fault> {
    let user = match (&args.user, demo) {
        (Some(user), _) => user.clone(),
        (None, Some(_)) => DEMO_CALLER.to_owned(),
        // Known to the server by its address, or by nothing.
        (None, None) => return Ok((args.from.clone().unwrap_or_else(|| "strowger-dial".to_owned()), None)),
    };
    let password = match &args.password {
        Some(password) => password.clone(),
        None => demo.and_then(|demo| demo_password(demo, &user)).ok_or_else(|| {
            Fault::new(Exit::Usage, format!("the password of `{user}` in {realm} is missing"))
                .with_help("give it with --password; the demo account's are known")
        })?,
    };
    Ok((user.clone(), Some(Credentials { username: user, password })))
}

fn demo_password(demo: &Folder, user: &str) -> Option<String> {
    let bodies = demo.documents.iter().map(|document| &document.body);
    let mut devices = bodies.filter(|body| text_of(body, "/sip/username").as_deref() == Some(user));
    text_of(devices.next()?, "/sip/password")
}

fn text_of(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer).and_then(Value::as_str).map(str::to_owned)
}

/// What is to be done, in the order in which it stands in the help: keys first.
fn acts(args: &DialArgs) -> Result<Vec<Act>, Fault> {
    let usage = |error: script::BadScript| Fault::new(Exit::Usage, error.to_string());
    let otherwise = match (&args.wait_prompt, args.after) {
        (Some(name), _) => Cue::Prompt(name.clone()),
        (None, Some(after)) => Cue::After(after),
        (None, None) => Cue::Pause,
    };
    let mut acts = Vec::new();
    if let Some(keys) = &args.press {
        for press in script::presses(keys, &otherwise).map_err(usage)? {
            acts.push(Act { what: Do::Press(press.digits), cue: press.cue });
        }
    }
    let spoken_when = if acts.is_empty() { otherwise } else { Cue::Pause };
    if let Some(text) = &args.speak {
        let (name, cue) = script::with_cue(text).map_err(usage)?;
        let clip = clip(Path::new(name))?;
        acts.push(Act { what: Do::Speak(name.to_owned(), Arc::new(clip)), cue: cue.unwrap_or(spoken_when) });
    } else if let Some(text) = &args.tone {
        let (length, cue) = script::with_cue(text).map_err(usage)?;
        let length = script::time(length).map_err(|error| Fault::new(Exit::Usage, error))?;
        let clip = warble(length)?;
        acts.push(Act {
            what: Do::Speak("a tone".to_owned(), Arc::new(clip)),
            cue: cue.unwrap_or(spoken_when),
        });
    }
    Ok(acts)
}

fn clip(path: &Path) -> Result<Clip, Fault> {
    file::decode(&disk::bytes(path)?)
        .map_err(|error| Fault::new(Exit::Data, format!("{} cannot be played: {error}", path.display())))
}

/// Two tones in turn: no telephone takes them for a digit, and no recording for silence.
fn warble(length: Duration) -> Result<Clip, Fault> {
    let bad =
        |error: tone::ToneError| Fault::new(Exit::Software, format!("the tone cannot be made: {error}"));
    let pass = tone::parse("%(250,0,520);%(250,0,640)").map_err(bad)?.render();
    let samples = usize::try_from(length.min(LONGEST_TONE).as_millis() * 8).unwrap_or(usize::MAX);
    let wave: Vec<i16> = pass.iter().copied().cycle().take(samples).collect();
    Ok(Clip::from_pcm(&wave))
}

/// The audio of an account's media documents; what cannot be decoded is named and left out.
fn media_of(folder: &Folder) -> Vec<(String, Clip)> {
    let decoded =
        |(id, attachment): (&String, &flow::folder::Attachment)| match file::decode(&attachment.bytes) {
            Ok(clip) => {
                let path = folder.paths.get(id).map_or(attachment.file_name.as_str(), String::as_str);
                let stem = Path::new(path).file_stem().map(|stem| stem.to_string_lossy().into_owned());
                Some((stem.unwrap_or_else(|| id.clone()), clip))
            }
            Err(error) => {
                output::note(&format!("warning: {} cannot be recognised: {error}", attachment.file_name));
                None
            }
        };
    folder.attachments.iter().filter_map(decoded).collect()
}
