//! The codes of the checks: what each is called, and what it means in one sentence.
//!
//! Each has a page in `docs/checks/`. A code never changes its meaning. Not here: how bad one finding is, which its
//! issue says.

/// A check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// Stable code: `CK1001`.
    pub code: &'static str,
    /// A name for lists and machine output, in words joined by dashes: `id-names-nothing`.
    pub name: &'static str,
    /// What it tells, one sentence without a full stop.
    pub summary: &'static str,
}

/// All checks, ordered by code: `CK10xx` what an id names, `CK11xx` exits and menus, `CK12xx` calls that go round,
/// `CK13xx` numbers and patterns, `CK14xx` time, `CK15xx` recording, `CK16xx` fraud, `CK18xx` what the account accepts,
/// `CK19xx` scripts (found where there is an interpreter).
pub const CHECKS: &[Check] = &[
    check("CK1001", "id-names-nothing", "An id names no document"),
    check("CK1002", "id-names-wrong-kind", "An id names a document of another kind"),
    check("CK1003", "unknown-time-rule", "A time rule or rule set does not exist and is passed over"),
    check("CK1101", "exit-never-taken", "An exit is never taken"),
    check("CK1102", "unanswered-call-ends", "A call that nobody answers ends, for there is no exit `_`"),
    check("CK1103", "missing-exit", "An exit that calls take has no node behind it, and the call ends"),
    check("CK1104", "menu-offers-nothing", "A menu has no keys and does not hunt"),
    check("CK1105", "ends-after-preparation", "A call ends after a step that only prepares something"),
    check("CK1106", "menu-hunts-in-vain", "A menu hunts, but no number of the account can be found"),
    check("CK1201", "callflows-go-round", "Callflows enter each other in a circle without waiting"),
    check(
        "CK1202",
        "goes-round-without-input",
        "Callflows enter each other in a circle without asking the caller",
    ),
    check("CK1203", "forwards-go-round", "Call forwards lead to each other in a circle"),
    check("CK1301", "number-claimed-twice", "A number is in two callflows"),
    check("CK1302", "pattern-claimed-twice", "A pattern is in two callflows"),
    check("CK1303", "number-before-pattern", "A static number goes before a pattern that matches it too"),
    check("CK1304", "pattern-all-static", "All numbers of a pattern are static and lead elsewhere"),
    check("CK1305", "pattern-shadowed", "Other patterns take all calls of a pattern"),
    check("CK1306", "patterns-overlap", "Another pattern takes some calls of a pattern"),
    check("CK1307", "number-normalised-away", "A number is written as no call arrives"),
    check("CK1308", "emergency-number-kept", "An emergency number does not lead to a carrier"),
    check(
        "CK1309",
        "feature-code-answered-elsewhere",
        "A feature code leads to another callflow than its own",
    ),
    check("CK1401", "time-rule-never-applies", "A time rule does not apply from now on"),
    check("CK1402", "time-rule-hidden", "A time rule never decides, for an earlier one always applies then"),
    check("CK1403", "time-rules-leave-gap", "At times no rule applies and there is no exit `_`"),
    check("CK1404", "time-rules-leave-short-gap", "Between two rules a few seconds belong to neither"),
    check("CK1405", "unknown-time-zone", "A time zone does not exist"),
    check(
        "CK1501",
        "recording-goes-on-into-voicemail",
        "A recording goes on while the caller is in voicemail",
    ),
    check("CK1601", "outbound-by-pattern", "Callers from outside can call through a carrier by a pattern"),
    check("CK1602", "outbound-by-disa", "Callers from outside can dial out without a PIN worth the name"),
    check(
        "CK1603",
        "mailbox-pin-easily-guessed",
        "A mailbox that can be called has a PIN that is guessed at once",
    ),
    check("CK1604", "outbound-by-feature-key", "The party of a call may transfer itself to any number"),
    check("CK1605", "web-flow-unencrypted", "What calls do is asked from a web server without encryption"),
    check(
        "CK1801",
        "acceptance-incomplete",
        "An accepted finding has no code or no reason, and is not accepted",
    ),
    check("CK1802", "acceptance-unused", "An accepted finding is no longer there"),
    check("CK1901", "script-broken", "The script of a function is no JavaScript"),
];

const fn check(code: &'static str, name: &'static str, summary: &'static str) -> Check {
    Check { code, name, summary }
}

/// The check with this code.
pub fn find(code: &str) -> Option<&'static Check> {
    CHECKS.iter().find(|check| check.code == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_sorted_and_names_are_their_own() {
        assert!(CHECKS.is_sorted_by(|left, right| left.code < right.code));
        let names: std::collections::BTreeSet<&str> = CHECKS.iter().map(|check| check.name).collect();
        assert_eq!(names.len(), CHECKS.len());
        assert_eq!(find("CK1201").map(|check| check.name), Some("callflows-go-round"));
        assert_eq!(find("callflows-go-round"), None);
    }
}
