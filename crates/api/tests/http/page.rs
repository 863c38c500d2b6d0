//! The page at `/`.

use serde_json::json;

use crate::native::world;
use crate::world::World;

async fn sign_in(world: &World, password: &str) -> crate::world::Answer {
    let form = format!("account=home+inc&username=Admin&password={password}");
    let kind = [("content-type", "application/x-www-form-urlencoded")];
    world.send("POST", "/page/login", &kind, form).await
}

#[tokio::test]
async fn a_stranger_sees_the_login_only() {
    let world = world().await;
    let page = world.send("GET", "/", &[], "").await;
    let text = String::from_utf8(page.bytes).expect("text");
    assert!(text.contains("action=\"/page/login\"") && !text.contains("Calls in progress"));
    assert!(
        text.contains("prefers-color-scheme:dark") && !text.contains("<script") && !text.contains("http")
    );
    let wrong = sign_in(&world, "wrong").await;
    assert_eq!((wrong.status.as_u16(), wrong.header("set-cookie")), (401, ""));
    let header = [("x-auth-token", world.token.as_str())];
    let page = world.send("GET", "/", &header, "").await;
    assert!(
        !String::from_utf8_lossy(&page.bytes).contains("Calls in progress"),
        "only the cookie counts here"
    );
}

#[tokio::test]
async fn flows_versions_and_calls_are_shown_and_escaped() {
    let world = world().await;
    let body = json!({"name": "<i>Main", "numbers": ["1"], "flow": {"module": "hangup", "data": {}}});
    let id = world.create("callflows", body).await;
    let answer = sign_in(&world, "secret").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/"));
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"));
    let cookie = cookie.split(';').next().expect("a pair").to_owned();
    let get = async |path: String| {
        let answer = world.send("GET", &path, &[("cookie", cookie.as_str())], "").await;
        (answer.status.as_u16(), String::from_utf8(answer.bytes).expect("text"))
    };
    let (_, home) = get("/".to_owned()).await;
    assert!(!home.contains("Control plans"), "who has none is not told of them");
    let plan = crate::world::object(json!({"flow": {"1": {"id": 1, "type": "Start", "exits": []}}}));
    let author = store::Author::new("su");
    let plan =
        world.store.save_plan(crate::world::HOME, "<b>Plan", plan, &author).expect("a plan").document.id;
    let (_, home) = get("/".to_owned()).await;
    assert!(
        home.contains("Control plans")
            && home.contains(&format!("/page/control-plans/{plan}\">&lt;b&gt;Plan"))
    );
    let (status, page) = get(format!("/page/control-plans/{plan}")).await;
    assert!(status == 200 && page.contains(&format!("/page/control-plans/{plan}/drawing.svg?version=1")));
    let (status, svg) = get(format!("/page/control-plans/{plan}/drawing.svg")).await;
    assert!(status == 200 && svg.starts_with("<svg"));
    for wrong in [format!("/page/callflows/{plan}"), format!("/page/other/{plan}")] {
        assert_eq!(get(wrong.clone()).await.0, 404, "{wrong}");
    }
    assert!(home.contains("&lt;i&gt;Main") && home.contains("&lt;b&gt;Bo 1001") && !home.contains("<i>"));
    let (status, flow) = get(format!("/page/callflows/{id}")).await;
    assert!(status == 200 && flow.contains("drawing.svg?version=1") && flow.contains("(live)"));
    let (status, svg) = get(format!("/page/callflows/{id}/drawing.svg?version=1&theme=dark")).await;
    assert!(status == 200 && svg.starts_with("<svg"));
    assert_eq!(get("/page/callflows/none".to_owned()).await.0, 404);
    let out = world.send("POST", "/page/logout", &[("cookie", cookie.as_str())], "").await;
    assert_eq!(out.status, 303);
    assert!(!get("/".to_owned()).await.1.contains("Calls in progress"), "the token ended");
}
