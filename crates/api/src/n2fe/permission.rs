//! What may be done, and which groups of users may do it (reference "N2FE" 1.3; the rest of the vendor's table is not
//! public, and decided here).
//!
//! Not here: which customer a user sees (`user`), which route needs what (`routes`).

use super::settings::Settings;

/// Something that may be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Permission {
    /// Log in and read what one sees.
    Login,
    /// Read everything one sees, users among it; operators see all customers.
    AdminRead,
    /// Change a customer's name and reference.
    AdminWrite,
    /// Make and delete service numbers.
    ServiceNumberCreate,
    /// Change a service number's restrictions and profile.
    ServiceNumberWrite,
    /// Save flows.
    FlowWrite,
    /// Save flows that use privileged members.
    PrivilegedFlowWrite,
    /// Make, activate and delete schedules.
    ScheduleWrite,
    /// Change a customer's profile: alternative flows and substituted numbers.
    AlternativeFlows,
    /// Change announcements.
    AnnouncementWrite,
    /// Change holiday sets, geography sets, tables and counters.
    DataWrite,
    /// Make, change and delete users.
    UserWrite,
    /// Make and delete customers.
    CustomerWrite,
}

/// Lowest of the customer users' levels (1 to 7) that have it, none for operators only; and the operators' groups.
type Row = (Permission, &'static str, Option<u8>, &'static [&'static str]);

const BOSSES: &[&str] = &["ACS_BOSS", "ACS_BOSS_WRITE"];
const WRITERS: &[&str] = &["ACS_BOSS", "ACS_BOSS_WRITE", "ACS_WRITE"];

/// All permissions: setting, level and groups.
const TABLE: [Row; 13] = [
    (
        Permission::Login,
        "login_groups",
        Some(1),
        &["ACS_BOSS", "ACS_BOSS_READ", "ACS_BOSS_WRITE", "ACS_READ", "ACS_WRITE", "SnUser"],
    ),
    (Permission::AdminRead, "admin_read_groups", Some(6), &["ACS_BOSS", "ACS_BOSS_READ", "ACS_BOSS_WRITE"]),
    (Permission::AdminWrite, "admin_write_groups", Some(6), BOSSES),
    (Permission::ServiceNumberCreate, "service_number_create_groups", Some(6), BOSSES),
    (
        Permission::ServiceNumberWrite,
        "service_number_write_groups",
        Some(2),
        &["ACS_BOSS", "ACS_BOSS_WRITE", "ACS_WRITE", "SnUser"],
    ),
    (Permission::FlowWrite, "flow_write_groups", Some(4), WRITERS),
    (Permission::PrivilegedFlowWrite, "privileged_flow_write_groups", None, BOSSES),
    (Permission::ScheduleWrite, "schedule_write_groups", Some(3), WRITERS),
    (Permission::AlternativeFlows, "alternative_flow_groups", Some(5), BOSSES),
    (Permission::AnnouncementWrite, "announcement_write_groups", Some(5), WRITERS),
    (Permission::DataWrite, "data_write_groups", Some(6), BOSSES),
    (Permission::UserWrite, "user_write_groups", Some(7), BOSSES),
    (Permission::CustomerWrite, "customer_write_groups", None, BOSSES),
];

impl Permission {
    /// All of them.
    pub fn all() -> impl Iterator<Item = Permission> {
        TABLE.iter().map(|(permission, ..)| *permission)
    }

    /// The permission that a setting (`flow_write_groups`) is about.
    pub fn of_setting(name: &str) -> Option<Permission> {
        TABLE.iter().find(|(_, setting, ..)| *setting == name).map(|(permission, ..)| *permission)
    }

    /// The name of its setting.
    pub fn setting(self) -> &'static str {
        TABLE.iter().find(|(permission, ..)| *permission == self).map_or("", |(_, setting, ..)| setting)
    }

    /// Whether members of these groups have it.
    pub(crate) fn is_granted(self, groups: &[String], settings: &Settings) -> bool {
        if let Some(set) = settings.groups.get(&self) {
            return set.iter().any(|group| group == "*" || groups.contains(group));
        }
        let Some((_, _, level, own)) = TABLE.iter().find(|(permission, ..)| *permission == self) else {
            return false;
        };
        groups.iter().any(|group| {
            own.contains(&group.as_str())
                || level_of(group).zip(*level).is_some_and(|(has, least)| has >= least)
        })
    }
}

/// The group of customers' users at a level.
pub(crate) fn level_group(level: u8) -> String {
    format!("AcsPermissionLevel{level}")
}

fn level_of(group: &str) -> Option<u8> {
    group.strip_prefix("AcsPermissionLevel")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has(permission: Permission, group: &str) -> bool {
        permission.is_granted(&[group.to_owned()], &Settings::default())
    }

    #[test]
    fn levels_rise_and_the_documented_defaults_hold() {
        for permission in Permission::all() {
            assert_eq!(Permission::of_setting(permission.setting()), Some(permission));
            for level in 1..7 {
                let (low, high) = (level_group(level), level_group(level + 1));
                assert!(!has(permission, &low) || has(permission, &high), "{permission:?} {level}");
            }
            assert!(has(permission, "ACS_BOSS"), "{permission:?}");
            assert!(!has(permission, "Strangers"), "{permission:?}");
        }
        assert!(has(Permission::AdminRead, "AcsPermissionLevel6"));
        assert!(!has(Permission::AdminRead, "AcsPermissionLevel5"));
        assert!(has(Permission::Login, "AcsPermissionLevel1") && !has(Permission::FlowWrite, "ACS_READ"));
        assert!(!has(Permission::CustomerWrite, "AcsPermissionLevel7"));
    }

    #[test]
    fn settings_replace_the_defaults() {
        let mut settings = Settings::default();
        settings.groups.insert(Permission::FlowWrite, vec!["CCS Superuser".to_owned()]);
        settings.groups.insert(Permission::Login, vec!["*".to_owned()]);
        let group = |name: &str| vec![name.to_owned()];
        assert!(Permission::FlowWrite.is_granted(&group("CCS Superuser"), &settings));
        assert!(!Permission::FlowWrite.is_granted(&group("ACS_BOSS"), &settings));
        assert!(Permission::Login.is_granted(&group("anybody"), &settings));
    }
}
