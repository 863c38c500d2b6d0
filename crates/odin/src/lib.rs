//! Client of a live Odin API (BroadWorks): reads one group, in parallel and at a bounded rate, into a
//! [`Snapshot`](flow::broadworks::snapshot::Snapshot), and keeps snapshots in files.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use odin::{Odin, Plan, Secret, Settings};
//!
//! let settings = Settings::new("https://odin.example.com/api/v2", "reader", Secret::new("..."));
//! let odin = Odin::connect(settings).await?;
//! let snapshot = odin.fetch(&Plan::group("Acme Ltd", "london"), &mut |progress| eprintln!("{progress}")).await?;
//! odin::file::save("london.json.zst".as_ref(), &snapshot)?;
//! # Ok(())
//! # }
//! ```
//!
//! Which requests tell a group is written in `flow::broadworks::endpoints`; this crate asks them and stores the replies as they
//! came. It only reads (`GET`; `POST` and `PUT` for tokens alone). Each [`Odin`] is independent of any other.
//!
//! Not here: what the replies mean (`flow::broadworks`) and pictures (`drawing`).

mod client;
mod error;
mod fetch;
pub mod file;
mod find;
mod rate;
pub mod redact;
mod retry;
mod settings;
pub mod transport;

pub use client::Odin;
pub use error::OdinError;
pub use fetch::{Plan, Progress};
pub use find::{Finding, GroupRow, Holder};
pub use settings::{Proxy, Secret, Settings, Trust};
