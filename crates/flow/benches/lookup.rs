//! How long it takes to find the callflow of a number: 1,000,000 static numbers, 10,000 patterns, and what a change costs.
//!
//! `cargo bench -p flow --bench lookup`

#![allow(missing_docs, reason = "criterion's macros make an item without docs")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use flow::account::{AccountIndex, Document};
use serde_json::json;

fn callflow(id: String, numbers: Vec<String>, patterns: Vec<String>) -> Document {
    let body = json!({"id": id, "numbers": numbers, "patterns": patterns, "flow": {"module": "noop"}});
    Document { id, kind: "callflow".into(), version: 1, revision: String::new(), body }
}

fn number(index: u32) -> String {
    format!("+1415{index:07}")
}

fn account(callflows: Vec<Document>) -> AccountIndex {
    let account =
        Document { id: "acc".into(), kind: "account".into(), body: json!({}), ..Document::default() };
    AccountIndex::build(account, callflows).0
}

fn lookups(bench: &mut Criterion) {
    let static_numbers = account(
        (0..10_000u32)
            .map(|flow| {
                callflow(format!("f{flow}"), (0..100).map(|at| number(flow * 100 + at)).collect(), vec![])
            })
            .collect(),
    );
    let mut next = 0u32;
    bench.bench_function("one of 1,000,000 static numbers", |run| {
        run.iter_batched(
            || {
                next = (next + 611_953) % 1_000_000;
                number(next)
            },
            |number| static_numbers.lookup(black_box(&number)).is_ok(),
            criterion::BatchSize::SmallInput,
        );
    });
    bench.bench_function("change one callflow among 1,000,000 numbers", |run| {
        let changed = callflow("f5000".into(), (0..100).map(|at| number(500_000 + at)).collect(), vec![]);
        run.iter(|| static_numbers.with(black_box(changed.clone())));
    });

    let of_patterns = |pattern: &dyn Fn(u32) -> String| {
        account((0..10_000).map(|at| callflow(format!("p{at}"), vec![], vec![pattern(at)])).collect())
    };
    let by_prefix = of_patterns(&|at| format!(r"^\+1415{at:04}(\d{{3}})$"));
    bench.bench_function("one of 10,000 patterns with prefixes of their own", |run| {
        run.iter(|| by_prefix.lookup(black_box("+14157777123")).is_ok());
    });
    let by_ending = of_patterns(&|at| format!("{at:04}$"));
    bench.bench_function("one of 10,000 patterns that may begin with anything", |run| {
        run.iter(|| by_ending.lookup(black_box("+14155557777")).is_ok());
    });
}

criterion_group!(benches, lookups);
criterion_main!(benches);
