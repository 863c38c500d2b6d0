//! Settings that are written as text: addresses, port ranges.
//!
//! Each parses from and prints to the same text, and says what it wants when it gets something else.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use api::n2fe::Hosts;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Where something listens: `127.0.0.1:8000`, `[::]:5060`, or `off`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listen {
    /// There.
    At(SocketAddr),
    /// Nowhere.
    Off,
}

/// The address told to others: an IP address, or `auto`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advertised {
    /// The one this machine reaches the other side from.
    Auto,
    /// This one.
    Ip(IpAddr),
}

/// A range of UDP ports: `20000-32000`, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ports {
    /// The first.
    pub(crate) first: u16,
    /// The last.
    pub(crate) last: u16,
}

/// Where a trunk's calls come from: `192.0.2.10`, or `192.0.2.10:5080` for that port only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TrunkAddress {
    /// The address.
    pub(crate) ip: IpAddr,
    /// The port; `None` for any.
    pub(crate) port: Option<u16>,
}

/// Hosts that users may log in from: empty for anywhere, `*` for nowhere, else IP addresses with commas between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HostList(String);

/// Where faxes are received: a SIP URI such as `sip:fax@192.0.2.7:5060`, or empty for nowhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FaxEndpoint(String);

impl FromStr for FaxEndpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_uri = |text: &str| {
            let rest = text.strip_prefix("sip:").map(|rest| rest.rsplit('@').next().unwrap_or(rest));
            let has_host = rest.is_some_and(|host| !host.is_empty() && !host.starts_with([':', ';']));
            has_host && text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '<' | '>' | '"'))
        };
        if text.is_empty() || is_uri(text) {
            return Ok(FaxEndpoint(text.to_owned()));
        }
        Err(format!("`{text}` is not a SIP URI; write one such as sip:fax@192.0.2.7:5060"))
    }
}

impl fmt::Display for FaxEndpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl HostList {
    /// The same for the interface that asks.
    pub(crate) fn hosts(&self) -> Hosts {
        // Whatever was not sound would not have been read.
        Hosts::parse(&self.0).unwrap_or(Hosts::Only(Vec::new()))
    }
}

impl FromStr for HostList {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Hosts::parse(text)?;
        Ok(HostList(text.to_owned()))
    }
}

impl fmt::Display for HostList {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Listen {
    /// The address, if it listens anywhere.
    pub(crate) fn address(self) -> Option<SocketAddr> {
        match self {
            Listen::At(address) => Some(address),
            Listen::Off => None,
        }
    }
}

impl TrunkAddress {
    /// Whether a packet from there is the trunk's.
    pub(crate) fn matches(&self, from: SocketAddr) -> bool {
        self.ip == from.ip().to_canonical() && self.port.is_none_or(|port| port == from.port())
    }
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "off" {
            return Ok(Listen::Off);
        }
        text.parse().map(Listen::At).map_err(|_| {
            format!(
                "`{text}` is not an address to listen at; write ADDRESS:PORT such as 127.0.0.1:8000, or off"
            )
        })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Listen::At(address) => address.fmt(out),
            Listen::Off => out.write_str("off"),
        }
    }
}

impl FromStr for Advertised {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == "auto" {
            return Ok(Advertised::Auto);
        }
        let ip: Option<IpAddr> = text.parse().ok();
        ip.filter(|ip| !ip.is_unspecified())
            .map(Advertised::Ip)
            .ok_or_else(|| format!("`{text}` is not an IP address others can reach; write one, or auto"))
    }
}

impl fmt::Display for Advertised {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Advertised::Auto => out.write_str("auto"),
            Advertised::Ip(ip) => ip.fmt(out),
        }
    }
}

impl FromStr for Ports {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let range = text.split_once('-').and_then(|(first, last)| {
            Some(Ports { first: first.trim().parse().ok()?, last: last.trim().parse().ok()? })
        });
        range
            .filter(|ports| ports.first > 0 && ports.first <= ports.last)
            .ok_or_else(|| format!("`{text}` is not a range of ports; write FIRST-LAST such as 20000-32000"))
    }
}

impl fmt::Display for Ports {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{}", self.first, self.last)
    }
}

impl FromStr for TrunkAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let alone = text.parse().ok().map(|ip| TrunkAddress { ip, port: None });
        let with_port = || {
            let address: SocketAddr = text.parse().ok()?;
            Some(TrunkAddress { ip: address.ip(), port: Some(address.port()) })
        };
        alone
            .or_else(with_port)
            .ok_or_else(|| format!("`{text}` is not an IP address, with or without a port"))
    }
}

impl fmt::Display for TrunkAddress {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            Some(port) => SocketAddr::new(self.ip, port).fmt(out),
            None => self.ip.fmt(out),
        }
    }
}

macro_rules! as_text {
    ($($kind:ty)*) => {
        $(
            impl Serialize for $kind {
                fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                    to.collect_str(self)
                }
            }

            impl<'de> Deserialize<'de> for $kind {
                fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                    String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
                }
            }
        )*
    };
}

as_text!(Listen Advertised Ports TrunkAddress HostList FaxEndpoint);

#[cfg(test)]
mod tests {
    use super::*;

    fn round<T: FromStr<Err = String> + fmt::Display>(text: &str) -> Result<String, String> {
        text.parse::<T>().map(|value| value.to_string())
    }

    #[test]
    fn what_is_written_is_read_back() {
        for text in ["127.0.0.1:8000", "[::1]:5060", "off"] {
            assert_eq!(round::<Listen>(text).as_deref(), Ok(text));
        }
        for text in ["auto", "192.0.2.1", "2001:db8::1"] {
            assert_eq!(round::<Advertised>(text).as_deref(), Ok(text));
        }
        assert_eq!(round::<Ports>("1-65535").as_deref(), Ok("1-65535"));
        for text in ["", "sip:192.0.2.7", "sip:fax@fax.example:5060;transport=udp"] {
            assert_eq!(round::<FaxEndpoint>(text).as_deref(), Ok(text));
        }
        for text in ["192.0.2.1", "192.0.2.1:5080", "2001:db8::1"] {
            assert_eq!(round::<TrunkAddress>(text).as_deref(), Ok(text));
        }
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        for text in ["", "8000", "localhost:8000", "127.0.0.1"] {
            assert!(round::<Listen>(text).is_err(), "{text}");
        }
        for text in ["", "0.0.0.0", "example.com"] {
            assert!(round::<Advertised>(text).is_err(), "{text}");
        }
        for text in ["", "20000", "2-1", "0-5", "1-70000"] {
            assert!(round::<Ports>(text).is_err(), "{text}");
        }
        for text in ["192.0.2.7", "sip:", "sip:fax@", "sip:fax@ 192.0.2.7", "tel:5551"] {
            assert!(round::<FaxEndpoint>(text).is_err(), "{text}");
        }
        assert!(round::<TrunkAddress>("carrier.example").is_err());
    }

    #[test]
    fn a_trunk_is_known_by_its_address() {
        let any_port: TrunkAddress = "192.0.2.1".parse().unwrap();
        let one_port: TrunkAddress = "192.0.2.1:5080".parse().unwrap();
        let from: SocketAddr = "192.0.2.1:5060".parse().unwrap();
        assert!(any_port.matches(from));
        assert!(any_port.matches("[::ffff:192.0.2.1]:5060".parse().unwrap()));
        assert!(!one_port.matches(from));
    }
}
