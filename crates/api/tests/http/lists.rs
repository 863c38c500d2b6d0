//! Order, pages and filters over the wire (reference "Crossbar" 1.7).

use serde_json::{Value, json};

use crate::world::World;

async fn world_of_menus(count: usize) -> World {
    let world = World::new().await;
    for n in 0..count {
        let menu =
            json!({"id": format!("menu{n:03}"), "name": format!("M{n}"), "flags": [format!("{}", n % 3)]});
        world.create("menus", menu).await;
    }
    world
}

fn names(envelope: &Value) -> Vec<String> {
    let rows = envelope["data"].as_array().expect("rows").iter();
    rows.map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
}

#[tokio::test]
async fn pages_are_walked_by_the_key_of_the_next() {
    let world = world_of_menus(7).await;
    let mut path = "menus?page_size=3".to_owned();
    let mut seen = Vec::new();
    loop {
        let envelope = world.get(&path).await.json();
        assert_eq!(envelope["page_size"], envelope["data"].as_array().expect("rows").len());
        seen.extend(names(&envelope));
        match envelope["next_start_key"].as_str() {
            Some(key) => path = format!("menus?page_size=3&start_key={key}"),
            None => break,
        }
    }
    assert_eq!(seen, ["M6", "M5", "M4", "M3", "M2", "M1", "M0"]);
    let all = world.get("menus?paginate=false&ascending=true").await.json();
    assert_eq!(names(&all), ["M0", "M1", "M2", "M3", "M4", "M5", "M6"]);
    assert!(all.get("page_size").is_none() && all.get("start_key").is_none());
}

#[tokio::test]
async fn filters_are_anded_and_pages_filled() {
    let world = world_of_menus(9).await;
    let page = world.get("menus?filter_flags=1&page_size=2&ascending=true&_=17000").await.json();
    assert_eq!(names(&page), ["M1", "M4"]);
    assert!(page["next_start_key"].is_string());
    let page = world.get("menus?filter_not_flags=1&filter_not_flags=2&ascending=true").await.json();
    assert_eq!(names(&page), ["M0", "M3", "M6"]);
    assert_eq!(world.get("menus?created_from=1&created_to=2").await.data(200), json!([]));
    let page = world.get("menus?filter_name=%5B%22M1%22,%22M2%22%5D&ascending=true").await.json();
    assert_eq!(names(&page), ["M1", "M2"]);
}
