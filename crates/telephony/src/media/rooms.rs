//! Several who hear each other, and one who listens to two: the handle's side of rooms and of listening in.
//!
//! Everybody in a room must be on one media thread, as partners must ([`OpenSpec::home`](super::engine::OpenSpec::home)); what
//! is not fails with [`MediaError::Apart`]. Not for: who may enter (the driver and the engine), the sums (`mixer`), the thread's
//! side (`worker`).

use std::sync::atomic::Ordering;

use super::clip::{Item, Repeat};
use super::engine::{MediaError, MediaHandle, StreamId};
use super::worker::Command;

/// Announcements a room plays at the same time; a further one ends the oldest.
pub const ANNOUNCEMENTS_MAX: usize = 4;

/// Pairs of a room that do not hear each other although they could; further ones are not taken.
pub const RELATIONS_MAX: usize = 200;

/// One who listens counts for whom it listens to; further ones are refused.
pub const LISTENERS_MAX: usize = 8;

/// A room of a media thread; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomId {
    thread: u8,
    serial: u64,
}

/// To whom one who listens to a conversation speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Voice {
    /// To nobody.
    #[default]
    Nobody,
    /// To the one listened to; the other does not hear it.
    Party,
    /// To the one at the other end only.
    Partner,
    /// To both.
    Both,
}

impl MediaHandle {
    /// A new room on a stream's thread. It is there from its first member to its last.
    pub fn new_room(&self, near: StreamId) -> RoomId {
        let thread = u8::try_from(near.thread()).unwrap_or(u8::MAX);
        RoomId { thread, serial: self.shared.next_serial.fetch_add(1, Ordering::Relaxed) }
    }

    /// Puts a stream into a room, taking it from its partner or its former room. For one that is there already it
    /// changes whether the others hear it and whether it hears them.
    pub fn join(&self, id: StreamId, room: RoomId, speaks: bool, hears: bool) -> Result<(), MediaError> {
        if id.thread() != usize::from(room.thread) {
            return Err(MediaError::Apart);
        }
        self.send(id, Command::Join { id, room, speaks, hears })
    }

    /// Plays to everybody in a room who hears, besides what they say. `near` is any stream of the room's thread.
    pub fn announce(
        &self,
        near: StreamId,
        room: RoomId,
        items: Vec<Item>,
        repeat: Repeat,
    ) -> Result<(), MediaError> {
        if near.thread() != usize::from(room.thread) {
            return Err(MediaError::Apart);
        }
        self.send(near, Command::Announce { room, items, repeat })
    }

    /// Decides whether one in a room hears another, as long as both are there.
    pub fn relate(&self, listener: StreamId, speaker: StreamId, hears: bool) -> Result<(), MediaError> {
        if listener.thread() != speaker.thread() {
            return Err(MediaError::Apart);
        }
        self.send(listener, Command::Relate { listener, speaker, hears })
    }

    /// Lets a stream hear all that another says and hears, and be heard as told. It ends when either is closed, connected,
    /// disconnected or put into a room ([`MediaEvent::ListeningEnded`](super::engine::MediaEvent::ListeningEnded) when the other
    /// is closed). For one that listens there already it changes to whom it speaks.
    pub fn listen(&self, id: StreamId, to: StreamId, voice: Voice) -> Result<(), MediaError> {
        if id.thread() != to.thread() {
            return Err(MediaError::Apart);
        }
        self.send(id, Command::Listen { id, to, voice })
    }
}
