//! Where a number, key or forward leads, as a node.

use serde_json::{Value, json};

use super::{Writer, document_id, leaf, refuse};
use crate::broadworks::group::Entity;
use crate::broadworks::numbers::{Destination, Mailbox};

impl Writer<'_> {
    /// The node for a stored number. `whose` is told about what cannot be reached.
    pub(super) fn to_number(&mut self, whose: Entity, number: &str) -> Value {
        match self.group.numbers.resolve(number) {
            Some(destination) => self.to(whose, &destination),
            None => {
                self.note(whose, "a destination without a number", "calls that go there are refused");
                refuse(404, "Not Found")
            }
        }
    }

    pub(super) fn to(&mut self, whose: Entity, destination: &Destination) -> Value {
        match destination {
            Destination::Entity(entity) => self.to_entity(*entity),
            Destination::Mailbox(mailbox) => self.to_mailbox(whose, mailbox),
            Destination::Elsewhere(at) => {
                let other = self.group.elsewhere.get(*at);
                let dn = other.and_then(|other| other.identity.dn.clone());
                let title = other.map(|other| other.identity.title().to_owned()).unwrap_or_default();
                match dn.and_then(|dn| self.group.numbers.canonical(&dn)) {
                    Some(number) => {
                        let reason = format!("it is in another group; {number} is called outside");
                        self.note(whose, format!("{title} as an own extension"), reason);
                        self.outside(number)
                    }
                    None => {
                        let reason =
                            "it is in another group and has no telephone number; the call is refused";
                        self.note(whose, format!("the way to {title}"), reason);
                        refuse(404, "Not Found")
                    }
                }
            }
            Destination::External(number) if number.contains(['@', ':']) => self.address(number),
            Destination::External(number) => self.outside(number.clone()),
            Destination::Unknown(text) => {
                let reason = "nobody in the group has it; calls that go there are refused";
                self.note(whose, format!("the way to {text}"), reason);
                refuse(404, "Not Found")
            }
        }
    }

    pub(super) fn to_entity(&self, entity: Entity) -> Value {
        to_callflow(&self.group.pointer(entity))
    }

    pub(super) fn to_mailbox(&mut self, whose: Entity, mailbox: &Mailbox) -> Value {
        match mailbox {
            Mailbox::Of(entity) => {
                let id = self.mailbox(*entity);
                leaf("voicemail", json!({"action": "compose", "id": id}))
            }
            Mailbox::Number(number) => {
                let reason = "nobody in the group has that number; calls that go there are refused";
                self.note(whose, format!("the mailbox of {number}"), reason);
                refuse(404, "Not Found")
            }
        }
    }

    fn outside(&mut self, number: String) -> Value {
        self.carrier();
        leaf("resources", json!({"to_did": number}))
    }

    /// A SIP address is a device that needs no registration.
    fn address(&mut self, address: &str) -> Value {
        let bare = address.strip_prefix("sip:").unwrap_or(address);
        let id = self.put(
            "device",
            &format!("/address/{bare}"),
            json!({
                "name": super::documents::shorten(bare), "device_type": "sip_uri",
                "sip": {"invite_format": "route", "route": format!("sip:{bare}")},
            }),
        );
        leaf("device", json!({"id": id, "timeout": 60}))
    }
}

/// Goes on with another callflow.
pub(super) fn to_callflow(pointer: &str) -> Value {
    leaf("callflow", json!({"id": document_id("callflow", pointer)}))
}
