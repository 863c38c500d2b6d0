//! What the reader of scenario documents says about faults.

use simulator::Scenario;
use simulator::scenario::codes;

/// Codes and pointers of the issues of a document.
fn faults(text: &str) -> Vec<(String, String)> {
    let (scenarios, issues) = Scenario::read(text);
    assert!(scenarios.is_empty() || issues.is_empty());
    issues.into_iter().map(|issue| (issue.code.into_owned(), issue.place.pointer)).collect()
}

#[test]
fn faults_are_told_with_code_and_place() {
    let table: &[(&str, &str, &str)] = &[
        ("name: [", codes::NOT_YAML, ""),
        ("", codes::MISSING, ""),
        ("call: { to: \"1\" }", codes::MISSING, ""),
        ("name: x", codes::MISSING, ""),
        ("{ name: x, call: { to: 100 } }", codes::WRONG_KIND, "/call/to"),
        ("{ name: x, call: { to: \"1\", form: \"2\" } }", codes::UNKNOWN_KEY, "/call/form"),
        ("{ name: x, call: { to: \"1\" }, colour: red }", codes::UNKNOWN_KEY, "/colour"),
        ("{ name: x, call: { to: \"1\" }, caller: [ { wait: 3 } ] }", codes::DURATION, "/caller/0/wait"),
        ("{ name: x, call: { to: \"1\" }, caller: [ hangup ] }", codes::WORD, "/caller/0"),
        (
            "{ name: x, call: { to: \"1\" }, caller: [ { press: \"1x\" } ] }",
            codes::CONTRADICTION,
            "/caller/0/press",
        ),
        (
            "{ name: x, call: { to: \"1\" }, caller: [ { press: \"1\", wait: 1s } ] }",
            codes::CONTRADICTION,
            "/caller/0",
        ),
        ("{ name: x, call: { to: \"1\" }, phones: { a: dance } }", codes::WORD, "/phones/a"),
        (
            "{ name: x, call: { to: \"1\" }, phones: { a: { reject: 200 } } }",
            codes::WRONG_KIND,
            "/phones/a/reject",
        ),
        ("{ name: x, call: { to: \"1\" }, web: [ { url: \"*\" } ] }", codes::MISSING, "/web/0"),
        ("{ name: x, call: { to: \"1\" }, at: noon }", codes::WRONG_KIND, "/at"),
        ("{ name: x, call: { to: \"1\" }, expect: { ended: happily } }", codes::WORD, "/expect/ended"),
        (
            "{ name: x, call: { to: \"1\" }, expect: { exits: [ { key: a } ] } }",
            codes::MISSING,
            "/expect/exits/0",
        ),
        ("{ name: x, calls: [ { after: 1s } ] }", codes::MISSING, "/calls/0"),
        (
            "{ name: x, call: { to: \"1\" }, calls: [ { call: { to: \"1\" } } ] }",
            codes::CONTRADICTION,
            "/call",
        ),
        ("{ name: x, calls: [] }", codes::CONTRADICTION, "/calls"),
        ("name: x\ncall: { to: \"1\" }\n---\nname: y\n", codes::MISSING, "/1"),
    ];
    for (text, code, pointer) in table {
        let expected = ((*code).to_owned(), (*pointer).to_owned());
        let (_, issues) = Scenario::read(text);
        let got: Vec<_> =
            issues.iter().map(|issue| (issue.code.to_string(), issue.place.pointer.clone())).collect();
        assert!(got.contains(&expected), "{text}\n  expected {expected:?}, got {got:?}");
    }
}

#[test]
fn unquoted_numbers_and_misspelt_keys_get_help() {
    let (_, issues) = Scenario::read("{ name: x, call: { to: \"1\", from: +15551234567 }, phnes: {} }");
    let told: Vec<String> = issues.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|issue| issue.contains("in quotes")), "{told:?}");
    assert!(told.iter().any(|issue| issue.contains("did you mean `phones`?")), "{told:?}");
}

#[test]
fn one_bad_scenario_does_not_hide_the_good_one() {
    let (scenarios, issues) = Scenario::read("name: x\ncall: { to: \"1\" }\n---\nname: y\n");
    assert_eq!((scenarios.len(), issues.len()), (1, 1));
    assert_eq!(scenarios[0].name, "x");
    assert_eq!(faults("{ name: x, call: { to: \"1\" } }"), Vec::new());
}

#[test]
fn times_come_with_a_zone_or_as_utc() {
    for at in [
        "2026-11-23T10:00:00[America/New_York]",
        "2026-11-23T10:00:00 [America/New_York]",
        "2026-11-23T15:00:00Z",
    ] {
        let (scenarios, issues) =
            Scenario::read(&format!("{{ name: x, at: \"{at}\", call: {{ to: \"1\" }} }}"));
        assert!(issues.is_empty(), "{issues:?}");
        assert_eq!(scenarios[0].at.to_string(), "2026-11-23T15:00:00Z");
    }
}
