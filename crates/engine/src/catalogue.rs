//! The catalogue of modules, by name.

use flow::n2fe::MODULE_PREFIX;

use crate::module::Module;
use crate::modules as m;
use crate::operations as o;

/// Every Kazoo action this engine runs, ordered by name. Operations of control plans are in [`OPERATIONS`].
pub const MODULES: &[Module] = &[
    m::acdc_agent::MODULE,
    m::acdc_member::MODULE,
    m::acdc_queue::MODULE,
    m::acdc_wait_time::MODULE,
    m::after_bridge::MODULE,
    m::answer::MODULE,
    m::audio_macro::MODULE,
    m::branch_bnumber::MODULE,
    m::branch_variable::MODULE,
    m::call_forward::MODULE,
    m::call_waiting::MODULE,
    m::callflow::MODULE,
    m::camping_feature::MODULE,
    m::check_cid::MODULE,
    m::cidlistmatch::MODULE,
    m::collect_dtmf::MODULE,
    m::conference::MODULE,
    m::conference_feature::MODULE,
    m::dead_air::MODULE,
    m::device::MODULE,
    m::directory::MODULE,
    m::disa::MODULE,
    m::do_not_disturb::MODULE,
    m::dynamic_cid::MODULE,
    m::eavesdrop::MODULE,
    m::eavesdrop_feature::MODULE,
    m::edr::MODULE,
    m::fax_detect::MODULE,
    m::faxbox::MODULE,
    m::flush_dtmf::MODULE,
    m::function::MODULE,
    m::group::MODULE,
    m::group_pickup::MODULE,
    m::group_pickup_feature::MODULE,
    m::hangup::MODULE,
    m::hotdesk::MODULE,
    m::intercept::MODULE,
    m::intercept_feature::MODULE,
    m::intercom::MODULE,
    m::language::MODULE,
    m::lookupcidname::MODULE,
    m::manual_presence::MODULE,
    m::menu::MODULE,
    m::missed_call_alert::MODULE,
    m::move_call::MODULE,
    m::nomorobo::MODULE,
    m::noop::MODULE,
    m::notification::MODULE,
    m::offnet::MODULE,
    m::page_group::MODULE,
    m::park::MODULE,
    m::pivot::MODULE,
    m::play::MODULE,
    m::prepend_cid::MODULE,
    m::privacy::MODULE,
    m::receive_fax::MODULE,
    m::record_call::MODULE,
    m::record_caller::MODULE,
    m::resources::MODULE,
    m::response::MODULE,
    m::ring_group::MODULE,
    m::ring_group_toggle::MODULE,
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
    m::transfer::MODULE,
    m::tts::MODULE,
    m::user::MODULE,
    m::voicemail::MODULE,
    m::wait_for_hangup::MODULE,
    m::webhook::MODULE,
];

/// Every operation of N2FE control plans this engine runs, ordered by name: `n2fe.Menu`.
pub const OPERATIONS: &[Module] = &[
    o::account_code_entry::MODULE,
    o::adjust_loop_counter::MODULE,
    o::attempt_terminate::MODULE,
    o::black_box::MODULE,
    o::breakout_dialing::MODULE,
    o::business_hours::MODULE,
    o::caller_location::MODULE,
    o::calling_party::MODULE,
    o::calling_party_category::MODULE,
    o::calling_presentation::MODULE,
    o::cellsite_routing::MODULE,
    o::day_of_week::MODULE,
    o::day_of_year::MODULE,
    o::dialled_number::MODULE,
    o::extension_dialing::MODULE,
    o::first_callers::MODULE,
    o::follow_me::MODULE,
    o::increment_tele_vote_statistic::MODULE,
    o::link::MODULE,
    o::lookup_dialing::MODULE,
    o::loop_counter_branching::MODULE,
    o::loop_limit::MODULE,
    o::menu::MODULE,
    o::number_matching::MODULE,
    o::pin_authorisation::MODULE,
    o::play_announcement::MODULE,
    o::proportional_distribution::MODULE,
    o::release_call::MODULE,
    o::reterminate_service::MODULE,
    o::speed_dial::MODULE,
    o::start::MODULE,
    o::suburb_routing::MODULE,
    o::switch::MODULE,
    o::table_lookup::MODULE,
    o::time_of_day::MODULE,
    o::user_input::MODULE,
];

/// The module or operation with this name.
pub fn find(name: &str) -> Option<&'static Module> {
    let group = if name.starts_with(MODULE_PREFIX) { OPERATIONS } else { MODULES };
    group.binary_search_by(|module| module.name.cmp(name)).ok().and_then(|place| group.get(place))
}

/// What runs nodes of this name: as [`find`], and the black box for operations nobody knows.
pub(crate) fn runner(name: &str) -> Option<&'static Module> {
    const BLACK_BOX: &Module = &o::black_box::MODULE;
    find(name).or_else(|| name.starts_with(MODULE_PREFIX).then_some(BLACK_BOX))
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
        assert!(OPERATIONS.windows(2).all(|pair| pair[0].name < pair[1].name));
        for module in OPERATIONS {
            assert_eq!(find(module.name).map(|found| found.name), Some(module.name));
        }
        assert!(find("qubicle").is_none() && find("n2fe.Qubicle").is_none());
        assert_eq!(runner("n2fe.Qubicle").map(|found| found.name), Some("n2fe.BlackBox"));
    }

    /// An example is an operation that the validator takes, and every type of the language has its operation with the
    /// same exits.
    #[test]
    fn operations_answer_to_the_types_of_the_language() {
        use flow::n2fe::types::{Exits, TYPES};
        for kind in TYPES {
            let module = find(&format!("{MODULE_PREFIX}{}", kind.name)).expect(kind.name);
            let mut example: serde_json::Value = serde_json::from_str(module.example).expect(kind.name);
            assert_eq!(example["type"], kind.name);
            assert_eq!((module.members)(), kind.members, "{}", kind.name);
            let keys = module.exits.iter().filter(|exit| matches!(exit, crate::Exit::Key(_))).count();
            let dynamic = module.exits.iter().any(|exit| matches!(exit, crate::Exit::Dynamic(_)));
            match kind.exits {
                Exits::Open(_) => assert!(dynamic, "{}", kind.name),
                _ => assert_eq!(keys, kind.exits.most(), "{}", kind.name),
            }
            let count = if kind.name == "Start" { 0 } else { 1 };
            let mut plan = serde_json::json!({"1": {"id": 1, "type": "Start", "exits": [2]}});
            example["id"] = serde_json::json!(if count == 0 { 1 } else { 2 });
            plan[if count == 0 { "1" } else { "2" }] = example;
            let faults: Vec<String> = flow::n2fe::validate(&plan)
                .into_iter()
                .filter(|fault| fault.code.starts_with("NF2") || fault.code == "NF1009")
                .map(|fault| fault.to_string())
                .collect();
            assert_eq!(faults, Vec::<String>::new(), "{}", kind.name);
        }
        assert_eq!(OPERATIONS.len(), TYPES.len() + 1, "and the black box");
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
