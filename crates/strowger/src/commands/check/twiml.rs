//! TwiML documents given to `check`: read as a call reads what a web server answers. Not here: the reader (`flow::twiml`).

use std::path::Path;

use flow::issue::Issue;

/// Whether a file is one, by its name.
pub(super) fn is_twiml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("xml"))
}

/// What is wrong with a document; the codes are those of a call's trace.
pub(super) fn check(text: &str) -> Vec<Issue> {
    let faults = flow::twiml::read(text).faults.into_iter();
    faults
        .map(|fault| match fault.is_error() {
            true => Issue::error("EN3020", "", fault.to_string()),
            false => Issue::warning("EN3021", "", fault.to_string()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use flow::issue::Level;

    use super::*;

    #[test]
    fn faults_have_the_codes_and_places_that_a_call_tells() {
        let found = check("<Response>\n <Say loop='x'>Hello</Say>\n <Sms/>\n</Response>");
        let told: Vec<(Level, &str)> =
            found.iter().map(|issue| (issue.level, issue.message.as_str())).collect();
        let warning =
            "line 2, column 2: <Say>: the attribute `loop` is no whole number; the default is taken";
        let error = "line 3, column 2: <Sms>: there is no such verb";
        assert_eq!(told, [(Level::Warning, warning), (Level::Error, error)]);
        assert_eq!(check("<Response><Say>Hello</Say></Response>"), []);
        assert!(is_twiml(Path::new("a/Menu.XML")) && !is_twiml(Path::new("xml")));
    }
}
