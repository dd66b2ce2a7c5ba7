#!/bin/bash
# fuzz/run.sh SECONDS [TARGET…]: runs every target, or those named, for so many seconds each, one after the
# other, with AddressSanitizer. Ends with 1 if any of them found something, and says where it lies. With $FUZZ_SEED,
# a number, its choices are the same each time.
set -u
cd "$(dirname "$0")" || exit

targets=(certificate chain config pem email ecdsa ffi status pki)
seconds=${1:-}
if [[ ! $seconds =~ ^[0-9]+$ ]]; then
    echo "usage: $0 SECONDS [TARGET…]   targets: ${targets[*]}" >&2
    exit 2
fi
shift
if (($#)); then targets=("$@"); fi

if ! cargo fuzz --version >/dev/null 2>&1; then
    echo "cargo-fuzz is missing; installing it: cargo install cargo-fuzz --locked" >&2
    cargo install cargo-fuzz --locked || { echo "cargo-fuzz could not be installed" >&2; exit 2; }
fi

# The sanitizers are unstable flags of a stable compiler.
export RUSTC_BOOTSTRAP=1

# All of them, the writer of the seeds included.
cargo fuzz build || exit 2
host=$(rustc -vV | sed -n 's/^host: //p')
"target/$host/release/seeds" || exit 2

# A hang is half a minute: on a loaded machine the oracle of `chain` alone can take seconds.
# Greatest input per target: what reaches everything and no more.
declare -A max_len=([certificate]=8192 [chain]=16384 [config]=4096 [pem]=8192 [email]=320 [ecdsa]=256 [ffi]=2048 [status]=4096 [pki]=672)

failed=0
report=$'target\tseconds\texecutions\texec/s\tedges\tfeatures\tpeak RSS MB\tresult'
mkdir -p logs
for target in "${targets[@]}"; do
    if [[ -z ${max_len[$target]:-} ]]; then
        echo "no such target: $target" >&2
        exit 2
    fi
    log=logs/$target.log
    begin=$(date +%s)
    options=()
    [[ -n ${FUZZ_SEED:-} ]] && options+=(-seed="$FUZZ_SEED")
    [[ -e dictionaries/$target.dict ]] && options+=(-dict="dictionaries/$target.dict")
    # OpenSSL 3.0 forgets policyConstraints that it finds malformed: those are no leaks of ours.
    leaks=1
    [[ $target == pki ]] && leaks=0
    ASAN_OPTIONS=detect_leaks=$leaks cargo fuzz run "$target" -- "${options[@]}" -max_total_time="$seconds" -max_len="${max_len[$target]}" -rss_limit_mb=2048 -timeout=30 \
        -print_final_stats=1 >"$log" 2>&1
    status=$?
    took=$(($(date +%s) - begin))
    result=ok
    if ((status)); then
        failed=1
        artifact=$(sed -n "s/.*Test unit written to //p" "$log" | tail -1)
        result="FAILED: ${artifact:-see fuzz/$log}"
        grep -m1 -A2 'panicked at' "$log"
    fi
    stat() { sed -n "s/^stat::$1: *//p" "$log" | tail -1; }
    edges=$(sed -n 's/.* cov: \([0-9]*\) .*/\1/p' "$log" | tail -1)
    features=$(sed -n 's/.* ft: \([0-9]*\) .*/\1/p' "$log" | tail -1)
    line="$target"$'\t'"$took"$'\t'"$(stat number_of_executed_units)"$'\t'"$(stat average_exec_per_sec)"$'\t'"$edges"$'\t'"$features"$'\t'"$(stat peak_rss_mb)"$'\t'"$result"
    report+=$'\n'$line
    echo "$line"
done
echo
if command -v column >/dev/null; then column -t -s $'\t' <<<"$report"; else echo "$report"; fi
exit $failed
