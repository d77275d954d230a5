//! What a local decision costs: the sold-out gate alone, and the way of an admitted request through the gate and the limiter.
//!
//! `cargo bench -p seckill-solution --no-default-features --features bench --bench gate`

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use crowd::{Crowd, FULL, PEAK};
use seckill::core::gate::Gates;
use seckill::core::ids::{Bucket, BuyerId};
use seckill::core::limiter::Limiter;
use seckill::core::window::Limit;

#[path = "../../../tests/16-seckill/bench/crowd.rs"]
mod crowd;

const BUCKETS: u16 = 16;

/// The sale's limit.
fn five_a_second() -> Limit {
    Limit::new(5, Duration::from_secs(1)).expect("5 in a second is in range")
}

/// Gates of which the first so many are closed. The more of them, the longer the way to the answer.
fn gates(closed: u16) -> Gates {
    let gates = Gates::open(BUCKETS);
    for bucket in 0..closed {
        gates.of(Bucket(bucket)).sold_out(0);
    }
    gates
}

fn alone(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gate");
    group.throughput(Throughput::Elements(1));
    for (name, closed) in [
        ("open", 0),
        ("last_of_16_open", BUCKETS - 1),
        ("sold_out", BUCKETS),
    ] {
        let gates = gates(closed);
        group.bench_function(name, |bench| bench.iter(|| black_box(&gates).all_closed()));
    }
    group.finish();
}

/// The gates, then the limiter: all that a request costs before it goes to Redis. All gates open, and the worst: the last of 16.
fn with_limiter(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gate_and_limiter");
    group.throughput(Throughput::Elements(1));
    for (name, step, closed) in [
        ("at_500k_a_second", PEAK, 0),
        ("at_500k_a_second_last_gate", PEAK, BUCKETS - 1),
        ("windows_full", FULL, 0),
    ] {
        let gates = gates(closed);
        let limiter = Limiter::new(five_a_second());
        let mut crowd = Crowd::new(1, step);
        for (buyer, now) in crowd.by_ref().take(6_000_000) {
            let _filled = limiter.check(BuyerId(buyer), now);
        }
        group.bench_function(name, |bench| {
            bench.iter(|| {
                let (buyer, now) = crowd.next().expect("it has no end");
                (!black_box(&gates).all_closed()).then(|| limiter.check(BuyerId(buyer), now))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, alone, with_limiter);
criterion_main!(benches);
