//! HTTP digest as SIP uses it (RFC 3261 section 22, RFC 7616, RFC 8760): the server side with HMAC nonces that need no
//! memory until they are used well, and the client side that answers a trunk's challenge.
//!
//! Not for looking users up: see [`directory`](super::directory).

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use md5::Md5;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::random::{Random, keyed_hash};
use super::uri::unquote;

/// A hash algorithm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Algorithm {
    /// `MD5`, all phones.
    Md5,
    /// `SHA-256` (RFC 8760).
    Sha256,
}

impl Algorithm {
    fn name(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
        }
    }

    fn parse(text: Option<&str>) -> Option<Algorithm> {
        match text {
            None => Some(Algorithm::Md5),
            Some(name) if name.eq_ignore_ascii_case("MD5") => Some(Algorithm::Md5),
            Some(name) if name.eq_ignore_ascii_case("SHA-256") => Some(Algorithm::Sha256),
            Some(_) => None,
        }
    }

    /// Lower-case hexadecimal hash.
    pub fn hex(self, text: &str) -> String {
        match self {
            Algorithm::Md5 => hex(&Md5::digest(text.as_bytes())),
            Algorithm::Sha256 => hex(&Sha256::digest(text.as_bytes())),
        }
    }
}

fn hex(octets: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut out = String::with_capacity(octets.len() * 2);
    for octet in octets {
        for nibble in [octet >> 4, octet & 15] {
            out.push(DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0') as char);
        }
    }
    out
}

/// What proves a user.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// The password in clear.
    Password(String),
    /// `H(user:realm:password)` in lower-case hexadecimal, per algorithm.
    Ha1 {
        /// MD5, 32 digits.
        md5: Option<String>,
        /// SHA-256, 64 digits.
        sha256: Option<String>,
    },
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Secret(***)")
    }
}

impl Secret {
    fn ha1(&self, algorithm: Algorithm, username: &str, realm: &str) -> Option<String> {
        match self {
            Secret::Password(password) => Some(algorithm.hex(&format!("{username}:{realm}:{password}"))),
            Secret::Ha1 { md5, sha256 } => match algorithm {
                Algorithm::Md5 => md5.clone(),
                Algorithm::Sha256 => sha256.clone(),
            },
        }
    }
}

/// The parameters of an `Authorization` or `WWW-Authenticate` value, in order, quotes removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Read `Digest a="b", c=d`; `None` when the scheme is another.
    pub fn parse(value: &str) -> Option<Params> {
        let (scheme, rest) = value.trim().split_once([' ', '\t'])?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let items = super::uri::split_list(rest).into_iter().take(40);
        let pairs = items.filter_map(|item| item.split_once('='));
        Some(Params(pairs.map(|(k, v)| (k.trim().to_ascii_lowercase(), unquote(v.trim()))).collect()))
    }

    /// A parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// How the server challenges.
#[derive(Clone, Debug)]
pub struct DigestConfig {
    /// How long a nonce is good. Default 5 minutes; then `stale=true`.
    pub lifetime: Duration,
    /// In the order of the challenge lines. Default MD5 only: telephones in use (baresip 1.0 among them) give up on a
    /// challenge they do not know, even beside one that they do. Add SHA-256 where all telephones know it (RFC 8760).
    pub algorithms: Vec<Algorithm>,
    /// Take answers without `qop` (RFC 2069). Default no: they cannot be protected against replay.
    pub accept_without_qop: bool,
    /// Nonces whose counters are remembered at once. Default 100,000, about 5 MB.
    pub max_nonces: usize,
}

impl Default for DigestConfig {
    fn default() -> DigestConfig {
        DigestConfig {
            lifetime: Duration::from_secs(300),
            algorithms: vec![Algorithm::Md5],
            accept_without_qop: false,
            max_nonces: 100_000,
        }
    }
}

/// What became of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Right.
    Good,
    /// The nonce is old or its counter was used: challenge again with `stale=true`.
    Stale,
    /// Wrong, or unreadable.
    Bad,
}

/// Counters seen of one nonce: the highest, and which of the 64 below it.
#[derive(Clone, Copy, Default)]
struct Window {
    highest: u32,
    seen: u64,
}

impl Window {
    fn accept(&mut self, count: u32) -> bool {
        if count > self.highest {
            let step = count - self.highest;
            self.seen = if step >= 64 { 0 } else { self.seen << step };
            self.seen |= 1;
            self.highest = count;
            return true;
        }
        let back = self.highest - count;
        let bit = if back < 64 { 1u64 << back } else { return false };
        let fresh = count > 0 && self.seen & bit == 0;
        self.seen |= bit;
        fresh
    }
}

/// The challenging side.
pub struct DigestServer {
    key: [u8; 32],
    config: DigestConfig,
    issued: u64,
    windows: HashMap<(u64, u64), Window>,
    order: VecDeque<(Duration, (u64, u64))>,
}

impl DigestServer {
    /// A server with a secret key of its own.
    pub fn new(key: [u8; 32], config: DigestConfig) -> DigestServer {
        DigestServer { key, config, issued: 0, windows: HashMap::new(), order: VecDeque::new() }
    }

    /// The values of the challenge header, one per algorithm.
    pub fn challenge(&mut self, now: Duration, realm: &str, stale: bool) -> Vec<String> {
        self.issued = self.issued.wrapping_add(1);
        let nonce = self.nonce(now.as_millis() as u64, self.issued, realm);
        let realm = super::uri::quote(realm);
        let stale = if stale { ", stale=true" } else { "" };
        let algorithms = self.config.algorithms.iter();
        algorithms
            .map(|a| {
                format!(
                    "Digest realm={realm}, nonce=\"{nonce}\", algorithm={}, qop=\"auth\"{stale}",
                    a.name()
                )
            })
            .collect()
    }

    fn nonce(&self, millis: u64, number: u64, realm: &str) -> String {
        let mac = keyed_hash(&self.key, &[&millis.to_be_bytes(), &number.to_be_bytes(), realm.as_bytes()]);
        format!("{millis:016x}{number:016x}{}", hex(mac.get(..16).unwrap_or_default()))
    }

    /// Check credentials for a method. `secret` is `None` for an unknown user, which takes as long and ends as a
    /// wrong password does.
    pub fn verify(
        &mut self,
        now: Duration,
        credentials: &Params,
        method: &str,
        realm: &str,
        secret: Option<&Secret>,
    ) -> Verdict {
        let field = |name| credentials.get(name).unwrap_or_default();
        let Some(algorithm) = Algorithm::parse(credentials.get("algorithm")) else { return Verdict::Bad };
        let (username, nonce, uri) = (field("username"), field("nonce"), field("uri"));
        let Some((millis, number)) = self.read_nonce(nonce, realm) else { return Verdict::Stale };
        let qop = credentials.get("qop");
        let nobody = Secret::Password(String::new());
        let ha1 = secret.unwrap_or(&nobody).ha1(algorithm, username, realm);
        let Some(ha1) = ha1 else { return Verdict::Bad };
        let ha2 = algorithm.hex(&format!("{method}:{uri}"));
        let (cnonce, count) = (field("cnonce"), field("nc"));
        let expected = match qop {
            Some(qop) => algorithm.hex(&format!("{ha1}:{nonce}:{count}:{cnonce}:{qop}:{ha2}")),
            None => algorithm.hex(&format!("{ha1}:{nonce}:{ha2}")),
        };
        let given = field("response").to_ascii_lowercase();
        let equal = bool::from(expected.as_bytes().ct_eq(given.as_bytes()));
        let offered = self.config.algorithms.contains(&algorithm);
        let qop_fine = match qop {
            Some(qop) => qop.eq_ignore_ascii_case("auth"),
            None => self.config.accept_without_qop,
        };
        if !equal || secret.is_none() || !offered || !qop_fine || field("realm") != realm {
            return Verdict::Bad;
        }
        let age = now.saturating_sub(Duration::from_millis(millis));
        if age > self.config.lifetime {
            return Verdict::Stale;
        }
        if qop.is_none() {
            return Verdict::Good;
        }
        let Ok(count) = u32::from_str_radix(count, 16) else { return Verdict::Bad };
        if self.count(now, (millis, number), count) { Verdict::Good } else { Verdict::Stale }
    }

    fn read_nonce(&self, nonce: &str, realm: &str) -> Option<(u64, u64)> {
        let millis = u64::from_str_radix(nonce.get(..16)?, 16).ok()?;
        let number = u64::from_str_radix(nonce.get(16..32)?, 16).ok()?;
        let ours = self.nonce(millis, number, realm);
        bool::from(ours.as_bytes().ct_eq(nonce.as_bytes())).then_some((millis, number))
    }

    /// A nonce's counter is fresh. The oldest nonces are forgotten with their lifetime, or when there are too many; a
    /// forgotten one that is still alive starts a window of its own above the counter it is seen with.
    fn count(&mut self, now: Duration, nonce: (u64, u64), count: u32) -> bool {
        while let Some((until, old)) = self.order.front().copied() {
            if until > now && self.windows.len() < self.config.max_nonces {
                break;
            }
            self.windows.remove(&old);
            self.order.pop_front();
        }
        let until = now + self.config.lifetime;
        let order = &mut self.order;
        let window = self.windows.entry(nonce).or_insert_with(|| {
            order.push_back((until, nonce));
            Window::default()
        });
        window.accept(count)
    }
}

/// Digest credentials of ours for somebody else's challenge.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Credentials(***)")
    }
}

/// The answering side: the last challenge of a peer, and how often its nonce was used.
#[derive(Clone, Debug)]
pub struct DigestClient {
    credentials: Credentials,
    challenge: Option<(Params, Algorithm, bool)>,
    count: u32,
}

impl DigestClient {
    /// No challenge seen yet.
    pub fn new(credentials: Credentials) -> DigestClient {
        DigestClient { credentials, challenge: None, count: 0 }
    }

    /// Take a challenge; of several, SHA-256 before MD5. `proxy`: it came as `Proxy-Authenticate`. Returns whether an
    /// answer is possible and may help: not when the same credentials were just refused without `stale`.
    pub fn challenged<'a>(&mut self, values: impl Iterator<Item = &'a str>, proxy: bool) -> bool {
        let mut best: Option<(Params, Algorithm)> = None;
        for params in values.filter_map(Params::parse) {
            let Some(algorithm) = Algorithm::parse(params.get("algorithm")) else { continue };
            let qop_fine =
                params.get("qop").is_none_or(|q| q.split(',').any(|w| w.trim().eq_ignore_ascii_case("auth")));
            if qop_fine && best.as_ref().is_none_or(|(_, a)| algorithm > *a) {
                best = Some((params, algorithm));
            }
        }
        let Some((params, algorithm)) = best else { return false };
        let stale = params.get("stale").is_some_and(|s| s.eq_ignore_ascii_case("true"));
        let again = self.challenge.as_ref().is_some_and(|(old, ..)| old.get("realm") == params.get("realm"));
        self.challenge = Some((params, algorithm, proxy));
        self.count = 0;
        stale || !again
    }

    /// Header name and value for a request, once a challenge is known.
    pub fn header(&mut self, method: &str, uri: &str, random: &mut Random) -> Option<(String, String)> {
        let (params, algorithm, proxy) = self.challenge.as_ref()?;
        self.count += 1;
        let (realm, nonce) =
            (params.get("realm").unwrap_or_default(), params.get("nonce").unwrap_or_default());
        let user = &self.credentials.username;
        let ha1 = algorithm.hex(&format!("{user}:{realm}:{}", self.credentials.password));
        let ha2 = algorithm.hex(&format!("{method}:{uri}"));
        let quote = super::uri::quote;
        let mut value = format!(
            "Digest username={}, realm={}, nonce={}, uri=\"{uri}\", algorithm={}",
            quote(user),
            quote(realm),
            quote(nonce),
            algorithm.name()
        );
        if params.get("qop").is_some() {
            let (count, cnonce) = (format!("{:08x}", self.count), format!("{:016x}", random.number()));
            let response = algorithm.hex(&format!("{ha1}:{nonce}:{count}:{cnonce}:auth:{ha2}"));
            value.push_str(&format!(", qop=auth, nc={count}, cnonce=\"{cnonce}\", response=\"{response}\""));
        } else {
            let response = algorithm.hex(&format!("{ha1}:{nonce}:{ha2}"));
            value.push_str(&format!(", response=\"{response}\""));
        }
        if let Some(opaque) = params.get("opaque") {
            value.push_str(&format!(", opaque={}", quote(opaque)));
        }
        let name = if *proxy { "Proxy-Authorization" } else { "Authorization" };
        Some((name.to_owned(), value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REALM: &str = "pbx.example";

    fn answer(server: &mut DigestServer, now: Duration, password: &str) -> (DigestClient, Random) {
        let challenge = server.challenge(now, REALM, false);
        let credentials = Credentials { username: "101".into(), password: password.into() };
        let mut client = DigestClient::new(credentials);
        assert!(client.challenged(challenge.iter().map(String::as_str), false));
        (client, Random::new([3; 32]))
    }

    fn check(server: &mut DigestServer, now: Duration, value: &str, secret: Option<&Secret>) -> Verdict {
        server.verify(now, &Params::parse(value).unwrap(), "REGISTER", REALM, secret)
    }

    #[test]
    fn the_rfc_7616_example_hashes_are_ours() {
        let ha1 = Algorithm::Md5.hex("Mufasa:http-auth@example.org:Circle of Life");
        let ha2 = Algorithm::Md5.hex("GET:/dir/index.html");
        let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let response = Algorithm::Md5.hex(&format!("{ha1}:{nonce}:00000001:{cnonce}:auth:{ha2}"));
        assert_eq!(response, "8ca523f5e9506fed4657c9700eebdbec");
    }

    #[test]
    fn good_wrong_unknown_replayed_and_old_credentials() {
        let mut server = DigestServer::new([7; 32], DigestConfig::default());
        let now = Duration::from_secs(10);
        let secret = Secret::Password("secret".into());
        let (mut client, mut random) = answer(&mut server, now, "secret");
        let (_, value) = client.header("REGISTER", "sip:pbx.example", &mut random).unwrap();
        assert_eq!(check(&mut server, now, &value, Some(&secret)), Verdict::Good);
        assert_eq!(check(&mut server, now, &value, Some(&secret)), Verdict::Stale, "same nc again");
        let (_, second) = client.header("REGISTER", "sip:pbx.example", &mut random).unwrap();
        assert_eq!(check(&mut server, now, &second, None), Verdict::Bad);
        assert_eq!(check(&mut server, now, &second, Some(&Secret::Password("x".into()))), Verdict::Bad);
        assert_eq!(check(&mut server, now, &second, Some(&secret)), Verdict::Good);
        let late = now + Duration::from_secs(301);
        let (_, third) = client.header("REGISTER", "sip:pbx.example", &mut random).unwrap();
        assert_eq!(check(&mut server, late, &third, Some(&secret)), Verdict::Stale);
    }

    #[test]
    fn a_nonce_of_another_realm_or_key_is_not_ours() {
        let mut other = DigestServer::new([8; 32], DigestConfig::default());
        let mut server = DigestServer::new([7; 32], DigestConfig::default());
        let (mut client, mut random) = answer(&mut other, Duration::ZERO, "secret");
        let (_, value) = client.header("REGISTER", "sip:pbx.example", &mut random).unwrap();
        let secret = Secret::Password("secret".into());
        assert_eq!(check(&mut server, Duration::ZERO, &value, Some(&secret)), Verdict::Stale);
    }

    #[test]
    fn counters_may_come_out_of_order_but_once() {
        let mut window = Window::default();
        assert!(window.accept(1) && window.accept(5) && window.accept(3));
        assert!(!window.accept(3) && !window.accept(5) && !window.accept(0));
        assert!(window.accept(300) && !window.accept(4));
    }

    #[test]
    fn sha256_is_preferred_by_our_client_and_ha1_secrets_work() {
        let algorithms = vec![Algorithm::Md5, Algorithm::Sha256];
        let mut server = DigestServer::new([7; 32], DigestConfig { algorithms, ..DigestConfig::default() });
        let (mut client, mut random) = answer(&mut server, Duration::ZERO, "secret");
        let (name, value) = client.header("REGISTER", "sip:pbx.example", &mut random).unwrap();
        assert_eq!(name, "Authorization");
        assert!(value.contains("algorithm=SHA-256"));
        let sha256 = Some(Algorithm::Sha256.hex("101:pbx.example:secret"));
        let secret = Secret::Ha1 { md5: None, sha256 };
        assert_eq!(check(&mut server, Duration::ZERO, &value, Some(&secret)), Verdict::Good);
    }
}
