//! What an operator sets about the N2FE interface.
//!
//! Not here: reading a configuration file (the binary).

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use flow::account::services::ALTERNATIVE_SUFFIX;

use super::permission::Permission;

/// Where users of one kind may log in from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Hosts {
    /// Anywhere.
    #[default]
    Anywhere,
    /// Only from these addresses; from nowhere when there are none.
    Only(Vec<IpAddr>),
}

impl Hosts {
    /// Reads a setting: empty for anywhere, `*` for nowhere, else addresses with commas between.
    ///
    /// # Errors
    /// What is no IP address.
    pub fn parse(text: &str) -> Result<Hosts, String> {
        match text.trim() {
            "" => Ok(Hosts::Anywhere),
            "*" => Ok(Hosts::Only(Vec::new())),
            list => list
                .split(',')
                .map(|one| one.trim().parse().map_err(|_| format!("`{}` is not an IP address", one.trim())))
                .collect::<Result<_, _>>()
                .map(Hosts::Only),
        }
    }

    /// Whether users may come from there; an unknown address only passes where all do.
    pub(crate) fn allow(&self, client: Option<IpAddr>) -> bool {
        match self {
            Hosts::Anywhere => true,
            Hosts::Only(hosts) => client.is_some_and(|client| hosts.contains(&client.to_canonical())),
        }
    }
}

/// Settings of the N2FE interface.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Name of the session cookie. Default `N2FE_CGISESSID`.
    pub cookie: String,
    /// A session ends after so long without a request. Default 30 min.
    pub session_lifetime: Duration,
    /// What the name of an alternative (emergency) plan has behind the service number. Default `_alt`.
    pub alternative_suffix: String,
    /// Where operators may log in from.
    pub operator_hosts: Hosts,
    /// Where customers' users may log in from.
    pub customer_hosts: Hosts,
    /// Where users of one service number may log in from.
    pub service_number_hosts: Hosts,
    /// Types of operations that no customer is offered.
    pub suppressed_nodes: Vec<String>,
    /// The groups that have a permission, where they differ from the defaults; `*` is everyone.
    pub groups: BTreeMap<Permission, Vec<String>>,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            cookie: "N2FE_CGISESSID".to_owned(),
            session_lifetime: Duration::from_secs(30 * 60),
            alternative_suffix: ALTERNATIVE_SUFFIX.to_owned(),
            operator_hosts: Hosts::Anywhere,
            customer_hosts: Hosts::Anywhere,
            service_number_hosts: Hosts::Anywhere,
            suppressed_nodes: Vec::new(),
            groups: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_anywhere_nowhere_or_a_list() {
        let here: Option<IpAddr> = "192.0.2.1".parse().ok();
        let there: Option<IpAddr> = "192.0.2.2".parse().ok();
        assert!(Hosts::parse(" ").unwrap().allow(None));
        assert!(!Hosts::parse("*").unwrap().allow(here));
        let list = Hosts::parse("192.0.2.1, ::1").unwrap();
        assert!(list.allow(here) && !list.allow(there) && !list.allow(None));
        assert!(list.allow("::ffff:192.0.2.1".parse().ok()));
        assert!(Hosts::parse("example.com").is_err());
    }
}
