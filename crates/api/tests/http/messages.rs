//! Voicemail messages and call records.

use serde_json::{Value, json};
use store::CallRecord;

use crate::world::{HOME, World, object};

async fn world_with_a_message() -> (World, String, String) {
    let world = World::new().await;
    let vmbox = world.create("vmboxes", json!({"name": "Box", "mailbox": "100"})).await;
    let url = format!("/v2/accounts/{HOME}/vmboxes/{vmbox}/messages");
    let body = "--x\r\nContent-Type: application/json\r\n\r\n{\"data\":{\"caller_id_number\":\"1002\",\"length\":900}}\r\n--x\r\nContent-Type: audio/wav\r\n\r\nRIFF\r\n--x--\r\n";
    let headers = [("x-auth-token", world.token.as_str()), ("content-type", "multipart/mixed; boundary=x")];
    let made = world.send("PUT", &url, &headers, body).await.data(201);
    let id = made["media_id"].as_str().expect("an id").to_owned();
    (world, vmbox, id)
}

#[tokio::test]
async fn a_message_is_listed_heard_moved_and_deleted() {
    let (world, vmbox, id) = world_with_a_message().await;
    let path = format!("vmboxes/{vmbox}/messages");
    let rows = world.get(&path).await.data(200);
    assert_eq!(
        (&rows[0]["folder"], &rows[0]["caller_id_number"], &rows[0]["length"], &rows[0]["media_id"]),
        (&json!("new"), &json!("1002"), &json!(900), &json!(id))
    );
    let row = &world.get("vmboxes").await.data(200)[0];
    assert_eq!((&row["messages"], &row["folders"]), (&json!(1), &json!({"new": 1, "saved": 0})));
    let audio = world.get(&format!("{path}/{id}/raw")).await;
    assert_eq!((audio.bytes.as_slice(), audio.header("content-type")), (b"RIFF".as_slice(), "audio/wav"));
    assert_eq!(
        world.ask("POST", &format!("{path}/{id}"), json!({"folder": "saved"})).await.data(200)["folder"],
        "saved"
    );
    assert!(
        world.ask("POST", &format!("{path}/{id}"), json!({"folder": "x"})).await.data(400)["folder"]["enum"]
            .is_object()
    );
    assert_eq!(world.get(&format!("{path}?folder=new")).await.data(200), json!([]));
    assert_eq!(world.ask("DELETE", &format!("{path}/{id}"), Value::Null).await.status, 200);
    assert_eq!(world.get(&format!("{path}/{id}")).await.status, 404);
    assert_eq!(world.get("vmboxes/messages").await.data(200), json!([]));
}

#[tokio::test]
async fn several_messages_move_at_once() {
    let (world, vmbox, id) = world_with_a_message().await;
    let other = world.create("vmboxes", json!({"name": "Other", "mailbox": "101"})).await;
    let path = format!("vmboxes/{vmbox}/messages");
    let moved =
        world.ask("POST", &path, json!({"messages": [id, "ghost"], "source_id": other})).await.data(200);
    assert_eq!(moved["succeeded"], json!([id]));
    assert_eq!(moved["failed"].as_array().map(Vec::len), Some(1));
    assert_eq!(world.get(&format!("vmboxes/{other}/messages")).await.data(200)[0]["media_id"], id);
    assert_eq!(world.get(&format!("{path}/{id}")).await.status, 404, "it is in the other box");
    let gone =
        world.ask("DELETE", &format!("vmboxes/{other}/messages"), json!({"messages": [id]})).await.data(200);
    assert_eq!(gone["succeeded"], json!([id]));
    assert_eq!(world.get("vmboxes/ghost/messages").await.status, 404);
}

#[tokio::test]
async fn call_records_of_a_window_are_listed() {
    let world = World::new().await;
    for (id, started) in [("c1", 63_900_000_000_u64), ("c2", 63_900_000_100)] {
        let record = CallRecord {
            account: HOME.to_owned(),
            id: id.to_owned(),
            call_id: "sip-1".to_owned(),
            started,
            ended: started + 9,
            from: "1001".to_owned(),
            to: "1002".to_owned(),
            duration_s: 9,
            cdr: object(json!({"custom": true})),
            ..CallRecord::default()
        };
        world.store.record_call(record, b"{}", b"[]").expect("queued").wait().expect("written");
    }
    let rows = world.get("cdrs?created_from=63900000000&created_to=63900000100").await.data(200);
    assert_eq!(
        (&rows[0]["id"], &rows[1]["id"], &rows[0]["custom"]),
        (&json!("c2"), &json!("c1"), &json!(true))
    );
    assert_eq!(world.get("cdrs?created_from=63900000001&created_to=63900000099").await.data(200), json!([]));
    assert_eq!(world.get("cdrs/c1").await.data(200)["duration_seconds"], 9);
    assert_eq!(world.get("cdrs/legs/sip-1").await.data(200).as_array().map(Vec::len), Some(2));
    for wrong in ["created_from=2&created_to=1", "created_from=1&created_to=9999999"] {
        let answer = world.get(&format!("cdrs?{wrong}")).await;
        assert!(answer.data(400)["created_from"]["date_range"].is_object(), "{wrong}");
    }
    assert_eq!(world.get("cdrs/ghost").await.status, 404);

    let native = format!("/api/accounts/{HOME}/call-records");
    let listed = world.get(&format!("{native}?limit=1")).await.json();
    assert_eq!(
        (&listed["call_records"][0]["id"], listed["call_records"].as_array().map(Vec::len)),
        (&json!("c2"), Some(1))
    );
    assert_eq!(world.get(&format!("{native}/c1")).await.json()["trace"], json!([]));
    assert_eq!(world.get(&format!("{native}/c1/journal")).await.bytes, b"{}");
    for ghost in ["ghost", "ghost/journal"] {
        assert_eq!(world.get(&format!("{native}/{ghost}")).await.status, 404);
    }
}
