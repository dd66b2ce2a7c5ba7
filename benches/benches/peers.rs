//! The cases and the peers of the table under Criterion, which keeps the figures of the last run and
//! says what has changed.
#![allow(missing_docs, reason = "criterion_group makes a public function without any")]

use std::time::Duration;

use cba_benches::{Case, Peer};
use criterion::{Criterion, criterion_group, criterion_main};

fn peers(criterion: &mut Criterion) {
    for case in Case::ALL {
        let mut group = criterion.benchmark_group(case.id());
        group.sample_size(if case == Case::Forged90 { 10 } else { 50 });
        group.warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_secs(1));
        let pki = case.mint();
        for peer in Peer::ALL {
            if let Some(mut work) = case.run(peer, pki) {
                group.bench_function(peer.id(), |bencher| bencher.iter(&mut work));
            }
        }
        group.finish();
    }
}

criterion_group!(benches, peers);
criterion_main!(benches);
