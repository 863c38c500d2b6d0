//! The client against the stand-in, over streams in memory and in virtual time: nothing here waits, and nothing depends on how
//! fast the machine is.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "a test that cannot go on fails")]

mod fetching;
mod redaction;
mod transport;

use std::sync::Arc;

use odin::transport::{Dial, Dialled, Stream};
use odin::{Odin, OdinError, Secret, Settings};
use odin_standin::{Behaviour, PASSWORD, StandIn, USERNAME, World};

/// Streams in memory to a stand-in.
struct InMemory(StandIn);

impl Dial for InMemory {
    fn dial(&self) -> Dialled<'_> {
        Box::pin(async move {
            let (ours, theirs) = tokio::io::duplex(16 * 1024);
            tokio::spawn(self.0.clone().serve(theirs));
            Ok(Box::new(ours) as Box<dyn Stream>)
        })
    }
}

fn settings() -> Settings {
    Settings {
        requests_per_second: 0,
        ..Settings::new("http://odin.test/api/v2", USERNAME, Secret::new(PASSWORD))
    }
}

fn realistic(behaviour: Behaviour) -> StandIn {
    StandIn::new(World::realistic(), behaviour)
}

async fn connect_with(server: &StandIn, settings: Settings) -> Result<Odin, OdinError> {
    Odin::connect_over(settings, Arc::new(InMemory(server.clone()))).await
}

async fn connect(server: &StandIn) -> Odin {
    connect_with(server, settings()).await.unwrap()
}
