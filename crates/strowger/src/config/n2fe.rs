//! `[n2fe]`: the interface of N2FE flow editors, by the names that its operators know.

use std::collections::BTreeMap;
use std::time::Duration;

use api::n2fe::{Permission, Settings};
use serde::{Deserialize, Serialize};

use super::values::HostList;

/// `[n2fe]`
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct N2fe {
    /// Name of the session cookie.
    pub(crate) session_cookie: String,
    /// Seconds without a request after which a session ends.
    pub(crate) session_lifetime_s: u64,
    /// What the name of an alternative plan has behind the service number.
    pub(crate) emergency_flow_name_suffix: String,
    /// Where operators may log in from.
    pub(crate) restrict_sms_users_to_hosts: HostList,
    /// Where customers' users may log in from.
    pub(crate) restrict_acs_users_to_hosts: HostList,
    /// Where users of one service number may log in from.
    pub(crate) restrict_sn_users_to_hosts: HostList,
    /// Types of operations that nobody is offered.
    pub(crate) suppressed_nodes: Vec<String>,
    /// Groups that have each permission, with commas between; empty for the default.
    pub(crate) login_groups: String,
    pub(crate) admin_read_groups: String,
    pub(crate) admin_write_groups: String,
    pub(crate) service_number_create_groups: String,
    pub(crate) service_number_write_groups: String,
    pub(crate) flow_write_groups: String,
    pub(crate) privileged_flow_write_groups: String,
    pub(crate) schedule_write_groups: String,
    pub(crate) alternative_flow_groups: String,
    pub(crate) announcement_write_groups: String,
    pub(crate) data_write_groups: String,
    pub(crate) user_write_groups: String,
    pub(crate) customer_write_groups: String,
}

impl Default for N2fe {
    fn default() -> Self {
        let settings = Settings::default();
        N2fe {
            session_cookie: settings.cookie,
            session_lifetime_s: settings.session_lifetime.as_secs(),
            emergency_flow_name_suffix: settings.alternative_suffix,
            restrict_sms_users_to_hosts: HostList::default(),
            restrict_acs_users_to_hosts: HostList::default(),
            restrict_sn_users_to_hosts: HostList::default(),
            suppressed_nodes: Vec::new(),
            login_groups: String::new(),
            admin_read_groups: String::new(),
            admin_write_groups: String::new(),
            service_number_create_groups: String::new(),
            service_number_write_groups: String::new(),
            flow_write_groups: String::new(),
            privileged_flow_write_groups: String::new(),
            schedule_write_groups: String::new(),
            alternative_flow_groups: String::new(),
            announcement_write_groups: String::new(),
            data_write_groups: String::new(),
            user_write_groups: String::new(),
            customer_write_groups: String::new(),
        }
    }
}

impl N2fe {
    /// The same for the interface.
    pub(crate) fn settings(&self) -> Settings {
        let mut groups = BTreeMap::new();
        for (permission, text) in self.groups() {
            let list: Vec<String> =
                text.split(',').map(str::trim).filter(|group| !group.is_empty()).map(str::to_owned).collect();
            if !list.is_empty() {
                groups.insert(permission, list);
            }
        }
        Settings {
            cookie: self.session_cookie.clone(),
            session_lifetime: Duration::from_secs(self.session_lifetime_s),
            alternative_suffix: self.emergency_flow_name_suffix.clone(),
            operator_hosts: self.restrict_sms_users_to_hosts.hosts(),
            customer_hosts: self.restrict_acs_users_to_hosts.hosts(),
            service_number_hosts: self.restrict_sn_users_to_hosts.hosts(),
            suppressed_nodes: self.suppressed_nodes.clone(),
            groups,
        }
    }

    fn groups(&self) -> [(Permission, &str); 13] {
        [
            (Permission::Login, &self.login_groups),
            (Permission::AdminRead, &self.admin_read_groups),
            (Permission::AdminWrite, &self.admin_write_groups),
            (Permission::ServiceNumberCreate, &self.service_number_create_groups),
            (Permission::ServiceNumberWrite, &self.service_number_write_groups),
            (Permission::FlowWrite, &self.flow_write_groups),
            (Permission::PrivilegedFlowWrite, &self.privileged_flow_write_groups),
            (Permission::ScheduleWrite, &self.schedule_write_groups),
            (Permission::AlternativeFlows, &self.alternative_flow_groups),
            (Permission::AnnouncementWrite, &self.announcement_write_groups),
            (Permission::DataWrite, &self.data_write_groups),
            (Permission::UserWrite, &self.user_write_groups),
            (Permission::CustomerWrite, &self.customer_write_groups),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_its_setting() {
        let written = toml::Table::try_from(N2fe::default()).unwrap();
        let own = N2fe::default();
        let named: Vec<Permission> = own.groups().iter().map(|(permission, _)| *permission).collect();
        for permission in Permission::all() {
            assert!(written.contains_key(permission.setting()), "{permission:?}");
            assert!(named.contains(&permission), "{permission:?}");
        }
    }

    #[test]
    fn settings_reach_the_interface() {
        let text = "flow_write_groups = \"A, B\"\nrestrict_acs_users_to_hosts = \"*\"\nsuppressed_nodes = [\"SpeedDial\"]";
        let settings = toml::from_str::<N2fe>(text).unwrap().settings();
        assert_eq!(settings.groups[&Permission::FlowWrite], ["A", "B"]);
        assert_eq!(settings.groups.len(), 1);
        assert_eq!(settings.customer_hosts, api::n2fe::Hosts::Only(Vec::new()));
        assert_eq!(settings.suppressed_nodes, ["SpeedDial"]);
        assert!(toml::from_str::<N2fe>("restrict_sn_users_to_hosts = \"pbx.example\"").is_err());
    }
}
