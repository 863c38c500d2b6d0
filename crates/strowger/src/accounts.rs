//! The accounts that ship with the program: `demo` for a first start, `bench` for load tests.
//!
//! They are folders beside this crate's sources, embedded file by file; a test keeps the lists complete. Not here: how
//! they come into a database.

use flow::folder::{self, Folder};

/// The demo account's id.
pub(crate) const DEMO_ID: &str = "de300000000000000000000000000001";

/// The demo account, documented in its `README.md`.
pub(crate) fn demo() -> Folder {
    folder_of(DEMO)
}

/// The account for load tests, documented in its `README.md`.
pub(crate) fn bench() -> Folder {
    folder_of(BENCH)
}

/// The lists hold sound folders (tested), so there are no issues to tell.
fn folder_of(files: &[(&str, &[u8])]) -> Folder {
    folder::parse(files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()))).0
}

macro_rules! files {
    ($folder:literal: $($path:literal)*) => {
        &[$(($path, include_bytes!(concat!("../", $folder, "/", $path)))),*]
    };
}

static DEMO: &[(&str, &[u8])] = files![
    "demo":
    "README.md"
    "account.json"
    "announcement_sets/toll-free.json"
    "callflows/alice.json"
    "callflows/bob.json"
    "callflows/busy.json"
    "callflows/feature-code-direct-to-voicemail.json"
    "callflows/feature-code-do-not-disturb-off.json"
    "callflows/feature-code-do-not-disturb-on.json"
    "callflows/feature-code-forward-off.json"
    "callflows/feature-code-forward-on.json"
    "callflows/feature-code-forward-toggle.json"
    "callflows/feature-code-forward-update.json"
    "callflows/feature-code-hotdesk-login.json"
    "callflows/feature-code-hotdesk-logout.json"
    "callflows/feature-code-hotdesk-toggle.json"
    "callflows/feature-code-intercom.json"
    "callflows/feature-code-move.json"
    "callflows/feature-code-park-and-retrieve.json"
    "callflows/feature-code-pickup.json"
    "callflows/feature-code-privacy.json"
    "callflows/feature-code-retrieve.json"
    "callflows/feature-code-valet-park.json"
    "callflows/information.json"
    "callflows/main.json"
    "callflows/opening-hours.json"
    "callflows/recorded.json"
    "callflows/sales.json"
    "callflows/voicemail-check.json"
    "callflows/voicemail-own.json"
    "callflows/web-driven.json"
    "control_plans/toll-free.json"
    "devices/alice-phone.json"
    "devices/bob-phone.json"
    "media/welcome.json"
    "media/welcome.wav"
    "menus/main-menu.json"
    "scenarios/extensions.yaml"
    "scenarios/feature-codes.yaml"
    "scenarios/information.yaml"
    "scenarios/main-number.yaml"
    "scenarios/opening-hours.yaml"
    "scenarios/toll-free.yaml"
    "scenarios/voicemail.yaml"
    "scenarios/web-driven.yaml"
    "service_numbers/0800-100-100.json"
    "temporal_rules/new-year.json"
    "temporal_rules/office-hours.json"
    "users/alice.json"
    "users/bob.json"
    "vmboxes/alice.json"
    "vmboxes/bob.json"
];

static BENCH: &[(&str, &[u8])] = files![
    "bench":
    "README.md"
    "account.json"
    "callflows/1000-answer.json"
    "callflows/1001-wait.json"
    "callflows/2000-ivr.json"
    "callflows/3000-bridge.json"
    "callflows/4000-play.json"
    "devices/uas.json"
    "media/prompt-2s.json"
    "media/prompt-2s.wav"
    "media/tone-20s.json"
    "media/tone-20s.wav"
    "menus/digit-menu.json"
    "scenarios/load.yaml"
];

#[cfg(test)]
mod tests {
    use super::*;
    use flow::account::AccountIndex;
    use std::path::Path;

    #[test]
    fn every_file_of_the_folders_is_embedded() {
        for (name, embedded) in [("demo", DEMO), ("bench", BENCH)] {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
            let on_disk: Vec<String> = crate::disk::below(&root, |_| true)
                .unwrap()
                .iter()
                .map(|path| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned())
                .collect();
            let listed: Vec<&str> = embedded.iter().map(|(path, _)| *path).collect();
            assert_eq!(on_disk, listed, "{name}");
        }
    }

    #[test]
    fn the_accounts_have_no_faults() {
        for (name, files) in [("demo", DEMO), ("bench", BENCH)] {
            let (folder, issues) =
                folder::parse(files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec())));
            assert_eq!(issues, [], "{name}");
            assert_eq!(
                folder.account.body.get("realm").and_then(|realm| realm.as_str()),
                Some(format!("{name}.strowger.test").as_str())
            );
            let (index, issues) = AccountIndex::build(folder.account, folder.documents);
            assert_eq!(issues, [], "{name}");
            assert_eq!(flow::check::check_account(&index, jiff::Timestamp::now()), [], "{name}");
        }
    }

    #[test]
    fn the_demo_account_has_every_feature_code_and_dials_it() {
        let folder = demo();
        let scenarios: String =
            folder.scenarios.iter().map(|(_, text)| String::from_utf8_lossy(text).into_owned()).collect();
        let (index, _) = AccountIndex::build(folder.account, folder.documents);
        for code in flow::feature_codes::FEATURE_CODES {
            let state = code.state(&index);
            assert!(matches!(state, flow::feature_codes::State::There { .. }), "{}: {state:?}", code.key);
            assert!(
                scenarios.contains(&format!("to: \"{}", code.code())),
                "no scenario dials {}",
                code.code()
            );
        }
    }
}
