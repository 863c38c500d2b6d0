//! Reports of a test run as JUnit XML, which every build server reads.
//!
//! Not here: running (`scenario::run`).

use crate::scenario::Report;

/// A test suite of reports. Each scenario is a test case; the trace of a failed one is its output.
pub fn junit(suite: &str, reports: &[Report]) -> String {
    let failed = reports.iter().filter(|report| !report.passed).count();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites tests=\"{0}\" failures=\"{failed}\">\n  \
         <testsuite name=\"{1}\" tests=\"{0}\" failures=\"{failed}\" errors=\"0\">\n",
        reports.len(),
        escape(suite)
    );
    for report in reports {
        out.push_str(&format!(
            "    <testcase classname=\"{}\" name=\"{}\"",
            escape(suite),
            escape(&report.name)
        ));
        if report.passed {
            out.push_str("/>\n");
            continue;
        }
        out.push_str(">\n");
        for failure in &report.failures {
            let summary = format!("{}: expected {}, got {}", failure.about, failure.expected, failure.got);
            let (summary, whole) = (escape(&summary), escape(&failure.to_string()));
            out.push_str(&format!("      <failure message=\"{summary}\">{whole}</failure>\n"));
        }
        out.push_str(&format!("      <system-out>{}</system-out>\n", escape(&report.render_trace())));
        out.push_str("    </testcase>\n");
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

/// Text for XML 1.0; characters it cannot carry become U+FFFD.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c < ' ' || c == '\u{fffe}' || c == '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Failure;

    #[test]
    fn failures_are_escaped() {
        let failure = Failure {
            call: 1,
            about: "heard".to_owned(),
            expected: "<a> & \"b\"".to_owned(),
            got: "\u{1}".to_owned(),
            trace: Vec::new(),
        };
        let reports = [
            Report { name: "good".to_owned(), passed: true, ..Report::default() },
            Report { name: "bad".to_owned(), failures: vec![failure], ..Report::default() },
        ];
        let xml = junit("office", &reports);
        assert!(xml.contains("tests=\"2\" failures=\"1\""));
        assert!(xml.contains("<testcase classname=\"office\" name=\"good\"/>"));
        assert!(xml.contains("expected &lt;a&gt; &amp; &quot;b&quot;, got \u{fffd}"));
    }
}
