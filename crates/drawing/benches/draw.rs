//! Flow to SVG at 100, 1,000 and 10,000 nodes, in whole and by room; the goal is 10,000 nodes within 100 ms.
//!
//! Where Graphviz is installed, `dot` draws the same flows once each in the same run, from the DOT form; 10,000 nodes only
//! with `DRAWING_DOT_ALL=1`, for it takes minutes.

#![expect(clippy::print_stderr, reason = "the peer's times stand beside criterion's own")]

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use drawing::layout::place;
use drawing::{Context, DrawOptions, draw};
use flow::graph::{Flow, Node, NodeId};

/// A tree of menus with two to twelve exits, each node filled in breadth-first order.
fn tree(count: u32) -> Flow {
    let modules = ["menu", "user", "ring_group", "play", "voicemail", "temporal_route"];
    let keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "timeout", "_"];
    let mut nodes: Vec<Node> = (0..count)
        .map(|id| Node {
            id: NodeId(id),
            pointer: format!("/n/{id}"),
            module: modules[id as usize % modules.len()].to_owned(),
            ..Node::default()
        })
        .collect();
    let (mut next, mut parent) = (1, 0);
    while next < count {
        for key in keys.iter().take(2 + parent % 11) {
            if next < count {
                nodes[parent].exits.insert((*key).to_owned(), NodeId(next));
                next += 1;
            }
        }
        parent += 1;
    }
    Flow { entry: Some(NodeId(0)), nodes, ..Flow::default() }
}

/// How long `dot` takes; `None` without it.
fn dot(text: &str) -> Option<Duration> {
    let begun = Instant::now();
    let child = Command::new("dot").arg("-Tsvg").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.ok()?;
    child.stdin.take()?.write_all(text.as_bytes()).ok()?;
    child.wait_with_output().ok().filter(|output| output.status.success()).map(|_| begun.elapsed())
}

fn beside_graphviz() {
    let all = std::env::var_os("DRAWING_DOT_ALL").is_some();
    for count in [100, 1_000, 10_000].into_iter().filter(|count| all || *count < 10_000) {
        let flow = tree(count);
        let begun = Instant::now();
        let scene = draw(&flow, &Context::default(), &DrawOptions::default());
        let bytes = scene.to_svg().len();
        let own = begun.elapsed();
        match dot(&scene.to_dot()) {
            Some(peer) => eprintln!("{count} nodes, once: {own:.1?} here ({bytes} bytes), {peer:.1?} by dot"),
            None => eprintln!("{count} nodes, once: {own:.1?} here ({bytes} bytes), no dot to compare with"),
        }
    }
}

fn bench(criterion: &mut Criterion) {
    beside_graphviz();
    let options = DrawOptions::default();
    let mut group = criterion.benchmark_group("flow_to_svg");
    for count in [100, 1_000, 10_000] {
        let flow = tree(count);
        group.bench_with_input(BenchmarkId::from_parameter(count), &flow, |bencher, flow| {
            bencher.iter(|| draw(flow, &Context::default(), &options).to_svg().len());
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("rooms_10000");
    let flow = tree(10_000);
    let scene = draw(&flow, &Context::default(), &options);
    group.bench_function("scene", |bencher| {
        bencher.iter(|| draw(&flow, &Context::default(), &options).nodes.len());
    });
    group.bench_function("layout", |bencher| bencher.iter(|| place(&scene).wires.len()));
    group.bench_function("layout_paint_write", |bencher| bencher.iter(|| scene.to_svg().len()));
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
