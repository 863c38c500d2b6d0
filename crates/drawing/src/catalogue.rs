//! How each module looks: a short caption, a colour group and an icon, for all 78 Kazoo actions.
//!
//! Kinds of other languages (`kinds`) look like the modules they are most like. Not here: the words drawn from a node's
//! data (`subject`), nor what a module does (crate `engine`).

mod kinds;

pub(crate) use kinds::look_of_kind;

/// Colour group of a box: what kind of thing happens there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Where the call comes in.
    Start,
    /// Answering, playing, recording.
    Media,
    /// Listening to the caller's keys.
    Menu,
    /// Making telephones ring, here or outside.
    Ring,
    /// Deciding where to go.
    Route,
    /// Voicemail.
    Voicemail,
    /// Conferences, queues, parking, fax.
    Service,
    /// Web servers, events, e-mail.
    Web,
    /// Settings of the call, a person or a phone.
    Feature,
    /// The call ends.
    End,
    /// A module nobody knows; it is passed over.
    Unknown,
}

impl Group {
    /// Every group, in the order of the legend.
    pub const ALL: [Group; 11] = [
        Group::Start,
        Group::Media,
        Group::Menu,
        Group::Ring,
        Group::Route,
        Group::Voicemail,
        Group::Service,
        Group::Web,
        Group::Feature,
        Group::End,
        Group::Unknown,
    ];

    /// The picture that stands for the group in the legend.
    pub(crate) fn icon(self) -> Icon {
        match self {
            Group::Start => Icon::Phone,
            Group::Media => Icon::Speaker,
            Group::Menu => Icon::Keypad,
            Group::Ring => Icon::Bell,
            Group::Route => Icon::Fork,
            Group::Voicemail => Icon::Tape,
            Group::Service => Icon::People,
            Group::Web => Icon::Globe,
            Group::Feature => Icon::Switch,
            Group::End => Icon::Stop,
            Group::Unknown => Icon::Question,
        }
    }

    /// Words for the legend.
    pub fn title(self) -> &'static str {
        match self {
            Group::Start => "Call comes in",
            Group::Media => "Answer and media",
            Group::Menu => "Caller's keys",
            Group::Ring => "Ringing",
            Group::Route => "Decision",
            Group::Voicemail => "Voicemail",
            Group::Service => "Conference, queue, park, fax",
            Group::Web => "Web and events",
            Group::Feature => "Settings",
            Group::End => "End of call",
            Group::Unknown => "Unknown module",
        }
    }
}

/// Small picture in a box.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A handset.
    Phone,
    /// A loudspeaker.
    Speaker,
    /// Twelve keys.
    Keypad,
    /// A bell.
    Bell,
    /// A path that divides.
    Fork,
    /// A clock.
    Clock,
    /// An arrow that leaves.
    Jump,
    /// Two reels.
    Tape,
    /// Heads.
    People,
    /// The letter P.
    Park,
    /// A globe.
    Globe,
    /// A sheet of paper.
    Page,
    /// Two sliders.
    Switch,
    /// A recording dot.
    Record,
    /// A square: the end.
    Stop,
    /// A question mark.
    Question,
}

/// How a module looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Module name as documents write it.
    pub module: &'static str,
    /// What it does, in two or three words.
    pub caption: &'static str,
    /// Its colour group.
    pub group: Group,
    /// Its picture.
    pub icon: Icon,
}

/// The look of a module; `None` for a name that is not in the catalogue.
pub fn look(module: &str) -> Option<&'static Look> {
    TABLE.binary_search_by(|row| row.module.cmp(module)).ok().and_then(|place| TABLE.get(place))
}

/// Every module with a look, by name.
pub fn modules() -> impl Iterator<Item = &'static Look> {
    TABLE.iter()
}

const fn row(module: &'static str, caption: &'static str, group: Group, icon: Icon) -> Look {
    Look { module, caption, group, icon }
}

/// Sorted by module name: [`look`] searches it.
static TABLE: [Look; 78] = [
    row("acdc_agent", "Queue agent", Group::Feature, Icon::Switch),
    row("acdc_member", "Queue", Group::Service, Icon::People),
    row("acdc_queue", "Queue membership", Group::Feature, Icon::Switch),
    row("acdc_wait_time", "By waiting time", Group::Route, Icon::Clock),
    row("after_bridge", "After the call", Group::Feature, Icon::Switch),
    row("answer", "Answer", Group::Media, Icon::Phone),
    row("audio_macro", "Play announcements", Group::Media, Icon::Speaker),
    row("branch_bnumber", "By dialled digits", Group::Route, Icon::Fork),
    row("branch_variable", "By variable", Group::Route, Icon::Fork),
    row("call_forward", "Call forwarding", Group::Feature, Icon::Switch),
    row("call_waiting", "Call waiting", Group::Feature, Icon::Switch),
    row("callflow", "Callflow", Group::Route, Icon::Jump),
    row("camping_feature", "Camp on busy", Group::Feature, Icon::Switch),
    row("check_cid", "By caller number", Group::Route, Icon::Fork),
    row("cidlistmatch", "By caller list", Group::Route, Icon::Fork),
    row("collect_dtmf", "Collect digits", Group::Menu, Icon::Keypad),
    row("conference", "Conference", Group::Service, Icon::People),
    row("conference_feature", "Conference by number", Group::Service, Icon::People),
    row("dead_air", "Silence", Group::Media, Icon::Speaker),
    row("device", "Ring device", Group::Ring, Icon::Bell),
    row("directory", "Dial by name", Group::Menu, Icon::Keypad),
    row("disa", "Direct inward access", Group::Menu, Icon::Keypad),
    row("do_not_disturb", "Do not disturb", Group::Feature, Icon::Switch),
    row("dynamic_cid", "Choose caller ID", Group::Feature, Icon::Switch),
    row("eavesdrop", "Listen in", Group::Feature, Icon::Switch),
    row("eavesdrop_feature", "Listen in by number", Group::Feature, Icon::Switch),
    row("edr", "Write event record", Group::Web, Icon::Globe),
    row("fax_detect", "Fax or voice", Group::Route, Icon::Fork),
    row("faxbox", "Fax box", Group::Service, Icon::Page),
    row("flush_dtmf", "Forget digits", Group::Menu, Icon::Keypad),
    row("function", "Stored function", Group::Web, Icon::Globe),
    row("group", "Ring group members", Group::Ring, Icon::Bell),
    row("group_pickup", "Pick up a group call", Group::Feature, Icon::Switch),
    row("group_pickup_feature", "Pick up by number", Group::Feature, Icon::Switch),
    row("hangup", "Hang up", Group::End, Icon::Stop),
    row("hotdesk", "Hot desk", Group::Feature, Icon::Switch),
    row("intercept", "Intercept a call", Group::Feature, Icon::Switch),
    row("intercept_feature", "Intercept by number", Group::Feature, Icon::Switch),
    row("intercom", "Intercom", Group::Ring, Icon::Bell),
    row("language", "Prompt language", Group::Feature, Icon::Switch),
    row("lookupcidname", "Look up caller name", Group::Feature, Icon::Switch),
    row("manual_presence", "Set presence lamp", Group::Feature, Icon::Switch),
    row("menu", "Menu", Group::Menu, Icon::Keypad),
    row("missed_call_alert", "Missed call alert", Group::Web, Icon::Page),
    row("move", "Move the call here", Group::Feature, Icon::Switch),
    row("nomorobo", "By spam score", Group::Route, Icon::Fork),
    row("noop", "Wait for playback", Group::Media, Icon::Speaker),
    row("notification", "Send notification", Group::Web, Icon::Page),
    row("offnet", "Dial out", Group::Ring, Icon::Jump),
    row("page_group", "Page group", Group::Ring, Icon::Bell),
    row("park", "Park", Group::Service, Icon::Park),
    row("pivot", "Ask web server", Group::Web, Icon::Globe),
    row("play", "Play", Group::Media, Icon::Speaker),
    row("prepend_cid", "Prefix caller ID", Group::Feature, Icon::Switch),
    row("privacy", "Hide caller ID", Group::Feature, Icon::Switch),
    row("receive_fax", "Receive fax", Group::Service, Icon::Page),
    row("record_call", "Record call", Group::Media, Icon::Record),
    row("record_caller", "Record caller", Group::Media, Icon::Record),
    row("resources", "Dial out", Group::Ring, Icon::Jump),
    row("response", "Refuse call", Group::End, Icon::Stop),
    row("ring_group", "Ring group", Group::Ring, Icon::Bell),
    row("ring_group_toggle", "Ring group log-in", Group::Feature, Icon::Switch),
    row("route_to_cid", "Ring caller's own phones", Group::Ring, Icon::Bell),
    row("send_dtmf", "Send digits", Group::Media, Icon::Keypad),
    row("set", "Set agent skills", Group::Feature, Icon::Switch),
    row("set_alert_info", "Alert sound", Group::Feature, Icon::Switch),
    row("set_cid", "Set caller ID", Group::Feature, Icon::Switch),
    row("set_variable", "Set variable", Group::Feature, Icon::Switch),
    row("set_variables", "Set variables", Group::Feature, Icon::Switch),
    row("skel", "Do nothing", Group::Feature, Icon::Switch),
    row("sleep", "Pause", Group::Media, Icon::Clock),
    row("temporal_route", "By time of day", Group::Route, Icon::Clock),
    row("transfer", "Transfer", Group::Route, Icon::Jump),
    row("tts", "Say", Group::Media, Icon::Speaker),
    row("user", "Ring user", Group::Ring, Icon::Bell),
    row("voicemail", "Voicemail", Group::Voicemail, Icon::Tape),
    row("wait_for_hangup", "Wait for hang-up", Group::End, Icon::Stop),
    row("webhook", "Call webhook", Group::Web, Icon::Globe),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_every_module_is_found() {
        assert!(TABLE.is_sorted_by(|left, right| left.module < right.module));
        for row in modules() {
            assert_eq!(look(row.module), Some(row));
            assert!(!row.caption.is_empty() && row.caption.len() <= 24, "{}", row.module);
        }
        assert_eq!(look("no_such_module"), None);
    }
}
