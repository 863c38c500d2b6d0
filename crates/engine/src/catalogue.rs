//! The catalogue of modules, by name.

use crate::module::Module;
use crate::modules as m;

/// Every module this engine runs, ordered by name.
pub const MODULES: &[Module] = &[
    m::after_bridge::MODULE,
    m::answer::MODULE,
    m::audio_macro::MODULE,
    m::branch_bnumber::MODULE,
    m::branch_variable::MODULE,
    m::callflow::MODULE,
    m::check_cid::MODULE,
    m::cidlistmatch::MODULE,
    m::collect_dtmf::MODULE,
    m::dead_air::MODULE,
    m::device::MODULE,
    m::edr::MODULE,
    m::flush_dtmf::MODULE,
    m::group::MODULE,
    m::hangup::MODULE,
    m::intercom::MODULE,
    m::language::MODULE,
    m::lookupcidname::MODULE,
    m::manual_presence::MODULE,
    m::menu::MODULE,
    m::missed_call_alert::MODULE,
    m::nomorobo::MODULE,
    m::noop::MODULE,
    m::notification::MODULE,
    m::offnet::MODULE,
    m::page_group::MODULE,
    m::pivot::MODULE,
    m::play::MODULE,
    m::prepend_cid::MODULE,
    m::privacy::MODULE,
    m::record_call::MODULE,
    m::record_caller::MODULE,
    m::resources::MODULE,
    m::response::MODULE,
    m::ring_group::MODULE,
    m::route_to_cid::MODULE,
    m::send_dtmf::MODULE,
    m::set::MODULE,
    m::set_alert_info::MODULE,
    m::set_cid::MODULE,
    m::set_variable::MODULE,
    m::set_variables::MODULE,
    m::skel::MODULE,
    m::sleep::MODULE,
    m::temporal_route::MODULE,
    m::tts::MODULE,
    m::user::MODULE,
    m::voicemail::MODULE,
    m::wait_for_hangup::MODULE,
    m::webhook::MODULE,
];

/// The module with this name.
pub fn find(name: &str) -> Option<&'static Module> {
    MODULES.binary_search_by(|module| module.name.cmp(name)).ok().map(|place| &MODULES[place])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_ordered_and_found() {
        assert!(MODULES.windows(2).all(|pair| pair[0].name < pair[1].name));
        for module in MODULES {
            assert_eq!(find(module.name).map(|found| found.name), Some(module.name));
        }
        assert!(find("qubicle").is_none());
    }

    #[test]
    fn every_example_is_a_node_of_its_module() {
        for module in MODULES {
            let node: serde_json::Value = serde_json::from_str(module.example).expect(module.name);
            assert_eq!(node["module"], module.name);
            assert!(!module.summary.is_empty() && !module.exits.is_empty());
        }
    }
}
