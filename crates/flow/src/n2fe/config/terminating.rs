//! Where a call ends up: connecting it to a number, releasing it, sending it on.

use super::Config;
use crate::n2fe::fields::Fields;

/// Longest time to ring one destination, in seconds.
pub const MAX_RING_S: i64 = 3_600;

/// Seconds to ring; 0 and absent are the system's own time.
pub(super) fn ring_s(fields: &mut Fields<'_>) -> u32 {
    fields.count("timeout_seconds", "ring time in seconds", 0..=MAX_RING_S, 0)
}

/// `AttemptTerminate` ("Connect").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttemptTerminate {
    /// In the order they are tried.
    pub destinations: Vec<Destination>,
}

/// One destination.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destination {
    /// Digits `0-9A-F`.
    pub address: String,
    /// Seconds to ring; 0 for the system's own time.
    pub timeout_s: u32,
}

impl Config for AttemptTerminate {
    const MEMBERS: &'static [&'static str] = &["destinations"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let destinations = fields.each("destinations", "destination", 1, |one| Destination {
            address: one.some_digits("address", "destination number"),
            timeout_s: ring_s(one),
        });
        AttemptTerminate {
            destinations: destinations.into_iter().filter(|one| !one.address.is_empty()).collect(),
        }
    }

    fn lines(&self) -> Vec<String> {
        let line = |one: &Destination| match one.timeout_s {
            0 => one.address.clone(),
            seconds => format!("{} for {seconds} s", one.address),
        };
        self.destinations.iter().map(line).collect()
    }

    fn number(&self) -> Option<String> {
        self.destinations.first().map(|first| first.address.clone())
    }
}

/// `ReleaseCall` ("End Call").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReleaseCall {
    /// ISUP cause value, 1 to 31.
    pub cause: u8,
}

impl Config for ReleaseCall {
    const MEMBERS: &'static [&'static str] = &["cause"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let cause = fields.opt_number("cause", "release cause", 1..=31).unwrap_or(31);
        ReleaseCall { cause: u8::try_from(cause).unwrap_or(31) }
    }

    fn lines(&self) -> Vec<String> {
        vec![format!("cause {}", self.cause)]
    }
}

/// `ReterminateService`: the service number itself, behind a prefix, with three digits for where the call came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReterminateService {
    /// Digits before the service number.
    pub routing_prefix: String,
    /// Append the three MoLI digits.
    pub append_moli: bool,
    /// What stands for them when the network gave none.
    pub missing_moli: String,
}

impl Config for ReterminateService {
    const MEMBERS: &'static [&'static str] = &["routing_prefix", "append_moli", "missing_moli"];

    fn read(fields: &mut Fields<'_>) -> Self {
        let routing_prefix = fields.some_digits("routing_prefix", "routing prefix");
        let append_moli = fields.flag("append_moli", "flag to append the MoLI");
        let missing_moli = match fields.get("missing_moli") {
            None => "000".to_owned(),
            Some(_) => fields.digits("missing_moli", "missing MoLI"),
        };
        ReterminateService { routing_prefix, append_moli, missing_moli }
    }

    fn lines(&self) -> Vec<String> {
        vec![format!(
            "{} + service number{}",
            self.routing_prefix,
            if self.append_moli { " + MoLI" } else { "" }
        )]
    }
}

/// `FollowMe`: the destination comes from the service number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FollowMe {
    /// Seconds to ring; 0 for the system's own time.
    pub timeout_s: u32,
}

impl Config for FollowMe {
    const MEMBERS: &'static [&'static str] = &["timeout_seconds"];

    fn read(fields: &mut Fields<'_>) -> Self {
        FollowMe { timeout_s: ring_s(fields) }
    }
}
