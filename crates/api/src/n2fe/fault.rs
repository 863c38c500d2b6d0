//! What can go wrong in an N2FE request, and how it is answered (reference "N2FE" 1.4: an object, or for an invalid flow
//! one line of text, always with status 500 when saving fails).
//!
//! Not here: what is wrong with a flow (`flow::n2fe`).

use store::StoreError;

/// Why a request was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Fault {
    /// Nobody is logged in, or the session has ended. 401.
    #[error("{0}")]
    Login(&'static str),
    /// Known, but not allowed. 403.
    #[error("{0}")]
    Forbidden(&'static str),
    /// There is no such thing, or none that this user may see. 404.
    #[error("There is no {0} with this id.")]
    NotFound(&'static str),
    /// There is no such route. 404.
    #[error("There is no such endpoint.")]
    NoRoute,
    /// The route has other methods. 405.
    #[error("This endpoint has no such method.")]
    Method(String),
    /// What was sent makes no sense. 400.
    #[error("{0}")]
    Invalid(String),
    /// Somebody else has the name or number, or it is in use. 409.
    #[error("{0}")]
    Conflict(String),
    /// The body is too long. 413.
    #[error("The request body has more than {0} bytes.")]
    TooLarge(usize),
    /// Too many requests. 429.
    #[error("Too many requests; try again in a moment.")]
    TooMany,
    /// Too many requests at once. 503.
    #[error("The server is busy; try again in a moment.")]
    Busy,
    /// A flow that could not be saved, as an object. 500.
    #[error("{0}")]
    NotSaved(String),
    /// A flow with a fault: the body is this text. 500.
    #[error("{0}")]
    InvalidFlow(String),
    /// The store failed; the text is for the log. 500.
    #[error("The data could not be read or written.")]
    Store(String),
    /// Our own fault; the text is for the log. 500.
    #[error("The request could not be done.")]
    Internal(String),
}

impl Fault {
    /// The HTTP status.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Fault::Login(_) => 401,
            Fault::Forbidden(_) => 403,
            Fault::NotFound(_) | Fault::NoRoute => 404,
            Fault::Method(_) => 405,
            Fault::Invalid(_) => 400,
            Fault::Conflict(_) => 409,
            Fault::TooLarge(_) => 413,
            Fault::TooMany => 429,
            Fault::Busy => 503,
            Fault::NotSaved(_) | Fault::InvalidFlow(_) | Fault::Store(_) | Fault::Internal(_) => 500,
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound { what, .. } => Fault::NotFound(what),
            StoreError::Exists { what, value } => Fault::Conflict(format!("The {what} {value} is taken.")),
            StoreError::Conflict { .. } => Fault::Conflict("Somebody else was first.".to_owned()),
            StoreError::Invalid(reason) => Fault::Invalid(format!("{reason}.")),
            StoreError::TooLarge { what, size, limit } => {
                Fault::Invalid(format!("The {what} has {size} bytes, the limit is {limit}."))
            }
            StoreError::Busy(_) => Fault::Busy,
            other => Fault::Store(other.to_string()),
        }
    }
}
