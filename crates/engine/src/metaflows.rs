//! The metaflow actions, one file each, and their catalogue.

pub(crate) mod audio_level;
pub(crate) mod break_media;
pub(crate) mod callflow;
pub(crate) mod hangup;
pub(crate) mod hold;
pub(crate) mod hold_control;
pub(crate) mod intercept;
pub(crate) mod move_call;
pub(crate) mod pivot;
pub(crate) mod play;
pub(crate) mod record_call;
pub(crate) mod relate;
pub(crate) mod resume;
pub(crate) mod say;
pub(crate) mod sound_touch;
pub(crate) mod take_over;
pub(crate) mod transfer;
pub(crate) mod tts;

use flow::graph::Object;
use serde::de::DeserializeOwned;

use crate::metaflow::{Fault, Metaflow};
use crate::module::{ModuleError, read_data};

/// Every metaflow action, ordered by name.
pub const METAFLOWS: &[Metaflow] = &[
    audio_level::METAFLOW,
    break_media::METAFLOW,
    callflow::METAFLOW,
    hangup::METAFLOW,
    hold::METAFLOW,
    hold_control::METAFLOW,
    intercept::METAFLOW,
    move_call::METAFLOW,
    pivot::METAFLOW,
    play::METAFLOW,
    record_call::METAFLOW,
    relate::METAFLOW,
    resume::METAFLOW,
    say::METAFLOW,
    sound_touch::METAFLOW,
    transfer::METAFLOW,
    tts::METAFLOW,
];

/// The metaflow action with this name.
pub fn find(name: &str) -> Option<&'static Metaflow> {
    METAFLOWS.binary_search_by(|action| action.name.cmp(name)).ok().map(|place| &METAFLOWS[place])
}

/// Reads a node's data into an action's typed data.
pub(crate) fn read<T: DeserializeOwned>(data: Object) -> Result<T, Fault> {
    read_data(data).map_err(|error| match error {
        ModuleError::Broken(reason) => Fault::Broken(reason),
        ModuleError::HungUp => Fault::Gone,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_ordered_and_their_examples_are_theirs() {
        assert!(METAFLOWS.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert_eq!(METAFLOWS.len(), 17);
        for action in METAFLOWS {
            let node: serde_json::Value = serde_json::from_str(action.example).expect(action.name);
            assert_eq!(node["module"], action.name);
            assert!(!action.summary.is_empty() && !action.exits.is_empty());
            assert_eq!(find(action.name).map(|found| found.name), Some(action.name));
        }
    }
}
