//! The keys to a picture: its abbreviations in plain words, and the signs it uses. Only what occurs in it.
//!
//! Not here: where and how they are drawn (renderers).

use std::collections::BTreeSet;

use flow::diff::Mark;

use crate::scene::Scene;

/// The scene's abbreviations with what they stand for, by name.
pub(crate) fn abbreviations(scene: &Scene) -> Vec<(&'static str, &'static str)> {
    let mut found: BTreeSet<(&'static str, &'static str)> = BTreeSet::new();
    let mut look = |text: &str, least: usize| {
        for word in text.split(|sign: char| !sign.is_ascii_alphanumeric()) {
            if let Some(row) = row_of(word).filter(|_| word.len() >= least) {
                found.insert(row);
            }
        }
    };
    for node in &scene.nodes {
        look(&node.caption, 2);
        // A name in capitals may hold any word of two letters.
        look(&node.title, 3);
        node.lines.iter().for_each(|line| look(line, 2));
    }
    for label in scene.edges.iter().flat_map(|edge| &edge.labels) {
        look(&label.text, 2);
        look(&label.note, 3);
    }
    found.into_iter().collect()
}

/// What became of something, in one word.
pub(crate) fn word(mark: Mark) -> &'static str {
    match mark {
        Mark::Added => "added",
        Mark::Removed => "removed",
        Mark::Changed => "changed",
    }
}

/// The same as a sign that needs no colour.
pub(crate) fn sign(mark: Mark) -> &'static str {
    match mark {
        Mark::Added => "+",
        Mark::Removed => "\u{2212}",
        Mark::Changed => "\u{2260}",
    }
}

/// What an abbreviation stands for, written exactly so.
pub(crate) fn spelled_out(word: &str) -> Option<&'static str> {
    row_of(word).map(|(_, words)| words)
}

fn row_of(word: &str) -> Option<(&'static str, &'static str)> {
    // Most words are none: the first letter and the length say so.
    if !(2..=6).contains(&word.len()) || !word.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return None;
    }
    TABLE.binary_search_by(|(name, _)| (*name).cmp(word)).ok().and_then(|place| TABLE.get(place)).copied()
}

/// Sorted by name.
static TABLE: [(&str, &str); 27] = [
    ("AA", "auto attendant"),
    ("ACD", "automatic call distribution: a queue with agents"),
    ("BCT", "bounced call transfer: the agent offered the call did not take it"),
    ("CC", "call centre"),
    ("CFA", "call forwarding always"),
    ("CFB", "call forwarding when busy"),
    ("CFNA", "call forwarding when there is no answer"),
    ("CFNR", "call forwarding when the phone is not reachable"),
    ("CFS", "call forwarding for selected callers or times"),
    ("CLI", "calling line identity: the caller's number"),
    ("DID", "direct inward dialling: a number of one's own"),
    ("DISA", "direct inward system access: dialling out by way of the exchange"),
    ("DN", "directory number"),
    ("DND", "do not disturb"),
    ("DTMF", "telephone keys"),
    ("FAC", "feature access code"),
    ("FF", "forced forwarding"),
    ("HG", "hunt group"),
    ("HS", "holiday service"),
    ("IVR", "interactive voice response: menus"),
    ("NACF", "no answer call forwarding: nobody in the group answered"),
    ("NS", "night service"),
    ("OF", "overflow: the queue is full or the wait too long"),
    ("RP", "route point"),
    ("SCF", "stranded call forwarding: calls wait and all agents have left"),
    ("USCF", "unavailable stranded call forwarding: calls wait and no agent is available"),
    ("VM", "voicemail"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_found_in_whole_words_only() {
        assert!(TABLE.is_sorted_by(|left, right| left.0 < right.0));
        assert!(TABLE.iter().all(|(name, _)| spelled_out(name).is_some()));
        assert_eq!(spelled_out("CFNA"), Some("call forwarding when there is no answer"));
        assert_eq!(spelled_out("cfna"), None);

        let mut scene = crate::draw(
            &flow::graph::Flow::default(),
            &crate::Context::default(),
            &crate::DrawOptions::default(),
        );
        scene.nodes[0].lines = vec!["CFB to 2001".to_owned(), "OFFICE (DND)".to_owned()];
        let names: Vec<&str> = abbreviations(&scene).iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["CFB", "DND"]);
    }
}
