//! What can go wrong with an Odin API, told apart: whose fault it is and what to do.
//!
//! Not here: failures of single requests within a run; those are kept in the snapshot.

/// Why a client could not connect, log in, or read what cannot be done without.
///
/// No message holds the password, a token or a telephone number.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OdinError {
    /// The settings make no sense.
    #[error("{reason}")]
    Settings {
        /// What is wrong.
        reason: String,
    },
    /// The server's name (or the proxy's) has no address.
    #[error("no address is known for the name {host}: {reason}")]
    Dns {
        /// The name.
        host: String,
        /// What the look-up said.
        reason: String,
    },
    /// Nothing listens there.
    #[error("{address} refuses connections")]
    Refused {
        /// Host and port.
        address: String,
    },
    /// There is no way there.
    #[error("{address} cannot be reached: {reason}")]
    Unreachable {
        /// Host and port.
        address: String,
        /// What the operating system said.
        reason: String,
    },
    /// The server's certificate is not believed, or it does not speak TLS.
    #[error("no secure connection to {host}: {reason}")]
    Tls {
        /// The name.
        host: String,
        /// What the TLS library said.
        reason: String,
    },
    /// The proxy does not let us through.
    #[error("the proxy {address} does not connect: {reason}")]
    Proxy {
        /// Host and port of the proxy.
        address: String,
        /// What it said.
        reason: String,
    },
    /// Something took longer than it may.
    #[error("{what} took longer than {seconds} s")]
    Timeout {
        /// What it was.
        what: &'static str,
        /// The bound that was passed.
        seconds: u64,
    },
    /// The connection ended within a request.
    #[error("the connection was lost: {reason}")]
    ConnectionLost {
        /// What the HTTP library said.
        reason: String,
    },
    /// Odin does not know this user name with this password.
    #[error("Odin refuses this user name and password")]
    WrongPassword,
    /// The account may not do this.
    #[error("the account may not read {path}{}", said(.reason))]
    NotPermitted {
        /// The path, without its query.
        path: String,
        /// What the server said.
        reason: String,
    },
    /// What came back is not JSON: most likely this is not an Odin API, or a gateway in front of it fails.
    #[error("{path} answered {status} with {found} instead of JSON")]
    NotJson {
        /// The path, without its query.
        path: String,
        /// HTTP status.
        status: u16,
        /// What it looks like (`a web page`).
        found: &'static str,
    },
    /// A status that means failure.
    #[error("{path} answered {status}{}", said(.reason))]
    Status {
        /// The path, without its query.
        path: String,
        /// HTTP status.
        status: u16,
        /// What the server said.
        reason: String,
    },
    /// A reply longer than allowed.
    #[error("the reply to {path} is longer than {limit} bytes")]
    TooLarge {
        /// The path, without its query.
        path: String,
        /// The bound.
        limit: usize,
    },
    /// A redirect that is not followed: to another host it would carry the token there.
    #[error("{path} redirects elsewhere ({to}), which is not followed")]
    Redirected {
        /// The path, without its query.
        path: String,
        /// Scheme, host and port it redirects to.
        to: String,
    },
    /// A login that worked and gave no token.
    #[error("the reply to the login has no token; is this the base URL of an Odin API?")]
    NoToken,
    /// No such service provider or group.
    #[error("there is no group {group} of {service_provider}")]
    NoGroup {
        /// The service provider or enterprise.
        service_provider: String,
        /// The group.
        group: String,
    },
}

impl OdinError {
    /// A stable code, listed in `docs/error-codes.md`.
    pub fn code(&self) -> &'static str {
        match self {
            OdinError::Settings { .. } => "OD1001",
            OdinError::Dns { .. } => "OD2001",
            OdinError::Refused { .. } => "OD2002",
            OdinError::Unreachable { .. } => "OD2003",
            OdinError::Tls { .. } => "OD2004",
            OdinError::Proxy { .. } => "OD2005",
            OdinError::Timeout { .. } => "OD2006",
            OdinError::ConnectionLost { .. } => "OD2007",
            OdinError::WrongPassword => "OD3001",
            OdinError::NotPermitted { .. } => "OD3002",
            OdinError::NoGroup { .. } => "OD3003",
            OdinError::NotJson { .. } => "OD4001",
            OdinError::Status { .. } => "OD4002",
            OdinError::TooLarge { .. } => "OD4003",
            OdinError::Redirected { .. } => "OD4004",
            OdinError::NoToken => "OD4005",
        }
    }

    /// What to do about it; empty when the message says it all.
    pub fn help(&self) -> &'static str {
        match self {
            OdinError::Dns { .. } => "check the base URL's host name, or the proxy's",
            OdinError::Refused { .. } => "check the base URL's host and port",
            OdinError::Tls { .. } => {
                "give the file of your authority's certificate, when it is a private one"
            }
            OdinError::WrongPassword => "check user name and password; a password may have expired",
            OdinError::NotPermitted { .. } => "take an account that may read this group",
            OdinError::NotJson { .. } | OdinError::NoToken => "a base URL usually ends in /api/v2",
            OdinError::NoGroup { .. } => "the ids are taken exactly as written, capitals included",
            _ => "",
        }
    }

    /// HTTP status, when there was a reply.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            OdinError::Status { status, .. } | OdinError::NotJson { status, .. } => Some(*status),
            OdinError::NotPermitted { .. } => Some(403),
            OdinError::WrongPassword => Some(401),
            _ => None,
        }
    }

    /// Whether the same request may succeed a little later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            OdinError::Timeout { .. }
            | OdinError::ConnectionLost { .. }
            | OdinError::Refused { .. }
            | OdinError::Unreachable { .. } => true,
            OdinError::Status { status, .. } | OdinError::NotJson { status, .. } => {
                matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
            }
            _ => false,
        }
    }

    /// Whether nothing came back at all.
    pub(crate) fn is_silence(&self) -> bool {
        self.status().is_none()
            && (self.may_pass() || matches!(self, OdinError::Dns { .. } | OdinError::Tls { .. }))
    }
}

fn said(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}
