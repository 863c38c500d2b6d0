//! A scene to every format, at 1,000 and 10,000 nodes.

use criterion::{Criterion, criterion_group, criterion_main};
use drawing::{Context, DrawOptions, Format, Scene, draw, render};
use flow::graph::{Flow, Node, NodeId};

/// A tree of menus with five exits each.
fn scene(count: u32) -> Scene {
    let nodes = (0..count).map(|id| {
        let exits = (1..=5).map(|exit| (exit, id * 5 + exit)).filter(|(_, to)| *to < count);
        Node {
            id: NodeId(id),
            pointer: format!("/n/{id}"),
            module: ["menu", "user", "ring_group", "play", "voicemail"][id as usize % 5].to_owned(),
            exits: exits.map(|(exit, to)| (exit.to_string(), NodeId(to))).collect(),
            ..Node::default()
        }
    });
    let flow = Flow { entry: Some(NodeId(0)), nodes: nodes.collect(), ..Flow::default() };
    draw(&flow, &Context::default(), &DrawOptions::default())
}

fn bench(criterion: &mut Criterion) {
    for (count, formats) in [
        (1_000, &Format::ALL[..]),
        (10_000, &[Format::Svg, Format::Pdf, Format::Html, Format::Dot, Format::DrawIo]),
    ] {
        let mut group = criterion.benchmark_group(format!("scene_of_{count}_to"));
        group.sample_size(10);
        let scene = scene(count);
        for format in formats {
            group.bench_function(format!("{format:?}"), |bencher| {
                bencher.iter(|| render(&scene, *format).map(|file| file.len()));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, bench);
criterion_main!(benches);
