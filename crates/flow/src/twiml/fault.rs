//! What is wrong with a TwiML document, and where.

use std::fmt;

use crate::issue::Level;

/// A place in the text of a document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, counted from 1.
    pub line: u32,
    /// Character of the line, counted from 1.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}, column {}", self.line, self.column)
    }
}

/// Something wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where.
    pub place: Place,
    /// An error ends the document, a warning does not.
    pub level: Level,
    /// The element: `Gather`; empty for the document as a whole.
    pub element: String,
    /// What, a sentence without a full stop.
    pub message: String,
}

impl Fault {
    /// It ends the document.
    pub fn is_error(&self) -> bool {
        self.level == Level::Error
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: ", self.place)?;
        if !self.element.is_empty() {
            write!(out, "<{}>: ", self.element)?;
        }
        out.write_str(&self.message)
    }
}

/// Turns byte offsets into places. Offsets that grow cost one pass through the text all together.
pub(super) struct Places<'a> {
    text: &'a str,
    at: usize,
    place: Place,
}

impl<'a> Places<'a> {
    pub(super) fn new(text: &'a str) -> Places<'a> {
        Places { text, at: 0, place: Place { line: 1, column: 1 } }
    }

    /// The place of a byte offset; offsets within a character or behind the text count as the nearest before.
    pub(super) fn of(&mut self, offset: usize) -> Place {
        if offset < self.at {
            *self = Places::new(self.text);
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        for (ahead, letter) in rest.char_indices() {
            if self.at + ahead >= offset {
                self.at += ahead;
                return self.place;
            }
            match letter {
                '\n' => self.place = Place { line: self.place.line + 1, column: 1 },
                _ => self.place.column += 1,
            }
        }
        self.at = self.text.len();
        self.place
    }
}
