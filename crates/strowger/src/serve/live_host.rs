//! The live driver's host: storage, web, audio and routing of the running server.

use std::path::PathBuf;
use std::sync::Arc;

use engine::command::{Change, Query, Request};
use engine::input::{Done, Failure};
use engine::script::Script;
use flow::account::AccountIndex;
use serde_json::Value;
use store::Store;
use telephony::driver::{CallRecord, ClipRequest, Host, Reply};
use telephony::media::clip::Clip;
use telephony::sip::directory::Directory;
use telephony::sip::registrar::SavedContact;
use tokio::runtime::Handle;

use super::changes;
use super::clips::{self, ClipSource};
use super::live_directory::LiveDirectory;
use super::post::Post;
use super::records::Keeper;
use super::registrations;
use super::scripts::Scripts;
use super::web::Web;

/// The event that tells what a flow asked a web server, or what that answered.
const PIVOT_DEBUG: &str = "pivot_debug";

/// Everything a call may need of the rest of the program.
pub(crate) struct LiveHost {
    pub(crate) store: Store,
    pub(crate) directory: Arc<LiveDirectory>,
    pub(crate) web: Web,
    pub(crate) clips: Arc<ClipSource>,
    pub(crate) records: Arc<Keeper>,
    pub(crate) scripts: Scripts,
    pub(crate) post: Arc<Post>,
    pub(crate) runtime: Handle,
}

impl LiveHost {
    /// Does blocking work elsewhere and completes a command with its result.
    fn blocking(&self, reply: Reply, work: impl FnOnce(&Store) -> Result<Done, Failure> + Send + 'static) {
        let store = self.store.clone();
        self.runtime.spawn_blocking(move || reply.complete(work(&store)));
    }
}

impl Host for LiveHost {
    fn directory(&self) -> Arc<dyn Directory> {
        Arc::clone(&self.directory) as Arc<dyn Directory>
    }

    fn index(&self, account_id: &str) -> Option<Arc<AccountIndex>> {
        self.store.index(account_id)
    }

    fn account_of_number(&self, number: &str) -> Option<String> {
        let service = self.store.service_number(number).ok().flatten().map(|(account, _)| account);
        service.or_else(|| self.store.number_owner(number).ok().flatten())
    }

    fn load(&self, account_id: &str, query: Query, reply: Reply) {
        let account = account_id.to_owned();
        self.blocking(reply, move |store| changes::load(store, &account, &query));
    }

    fn save(&self, account_id: &str, change: Change, recording: Option<PathBuf>, reply: Reply) {
        let account = account_id.to_owned();
        self.blocking(reply, move |store| changes::save(store, &account, change, recording));
    }

    fn fetch(&self, _account_id: &str, request: Request, recording: Option<PathBuf>, reply: Reply) {
        let web = self.web.clone();
        self.runtime.spawn(async move {
            let content = match recording {
                Some(path) => clips::recording(path).await,
                None => None,
            };
            reply.complete(web.fetch(request, content).await);
        });
    }

    fn run_script(&self, _account_id: &str, script: Script, reply: Reply) {
        self.scripts.run(script, reply);
    }

    fn clip(&self, request: ClipRequest, reply: Box<dyn FnOnce(Result<Arc<Clip>, Failure>) + Send>) {
        let clips = Arc::clone(&self.clips);
        self.runtime.spawn(async move { reply(clips.clip(request).await) });
    }

    fn count_messages(
        &self,
        account_id: &str,
        boxes: Vec<String>,
        counted: Box<dyn FnOnce(u64, u64) + Send>,
    ) {
        let (store, account) = (self.store.clone(), account_id.to_owned());
        self.runtime.spawn_blocking(move || {
            let count = |id: &String| {
                let counts = store.message_counts(&account, id);
                counts
                    .inspect_err(|error| tracing::warn!(code = error.code(), %error, "messages not counted"))
                    .ok()
            };
            let all = boxes.iter().filter_map(count);
            let (new, saved) = all.fold((0, 0), |(new, saved), box_| (new + box_.new, saved + box_.saved));
            counted(new, saved);
        });
    }

    fn notify(&self, _account_id: &str, kind: &str, data: Value, reply: Reply) {
        let (post, kind) = (Arc::clone(&self.post), kind.to_owned());
        self.runtime.spawn_blocking(move || reply.complete(post.put(&kind, &data)));
    }

    fn publish(&self, account_id: &str, call_id: &str, event: &str, data: Value) {
        if event == PIVOT_DEBUG {
            let entry = data.as_object().cloned().unwrap_or_default();
            if let Err(error) = self.store.keep_attempt(account_id, call_id, &entry) {
                tracing::warn!(code = error.code(), %error, "an attempt at a web server was not kept");
            }
            return;
        }
        // What happened is for whoever listens; personal data stays out of the log above debug.
        tracing::debug!(account = account_id, call = call_id, event, %data, "event");
    }

    fn keep_registration(&self, aor: &str, contacts: Vec<SavedContact>) {
        registrations::keep(&self.store, aor, &contacts);
    }

    fn call_ended(&self, record: CallRecord) {
        self.records.keep(record);
    }
}
