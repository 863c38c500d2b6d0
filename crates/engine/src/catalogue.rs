//! The catalogue of modules, by name.

use crate::module::Module;
use crate::modules as m;

/// Every module this engine runs, ordered by name.
pub const MODULES: &[Module] = &[
    m::answer::MODULE,
    m::branch_variable::MODULE,
    m::callflow::MODULE,
    m::collect_dtmf::MODULE,
    m::device::MODULE,
    m::hangup::MODULE,
    m::menu::MODULE,
    m::noop::MODULE,
    m::pivot::MODULE,
    m::play::MODULE,
    m::record_call::MODULE,
    m::resources::MODULE,
    m::response::MODULE,
    m::ring_group::MODULE,
    m::send_dtmf::MODULE,
    m::set_variables::MODULE,
    m::sleep::MODULE,
    m::temporal_route::MODULE,
    m::tts::MODULE,
    m::user::MODULE,
    m::voicemail::MODULE,
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
