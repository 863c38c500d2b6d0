//! `A/media` with its audio.

use serde_json::{Value, json};

use crate::world::{HOME, World};

#[tokio::test]
async fn audio_goes_up_and_comes_down_in_parts() {
    let world = World::new().await;
    let id =
        world.create("media", json!({"name": "Hello", "media_source": "upload", "language": "en-US"})).await;
    let raw = format!("/v2/accounts/{HOME}/media/{id}/raw");
    assert_eq!(world.get(&raw).await.status, 404, "nothing there yet");
    let token = ("x-auth-token", world.token.as_str());
    let kind = ("content-type", "application/x-base64");
    let answer = world.send("POST", &raw, &[token, kind], "data:audio/wav;base64,UklGRjAxMjM0NTY3").await;
    assert_eq!(
        (&answer.data(200)["content_type"], &answer.data(200)["content_length"]),
        (&json!("audio/wav"), &json!(12))
    );

    let whole = world.get(&raw).await;
    assert_eq!((whole.status.as_u16(), whole.bytes.as_slice()), (200, b"RIFF01234567".as_slice()));
    assert_eq!(whole.header("content-type"), "audio/wav");
    assert_eq!(whole.header("content-disposition"), format!("attachment; filename=\"{id}.wav\""));
    let part = world.ask_with("GET", &raw, Value::Null, &[("range", "bytes=4-6")]).await;
    assert_eq!((part.status.as_u16(), part.bytes.as_slice()), (206, b"012".as_slice()));
    assert_eq!(part.header("content-range"), "bytes 4-6/12");
    assert_eq!(world.ask_with("GET", &raw, Value::Null, &[("range", "bytes=99-")]).await.status, 416);

    let again = world.send("POST", &raw, &[token, ("content-type", "audio/mp3")], "ID3").await;
    assert_eq!(again.status, 200);
    assert_eq!(world.get(&raw).await.bytes, b"ID3", "one file only");
    assert_eq!(world.send("POST", &raw, &[token, ("content-type", "text/html")], "<p>").await.status, 415);
    assert!(world.ask("POST", &raw, json!({})).await.data(400)["file"]["required"].is_object());

    let row = &world.get("media").await.data(200)[0];
    assert_eq!((&row["language"], &row["is_prompt"]), (&json!("en-us"), &json!(false)));
    assert_eq!(world.ask("PATCH", &format!("media/{id}"), json!({})).await.status, 405);
    assert_eq!(world.get("media/languages/EN-us").await.data(200), json!([id]));
}
