//! Who has a number, when only the number is known; and which groups there are.
//!
//! Searches differ in what an account may do: the whole system, a service provider, a group. What is forbidden or missing is
//! passed over and told. Not here: matching a number within a group's snapshot (`flow::broadworks`).

use std::collections::BTreeSet;

use flow::broadworks::endpoints::{
    GROUP_DN_SEARCH, GROUPS, PROVIDER_DN_SEARCH, SERVICE_PROVIDERS, SYSTEM_DN_SEARCH,
};
use flow::broadworks::snapshot::{Reply, Snapshot, request_key};
use futures_util::StreamExt;
use serde_json::Value;

use crate::client::{Failure, Odin};
use crate::error::OdinError;

/// Groups that are searched one by one, at most.
const MOST_GROUPS: usize = 500;
/// Numbers that one [`look_up`](crate::Odin::look_up) asks for, at most.
const MOST_NUMBERS: usize = 500;
/// Digits that make a number worth searching beyond a group; fewer are an extension.
const FEWEST_DIGITS: usize = 6;

/// Somebody or something with a number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holder {
    /// The service provider or enterprise.
    pub service_provider: String,
    /// The group; `None` when the number is not assigned to one.
    pub group: Option<String>,
    /// The user or virtual user; `None` when the number is free.
    pub user_id: Option<String>,
    /// The number as BroadWorks writes it (`+44-2079460100`).
    pub number: String,
    /// What has it (`Normal`, `Hunt Group`, `Auto Attendant`), as the server says.
    pub kind: Option<String>,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// Who has the number, each once.
    pub holders: Vec<Holder>,
    /// Where could not be searched, one sentence each.
    pub warnings: Vec<String>,
}

/// A row in a list of groups.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupRow {
    /// Its id, as [`Plan::group`](crate::Plan::group) takes it.
    pub id: String,
    /// Its name; may be empty.
    pub name: String,
}

impl Odin {
    /// The service providers and enterprises this account may see, by id.
    ///
    /// # Errors
    /// The request failed, or the account may not.
    pub async fn service_providers(&self) -> Result<Vec<String>, OdinError> {
        let reply = self.get(SERVICE_PROVIDERS).await.map_err(Failure::into_error)?;
        Ok(rows(&reply).filter_map(|row| text(row, "serviceProviderId")).collect())
    }

    /// The groups of a service provider.
    ///
    /// # Errors
    /// The request failed, or the account may not.
    pub async fn groups(&self, service_provider: &str) -> Result<Vec<GroupRow>, OdinError> {
        let key = request_key(GROUPS, &[("serviceProviderId", service_provider)]);
        let reply = self.get(&key).await.map_err(Failure::into_error)?;
        let groups = rows(&reply).filter_map(|row| {
            Some(GroupRow { id: text(row, "groupId")?, name: text(row, "groupName").unwrap_or_default() })
        });
        Ok(groups.collect())
    }

    /// Who has a number, in any form (`+44 20 7946 0100`, `020 7946 0100`, `2079460100`), looking in the whole system first, then
    /// where `service_provider` says, or in all service providers, and last group by group. It stops where something is found.
    ///
    /// # Errors
    /// The account can no longer log in. What is forbidden or fails otherwise is a warning.
    pub async fn find(&self, number: &str, service_provider: Option<&str>) -> Result<Finding, OdinError> {
        let mut finding = Finding::default();
        let wanted = Wanted::new(number);
        if wanted.digits.len() < FEWEST_DIGITS {
            let sentence = "a number this short is an extension or alias: the group must be known";
            finding.warnings.push(sentence.to_owned());
            return Ok(finding);
        }
        let search = self.search_everywhere(&wanted, service_provider, &mut finding);
        match tokio::time::timeout(self.settings.run_timeout, search).await {
            Ok(outcome) => outcome?,
            Err(_) => finding.warnings.push("the time for the search is over".to_owned()),
        }
        finding.holders.sort();
        finding.holders.dedup();
        Ok(finding)
    }

    /// Asks who in the enterprise or system has numbers that calls leave a group to
    /// ([`Group::outside_numbers`](flow::broadworks::group::Group::outside_numbers)), and keeps the replies in the snapshot, where
    /// the reader finds them: a forward to another group then has a name. Numbers that were asked before are not asked again. What is
    /// forbidden is passed over, and told among the snapshot's warnings.
    ///
    /// # Errors
    /// The account can no longer log in.
    pub async fn look_up(
        &self,
        snapshot: &mut Snapshot,
        numbers: &BTreeSet<String>,
    ) -> Result<(), OdinError> {
        let numbers: BTreeSet<String> =
            numbers.iter().map(|number| Wanted::new(number)).filter_map(Wanted::exact).collect();
        if numbers.len() > MOST_NUMBERS {
            snapshot.warnings.push(format!("only {MOST_NUMBERS} numbers outside the group were looked up"));
        }
        let numbers: Vec<&str> = numbers.iter().map(String::as_str).take(MOST_NUMBERS).collect();
        let whole = tokio::time::timeout(self.settings.run_timeout, async {
            let provider = snapshot.service_provider.clone();
            for (path, within) in [(SYSTEM_DN_SEARCH, None), (PROVIDER_DN_SEARCH, Some(provider.as_str()))] {
                match self.owners(snapshot, &numbers, path, within).await? {
                    None => break,
                    // This search is not for us; the narrower one may be.
                    Some(refused) => snapshot.warnings.push(refused.to_string()),
                }
            }
            Ok(())
        });
        match whole.await {
            Ok(outcome) => outcome,
            Err(_) => {
                snapshot
                    .warnings
                    .push("the time for looking up numbers outside the group is over".to_owned());
                Ok(())
            }
        }
    }

    /// One kind of search for each number. The refusal, when this account or server cannot.
    async fn owners(
        &self,
        snapshot: &mut Snapshot,
        numbers: &[&str],
        path: &str,
        within: Option<&str>,
    ) -> Result<Option<OdinError>, OdinError> {
        let of = |dn: &&str| {
            let mut query = vec![("dn", *dn)];
            query.extend(within.map(|provider| ("serviceProviderId", provider)));
            request_key(path, &query)
        };
        let asked = numbers.iter().map(of).filter(|key| !snapshot.replies.contains_key(key));
        let asked: Vec<String> = asked.collect();
        let mut replies = futures_util::stream::iter(asked)
            .map(async |key| (self.get(&key).await, key))
            .buffer_unordered(self.settings.connections);
        while let Some((reply, key)) = replies.next().await {
            match reply {
                Ok(value) => {
                    snapshot.replies.insert(key, Reply::Ok(value));
                }
                Err(Failure::Session(error)) => return Err(error),
                Err(Failure::Request(error))
                    if matches!(error.status(), Some(400 | 403 | 404 | 405 | 501)) =>
                {
                    return Ok(Some(error));
                }
                Err(Failure::Request(error)) => {
                    let sentence = format!("who has a number outside the group is not known: {error}");
                    if !snapshot.warnings.contains(&sentence) {
                        snapshot.warnings.push(sentence);
                    }
                }
            }
        }
        Ok(None)
    }

    async fn search_everywhere(
        &self,
        wanted: &Wanted,
        service_provider: Option<&str>,
        finding: &mut Finding,
    ) -> Result<(), OdinError> {
        if service_provider.is_none() {
            self.search(SYSTEM_DN_SEARCH, &[], wanted, finding).await?;
            if !finding.holders.is_empty() {
                return Ok(());
            }
        }
        let providers = match service_provider {
            Some(id) => vec![id.to_owned()],
            None => match self.service_providers().await {
                Ok(all) => all,
                Err(OdinError::WrongPassword) => return Err(OdinError::WrongPassword),
                Err(error) => {
                    finding.warnings.push(error.to_string());
                    return Ok(());
                }
            },
        };
        let mut searched = 0;
        for provider in &providers {
            let within = [("serviceProviderId", provider.as_str())];
            let could = self.search(PROVIDER_DN_SEARCH, &within, wanted, finding).await?;
            if !finding.holders.is_empty() {
                return Ok(());
            }
            if could {
                continue;
            }
            let groups = match self.groups(provider).await {
                Ok(groups) => groups,
                Err(OdinError::WrongPassword) => return Err(OdinError::WrongPassword),
                Err(error) => {
                    finding.warnings.push(error.to_string());
                    continue;
                }
            };
            for group in &groups {
                if searched == MOST_GROUPS {
                    finding.warnings.push(format!("only {MOST_GROUPS} groups were searched"));
                    return Ok(());
                }
                searched += 1;
                let within = [("serviceProviderId", provider.as_str()), ("groupId", group.id.as_str())];
                self.search(GROUP_DN_SEARCH, &within, wanted, finding).await?;
                if !finding.holders.is_empty() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// One search. False when this account or server cannot.
    async fn search(
        &self,
        path: &str,
        within: &[(&str, &str)],
        wanted: &Wanted,
        finding: &mut Finding,
    ) -> Result<bool, OdinError> {
        for dn in &wanted.forms {
            let mut query = within.to_vec();
            query.push(("dn", dn));
            let reply = match self.get(&request_key(path, &query)).await {
                Ok(reply) => reply,
                Err(Failure::Session(error)) => return Err(error),
                Err(Failure::Request(error)) => {
                    let sentence = error.to_string();
                    if !finding.warnings.contains(&sentence) {
                        finding.warnings.push(sentence);
                    }
                    return Ok(false);
                }
            };
            let holders = rows(&reply).filter_map(|row| holder(row, within));
            finding.holders.extend(holders.filter(|holder| wanted.is(&holder.number)));
            if !finding.holders.is_empty() {
                break;
            }
        }
        Ok(true)
    }
}

/// A number that is looked for.
struct Wanted {
    /// Its digits, without leading zeros.
    digits: String,
    is_international: bool,
    /// How it is asked for: the public client asks for `+` and digits; `*` before and after means "contains".
    forms: Vec<String>,
}

impl Wanted {
    fn new(number: &str) -> Wanted {
        let trimmed = number.trim();
        let is_international = trimmed.starts_with('+') || trimmed.starts_with("00");
        // (0) in +44 (0)20 is for people who dial within the country.
        let number: String = trimmed.replace("(0)", "");
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let digits = digits.trim_start_matches('0').to_owned();
        let contains = format!("*{digits}*");
        let forms = if is_international {
            vec![format!("+{digits}"), contains]
        } else {
            vec![contains, format!("+{digits}")]
        };
        Wanted { digits, is_international, forms }
    }

    /// How the public client asks for exactly this number, when it is a whole one.
    fn exact(self) -> Option<String> {
        let is_whole = self.is_international && self.digits.len() >= FEWEST_DIGITS;
        is_whole.then(|| format!("+{}", self.digits))
    }

    /// Whether a number in a reply is this one: the same digits, or national digits at its end.
    fn is(&self, number: &str) -> bool {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        if self.is_international { digits == self.digits } else { digits.ends_with(&self.digits) }
    }
}

fn rows(reply: &Value) -> impl Iterator<Item = &Value> {
    let list = reply.as_array().map(Vec::as_slice);
    list.unwrap_or(std::slice::from_ref(reply)).iter().filter(|row| row.is_object())
}

fn holder(row: &Value, within: &[(&str, &str)]) -> Option<Holder> {
    let known = |member: &str| {
        let given = within.iter().find(|(name, _)| *name == member).map(|(_, value)| (*value).to_owned());
        text(row, member).or(given)
    };
    Some(Holder {
        service_provider: known("serviceProviderId")?,
        group: known("groupId"),
        user_id: text(row, "userId"),
        number: ["phoneNumber", "dn", "phoneNumbers"].iter().find_map(|member| text(row, member))?,
        kind: text(row, "userType"),
    })
}

fn text(row: &Value, member: &str) -> Option<String> {
    match row.get(member)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_in_all_usual_forms() {
        for form in ["+44 20 7946 0100", "+44-2079460100", "0044 2079460100", "+44 (0)20 7946 0100"] {
            let wanted = Wanted::new(form);
            assert!(wanted.is("+44-2079460100"), "{form}");
            assert!(!wanted.is("+44-2079460101"), "{form}");
            assert_eq!(wanted.forms[0], "+442079460100");
        }
        for form in ["020 7946 0100", "2079460100", "7946 0100"] {
            assert!(Wanted::new(form).is("+44-2079460100"), "{form}");
        }
    }
}
