//! The pages of the checks (`docs/checks/`), part of the program: `strowger check --explain CK1201`.
//!
//! Not here: the checks (`flow::check`).

use flow::check::codes::{self, Check};
use serde_json::json;

use crate::fault::{Exit, Fault, Outcome};
use crate::output;

macro_rules! pages {
    ($($code:literal)*) => {
        &[$(($code, include_str!(concat!("../../../../../docs/checks/", $code, ".md")))),*]
    };
}

static PAGES: &[(&str, &str)] = pages![
    "CK1001"
    "CK1002"
    "CK1003"
    "CK1101"
    "CK1102"
    "CK1103"
    "CK1104"
    "CK1105"
    "CK1106"
    "CK1201"
    "CK1202"
    "CK1203"
    "CK1301"
    "CK1302"
    "CK1303"
    "CK1304"
    "CK1305"
    "CK1306"
    "CK1307"
    "CK1308"
    "CK1309"
    "CK1401"
    "CK1402"
    "CK1403"
    "CK1404"
    "CK1405"
    "CK1501"
    "CK1601"
    "CK1602"
    "CK1603"
    "CK1604"
    "CK1605"
    "CK1801"
    "CK1802"
    "CK1901"
];

/// The page of a check.
pub(super) fn page(code: &str) -> Option<&'static str> {
    PAGES.iter().find(|(known, _)| *known == code).map(|(_, page)| *page)
}

/// Prints what a check means; `list` prints all of them.
pub(super) fn explain(code: &str, as_json: bool) -> Outcome {
    let code = code.to_ascii_uppercase();
    if code == "LIST" {
        list(as_json)?;
        return Ok(Exit::Ok);
    }
    let (Some(page), Some(check)) = (page(&code), codes::find(&code)) else {
        return Err(Fault::new(Exit::Usage, format!("there is no check `{code}`")).with_help(
            "`strowger check --explain list` names all; other codes stand in docs/error-codes.md",
        ));
    };
    if as_json {
        output::json(
            &json!({"code": check.code, "name": check.name, "summary": check.summary, "page": page}),
        )?;
    } else {
        output::text(page)?;
    }
    Ok(Exit::Ok)
}

fn list(as_json: bool) -> Result<(), Fault> {
    let row = |check: &Check| json!({"code": check.code, "name": check.name, "summary": check.summary});
    if as_json {
        let rows: Vec<_> = codes::CHECKS.iter().map(row).collect();
        return output::json(&json!({"checks": rows}));
    }
    for check in codes::CHECKS {
        output::line(&format!("{}  {}", check.code, check.summary))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use flow::account::AccountIndex;
    use flow::check::findings;
    use flow::folder;

    use super::*;

    type Files = BTreeMap<String, String>;

    /// The documents a page shows: those of its example, and those that replace them when it is mended.
    fn documents(page: &str) -> (Files, Files) {
        let (mut example, mut mended) = (Files::new(), Files::new());
        for block in page.split("```json ").skip(1) {
            let (first, rest) = block.split_once('\n').unwrap();
            let text = rest.split("```").next().unwrap().to_owned();
            match first.strip_prefix("mended ") {
                Some(path) => mended.insert(path.to_owned(), text),
                None => example.insert(first.to_owned(), text),
            };
        }
        (example, mended)
    }

    /// The codes found in an account of these files, whose form has no faults.
    fn found(code: &str, mut files: Files) -> BTreeSet<String> {
        let account =
            r#"{"id": "acme", "name": "Acme", "realm": "acme.example", "timezone": "Europe/Berlin"}"#;
        files.entry("account.json".to_owned()).or_insert_with(|| account.to_owned());
        let files = files.into_iter().map(|(path, text)| (path, text.into_bytes()));
        let (folder, mut issues) = folder::parse(files);
        for document in std::iter::once(&folder.account).chain(&folder.documents) {
            issues.extend(super::super::schema_issues(document));
        }
        let scripts: Vec<_> = folder.documents.iter().filter_map(super::super::scripts::check).collect();
        let (index, told) = AccountIndex::build(folder.account, folder.documents);
        issues.extend(told);
        assert_eq!(issues, [], "the form of the documents of {code}");
        let now = "2026-01-14T12:00:00Z".parse().unwrap();
        let found = findings(&index, now).issues.into_iter().chain(scripts);
        found.map(|issue| issue.code.into_owned()).collect()
    }

    #[test]
    fn every_check_has_a_page_and_every_page_a_check() {
        let pages: Vec<&str> = PAGES.iter().map(|(code, _)| *code).collect();
        let checks: Vec<&str> = codes::CHECKS.iter().map(|check| check.code).collect();
        assert_eq!(pages, checks);
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/checks");
        let mut files: Vec<String> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "README.md")
            .collect();
        files.sort();
        assert_eq!(files, checks.iter().map(|code| format!("{code}.md")).collect::<Vec<_>>());
        let index = std::fs::read_to_string(folder.join("README.md")).unwrap();
        for (code, page) in PAGES {
            let check = codes::find(code).unwrap();
            assert!(page.starts_with(&format!("# {code}: ")), "{code}");
            assert!(page.contains(&format!("`{}`", check.name)), "{code}");
            assert!(index.contains(&format!("| [{code}]({code}.md) | `{}` |", check.name)), "{code}");
            for part in ["## What callers notice", "## How to mend it", "## When to leave it"] {
                assert!(page.contains(part), "{code} has no part {part}");
            }
        }
    }

    #[test]
    fn every_example_triggers_its_check_and_nothing_else() {
        for (code, page) in PAGES {
            let (example, _) = documents(page);
            assert_eq!(found(code, example), [(*code).to_owned()].into(), "{code}");
        }
    }

    #[test]
    fn what_is_mended_has_no_fault() {
        let mut count = 0;
        for (code, page) in PAGES {
            let (mut files, mended) = documents(page);
            if mended.is_empty() {
                continue;
            }
            files.extend(mended);
            assert_eq!(found(code, files), BTreeSet::new(), "{code}");
            count += 1;
        }
        assert!(count > 30, "{count} pages show how to mend");
    }
}
