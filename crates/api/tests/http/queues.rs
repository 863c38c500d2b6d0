//! `A/agents` and what is below `A/queues`: who serves queues and what they do now.

use std::sync::Arc;

use api::{CallSummary, Config, Registration, Switchboard};
use engine::queue::{AgentState, QueueStatus};
use serde_json::{Value, json};

use crate::world::{HOME, World};

/// Ann is ringing in every queue, where three wait.
struct Busy;

impl Switchboard for Busy {
    fn calls(&self, _account: &str) -> Vec<CallSummary> {
        Vec::new()
    }

    fn hang_up(&self, _account: &str, _call_id: &str) -> bool {
        false
    }

    fn registrations(&self, _account: &str) -> Vec<Registration> {
        Vec::new()
    }

    fn queue(&self, account: &str, _queue: &str) -> QueueStatus {
        assert_eq!(account, HOME);
        let agents = vec![("ann".to_owned(), AgentState::Ringing)];
        QueueStatus { waiting: 3, position: None, average_wait_s: 40, agents }
    }
}

#[tokio::test]
async fn supervisors_see_queues_and_change_agents() {
    let world = World::with(Arc::new(Busy), Config { rate_limit: None, ..Config::default() }).await;
    let queue = world.create("queues", json!({"name": "Support"})).await;
    let user =
        |id: &str, queues: Value| json!({"id": id, "first_name": id, "last_name": "Test", "queues": queues});
    world.create("users", user("ann", json!([queue]))).await;
    world.create("users", user("bob", json!([]))).await;

    assert_eq!(world.get(&format!("queues/{queue}/roster")).await.data(200), json!(["ann"]));
    let status = world.get(&format!("queues/{queue}/status")).await.data(200);
    assert_eq!(status, json!({"waiting": 3, "average_wait": 40, "agents": {"ann": "ringing"}}));
    assert_eq!(world.get("queues/none/status").await.status, 404);
    assert_eq!(world.ask("POST", &format!("queues/{queue}/status"), json!({})).await.status, 405);

    let agents = world.get("agents").await.data(200);
    assert_eq!((agents.as_array().map(Vec::len), &agents[0]["queues"]), (Some(1), &json!([queue])));
    assert_eq!(world.get("agents/status").await.data(200), json!({"ann": {"status": "ringing"}}));
    for (change, status) in [("pause", 200), ("resume", 200), ("logout", 200), ("login", 200), ("sleep", 400)]
    {
        let sent = json!({"status": change, "timeout": 60});
        assert_eq!(world.ask("POST", "agents/ann/status", sent).await.status, status, "{change}");
    }
    assert_eq!(world.ask("POST", "agents/nobody/status", json!({"status": "login"})).await.status, 404);
    assert_eq!(world.ask("PUT", "agents", json!({})).await.status, 405);
}
