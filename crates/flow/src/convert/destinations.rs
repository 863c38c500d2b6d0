//! Where a number, key or forward leads, as a node.

use serde_json::{Value, json};

use super::people::exits;
use super::{Writer, document_id, leaf, node, refuse};
use crate::broadworks::group::Entity;
use crate::broadworks::numbers::{Destination, Mailbox};

impl Writer<'_> {
    /// The node for a stored number. `whose` is told about what cannot be reached.
    pub(super) fn number_node(&mut self, whose: Entity, number: &str) -> Value {
        match self.group.numbers.resolve(number) {
            Some(destination) => self.destination_node(whose, &destination),
            None => {
                self.note(whose, "a destination without a number", "calls that go there are refused");
                refuse(404, "Not Found")
            }
        }
    }

    pub(super) fn destination_node(&mut self, whose: Entity, destination: &Destination) -> Value {
        match destination {
            Destination::Entity(entity) => self.entity_node(*entity),
            Destination::Mailbox(mailbox) => self.mailbox_node(whose, mailbox),
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

    pub(super) fn entity_node(&self, entity: Entity) -> Value {
        to_callflow(&self.group.pointer(entity))
    }

    pub(super) fn mailbox_node(&mut self, whose: Entity, mailbox: &Mailbox) -> Value {
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
        node("device", json!({"id": id, "timeout": 60}), exits(None, None, None))
    }
}

/// Goes on with another callflow.
pub(super) fn to_callflow(pointer: &str) -> Value {
    leaf("callflow", json!({"id": document_id("callflow", pointer)}))
}
