//! What can go wrong when a picture is written. Not here: warnings *in* a picture.

use thiserror::Error;

/// Why a picture could not be written. The caller asked for something that cannot be had; the scene itself is sound.
#[derive(Clone, Debug, Error, PartialEq)]
#[non_exhaustive]
pub enum DrawError {
    /// The picture has more pixels than anybody could use, even when it is made small.
    #[error(
        "the picture is {width:.0} by {height:.0} units, too large for PNG; take SVG, HTML or PDF, or draw fewer steps"
    )]
    TooLarge {
        /// Width in units of the drawing (pixels at scale 1).
        width: f64,
        /// Height in the same.
        height: f64,
    },
    /// A file name whose ending names no format.
    #[error("cannot tell the format of {name:?} by its ending; known are {}", crate::Format::endings())]
    UnknownFormat {
        /// The file name.
        name: String,
    },
}

impl DrawError {
    /// Stable code, as `docs/error-codes.md` lists it.
    pub fn code(&self) -> &'static str {
        match self {
            DrawError::TooLarge { .. } => "DR1001",
            DrawError::UnknownFormat { .. } => "DR1002",
        }
    }
}
