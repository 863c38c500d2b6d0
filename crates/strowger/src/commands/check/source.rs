//! Issues with the line of the file they are about.

use std::collections::BTreeMap;
use std::path::Path;

use flow::issue::{Issue, Level};

use super::locate::{locate, position};

/// Longest source line shown, in characters.
const LINE_MAX: usize = 160;

/// Texts of the files that issues are about, by the name shown.
#[derive(Debug, Default)]
pub(super) struct Sources {
    texts: BTreeMap<String, Option<String>>,
}

impl Sources {
    /// Makes a file known; gives the name it is shown by.
    pub(super) fn add(&mut self, path: &Path) -> String {
        let name = path.display().to_string();
        let is_text = path.extension().is_some_and(|extension| extension == "json");
        self.texts
            .entry(name.clone())
            .or_insert_with(|| if is_text { std::fs::read_to_string(path).ok() } else { None });
        name
    }

    /// Line and column of an issue, counted from 1.
    pub(super) fn position(&self, issue: &Issue) -> Option<(usize, usize)> {
        let text = self.text(issue)?;
        locate(text, &issue.place.pointer).map(|offset| position(text, offset))
    }

    /// An issue with its place and the line of the source.
    pub(super) fn annotated(&self, issue: &Issue) -> String {
        let level = match issue.level {
            Level::Note => "note",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        let mut out = format!("{level}[{}]: {}\n", issue.code, issue.message);
        let place = &issue.place;
        if let Some(document) = &place.document {
            out.push_str(&format!("  --> {document}"));
            if let Some((line, column)) = self.position(issue) {
                out.push_str(&format!(":{line}:{column}"));
            }
        }
        if !place.pointer.is_empty() {
            out.push_str(&format!(" at {}", place.pointer));
        }
        if let Some(module) = &place.module {
            out.push_str(&format!(" (module {module})"));
        }
        out.push('\n');
        if let Some((line, column)) = self.position(issue).filter(|_| !place.pointer.is_empty()) {
            let shown = self.text(issue).and_then(|text| text.lines().nth(line - 1)).unwrap_or_default();
            if shown.chars().count() <= LINE_MAX {
                let number = line.to_string();
                let (margin, space) = (" ".repeat(number.len()), " ".repeat(column - 1));
                let shown = shown.replace('\t', " ");
                out.push_str(&format!("{margin} |\n{number} | {shown}\n{margin} | {space}^\n"));
            }
        }
        if !issue.help.is_empty() {
            out.push_str(&format!("  help: {}\n", issue.help));
        }
        out
    }

    fn text(&self, issue: &Issue) -> Option<&str> {
        self.texts.get(issue.place.document.as_deref()?)?.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_shown_with_a_mark() {
        let mut sources = Sources::default();
        sources.texts.insert("a.json".to_owned(), Some("{\n  \"flow\": { \"module\": 5 }\n}\n".to_owned()));
        let issue = Issue::error("KZ1005", "/flow/module", "`module` is not a text")
            .with_help("name one")
            .in_document("a.json");
        assert_eq!(
            sources.annotated(&issue),
            "error[KZ1005]: `module` is not a text\n\
             \x20 --> a.json:2:23 at /flow/module\n\
             \x20 |\n\
             2 |   \"flow\": { \"module\": 5 }\n\
             \x20 |                       ^\n\
             \x20 help: name one\n"
        );
    }
}
