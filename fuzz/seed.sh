#!/bin/sh
# Fills corpus/<target> with seeds: own ones, and those of the test corpora if they are at hand
# ($CBA_CORPORA, else ../shared/corpora beside the repository). Nothing there is committed.
set -eu
cd "$(dirname "$0")"
exec cargo run --quiet --release --bin seeds
