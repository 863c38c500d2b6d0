//! Realms, devices and trunks for signalling, answered from memory.
//!
//! Devices come from the accounts' indexes, which the store keeps in step with every commit. Realms, fixed addresses
//! and carriers' addresses are gathered here, anew after each change of an account, device or resource.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use arc_swap::ArcSwap;
use flow::account::{AccountIndex, Document};
use serde_json::Value;
use store::Store;
use telephony::sip::digest::Secret;
use telephony::sip::directory::{DeviceAuth, Directory, Trunk};

use crate::config::Config;

/// Who is known, and how.
pub(crate) struct LiveDirectory {
    store: Store,
    trunks: Vec<ConfiguredTrunk>,
    /// Addresses of this server, which phones may use instead of a realm.
    own: Vec<IpAddr>,
    /// The realm such phones belong to; empty for "whoever alone has the user name".
    default_realm: String,
    gathered: ArcSwap<Gathered>,
}

struct ConfiguredTrunk {
    name: String,
    address: crate::config::TrunkAddress,
    account: String,
}

/// What was gathered from all accounts.
#[derive(Default)]
struct Gathered {
    /// Lower-case realm to account.
    realms: HashMap<String, String>,
    accounts: Vec<String>,
    /// Fixed address of a device with `sip.method = ip` to account and device.
    fixed: HashMap<IpAddr, (String, String)>,
    /// Address of a carrier's gateway to the trunk.
    gateways: HashMap<IpAddr, Trunk>,
}

impl LiveDirectory {
    /// Gathers for the first time. Blocks.
    pub(crate) fn new(store: Store, config: &Config, own: Vec<IpAddr>) -> Arc<LiveDirectory> {
        let trunks = config.trunks.iter().map(|trunk| ConfiguredTrunk {
            name: trunk.name.clone(),
            address: trunk.address,
            account: trunk.account.clone(),
        });
        let directory = LiveDirectory {
            trunks: trunks.collect(),
            own,
            default_realm: config.sip.realm.to_ascii_lowercase(),
            gathered: ArcSwap::default(),
            store,
        };
        directory.gather();
        Arc::new(directory)
    }

    /// Gathers anew. Blocks.
    pub(crate) fn gather(&self) {
        let accounts = match self.store.accounts() {
            Ok(accounts) => accounts,
            Err(error) => {
                tracing::error!(code = error.code(), %error, "the accounts cannot be read; calls go on with the last ones");
                return;
            }
        };
        let mut gathered = Gathered::default();
        for row in accounts {
            if let Some(realm) = row.realm {
                gathered.realms.insert(realm, row.id.clone());
            }
            if let Some(index) = self.store.index(&row.id) {
                gathered.add(&row.id, &index);
            }
            gathered.accounts.push(row.id);
        }
        self.gathered.store(Arc::new(gathered));
    }

    /// The id of an account named by id or realm.
    pub(crate) fn account(&self, id_or_realm: &str) -> Option<String> {
        let gathered = self.gathered.load();
        let by_id = gathered.accounts.iter().find(|id| *id == id_or_realm);
        by_id.or_else(|| gathered.realms.get(&id_or_realm.to_ascii_lowercase())).cloned()
    }

    fn is_own(&self, realm: &str) -> bool {
        let host = realm.trim_start_matches('[').trim_end_matches(']');
        realm == "localhost"
            || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || self.own.contains(&ip))
    }

    fn of_account(&self, account: &str, username: &str) -> Option<DeviceAuth> {
        let index = self.store.index(account)?;
        let device = index.device_by_username(username)?;
        auth(&index, account, device)
    }
}

impl Gathered {
    fn add(&mut self, account: &str, index: &AccountIndex) {
        for device in index.of_type("device") {
            let sip = |name: &str| device.body.get("sip")?.get(name)?.as_str();
            if sip("method") == Some("ip")
                && let Some(address) = sip("ip").and_then(|ip| ip.parse().ok())
            {
                self.fixed.insert(address, (account.to_owned(), device.id.clone()));
            }
        }
        for resource in index.of_type("resource") {
            let enabled = resource.body.get("enabled") != Some(&Value::Bool(false));
            let gateways = resource.body.get("gateways").and_then(Value::as_array).filter(|_| enabled);
            for gateway in gateways.into_iter().flatten() {
                let server = gateway.get("server").and_then(Value::as_str);
                if let Some(address) = server.and_then(|server| server.parse::<IpAddr>().ok())
                    // A gateway on this machine says nothing about who else sends from it.
                    && !address.is_loopback()
                {
                    let name = resource.body.get("name").and_then(Value::as_str).unwrap_or(&resource.id);
                    let trunk = Trunk {
                        account_id: Some(account.to_owned()),
                        resource_id: resource.id.clone(),
                        name: name.to_owned(),
                    };
                    self.gateways.insert(address, trunk);
                }
            }
        }
    }
}

impl Directory for LiveDirectory {
    fn realm_known(&self, realm: &str) -> bool {
        self.gathered.load().realms.contains_key(realm) || self.is_own(realm)
    }

    fn device(&self, realm: &str, username: &str) -> Option<DeviceAuth> {
        let gathered = self.gathered.load();
        let realm = realm.to_ascii_lowercase();
        if let Some(account) = gathered.realms.get(&realm) {
            return self.of_account(account, username);
        }
        if !self.is_own(&realm) {
            return None;
        }
        if let Some(account) = gathered.realms.get(&self.default_realm) {
            return self.of_account(account, username);
        }
        let mut found = gathered.accounts.iter().filter_map(|account| self.of_account(account, username));
        let first = found.next();
        first.filter(|_| found.next().is_none())
    }

    fn trunk(&self, source: SocketAddr) -> Option<Trunk> {
        let configured = self.trunks.iter().find(|trunk| trunk.address.matches(source));
        if let Some(trunk) = configured {
            return Some(Trunk {
                account_id: self.account(&trunk.account),
                resource_id: trunk.name.clone(),
                name: trunk.name.clone(),
            });
        }
        self.gathered.load().gateways.get(&source.ip().to_canonical()).cloned()
    }

    fn device_by_address(&self, source: SocketAddr) -> Option<DeviceAuth> {
        let gathered = self.gathered.load();
        let (account, device_id) = gathered.fixed.get(&source.ip().to_canonical())?;
        let index = self.store.index(account)?;
        auth(&index, account, index.document(device_id)?)
    }
}

fn auth(index: &AccountIndex, account: &str, device: &Document) -> Option<DeviceAuth> {
    let sip = |name: &str| device.body.get("sip")?.get(name)?.as_str();
    let account_realm = index.account().body.get("realm").and_then(Value::as_str);
    // A device known by its address has no password, and nobody can prove to be it with one.
    let secret = match sip("password").filter(|password| !password.is_empty() && sip("method") != Some("ip"))
    {
        Some(password) => Secret::Password(password.to_owned()),
        None => Secret::Ha1 { md5: None, sha256: None },
    };
    Some(DeviceAuth {
        account_id: account.to_owned(),
        device_id: device.id.clone(),
        username: sip("username").unwrap_or(&device.id).to_owned(),
        realm: sip("realm").or(account_realm).unwrap_or_default().to_owned(),
        secret,
        enabled: device.body.get("enabled") != Some(&Value::Bool(false)),
    })
}
