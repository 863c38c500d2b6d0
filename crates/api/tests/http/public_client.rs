//! The public Python client `kazoo-sdk` against a server on a loopback port (reference "Crossbar" 5).
//!
//! Runs when the interpreter named by `KAZOO_SDK_PYTHON` (else `python3`) has the package; says so when it has not.

use std::net::SocketAddr;
use std::process::Command;

use crate::world::World;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_public_client_works_unchanged() {
    let python = std::env::var("KAZOO_SDK_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has_client = Command::new(&python).args(["-c", "import kazoo.client"]).output();
    if !has_client.is_ok_and(|output| output.status.success()) {
        println!("skipped: {python} has no kazoo-sdk (pip install kazoo-sdk==0.2.4)");
        return;
    }
    let world = World::new().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let service = world.router.clone().into_make_service_with_connect_info::<SocketAddr>();
    let server = tokio::spawn(async move { axum::serve(listener, service).await });
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/kazoo_sdk.py");
    let client = tokio::task::spawn_blocking(move || {
        Command::new(python).arg(script).arg(format!("http://{address}/v2")).output()
    });
    let output = client.await.expect("joined").expect("started");
    server.abort();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    println!("{}", text(&output.stdout));
}
