//! What signalling must know of the accounts: realms, devices, trunks. Answered from memory, at once; whoever holds the
//! documents implements [`Directory`]. Not for routing numbers.

use std::net::SocketAddr;

use super::digest::Secret;

/// A device that may register and call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAuth {
    /// Its account.
    pub account_id: String,
    /// Its document id.
    pub device_id: String,
    /// `sip.username`, the user part of its address of record.
    pub username: String,
    /// The account's realm, also when the device was asked for under an IP address.
    pub realm: String,
    /// What proves it.
    pub secret: Secret,
    /// A disabled device is refused with 403 after it has proved itself.
    pub enabled: bool,
}

impl DeviceAuth {
    /// The address of record: `101@pbx.example`, realm in lower case.
    pub fn aor(&self) -> String {
        aor(&self.username, &self.realm)
    }
}

/// The key of a registration: user name as it is, realm in lower case.
pub fn aor(username: &str, realm: &str) -> String {
    format!("{username}@{}", realm.to_ascii_lowercase())
}

/// A carrier or another switch, known by its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trunk {
    /// The account it belongs to; `None` when the called number decides.
    pub account_id: Option<String>,
    /// The resource document's id.
    pub resource_id: String,
    /// Its name, for the call record.
    pub name: String,
}

/// Accounts as signalling sees them. Called on the signalling thread for each new request: no I/O, no waiting.
pub trait Directory: Send + Sync {
    /// Some account has this realm (lower case). A server that takes phones configured with its IP address instead of
    /// a realm says yes for its own addresses.
    fn realm_known(&self, realm: &str) -> bool;

    /// The device with this `sip.username` in this realm. For an IP address as realm: the device with this user name
    /// when only one account has it.
    fn device(&self, realm: &str, username: &str) -> Option<DeviceAuth>;

    /// The trunk that sends from this address.
    fn trunk(&self, source: SocketAddr) -> Option<Trunk>;

    /// The device with `sip.method = ip` at this address.
    fn device_by_address(&self, source: SocketAddr) -> Option<DeviceAuth>;
}
