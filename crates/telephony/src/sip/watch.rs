//! What telephones subscribe to (RFC 6665): the event packages, what is watched, what is shown of it, and the bodies of
//! notifications. Not for who subscribes, or how long: that is the core's.

use std::fmt::Write as _;

/// An event package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Package {
    /// Messages in a mailbox (RFC 3842).
    MessageSummary,
    /// Whether an extension rings or talks: busy lamps (RFC 4235).
    Dialog,
    /// The same as presence (RFC 3856, RFC 3863).
    Presence,
}

impl Package {
    /// All, as `Allow-Events` names them.
    pub const ALL: &str = "message-summary, dialog, presence";

    /// The package of an `Event` header; its parameters do not matter.
    pub fn from_event(value: &str) -> Option<Package> {
        let name = value.split(';').next().unwrap_or_default().trim();
        [Package::MessageSummary, Package::Dialog, Package::Presence]
            .into_iter()
            .find(|package| package.name().eq_ignore_ascii_case(name))
    }

    /// Its name in `Event`.
    pub fn name(self) -> &'static str {
        match self {
            Package::MessageSummary => "message-summary",
            Package::Dialog => "dialog",
            Package::Presence => "presence",
        }
    }

    /// The media type of its notifications.
    pub fn media_type(self) -> &'static str {
        match self {
            Package::MessageSummary => "application/simple-message-summary",
            Package::Dialog => "application/dialog-info+xml",
            Package::Presence => "application/pidf+xml",
        }
    }

    /// An `Accept` header, when there is one, takes what we send.
    pub fn accepted_by(self, accept: &str) -> bool {
        accept.split(',').any(|range| {
            let range = range.split(';').next().unwrap_or_default().trim();
            range == "*/*" || range == "application/*" || range.eq_ignore_ascii_case(self.media_type())
        })
    }
}

/// One thing that is watched.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Watched {
    /// The account of the watching device.
    pub account_id: String,
    /// User part of what was subscribed to: an extension, a mailbox, a parking slot, a presence id.
    pub user: String,
    /// What is asked of it.
    pub package: Package,
}

/// What an extension does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    /// Nothing.
    #[default]
    Idle,
    /// It rings.
    Ringing,
    /// It talks, or what it stands for is taken.
    Busy,
}

impl Line {
    /// The state of RFC 4235 section 3.7.1.
    pub fn dialog_state(self) -> &'static str {
        match self {
            Line::Idle => "terminated",
            Line::Ringing => "early",
            Line::Busy => "confirmed",
        }
    }

    /// The line of a state, as documents and events name it.
    pub fn from_dialog_state(state: &str) -> Line {
        match state {
            "early" => Line::Ringing,
            "confirmed" => Line::Busy,
            _ => Line::Idle,
        }
    }
}

/// What is shown to those who watch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Voice messages of a mailbox.
    Messages {
        /// Not yet listened to.
        new: u64,
        /// Listened to and kept.
        saved: u64,
    },
    /// An extension.
    Line(Line),
}

/// The body of a notification. `entity` is the URI subscribed to, `version` the number of this notification.
pub(crate) fn body(package: Package, entity: &str, version: u32, shown: Shown) -> String {
    match (package, shown) {
        (Package::MessageSummary, Shown::Messages { new, saved }) => {
            let waiting = if new > 0 { "yes" } else { "no" };
            format!(
                "Messages-Waiting: {waiting}\r\nMessage-Account: {entity}\r\nVoice-Message: {new}/{saved} (0/0)\r\n"
            )
        }
        (Package::MessageSummary, Shown::Line(_)) => "Messages-Waiting: no\r\n".to_owned(),
        (Package::Dialog, shown) => dialog_info(entity, version, line_of(shown)),
        (Package::Presence, shown) => pidf(entity, line_of(shown)),
    }
}

fn line_of(shown: Shown) -> Line {
    match shown {
        Shown::Line(line) => line,
        Shown::Messages { .. } => Line::Idle,
    }
}

fn dialog_info(entity: &str, version: u32, line: Line) -> String {
    let entity = escape(entity);
    let mut xml = format!(
        "<?xml version=\"1.0\"?>\r\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"{version}\" \
         state=\"full\" entity=\"{entity}\">\r\n"
    );
    let direction = if line == Line::Ringing { " direction=\"recipient\"" } else { "" };
    let _ = write!(
        xml,
        "<dialog id=\"{entity}\"{direction}><state>{}</state></dialog>\r\n</dialog-info>\r\n",
        line.dialog_state()
    );
    xml
}

fn pidf(entity: &str, line: Line) -> String {
    let entity = escape(entity);
    let activity = match line {
        Line::Idle => "",
        Line::Ringing | Line::Busy => "<rpid:on-the-phone/>",
    };
    let note = match line {
        Line::Idle => "Ready",
        Line::Ringing => "Ringing",
        Line::Busy => "On the phone",
    };
    format!(
        "<?xml version=\"1.0\"?>\r\n<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" \
         xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\" xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" \
         entity=\"{entity}\">\r\n<tuple id=\"line\"><status><basic>open</basic></status></tuple>\r\n\
         <dm:person id=\"person\"><rpid:activities>{activity}</rpid:activities><dm:note>{note}</dm:note></dm:person>\r\n\
         </presence>\r\n"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_read_with_their_parameters() {
        assert_eq!(Package::from_event("dialog;sla;ma"), Some(Package::Dialog));
        assert_eq!(Package::from_event("Message-Summary"), Some(Package::MessageSummary));
        assert_eq!(Package::from_event("refer"), None);
        assert!(Package::Dialog.accepted_by("application/xml, application/dialog-info+xml;q=1"));
        assert!(!Package::Presence.accepted_by("application/dialog-info+xml"));
    }

    #[test]
    fn a_hostile_entity_stays_a_value() {
        let xml = body(Package::Dialog, "sip:\"><state>@pbx.example", 3, Shown::Line(Line::Busy));
        assert!(xml.contains("entity=\"sip:&quot;&gt;&lt;state&gt;@pbx.example\""), "{xml}");
        assert_eq!(xml.matches("<state>").count(), 1);
    }
}
