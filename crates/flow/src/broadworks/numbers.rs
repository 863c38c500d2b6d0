//! Which number means whom: every way to write a number of a group, matched exactly.
//!
//! A BroadWorks number `+44-2079460105` is the same as `+442079460105`, `00442079460105`, `02079460105` and
//! `2079460105`. Part of a number never matches. Not here: what an entity does with the call.

mod search;

pub use search::{Found, Matches, NumberKind};

use std::collections::{BTreeMap, BTreeSet};

use super::group::{Entity, Group, Options};

/// Digits below which a number can only be an extension or a short code.
const SHORTEST_NUMBER: usize = 7;

/// Where a number or address leads.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// To somebody of the group.
    Entity(Entity),
    /// To a mailbox.
    Mailbox(Mailbox),
    /// To somebody of another group, in [`Group::elsewhere`].
    Elsewhere(usize),
    /// Out of the enterprise: a number in its one canonical form (`+442079460105`, `99`), or an address.
    External(String),
    /// To an extension or name that nobody in the group has.
    Unknown(String),
}

/// Whose mailbox.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mailbox {
    /// Of somebody of the group.
    Of(Entity),
    /// Of a number that nobody in the group has; empty when no number is told.
    Number(String),
}

/// The numbers of a group.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NumberPlan {
    voicemail_prefix: String,
    country: Option<String>,
    national_prefix: String,
    domain: String,
    national_lengths: BTreeSet<usize>,
    extension_lengths: BTreeSet<usize>,
    dns: BTreeMap<String, Vec<Entity>>,
    extensions: BTreeMap<String, Vec<Entity>>,
    /// Whole aliases, their parts before `@`, and ids; lower case.
    addresses: BTreeMap<String, Vec<Entity>>,
    elsewhere: BTreeMap<String, usize>,
}

impl NumberPlan {
    /// The plan of a group. `country` and `national_prefix` are what the server says, if it does; options win.
    pub(super) fn build(
        group: &Group,
        options: &Options,
        country: Option<String>,
        national_prefix: Option<String>,
    ) -> Self {
        let own = numbers_of(group);
        let country = options.country_code.clone().or(country).or_else(|| commonest_country(&own));
        let national_prefix = options.national_prefix.clone().or(national_prefix);
        let default_prefix = if country.as_deref() == Some("1") { "1" } else { "0" };
        let mut plan = NumberPlan {
            voicemail_prefix: options.voicemail_prefix.clone(),
            national_prefix: national_prefix.unwrap_or_else(|| default_prefix.to_owned()),
            country,
            domain: group.domain.to_lowercase(),
            ..NumberPlan::default()
        };
        for (_, _, dn) in own.iter().filter(|(_, kind, _)| *kind == NumberKind::Dn) {
            plan.national_lengths.extend(plan.national_length(dn));
        }
        for (entity, kind, number) in &own {
            match kind {
                NumberKind::Dn => plan.add_dn(number, *entity),
                NumberKind::Extension => {
                    plan.extension_lengths.insert(number.len());
                    claim(&mut plan.extensions, number.clone(), *entity);
                }
                NumberKind::Alias => {
                    let whole = number.to_lowercase();
                    if let Some((user, _)) = whole.split_once('@').filter(|(user, _)| !user.is_empty()) {
                        claim(&mut plan.addresses, user.to_owned(), *entity);
                    }
                    claim(&mut plan.addresses, whole, *entity);
                }
            }
        }
        for entity in group.entities() {
            claim(&mut plan.addresses, group.identity(entity).id.to_lowercase(), entity);
        }
        for (at, other) in group.elsewhere.iter().enumerate() {
            for number in [&other.identity.dn, &other.identity.extension].into_iter().flatten() {
                let canonical = plan.canonical(number).unwrap_or_else(|| number.clone());
                plan.elsewhere.entry(canonical).or_insert(at);
            }
        }
        plan
    }

    /// The one form of a telephone number, whatever way it is written: `+442079460105` where the country is known, else
    /// its digits; `None` for what is no telephone number (`*55`, `user@host`).
    pub fn canonical(&self, text: &str) -> Option<String> {
        let (international, digits) = digits_of(text)?;
        if international {
            return Some(format!("+{digits}"));
        }
        let american = self.country.as_deref() == Some("1");
        for prefix in ["00", "011"].into_iter().filter(|prefix| *prefix == "00" || american) {
            if let Some(rest) = digits.strip_prefix(prefix).filter(|rest| rest.len() >= SHORTEST_NUMBER) {
                return Some(format!("+{rest}"));
            }
        }
        let Some(country) = self.country.as_deref().filter(|_| digits.len() >= SHORTEST_NUMBER) else {
            return Some(digits);
        };
        let national = match self.national_prefix.as_str() {
            "" => None,
            prefix => digits.strip_prefix(prefix),
        };
        // In country 1 a leading 1 is the country itself, and only before a whole number.
        if let Some(national) = national.filter(|national| !american || national.len() == 10) {
            return Some(format!("+{country}{national}"));
        }
        if self.national_lengths.contains(&digits.len()) {
            return Some(format!("+{country}{digits}"));
        }
        let after_country = digits.strip_prefix(country).map(str::len);
        if after_country.is_some_and(|length| self.national_lengths.contains(&length)) {
            return Some(format!("+{digits}"));
        }
        Some(digits)
    }

    /// Where a stored or dialled number or address leads; `None` when it is empty. Where several hold it, to the first:
    /// extensions before aliases before numbers, auto attendants before call centres, hunt groups and users.
    pub fn resolve(&self, text: &str) -> Option<Destination> {
        let text = bare(text);
        if text.is_empty() {
            return None;
        }
        if let Some(rest) =
            text.strip_prefix(self.voicemail_prefix.as_str()).filter(|rest| rest.len() < text.len())
        {
            return Some(Destination::Mailbox(self.mailbox(rest)));
        }
        Some(self.resolve_plain(text))
    }

    /// The mailbox of a number, as a key "Transfer To Mailbox" or `*55` and a number name it.
    pub fn mailbox(&self, number: &str) -> Mailbox {
        let number = bare(number);
        let number = number.strip_prefix(self.voicemail_prefix.as_str()).unwrap_or(number);
        let number = number.trim_matches(['*', '#']);
        match self.resolve_plain(number) {
            Destination::Entity(entity) => Mailbox::Of(entity),
            Destination::External(canonical) => Mailbox::Number(canonical),
            _ => Mailbox::Number(number.to_owned()),
        }
    }

    /// Everybody who holds this number or address, of each kind in turn.
    pub fn holders(&self, text: &str) -> Vec<Entity> {
        let text = bare(text);
        let mut found: Vec<Entity> = Vec::new();
        let dn = self.canonical(text).and_then(|canonical| self.dns.get(&canonical));
        let lists = [self.extensions.get(text), self.addresses.get(&text.to_lowercase()), dn];
        for entity in lists.into_iter().flatten().flatten() {
            if !found.contains(entity) {
                found.push(*entity);
            }
        }
        found
    }

    /// Numbers, extensions and aliases that more than one entity holds, each with its holders.
    pub fn held_twice(&self) -> impl Iterator<Item = (&str, &[Entity])> {
        let all = self.extensions.iter().chain(&self.dns);
        let aliases = self.addresses.iter().filter(|(address, _)| address.contains('@'));
        all.chain(aliases)
            .filter(|(_, holders)| holders.len() > 1)
            .map(|(number, holders)| (number.as_str(), holders.as_slice()))
    }

    fn resolve_plain(&self, text: &str) -> Destination {
        if let Some(entity) = self.holders(text).first() {
            return Destination::Entity(*entity);
        }
        if let Some((user, domain)) = text.split_once('@') {
            let own = !self.domain.is_empty() && domain.eq_ignore_ascii_case(&self.domain);
            return match self.holders(user).first().filter(|_| own) {
                Some(entity) => Destination::Entity(*entity),
                None => Destination::External(text.to_owned()),
            };
        }
        let Some(canonical) = self.canonical(text) else {
            let code = text.starts_with(['*', '#']);
            return if code {
                Destination::External(text.to_owned())
            } else {
                Destination::Unknown(text.to_owned())
            };
        };
        if let Some(at) = self.elsewhere.get(&canonical).or_else(|| self.elsewhere.get(text)) {
            return Destination::Elsewhere(*at);
        }
        let is_extension =
            canonical.len() < SHORTEST_NUMBER && self.extension_lengths.contains(&canonical.len());
        if is_extension { Destination::Unknown(canonical) } else { Destination::External(canonical) }
    }

    fn add_dn(&mut self, dn: &str, entity: Entity) {
        if let Some(canonical) = self.canonical(dn) {
            claim(&mut self.dns, canonical, entity);
        }
    }

    /// How many digits a national number has, judged by one of the group's own.
    fn national_length(&self, dn: &str) -> Option<usize> {
        if let Some((_, national)) = dashed(dn) {
            return Some(national.chars().filter(char::is_ascii_digit).count());
        }
        let (international, digits) = digits_of(dn)?;
        if international {
            return self
                .country
                .as_ref()
                .and_then(|country| digits.strip_prefix(country.as_str()))
                .map(str::len);
        }
        let prefixed = Some(self.national_prefix.as_str()).filter(|prefix| !prefix.is_empty());
        let national = prefixed.and_then(|prefix| digits.strip_prefix(prefix)).unwrap_or(&digits);
        (national.len() >= SHORTEST_NUMBER).then_some(national.len())
    }
}

/// Every number of every entity, as stored.
fn numbers_of(group: &Group) -> Vec<(Entity, NumberKind, String)> {
    group.entities().flat_map(|entity| search::numbers(group, entity)).collect()
}

fn commonest_country(numbers: &[(Entity, NumberKind, String)]) -> Option<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, _, dn) in numbers.iter().filter(|(_, kind, _)| *kind == NumberKind::Dn) {
        if let Some((country, _)) = dashed(dn) {
            *counts.entry(country).or_default() += 1;
        }
    }
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(country, _)| country.to_owned())
}

/// Country and national number of `+44-2079460105`.
fn dashed(dn: &str) -> Option<(&str, &str)> {
    let (country, national) = dn.trim().strip_prefix('+')?.split_once('-')?;
    let plain = (1..=3).contains(&country.len()) && country.bytes().all(|byte| byte.is_ascii_digit());
    plain.then_some((country, national))
}

/// Whether a number begins with `+`, and its digits; `None` when there is anything else in it than digits and the marks
/// people put between them.
fn digits_of(text: &str) -> Option<(bool, String)> {
    let text = text.trim();
    let (international, rest) = text.strip_prefix('+').map_or((false, text), |rest| (true, rest));
    let rest = if international { rest.replacen("(0)", "", 1) } else { rest.to_owned() };
    let digits: String =
        rest.chars().filter(|mark| !matches!(mark, ' ' | '-' | '.' | '(' | ')' | '/')).collect();
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then_some((international, digits))
}

/// Without the scheme and parameters of an address, and without spaces around.
fn bare(text: &str) -> &str {
    let text = text.trim();
    let scheme = ["sip:", "sips:", "tel:"]
        .into_iter()
        .find(|scheme| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let text = scheme.and_then(|scheme| text.get(scheme.len()..)).unwrap_or(text);
    text.split(';').next().unwrap_or(text).trim()
}

fn claim(map: &mut BTreeMap<String, Vec<Entity>>, number: String, entity: Entity) {
    if number.is_empty() {
        return;
    }
    let holders = map.entry(number).or_default();
    if !holders.contains(&entity) {
        holders.push(entity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::broadworks::group::{Identity, User};

    fn group() -> Group {
        let user = |id: &str, extension: &str, dn: &str, alias: &str| User {
            identity: Identity {
                id: id.to_owned(),
                extension: (!extension.is_empty()).then(|| extension.to_owned()),
                dn: (!dn.is_empty()).then(|| dn.to_owned()),
                aliases: (!alias.is_empty()).then(|| alias.to_owned()).into_iter().collect(),
                ..Identity::default()
            },
            ..User::default()
        };
        let mut group = Group {
            domain: "d.example".to_owned(),
            users: vec![
                user("u1@d.example", "2001", "+44-2079460101", "0@d.example"),
                user("u2@d.example", "12001", "+44-2079460102", "Reception@d.example"),
                user("u3@d.example", "", "", ""),
            ],
            ..Group::default()
        };
        group.numbers = NumberPlan::build(&group, &Options::default(), None, None);
        group
    }

    #[test]
    fn every_form_of_an_own_number_means_its_holder() {
        let plan = group().numbers;
        let first = Some(Destination::Entity(Entity::User(0)));
        for text in [
            "+44-2079460101",
            "+442079460101",
            "00442079460101",
            "02079460101",
            "2079460101",
            "442079460101",
            "+44 (0)20 7946 0101",
            "020 7946 0101",
            "tel:+442079460101",
            "2001",
            "0",
            "0@d.example",
            "sip:0@D.EXAMPLE",
            "sip:2001@d.example;user=phone",
            "u1@d.example",
            "02079460101@d.example",
        ] {
            assert_eq!(plan.resolve(text), first, "{text}");
        }
        for text in ["reception", "RECEPTION@d.example", "sips:reception@d.example"] {
            assert_eq!(plan.resolve(text), Some(Destination::Entity(Entity::User(1))), "{text}");
        }
    }

    #[test]
    fn what_is_not_in_the_group_is_told_apart() {
        let plan = group().numbers;
        let external = |text: &str| Some(Destination::External(text.to_owned()));
        for (text, expected) in [
            ("07700900123", external("+447700900123")),
            ("7700900123", external("+447700900123")),
            ("+447700900123", external("+447700900123")),
            ("99", external("99")),
            ("sip:desk@other.example", external("desk@other.example")),
            ("0@other.example", external("0@other.example")),
            ("*72", external("*72")),
            ("200", external("200")),
            ("3401", Some(Destination::Unknown("3401".to_owned()))),
            ("nobody", Some(Destination::Unknown("nobody".to_owned()))),
            ("  ", None),
        ] {
            assert_eq!(plan.resolve(text), expected, "{text}");
        }
    }

    #[test]
    fn a_prefix_means_the_mailbox() {
        let plan = group().numbers;
        let own = Some(Destination::Mailbox(Mailbox::Of(Entity::User(0))));
        for text in ["*552001", "*55*2001", "*55*02079460101#", "*55*0"] {
            assert_eq!(plan.resolve(text), own, "{text}");
        }
        let other = |text: &str| Some(Destination::Mailbox(Mailbox::Number(text.to_owned())));
        assert_eq!(plan.resolve("*553401"), other("3401"));
        assert_eq!(plan.resolve("*55"), other(""));
    }

    #[test]
    fn without_a_country_numbers_are_their_digits() {
        let plan = NumberPlan::build(&Group::default(), &Options::default(), None, None);
        assert_eq!(plan.canonical("0123 456-7890").as_deref(), Some("01234567890"));
        assert_eq!(plan.canonical("+1 212 555 0100").as_deref(), Some("+12125550100"));
        assert_eq!(plan.canonical("*55"), None);
    }

    #[test]
    fn country_one_has_its_own_prefixes() {
        let options = Options { country_code: Some("1".to_owned()), ..Options::default() };
        let mut group = Group::default();
        group.users.push(User {
            identity: Identity { dn: Some("+1-5133334444".to_owned()), ..Identity::default() },
            ..User::default()
        });
        let plan = NumberPlan::build(&group, &options, None, None);
        for text in ["5133334444", "15133334444", "+15133334444", "01115133334444", "(513) 333-4444"] {
            assert_eq!(plan.canonical(text).as_deref(), Some("+15133334444"), "{text}");
        }
        assert_eq!(plan.canonical("1333444").as_deref(), Some("1333444"));
    }
}
